"""What recall is, for whoever measures it: tuning, the checks of a new index, and the searches that are repeated in service.

Recall@10 is the share of the true ten nearest rows, by exact search, that are among the ten best of a search. It goes by the
scores of the stored vectors, so that equally near rows count as found whichever of them came back. A row that a query was taken
from does not count: it would always be found.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexes.vector.base import Mask, Rows, Scores, Vectors

K = 10
"""Recall is that of the ten nearest, as everywhere in Ragline."""

TIE = 1e-5
"""Rows whose scores are this close are equally near: what summing in another order moves a score of unit vectors by."""

SEED = 20_260_101
_BLOCK_ROWS = 65_536
_MOST_SCORES = 2**22
"""Scores of one block: 16 MiB, and a few times that while the best are taken."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The true nearest of ``queries`` among ``vectors``, or among those that a filter leaves.

    ``own[n]`` is the row that query ``n`` was taken from, or -1. ``least[n]`` is the score of the last of its nearest, and
    ``wanted[n]`` how many these are: ten, or fewer where no more are allowed.
    """

    vectors: Vectors
    queries: Vectors
    own: Rows
    least: Scores
    wanted: NDArray[np.int64]

    def recall(self, number: int, rows: Rows) -> float:
        """The share of the nearest of a query that are among ``rows``, which a search has found, best first."""
        best = rows[rows != self.own[number]][:K]
        return share_found(self.vectors[best] @ self.queries[number], self.least[number], int(self.wanted[number]))


def share_found(scores: Scores, least: float, wanted: int) -> float:
    """How many of the ``wanted`` nearest were found, as a share, by the scores of what was; 1 where none is wanted."""
    return min(1.0, int((scores >= least - TIE).sum()) / wanted) if wanted else 1.0


def own_rows(count: int, most: int) -> Rows:
    """At most ``most`` of ``count`` rows that are asked for themselves: always the same ones."""
    return np.random.default_rng(SEED).choice(count, min(most, count), replace=False).astype(np.int64)


def truth_of(vectors: Vectors, queries: Vectors, own: Rows | None = None, *, allowed: Mask | None = None) -> Truth:
    """The truth by exact search, block by block. ``own`` as in :class:`Truth`, ``None`` = all -1."""
    own = np.full(len(queries), -1, np.int64) if own is None else own
    best = np.full((len(queries), K), -np.inf, np.float32)
    rows = max(1, min(_BLOCK_ROWS, _MOST_SCORES // max(1, len(queries))))
    for start, block in _blocks(vectors, allowed, rows):
        scores = block @ queries.T
        inside = np.flatnonzero((own >= start) & (own < start + len(block)))
        scores[own[inside] - start, inside] = -np.inf
        if allowed is not None:
            scores = scores[allowed[start : start + len(block)]]
        merged = np.concatenate((best, scores.T), axis=1)
        best = -np.partition(-merged, K - 1, axis=1)[:, :K]
    there = np.isfinite(best)
    least: Scores = np.where(there, best, np.inf).min(axis=1)
    return Truth(vectors, queries, own, least, there.sum(axis=1))


def _blocks(vectors: Vectors, allowed: Mask | None, rows: int) -> Iterator[tuple[int, Vectors]]:
    for start in range(0, len(vectors), rows):
        if allowed is None or allowed[start : start + rows].any():
            yield start, vectors[start : start + rows]
