"""Rows that a graph does not find, listed beside it and compared with every query.

A graph search goes from neighbour to neighbour and may end before it comes to a row that lies apart, or behind a crowd of
near-duplicates: such a row is not found even by its own vector. After a build every row asks for itself; those that do not come
back are few (9 of 45,178 text vectors at breadth 128), so they are compared exactly, which costs some microseconds.
"""

import logging
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Self

import numpy as np

from indexes.vector.base import BatchHits, Mask, Parameters, Rows, Scores, Selection, VectorHits, VectorIndex, Vectors
from indexes.vector.metrics import Metric, prepared_queries, prepared_query, scores_of
from indexes.vector.selection import selected
from indexes.vector.sizes import HEADER, IndexSize
from ragline.errors import CorruptIndexError
from ragline.settings import Settings

FILES = ("unreached_rows.npy", "unreached_vectors.npy")
NARROW = 32
"""Breadth of the first search for each row, a third as long as the usual one; who is not found is asked again as in service."""

MOST_LISTED = 1_000
"""A longer list would be an exact scan in disguise: a graph that loses so many rows is for the gate to refuse."""

_AUDIT_K = 10
_BLOCK_ROWS = 4096

logger = logging.getLogger(__name__)


def audited(index: VectorIndex, vectors: Vectors, settings: Settings, *, threads: int) -> VectorIndex:
    """``index`` over ``vectors``, with the rows that it does not find listed beside it; itself when it finds all of them.

    ``settings`` are those that it will be searched with.
    """
    narrow = index.searched_with(replace(settings, hnsw_ef_search=min(NARROW, settings.hnsw_ef_search)))
    unreached = _not_found(index, vectors, _not_found(narrow, vectors, np.arange(index.count), threads), threads)
    if not unreached.size:
        return index
    logger.info("%s: %d of %d rows are not found by their own vectors", index.kind, unreached.size, index.count)
    listed = unreached[:MOST_LISTED]
    return WithUnreached(index, listed, np.ascontiguousarray(vectors[listed]), lost=len(unreached) - len(listed))


def _not_found(index: VectorIndex, vectors: Vectors, rows: Rows, threads: int) -> Rows:
    """Those of ``rows`` that do not come back when they ask for themselves."""
    blocks = [rows[start : start + _BLOCK_ROWS] for start in range(0, len(rows), _BLOCK_ROWS)]
    missed = [block[~_finds_itself(index, vectors[block], block, threads)] for block in blocks]
    return np.concatenate([np.empty(0, np.int64), *missed])


def _finds_itself(index: VectorIndex, vectors: Vectors, rows: Rows, threads: int) -> Mask:
    """Whether each row is among the best for its own vector, or rightly surpassed (as is possible with inner products)."""
    hits = index.search_batch(vectors, _AUDIT_K, threads=threads)
    own = np.array([scores_of(vector[None], vector, index.metric)[0] for vector in vectors], np.float32)
    squares = np.einsum("ij,ij->i", vectors, vectors)  # what a score may be off by is told for unit length
    found: Mask = (hits.rows == rows[:, None]).any(axis=1)
    if hits.rows.shape[1] == _AUDIT_K:
        found |= hits.scores[:, -1] >= own - index.capabilities.score_error * squares
    return found


class WithUnreached:
    """A graph, and the rows that it does not find: every search looks at both.

    ``lost`` rows are on neither side, which an index just built says so that it can be refused.
    """

    def __init__(self, inner: VectorIndex, rows: Rows, vectors: Vectors, *, lost: int = 0) -> None:
        self.lost = lost
        self._inner = inner
        self._rows = rows
        self._vectors = vectors
        self.kind, self.capabilities, self.packages = inner.kind, inner.capabilities, inner.packages
        self.metric: Metric = inner.metric
        self.count, self.dim = inner.count, inner.dim

    @classmethod
    def load(cls, inner: VectorIndex, folder: Path) -> "WithUnreached":
        """Around an index from the same folder. Raises :class:`CorruptIndexError` where the two do not fit together."""
        try:
            rows, vectors = (np.load(folder / name, allow_pickle=False) for name in FILES)
        except (ValueError, EOFError, OSError) as error:
            raise CorruptIndexError(f"{folder / FILES[0]} cannot be loaded ({error}). Run: ragline rebuild") from error
        if rows.dtype != np.int64 or vectors.shape != (len(rows), inner.dim) or (rows >= inner.count).any():
            raise CorruptIndexError(f"{folder / FILES[0]} does not fit the index beside it. Run: ragline rebuild")
        return cls(inner, rows, vectors)

    @property
    def parameters(self) -> Parameters:
        return MappingProxyType({**self._inner.parameters, "unreached": len(self._rows), "lost": self.lost})

    @property
    def size(self) -> IndexSize:
        inner, listed = self._inner.size, self._rows.nbytes + self._vectors.nbytes
        return IndexSize(inner.disk + listed + 2 * HEADER, inner.resident + listed, inner.mapped)

    @property
    def vectors(self) -> Vectors:
        return self._inner.vectors

    def vectors_at(self, rows: Rows) -> Vectors:
        return self._inner.vectors_at(rows)

    def search(self, query: Vectors, k: int, *, allowed: Mask | Selection | None = None) -> VectorHits:
        selection = selected(allowed, self.count)
        hits = self._inner.search(query, k, allowed=selection)
        if hits.exact or not len(hits.rows):
            return hits
        scores = scores_of(self._vectors, prepared_query(query, self.metric, self.dim)[0], self.metric)
        if scores.max() <= hits.scores[-1]:
            return hits
        rows, scores = self._merged(hits.rows, hits.scores, scores, selection)
        return VectorHits(rows, scores, exact=False, plan=hits.plan)

    def exact(self, query: Vectors, k: int, *, allowed: Mask | Selection | None = None) -> VectorHits:
        return self._inner.exact(query, k, allowed=allowed)

    def searched_with(self, settings: Settings) -> Self:
        return type(self)(self._inner.searched_with(settings), self._rows, self._vectors)

    def search_batch(self, queries: Vectors, k: int, *, allowed: Mask | Selection | None = None, threads: int = 1) -> BatchHits:
        selection = selected(allowed, self.count)
        hits = self._inner.search_batch(queries, k, allowed=selection, threads=threads)
        if not hits.rows.shape[1]:
            return hits
        prepared = prepared_queries(queries, self.metric, self.dim)
        scores = np.stack([scores_of(prepared, vector, self.metric) for vector in self._vectors], axis=1)
        rows, best = hits.rows.copy(), hits.scores.copy()
        for number in np.flatnonzero(scores.max(axis=1) > best[:, -1]):
            rows[number], best[number] = self._merged(rows[number], best[number], scores[number], selection)
        return BatchHits(rows, best)

    def save(self, folder: Path) -> list[str]:
        np.save(folder / FILES[0], self._rows, allow_pickle=False)
        np.save(folder / FILES[1], self._vectors, allow_pickle=False)
        return [*self._inner.save(folder), *FILES]

    def _merged(self, rows: Rows, scores: Scores, listed: Scores, selection: Selection | None) -> tuple[Rows, Scores]:
        """The best of both, as many as the graph has given."""
        new = ~np.isin(self._rows, rows)
        if selection is not None:
            new &= selection.mask[self._rows]
        all_rows, all_scores = np.concatenate((rows, self._rows[new])), np.concatenate((scores, listed[new]))
        order = np.argsort(-all_scores, kind="stable")[: len(rows)]
        return all_rows[order], all_scores[order]
