"""Exact search: one inner product with every vector. The truth that every other index is measured against."""

import logging
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType
from typing import Self

import numpy as np

from indexes.vector.base import BatchHits, Capabilities, Mask, Parameters, Rows, Scores, Selection, VectorHits, Vectors
from indexes.vector.faiss_library import has_faiss
from indexes.vector.half import LEAST_ROWS, HalfScan
from indexes.vector.metrics import Metric, prepared_queries, prepared_query, prepared_vectors, scores_of
from indexes.vector.selection import selected
from indexes.vector.sizes import IndexSize, flat_size
from ragline.errors import CorruptIndexError
from ragline.settings import Settings

FILE = "vectors.npy"
GATHER_SHARE = 0.25
"""Below this share of allowed rows it is faster to gather them than to score all and drop the rest."""

logger = logging.getLogger(__name__)

TAIL_SHARE = 0.25
"""Half-precision forms are made anew when so large a share of the rows has none."""


class FlatIndex:
    """Compares the query with every allowed vector. Holds or maps the matrix; needs no build."""

    kind = "flat"
    capabilities = Capabilities(exact=True, lossless=True, mapped=True, score_error=1e-5)
    packages: tuple[str, ...] = ("numpy",)
    parameters: Parameters = MappingProxyType({})

    def __init__(self, vectors: Vectors, *, metric: Metric = "cosine") -> None:
        self._vectors = vectors
        self._scan = ExactScan()
        self.metric: Metric = metric
        self.count, self.dim = vectors.shape

    @classmethod
    def build(cls, vectors: Vectors, *, metric: Metric) -> "FlatIndex":
        """The index over the vectors, which for the cosine are brought to unit length."""
        vectors = prepared_vectors(vectors, metric)
        logger.info("built %s: %d vectors, %d dimensions, %s", cls.kind, *vectors.shape, metric)
        return cls(vectors, metric=metric)

    @classmethod
    def load(cls, folder: Path, *, metric: Metric) -> "FlatIndex":
        """Map a saved index; pages are read when they are first searched."""
        return cls(load_array(folder / FILE), metric=metric)

    @property
    def size(self) -> IndexSize:
        return flat_size(self.count, self.dim, has_half=self.metric != "l2" and keeps_half(self.count))

    @property
    def vectors(self) -> Vectors:
        return self._vectors

    def vectors_at(self, rows: Rows) -> Vectors:
        return self._vectors[rows]

    def search(self, query: Vectors, k: int, *, allowed: Mask | Selection | None = None) -> VectorHits:
        query = prepared_query(query, self.metric, self.dim)[0]
        selection = selected(allowed, self.count)
        mask = None if selection is None else selection.mask
        if self.metric == "l2":
            rows, scores = exact_scan(self._vectors, query, k, allowed=mask, metric="l2")
        else:
            rows, scores = self._scan.search(self._vectors, query, k, allowed=mask)
        return VectorHits(rows, scores, exact=True)

    def exact(self, query: Vectors, k: int, *, allowed: Mask | Selection | None = None) -> VectorHits:
        return self.search(query, k, allowed=allowed)

    def search_batch(
        self,
        queries: Vectors,
        k: int,
        *,
        allowed: Mask | Selection | None = None,
        threads: int = 1,  # noqa: ARG002
    ) -> BatchHits:
        """One scan a query, in one thread: a scan waits for memory, of which more threads bring no more."""
        queries = prepared_queries(queries, self.metric, self.dim)
        selection = selected(allowed, self.count)
        k = max(0, min(k, self.count if selection is None else selection.count))
        return gathered((self.search(query, k, allowed=selection) for query in queries), len(queries), k)

    def searched_with(self, settings: Settings) -> Self:  # noqa: ARG002
        return self

    def save(self, folder: Path) -> list[str]:
        np.save(folder / FILE, self._vectors, allow_pickle=False)
        return [FILE]


def gathered(found: Iterable[VectorHits], count: int, k: int) -> BatchHits:
    """The first ``k`` hits of each of ``count`` searches, which have so many."""
    rows, scores = np.empty((count, k), np.int64), np.empty((count, k), np.float32)
    for number, hits in enumerate(found):
        rows[number], scores[number] = hits.rows[:k], hits.scores[:k]
    return BatchHits(rows, scores)


def load_array(path: Path) -> Vectors:
    """Map a matrix of vectors. Raises :class:`CorruptIndexError` where the file holds none."""
    try:
        vectors: Vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise CorruptIndexError(f"{path} cannot be loaded ({error}). Run: ragline rebuild") from error
    if vectors.ndim != 2 or vectors.dtype != np.float32:
        raise CorruptIndexError(f"{path} holds no matrix of float32 vectors. Run: ragline rebuild")
    return vectors


class ExactScan:
    """Searches a growing matrix exactly, through half-precision forms of its first rows where that is faster.

    Safe to use from several threads: at worst two of them make the forms.
    """

    def __init__(self) -> None:
        self._half: HalfScan | None = None

    def search(self, vectors: Vectors, query: Vectors, k: int, *, allowed: Mask | None = None) -> tuple[Rows, Scores]:
        """The ``k`` best allowed rows by inner product and all that tie with the last, descending, ties by ascending row."""
        half = self._half_of(vectors)
        if half is None or (allowed is not None and int(allowed.sum()) < GATHER_SHARE * len(vectors)):
            return exact_scan(vectors, query, k, allowed=allowed)
        head, tail = (None, None) if allowed is None else (allowed[: half.count], allowed[half.count :])
        rows, scores = half.search(vectors, query, k, allowed=head)
        if half.count < len(vectors):
            others, other_scores = exact_scan(vectors[half.count :], query, k, allowed=tail)
            rows, scores = np.concatenate((rows, others + half.count)), np.concatenate((scores, other_scores))
        order = np.argsort(rows)
        best, found = _best(None, scores[order], k)
        return rows[order[best]], found

    def _half_of(self, vectors: Vectors) -> HalfScan | None:
        if not keeps_half(len(vectors)):
            return None
        half = self._half
        if half is None or len(vectors) - half.count > TAIL_SHARE * len(vectors):
            self._half = half = HalfScan(vectors)
        return half if half.count <= len(vectors) else None  # an older view of the matrix


def keeps_half(count: int) -> bool:
    """Whether scans of so many vectors go through forms in half precision, which are kept in memory."""
    return count >= LEAST_ROWS and has_faiss()


def exact_scan(
    vectors: Vectors, query: Vectors, k: int, *, allowed: Mask | None = None, metric: Metric = "ip"
) -> tuple[Rows, Scores]:
    """The ``k`` best allowed rows by score and all that tie with the last, descending, ties by ascending row.

    For the cosine, vectors and query are of unit length.
    """
    if allowed is None:
        return _best(None, scores_of(vectors, query, metric), k)
    rows = np.flatnonzero(allowed)
    if rows.size < GATHER_SHARE * len(vectors):
        return _best(rows, scores_of(vectors[rows], query, metric), k)
    return _best(rows, scores_of(vectors, query, metric)[rows], k)


def _best(rows: Rows | None, scores: Scores, k: int) -> tuple[Rows, Scores]:
    k = min(k, scores.size)
    if k <= 0:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    if k < scores.size:
        # Everything that reaches the k-th best score is kept: who of those that tie is taken is for the caller to say.
        bound = np.partition(scores, scores.size - k)[scores.size - k]
        candidates = np.flatnonzero(scores >= bound)
    else:
        candidates = np.arange(scores.size)
    order = candidates[np.argsort(-scores[candidates], kind="stable")]
    return (order if rows is None else rows[order]), scores[order]
