"""The vectors and queries that are measured with: all of a collection's, or as many as a bound allows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.golden import load_golden
from eval.tuning.points import K
from indexes.store import CollectionStore
from indexes.vector.base import Rows, VectorHits, Vectors
from ragline.errors import InputError

MOST_VECTORS = 50_000
"""Vectors that are measured at the most: a graph over so many takes half a minute to build."""

MOST_QUERIES = 500
"""Stored vectors that are asked for. The mean recall of so many is known to about .003."""

LEAST_VECTORS = 100
"""Below, every search is exact whatever the kind: there is nothing to choose."""

SEED = 20_260_202
TIE = 1e-5
"""Rows whose scores are this close are equally near: what summing in another order moves a score of unit vectors by."""

_BLOCK = 4_096


@dataclass(frozen=True, slots=True)
class Sample:
    """``vectors`` of unit length, of the ``total`` that there are, and ``queries``, asked one at a time.

    ``own[n]`` is the row that query ``n`` was taken from, which does not count as found, or -1. ``least[n]`` is the score of
    the last of the true ten nearest. ``source`` says where the queries come from.
    """

    vectors: Vectors
    total: int
    queries: Vectors
    own: Rows
    least: NDArray[np.float32]
    source: str

    @property
    def is_partial(self) -> bool:
        """Whether only a part of the vectors is measured."""
        return len(self.vectors) < self.total

    def recall(self, number: int, hits: VectorHits) -> float:
        """The share of the true ten nearest of a query among its first hits; equally near rows count as found."""
        rows = hits.rows[hits.rows != self.own[number]][:K]
        return float((self.vectors[rows] @ self.queries[number] >= self.least[number] - TIE).sum()) / K


def read_vectors(store: CollectionStore, dim: int, most: int = MOST_VECTORS) -> tuple[Vectors, int]:
    """Vectors of at most ``most`` live chunks, by ascending chunk number, and how many there are in all.

    A part is drawn with a fixed seed, and nothing else is read: memory stays bounded. Raises :class:`InputError` for too few.
    """
    snapshot = store.snapshot()
    live = snapshot.chunk_nos if snapshot.removed is None else snapshot.chunk_nos[~snapshot.removed]
    if len(live) < LEAST_VECTORS:
        raise InputError(f"A search of {len(live)} chunks is exact whatever the index. Ingest at least {LEAST_VECTORS} first.")
    if len(live) <= most:
        return store.catalog.vector_rows(0, snapshot.sequence, dim=dim).vectors, len(live)
    drawn = np.random.default_rng(SEED).choice(live, most, replace=False)
    return store.catalog.vectors(drawn.tolist(), dim=dim), len(live)


def sample_of(vectors: Vectors, total: int, queries: Vectors | None = None, source: str = "") -> Sample:
    """The vectors with ``queries``, or else with some of themselves as the queries, and the truth by exact search."""
    own = np.full(0 if queries is None else len(queries), -1, np.int64)
    if queries is None:
        own = np.random.default_rng(SEED).choice(len(vectors), min(MOST_QUERIES, len(vectors)), replace=False)
        queries, source = vectors[own], "stored vectors, each left out of its own answer"
    return Sample(vectors, total, queries, own, _least_scores(vectors, queries, own), source)


def golden_queries(path: str, embed: Callable[[str], Vectors]) -> Vectors:
    """The vectors of a golden set's queries. Raises :class:`ragline.errors.GoldenSetError` for a malformed one."""
    texts: Sequence[str] = [item.query for item in load_golden(path).items]
    return np.stack([embed(text) for text in texts])


def _least_scores(vectors: Vectors, queries: Vectors, own: Rows) -> NDArray[np.float32]:
    """The tenth best score for each query, among the rows other than its own."""
    best = np.full((len(queries), 0), 0, np.float32)
    for start in range(0, len(vectors), _BLOCK):
        scores = queries @ vectors[start : start + _BLOCK].T
        inside = np.flatnonzero((own >= start) & (own < start + scores.shape[1]))
        scores[inside, own[inside] - start] = -np.inf
        best = np.concatenate((best, scores), axis=1)
        best = -np.partition(-best, min(K, best.shape[1]) - 1, axis=1)[:, :K]
    least: NDArray[np.float32] = best.min(axis=1)
    return least
