"""The libraries alone, over the very files that our indexes wrote: what a caller would have without our layer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from indexes.vector import hnsw, ivf
from indexes.vector.base import Mask, Rows, Vectors
from indexes.vector.faiss_library import import_faiss
from indexes.vector.stored import HALF_FILE

Call = Callable[[Vectors], Rows]


def faiss_hnsw(folder: Path, k: int, ef: int, allowed: Mask | None = None) -> Call:
    """FAISS's HNSW over float32, with its own selector for a filter."""
    faiss = import_faiss("the ann suite")
    index = faiss.read_index(str(folder / hnsw.FILE))
    selector = {} if allowed is None else {"sel": faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))}
    return _searching(index, k, faiss.SearchParametersHNSW(efSearch=ef, **selector))


def faiss_over(graph: Any, k: int, ef: int) -> Call:
    """FAISS's own search over a graph in memory, as :func:`hnswlib_hnsw`."""
    return _searching(graph, k, import_faiss("the ann suite").SearchParametersHNSW(efSearch=ef))


def hnswlib_hnsw(graph: Any, k: int) -> Call:
    """hnswlib's own search over a graph in memory: two copies of one file differ by 5 % from each other by where they lie."""

    def search(queries: Vectors) -> Rows:
        labels: Rows = graph.knn_query(queries, k=k, num_threads=1)[0]
        return labels

    return search


def faiss_ivf(folder: Path, k: int, probes: int, fetch: int) -> Call:
    """FAISS's inverted file; with candidates to ``fetch``, inside FAISS's own refinement by vectors in half precision."""
    faiss = import_faiss("the ann suite")
    index = faiss.read_index(str(folder / ivf.FILE))
    search = faiss.SearchParametersPreTransform(index_params=faiss.SearchParametersIVF(nprobe=probes))
    if not fetch:
        return _searching(index, k, search)
    stored = faiss.read_index(str(folder / HALF_FILE), faiss.IO_FLAG_MMAP_IFC)
    parameters = faiss.IndexRefineSearchParameters(k_factor=fetch / k, base_index_params=search)
    found = _searching(faiss.IndexRefine(index, stored), k, parameters)
    return lambda queries, _parts=(index, stored): found(queries)  # the refinement does not keep its parts alive


def _searching(index: Any, k: int, parameters: Any) -> Call:
    def search(queries: Vectors) -> Rows:
        rows: Rows = index.search(queries if queries.ndim == 2 else queries[None], k, params=parameters)[1]
        return rows

    return search
