"""Diversity of a ranking: at most so many hits of one document, and maximal marginal relevance among those that stay.

It comes last: fusion, rerank, collapse of near-duplicates, cap, MMR. So a near-duplicate never uses up its document's share,
and MMR chooses among hits that could all be shown. As many candidates are looked at as ``k`` hits take.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexes.embedders.base import Vectors
from indexes.snapshot import Snapshot
from retrieval.ranking import Ranking

MMR_CANDIDATES = 50
"""Candidates that MMR chooses among (or ``k``, if that is more): as many as a reranker is given by default."""


@dataclass(frozen=True, slots=True)
class Diversity:
    """``max_per_document`` hits of a document at most, 0 = any number; ``mmr_lambda`` from 0 to 1, where 1 leaves the order."""

    max_per_document: int = 0
    mmr_lambda: float = 1.0

    @property
    def is_off(self) -> bool:
        return not self.max_per_document and self.mmr_lambda == 1

    def needed(self, k: int) -> int | None:
        """How many candidates it must be given for ``k`` hits; ``None`` = all there are."""
        if self.max_per_document:
            return None
        return max(k, MMR_CANDIDATES) if self.mmr_lambda < 1 else k


def diversify(found: Ranking, diversity: Diversity, k: int, snapshot: Snapshot) -> Ranking:
    """The ``k`` best of a ranking under these rules. Each says which of the first ``k`` it has overtaken."""
    if diversity.is_off:
        return found
    places, notes = list(range(len(found.items))), []
    rows = found.rows(found.shown)
    if diversity.max_per_document:
        places = capped(snapshot.doc_nos[rows].tolist(), diversity.max_per_document)
        notes.append(f"cap: {len(places)} of {len(found.items)} with {diversity.max_per_document} a document")
    if diversity.mmr_lambda < 1:
        pool = places[: max(k, MMR_CANDIDATES)]
        chosen = marginal_relevance(snapshot.vectors_of(rows[pool]), diversity.mmr_lambda, k)
        places = [pool[place] for place in chosen]
        notes.append(f"mmr: lambda {diversity.mmr_lambda:g} over {len(pool)}")
    return found.at(places[:k], overtaken(places[:k], k), notes)


def capped(documents: Sequence[int], limit: int) -> list[int]:
    """The places that stay when only the first ``limit`` of each document do; ``documents`` has the document of each place."""
    seen: Counter[int] = Counter()
    places = []
    for place, document in enumerate(documents):
        seen[document] += 1
        if seen[document] <= limit:
            places.append(place)
    return places


def marginal_relevance(vectors: Vectors, trade: float, k: int) -> list[int]:
    """Places of ``k`` of the ``n`` candidates whose unit vectors are given best first, in the order in which they are chosen.

    The next is always the ``d`` with the greatest ``trade * relevance(d) - (1 - trade) * max over chosen c of cosine(d, c)``,
    ties by place; before any is chosen the maximum is 0. ``relevance = 1 - place / n``, places from 0: it goes by the order, as
    scores of fusions and rerankers have no common scale. Source: Carbonell and Goldstein, "The Use of MMR, Diversity-Based
    Reranking for Reordering Documents and Producing Summaries", SIGIR 1998.
    """
    count = len(vectors)
    relevance = trade * (1 - np.arange(count) / max(count, 1))
    nearest = np.zeros(count)
    is_open = np.ones(count, np.bool_)
    chosen: list[int] = []
    while len(chosen) < min(k, count):
        value = np.where(is_open, relevance - (1 - trade) * nearest, -np.inf)
        best = int(value.argmax())
        similarity = (vectors @ vectors[best]).astype(np.float64)
        nearest = np.maximum(nearest, similarity) if chosen else similarity
        is_open[best] = False
        chosen.append(best)
    return chosen


def overtaken(places: Sequence[int], k: int) -> list[list[int]]:
    """For each hit the places, among the first ``k``, that were before it and do not come before it any more."""
    lost: list[list[int]] = []
    before: set[int] = set()
    for place in places:
        lost.append([better for better in range(min(place, k)) if better not in before])
        before.add(place)
    return lost
