"""Exact search that reads a quarter of the bytes: a scan over a byte a component, then float32 for all that may be the best.

A scan of some thousand vectors waits for memory, not for arithmetic. The error of the first pass is bounded (Cauchy-Schwarz:
``|q·x - p·c| <= |q||x - c| + |q - p||c|`` for the coarse forms ``p`` of a query ``q`` and ``c`` of ``x``), so what is left out
is known to be worse, and the result is the same as that of a scan in float32.
"""

from collections.abc import Iterator

import numpy as np

from indexes.vector.base import Mask, Rows, Scores, Vectors
from indexes.vector.faiss_library import faiss_threads, import_faiss

LEAST_ROWS = 2_000
"""Below this a plain scan is as fast."""

# Of 10,464 chunks of abstracts 40 to 90 lie so near the hundredth that bytes cannot tell them from it.
_MARGIN = 128
_GROWTH = 4
# From this share of all rows on all are compared in float32 at once: there are near-duplicates by the thousand.
_MOST_FETCHED = 0.125
# What summing 384 products in float32 may be off by, for unit vectors: about sqrt(384) roundings of 6e-8.
_ROUNDING = 1e-5
_BLOCK_ROWS = 8192
_LARGEST_BYTE = 127


class CoarseScan:
    """The coarse forms of a matrix of unit vectors, float32 of shape ``(n, dim)``, which it does not keep.

    A component is a signed byte times the step of its dimension, so that one with large values costs no other its precision.
    """

    def __init__(self, vectors: Vectors) -> None:
        faiss = import_faiss("the coarse scan")
        self.count, dim = vectors.shape
        quantizer = faiss.ScalarQuantizer.QT_8bit_direct_signed
        self._index = faiss.IndexScalarQuantizer(dim, quantizer, faiss.METRIC_INNER_PRODUCT)
        largest = np.max([np.abs(block).max(axis=0) for block in _blocks(vectors)], axis=0)
        self._steps = np.where(largest > 0, largest / _LARGEST_BYTE, 1).astype(np.float32)
        worst, stored = 0.0, np.empty(vectors.shape, np.uint8)
        for number, block in enumerate(_blocks(vectors)):
            codes = np.rint(block / self._steps)
            lost = block - codes * self._steps
            worst = max(worst, float(np.einsum("ij,ij->i", lost, lost).max()))
            stored[number * _BLOCK_ROWS :][: len(block)] = codes + (_LARGEST_BYTE + 1)
        self._index.add_sa_codes(stored)  # at once, as FAISS doubles its room when it grows
        self._error = float(np.sqrt(worst))

    def search(self, vectors: Vectors, query: Vectors, k: int, *, allowed: Mask | None = None) -> tuple[Rows, Scores]:
        """The ``k`` best allowed rows, all that tie with the last of them and some more, in any order, with exact scores.

        ``vectors`` is the matrix that it was made from.
        """
        faiss = import_faiss("the coarse scan")
        total = self.count if allowed is None else int(allowed.sum())
        k = min(k, total)
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little")))
        unit, codes, error = self._coarse(query)
        fetch = k + _MARGIN
        most = max(fetch, _MOST_FETCHED * total)
        while fetch <= most and fetch < total:
            with faiss_threads(faiss, 1):  # for a single query FAISS would wake all threads, and use one
                near, found = self._index.search(codes, fetch, params=parameters)
            rows = found[0]
            scores: Scores = np.einsum("ij,j->i", vectors[rows], query)
            # No row left out can score more than the last one fetched, plus the error.
            if near[0, -1] * unit + error < np.partition(scores, fetch - k)[fetch - k]:
                return rows, scores
            fetch *= _GROWTH
        if allowed is None:
            return np.arange(self.count), np.einsum("ij,j->i", vectors[: self.count], query)
        everything = np.flatnonzero(allowed)
        return everything, np.einsum("ij,j->i", vectors[everything], query)

    def _coarse(self, query: Vectors) -> tuple[float, Vectors, float]:
        """The unit of the coarse scores of a query, its form of shape ``(1, dim)``, and how far they may be off.

        FAISS takes whole numbers only, and multiplies these as bytes.
        """
        stepped = query * self._steps
        unit = float(np.abs(stepped).max()) / _LARGEST_BYTE or 1.0
        codes = np.rint(stepped / unit)
        lost = (stepped - codes * unit) / self._steps
        size = float(np.sqrt(np.dot(query, query)))
        error = size * self._error + float(np.sqrt(np.dot(lost, lost))) * (1 + self._error)
        return unit, codes[None, :], error + _ROUNDING


def _blocks(vectors: Vectors) -> Iterator[Vectors]:
    for start in range(0, len(vectors), _BLOCK_ROWS):
        yield vectors[start : start + _BLOCK_ROWS]
