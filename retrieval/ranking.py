"""The candidates that become the hits of one query, and what the legs said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from indexes.snapshot import Candidates, Snapshot
from retrieval.collapse import Collapsed, Group
from retrieval.fusion import Fused


@dataclass(frozen=True, slots=True)
class Ranking:
    """``items``, best first, and for each the group of candidates that it stands for; ``plan`` says how those were found.

    ``shown`` holds for each item the candidate whose text is shown in its place.
    """

    legs: Mapping[str, Candidates]
    items: Sequence[Fused]
    shown: Sequence[Fused]
    groups: Sequence[Group]
    plan: str = ""

    @property
    def plans(self) -> list[str]:
        """How each part of the search was done."""
        return [*(f"{name}: {leg.plan}" for name, leg in self.legs.items()), *([self.plan] if self.plan else [])]

    def chunk_nos(self, snapshot: Snapshot) -> list[int]:
        """The chunk number of every item that is shown."""
        return [int(snapshot.chunk_nos[self._row(item)]) for item in self.shown]

    def collapsed(self, by: Collapsed) -> "Ranking":
        """The one that stays of every group."""
        kept, shown = ([self.items[place] for place in places] for places in by.places)
        return replace(self, items=kept, shown=shown, groups=by.groups, plan=by.plan)

    def _row(self, item: Fused) -> int:
        """The row of an item, from any leg that brought it."""
        name, rank = next(iter(item.ranks.items()))
        return int(self.legs[name].rows[rank - 1])


def whole_ranking(legs: Mapping[str, Candidates], items: Sequence[Fused]) -> Ranking:
    """The ranking in which every item stands for itself."""
    return Ranking(legs, items, items, [Group(place, (), (), place) for place in range(len(items))])
