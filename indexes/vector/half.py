"""Exact search that reads half the bytes: a scan in half precision, then float32 for every row that may be among the best.

A scan of some thousand vectors waits for memory, not for arithmetic. The error of the first pass is bounded (Cauchy-Schwarz:
``|q·x - q·h| <= |x - h|`` for a unit query ``q`` and the half-precision form ``h`` of ``x``), so what is left out is known to
be worse, and the result is the same as that of a scan in float32.
"""

import numpy as np

from indexes.vector.base import Mask, Rows, Scores, Vectors
from indexes.vector.faiss_library import faiss_threads, import_faiss

LEAST_ROWS = 2_000
"""Below this a plain scan is as fast."""

_MARGIN = 32
_GROWTH = 4
# What summing 384 products in float32 may be off by, for unit vectors: about sqrt(384) roundings of 6e-8.
_ROUNDING = 1e-5
_BLOCK_ROWS = 8192


class HalfScan:
    """The half-precision forms of a matrix of unit vectors, float32 of shape ``(n, dim)``, which it does not keep."""

    def __init__(self, vectors: Vectors) -> None:
        faiss = import_faiss("the half-precision scan")
        self.count = len(vectors)
        self._index = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        self._index.add(np.ascontiguousarray(vectors))
        self._error = _largest_error(vectors) + _ROUNDING

    def search(self, vectors: Vectors, query: Vectors, k: int, *, allowed: Mask | None = None) -> tuple[Rows, Scores]:
        """The ``k`` best allowed rows, all that tie with the last of them and some more, in any order, with exact scores.

        ``vectors`` is the matrix that it was made from.
        """
        faiss = import_faiss("the half-precision scan")
        total = self.count if allowed is None else int(allowed.sum())
        k = min(k, total)
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little")))
        fetch = k + _MARGIN
        while True:
            fetch = min(fetch, total)
            with faiss_threads(faiss, 1):  # for a single query FAISS would wake all threads, and use one
                near, found = self._index.search(query[None, :], fetch, params=parameters)
            rows = found[0]
            scores: Scores = np.einsum("ij,j->i", vectors[rows], query)
            # No row left out can score more than the last one fetched, plus the error.
            if fetch == total or near[0, -1] + self._error < np.partition(scores, fetch - k)[fetch - k]:
                return rows, scores
            fetch *= _GROWTH


def _largest_error(vectors: Vectors) -> float:
    largest = 0.0
    for start in range(0, len(vectors), _BLOCK_ROWS):
        block = vectors[start : start + _BLOCK_ROWS]
        lost = block - block.astype(np.float16).astype(np.float32)
        largest = max(largest, float(np.einsum("ij,ij->i", lost, lost).max()))
    return float(np.sqrt(largest))
