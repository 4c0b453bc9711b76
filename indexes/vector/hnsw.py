"""FAISS HNSW: a navigable small-world graph over float32 vectors (Malkov and Yashunin, 2016, arXiv:1603.09320)."""

import logging
from pathlib import Path

import numpy as np

from indexes.vector.base import Mask, VectorHits, Vectors
from indexes.vector.faiss_library import import_faiss
from indexes.vector.flat import exact_scan
from ragline.errors import CorruptIndexError

FILE = "hnsw.faiss"
PURPOSE = "an HNSW index"
EXACT_ROWS = 5_000
"""A filter that leaves at most so many rows is answered by scanning them: faster than the graph, and exact."""

OVERSEARCH = 2
"""The search is this many times as broad as the number of rows asked for, at the least."""

logger = logging.getLogger(__name__)


class HnswIndex:
    """An immutable HNSW graph. Short results (few rows reachable under a filter) are completed by an exact scan."""

    kind = "hnsw"
    packages: tuple[str, ...] = ("faiss-cpu", "numpy")

    def __init__(self, index: object, *, ef_search: int) -> None:
        faiss = import_faiss(PURPOSE)
        self._owner = index  # downcast_index gives a view that does not keep its object alive
        self._index = faiss.downcast_index(index)
        self._ef_search = ef_search
        self.count = int(self._index.ntotal)
        self.dim = int(self._index.d)

    @classmethod
    def build(cls, vectors: Vectors, *, m: int, ef_construction: int, ef_search: int, threads: int) -> "HnswIndex":
        """Build the graph with ``m`` links a node. ``threads`` = 1 gives the same graph every time."""
        faiss = import_faiss(PURPOSE)
        index = faiss.IndexHNSWFlat(vectors.shape[1], m, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = ef_construction
        before = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(threads)
        try:
            index.add(np.ascontiguousarray(vectors))
        finally:
            faiss.omp_set_num_threads(before)
        logger.info("built HNSW: %d vectors, %d dimensions, m=%d, ef_construction=%d", *vectors.shape, m, ef_construction)
        return cls(index, ef_search=ef_search)

    @classmethod
    def load(cls, folder: Path, *, ef_search: int) -> "HnswIndex":
        """Map a saved graph whose checksum the caller has verified."""
        faiss = import_faiss(PURPOSE)
        try:
            return cls(faiss.read_index(str(folder / FILE), faiss.IO_FLAG_MMAP_IFC), ef_search=ef_search)
        except RuntimeError as error:
            raise CorruptIndexError(f"{folder / FILE} cannot be loaded ({error}). Run: ragline rebuild") from error

    @property
    def vectors(self) -> Vectors:
        faiss = import_faiss(PURPOSE)
        storage = faiss.downcast_index(self._index.storage)
        data: Vectors = faiss.rev_swig_ptr(storage.get_xb(), self.count * self.dim)
        return data.reshape(self.count, self.dim)

    def search(self, query: Vectors, k: int, *, allowed: Mask | None = None) -> VectorHits:
        k = min(k, self.count if allowed is None else int(allowed.sum()))
        if k == 0 or (allowed is not None and int(allowed.sum()) <= EXACT_ROWS):
            return self._scan(query, k, allowed)
        faiss = import_faiss(PURPOSE)
        parameters = faiss.SearchParametersHNSW(efSearch=max(self._ef_search, OVERSEARCH * k))
        if allowed is not None:
            bitmap = np.packbits(allowed, bitorder="little")
            parameters.sel = faiss.IDSelectorBitmap(bitmap)
        scores, rows = self._index.search(query[None, :], k, params=parameters)
        if rows[0, -1] < 0:
            return self._scan(query, k, allowed)
        return VectorHits(rows[0], scores[0], exact=False)

    def save(self, folder: Path) -> list[str]:
        faiss = import_faiss(PURPOSE)
        faiss.write_index(self._index, str(folder / FILE))
        return [FILE]

    def _scan(self, query: Vectors, k: int, allowed: Mask | None) -> VectorHits:
        rows, scores = exact_scan(self.vectors, query, k, allowed=allowed)
        return VectorHits(rows, scores, exact=True)
