"""Exact search: one inner product with every vector. The truth that every other index is measured against."""

from pathlib import Path

import numpy as np

from indexes.vector.base import Mask, Rows, Scores, VectorHits, Vectors
from indexes.vector.faiss_library import has_faiss
from indexes.vector.half import LEAST_ROWS, HalfScan

FILE = "vectors.npy"
GATHER_SHARE = 0.25
"""Below this share of allowed rows it is faster to gather them than to score all and drop the rest."""

TAIL_SHARE = 0.25
"""Half-precision forms are made anew when so large a share of the rows has none."""


class FlatIndex:
    """Compares the query with every allowed vector. Holds or maps the matrix; needs no build."""

    kind = "flat"
    packages: tuple[str, ...] = ("numpy",)

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self._scan = ExactScan()
        self.count, self.dim = vectors.shape

    @classmethod
    def load(cls, folder: Path) -> "FlatIndex":
        """Map a saved index; pages are read when they are first searched."""
        return cls(np.load(folder / FILE, mmap_mode="r", allow_pickle=False))

    @property
    def vectors(self) -> Vectors:
        return self._vectors

    def search(self, query: Vectors, k: int, *, allowed: Mask | None = None) -> VectorHits:
        rows, scores = self._scan.search(self._vectors, query, k, allowed=allowed)
        return VectorHits(rows, scores, exact=True)

    def save(self, folder: Path) -> list[str]:
        np.save(folder / FILE, self._vectors, allow_pickle=False)
        return [FILE]


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
        if len(vectors) < LEAST_ROWS or not has_faiss():
            return None
        half = self._half
        if half is None or len(vectors) - half.count > TAIL_SHARE * len(vectors):
            self._half = half = HalfScan(vectors)
        return half if half.count <= len(vectors) else None  # an older view of the matrix


def exact_scan(vectors: Vectors, query: Vectors, k: int, *, allowed: Mask | None = None) -> tuple[Rows, Scores]:
    """The ``k`` best allowed rows by inner product and all that tie with the last, descending, ties by ascending row."""
    if allowed is None:
        return _best(None, _products(vectors, query), k)
    rows = np.flatnonzero(allowed)
    if rows.size < GATHER_SHARE * len(vectors):
        return _best(rows, _products(vectors[rows], query), k)
    return _best(rows, _products(vectors, query)[rows], k)


def _products(vectors: Vectors, query: Vectors) -> Scores:
    """Inner products in one thread, by numpy's own SIMD loops.

    A BLAS product would use every core, and wait there for the threads of the encoder, which spin for some milliseconds after
    each query: measured behind torch on 2 cores, 2.8 ms for 10,440 x 384, against 0.9 ms in this way.
    """
    products: Scores = np.einsum("ij,j->i", vectors, query)
    return products


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
