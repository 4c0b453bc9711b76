"""The candidates that become the hits of one query, and what each stage said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from indexes.snapshot import Candidates, Snapshot
from ragline.types import RerankScore
from retrieval.collapse import Collapsed, Group
from retrieval.fusion import Fused
from retrieval.rerankers.base import Reranked


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reranker ``said`` of the candidates ``keys``, in the order that the fusion had them in; ``None`` = no answer."""

    reranker: str
    keys: Sequence[bytes]
    said: Reranked | None


@dataclass(frozen=True, slots=True)
class Opinions:
    """What a reranker said, candidate by candidate: put into words only of those that are asked for."""

    verdict: Verdict | None = None
    places: Mapping[bytes, int] = field(default_factory=dict)

    def get(self, key: bytes) -> RerankScore | None:
        """What it said of a candidate; ``None`` of one that it was not given."""
        place = self.places.get(key)
        if place is None or self.verdict is None or self.verdict.said is None:
            return None
        said = self.verdict.said
        features = {name: float(values[place]) for name, values in said.features.items()}
        return RerankScore(self.verdict.reranker, float(said.scores[place]), place + 1, features)


@dataclass(frozen=True, slots=True)
class Ranking:
    """``items``, best first, and for each the group of candidates that it stands for; ``notes`` say how they were found.

    ``shown`` holds for each item the candidate whose text is shown in its place; ``reranked`` what a reranker said, and
    ``displaced`` the keys of the candidates that diversity has put behind or out of the list for it, both by key.
    """

    legs: Mapping[str, Candidates]
    items: Sequence[Fused]
    shown: Sequence[Fused]
    groups: Sequence[Group]
    reranked: Opinions
    notes: tuple[str, ...] = ()
    displaced: Mapping[bytes, tuple[bytes, ...]] = field(default_factory=dict)

    @property
    def plans(self) -> list[str]:
        """How each part of the search was done."""
        return [*(f"{name}: {leg.plan}" for name, leg in self.legs.items()), *self.notes]

    def chunk_nos(self, snapshot: Snapshot) -> list[int]:
        """The chunk number of every item that is shown."""
        return [int(snapshot.chunk_nos[self.row(item)]) for item in self.shown]

    def row(self, item: Fused) -> int:
        """The row of an item, from any leg that brought it."""
        name, rank = next(iter(item.ranks.items()))
        return int(self.legs[name].rows[rank - 1])

    def rows(self, items: Sequence[Fused]) -> NDArray[np.int64]:
        """The rows of some of the items."""
        return np.fromiter(map(self.row, items), np.int64, len(items))

    def first(self, k: int) -> "Ranking":
        """The ``k`` best."""
        return replace(self, items=self.items[:k], shown=self.shown[:k], groups=self.groups[:k])

    def reordered(self, by: Verdict) -> "Ranking":
        """The candidates of the verdict in front, by their scores, descending, ties by key; all others behind, as they are.

        All as it is where the reranker did not answer. To be called before anything is collapsed.
        """
        if by.said is None:
            return replace(self, notes=(*self.notes, f"rerank: {by.reranker} did not answer, and was skipped"))
        own = {item.key: item for item in self.items}
        places = {key: place for place, key in enumerate(by.keys) if key in own}
        scores = by.said.scores.tolist()
        order = sorted((-scores[place], key) for key, place in places.items())
        items = [*(own[key] for _, key in order), *(item for item in self.items if item.key not in places)]
        notes = (*self.notes, f"rerank: {by.reranker} over {len(by.keys)}")
        return replace(self, items=items, shown=items, reranked=Opinions(by, places), notes=notes)

    def collapsed(self, by: Collapsed) -> "Ranking":
        """The one that stays of every group."""
        kept, shown = ([self.items[place] for place in places] for places in by.places)
        return replace(self, items=kept, shown=shown, groups=by.groups, notes=(*self.notes, by.plan))

    def at(self, places: Sequence[int], displaced: Sequence[Sequence[int]], notes: Sequence[str]) -> "Ranking":
        """The items at these places, in this order; ``displaced`` has for each the places of those that it has overtaken."""
        items, shown = ([values[place] for place in places] for values in (self.items, self.shown))
        groups = [self.groups[place] for place in places]
        said = {
            item.key: tuple(self.shown[other].key for other in others) for item, others in zip(items, displaced, strict=True)
        }
        return replace(self, items=items, shown=shown, groups=groups, displaced=said, notes=(*self.notes, *notes))


def whole_ranking(legs: Mapping[str, Candidates], items: Sequence[Fused]) -> Ranking:
    """The ranking in which every item stands for itself."""
    return Ranking(legs, items, items, [Group(place, (), (), place) for place in range(len(items))], Opinions())
