"""The stored vectors of an index, held by FAISS in float32 or half precision, in memory or mapped from their file.

They answer exactly what a graph or cells cannot: few allowed rows, short results, and the order of the candidates.
"""

from pathlib import Path
from typing import Any

import numpy as np

from indexes.vector.base import Rows, Scores, Selection, Vectors
from indexes.vector.faiss_library import bitmap_selector, faiss_threads, import_faiss, read_index
from indexes.vector.metrics import Metric, faiss_metric
from ragline.errors import InputError

HALF_FILE = "vectors.f16.faiss"
HALF_ERROR = 5e-4
"""Rounding to half precision moves each component of a unit vector by 2**-11 of it at most; so it does the inner product."""

_PURPOSE = "stored vectors in half precision"
_MARGIN = 16
_GROWTH = 4


def rescoring(faiss: Any, k: int, fetch: int, search: Any) -> Any:
    """Parameters of a FAISS ``IndexRefine`` that scores ``fetch`` candidates of ``search`` again for ``k`` results."""
    # FAISS multiplies the factor with k again, and cuts: half a candidate more keeps the rounding harmless.
    return faiss.IndexRefineSearchParameters(k_factor=(fetch + 0.5) / k, base_index_params=search)


class StoredVectors:
    """Exact search over a FAISS index that holds all vectors in a row (``IndexFlat``, ``IndexScalarQuantizer``)."""

    def __init__(self, index: Any, metric: Metric) -> None:
        faiss = import_faiss(_PURPOSE)
        self._owner = index  # downcast_index gives a view that does not keep its object alive
        self.index = faiss.downcast_index(index)
        self._metric = metric
        self.count, self.dim = int(self.index.ntotal), int(self.index.d)

    @classmethod
    def half(cls, vectors: Vectors, metric: Metric) -> "StoredVectors":
        """The vectors in half precision, in memory. Raises :class:`InputError` for values above 65,504."""
        faiss = import_faiss(_PURPOSE)
        if vectors.size and max(vectors.max(), -vectors.min()) > np.finfo(np.float16).max:
            raise InputError("Vectors hold values too large for half precision. Use the index kind flat or hnsw.")
        index = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss_metric(faiss, metric))
        index.add(vectors)
        return cls(index, metric)

    @classmethod
    def load(cls, folder: Path, metric: Metric) -> "StoredVectors":
        """Map a file written by :meth:`save`, whose checksum the caller has verified."""
        return cls(read_index(import_faiss(_PURPOSE), folder / HALF_FILE, mapped=True), metric)

    def save(self, folder: Path) -> str:
        """Write the vectors into a folder; returns the name of the file."""
        import_faiss(_PURPOSE).write_index(self.index, str(folder / HALF_FILE))
        return HALF_FILE

    @property
    def vectors(self) -> Vectors:
        """All vectors, float32 of shape ``(count, dim)``: a view where they are held so, else a copy."""
        faiss = import_faiss(_PURPOSE)
        if not self.count:
            return np.empty((0, self.dim), np.float32)
        vectors: Vectors
        if isinstance(self.index, faiss.IndexFlat):
            vectors = faiss.rev_swig_ptr(self.index.get_xb(), self.count * self.dim).reshape(self.count, self.dim)
        else:
            vectors = self.index.reconstruct_n(0, self.count)
        return vectors

    def vectors_at(self, rows: Rows) -> Vectors:
        """The vectors of some rows, float32 of shape ``(len(rows), dim)``."""
        if not len(rows):
            return np.empty((0, self.dim), np.float32)
        vectors: Vectors = self.index.reconstruct_batch(rows)
        return vectors

    def exact(self, query: Vectors, k: int, selection: Selection | None) -> tuple[Rows, Scores]:
        """The ``k`` best allowed rows for a query of shape ``(1, dim)`` and all that tie with the last one.

        By score descending, ties by ascending row.
        """
        total = self.count if selection is None else selection.count
        k = min(k, total)
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        fetch = k
        while True:
            fetch = min(total, fetch + _MARGIN)
            all_rows, all_scores = self.nearest(query, fetch, selection)
            rows, scores = all_rows[0], all_scores[0]
            if fetch == total or scores[-1] < scores[k - 1]:
                break
            fetch *= _GROWTH
        reaching = scores >= scores[k - 1]
        rows, scores = rows[reaching], scores[reaching]
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def nearest(self, queries: Vectors, k: int, selection: Selection | None) -> tuple[Rows, Scores]:
        """The ``k`` best allowed rows for each query, of which there must be so many; ties in any order."""
        faiss = import_faiss(_PURPOSE)
        parameters = None
        if selection is not None:
            parameters = faiss.SearchParameters(sel=bitmap_selector(faiss, selection))
        with faiss_threads(faiss, 1):  # for a single query FAISS would wake all threads, and use one
            scores, rows = self.index.search(queries, k, params=parameters)
        return rows, -scores if self._metric == "l2" else scores
