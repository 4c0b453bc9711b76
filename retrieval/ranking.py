"""The candidates that become the hits of one query, and what the legs said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from indexes.snapshot import Candidates, Snapshot
from retrieval.collapse import Collapsed, Group
from retrieval.fusion import Fused


@dataclass(frozen=True, slots=True)
class Ranking:
    """``items``, best first, and for each the group of candidates that it stands for; ``plan`` says how those were found."""

    legs: Mapping[str, Candidates]
    items: Sequence[Fused]
    groups: Sequence[Group]
    plan: str = ""

    @property
    def plans(self) -> list[str]:
        """How each part of the search was done."""
        return [*(f"{name}: {leg.plan}" for name, leg in self.legs.items()), *([self.plan] if self.plan else [])]

    def chunk_nos(self, snapshot: Snapshot) -> list[int]:
        """The chunk number of every item."""
        return [int(snapshot.chunk_nos[self._row(item)]) for item in self.items]

    def collapsed(self, by: Collapsed) -> "Ranking":
        """The one that stays of every group."""
        return replace(self, items=[self.items[group.kept] for group in by.groups], groups=by.groups, plan=by.plan)

    def _row(self, item: Fused) -> int:
        """The row of an item, from any leg that brought it."""
        name, rank = next(iter(item.ranks.items()))
        return int(self.legs[name].rows[rank - 1])


def whole_ranking(legs: Mapping[str, Candidates], items: Sequence[Fused]) -> Ranking:
    """The ranking in which every item stands for itself."""
    return Ranking(legs, items, [Group(place, (), ()) for place in range(len(items))])
