"""hnswlib: the HNSW graph of its inventors, in a file that is read into memory; the vectors are mapped from a second file.

It has no wheel on PyPI and is compiled when it is installed, so it has an extra of its own. Its filters call Python for every
row visited (measured by its authors: 503,578 queries a second without, 4,241 with one), so they are not used.
"""

import errno
import importlib
import logging
import os
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from indexes.vector.base import Capabilities, Parameters, Rows, Scores, Selection, Vectors
from indexes.vector.flat import FILE as VECTORS_FILE
from indexes.vector.flat import exact_scan, load_array
from indexes.vector.graph import GraphIndex
from indexes.vector.metrics import Metric, prepared_vectors
from indexes.vector.parameters import GraphParameters
from indexes.vector.sizes import IndexSize, hnswlib_size
from ragline.errors import CorruptIndexError, MissingExtra

FILE = "graph.hnswlib"
SEED = 100
"""The seed of the levels, which is hnswlib's own default: one thread builds the same graph every time."""

logger = logging.getLogger(__name__)


class HnswlibIndex(GraphIndex):
    """An immutable graph of hnswlib over float32 vectors."""

    kind: ClassVar[str] = "hnswlib"
    capabilities: ClassVar[Capabilities] = Capabilities(exact=False, lossless=True, mapped=False, score_error=1e-5)
    packages: ClassVar[tuple[str, ...]] = ("hnswlib", "numpy")
    _rows_per_breadth = 4

    def __init__(self, graph: Any, vectors: Vectors, parameters: GraphParameters, metric: Metric) -> None:
        self._graph = graph
        self._vectors = vectors
        self._ef_search = parameters.ef_search
        self._m, self._ef_construction = parameters.m, parameters.ef_construction
        self.metric: Metric = metric
        self.count, self.dim = vectors.shape
        graph.set_ef(parameters.ef_search)  # not kept in its file

    @classmethod
    def build(cls, vectors: Vectors, *, parameters: GraphParameters, metric: Metric, threads: int) -> "HnswlibIndex":
        """Build the graph. ``threads`` = 1 gives the same graph every time."""
        vectors = prepared_vectors(vectors, metric)
        graph = _empty(vectors.shape[1], metric)
        graph.init_index(
            max_elements=max(1, len(vectors)),
            M=parameters.m,
            ef_construction=parameters.ef_construction,
            random_seed=SEED,
        )
        if len(vectors):
            graph.add_items(vectors, np.arange(len(vectors)), num_threads=threads)
        logger.info(
            "built %s: %d vectors, %d dimensions, %s, m=%d, ef_construction=%d",
            cls.kind,
            *vectors.shape,
            metric,
            parameters.m,
            parameters.ef_construction,
        )
        return cls(graph, vectors, parameters, metric)

    @classmethod
    def load(cls, folder: Path, *, parameters: GraphParameters, metric: Metric) -> "HnswlibIndex":
        """Read a saved graph whose checksum the caller has verified: hnswlib itself dies of some damaged files."""
        vectors = load_array(folder / VECTORS_FILE)
        graph = _empty(vectors.shape[1], metric)
        try:
            graph.load_index(str(folder / FILE))
        except RuntimeError as error:
            raise CorruptIndexError(f"{folder / FILE} cannot be loaded ({error}). Run: ragline rebuild") from error
        if graph.get_current_count() != len(vectors):
            raise CorruptIndexError(f"{folder / FILE} and {VECTORS_FILE} differ in their rows. Run: ragline rebuild")
        return cls(graph, vectors, parameters, metric)

    @property
    def parameters(self) -> Parameters:
        return MappingProxyType({"m": self._m, "ef_construction": self._ef_construction})

    @property
    def size(self) -> IndexSize:
        return self.size_of(self.count, self.dim, self._m)

    @classmethod
    def size_of(cls, count: int, dim: int, m: int) -> IndexSize:
        """What a graph over so many vectors takes."""
        return hnswlib_size(count, dim, m)

    @property
    def vectors(self) -> Vectors:
        return self._vectors

    def vectors_at(self, rows: Rows) -> Vectors:
        return self._vectors[rows]

    def save(self, folder: Path) -> list[str]:
        path = folder / FILE
        self._graph.save_index(str(path))
        if path.stat().st_size != self._graph.index_file_size():  # on a full disk hnswlib stops writing, and says nothing
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        np.save(folder / VECTORS_FILE, self._vectors, allow_pickle=False)
        return [FILE, VECTORS_FILE]

    def _nearest(self, queries: Vectors, k: int, breadth: int) -> tuple[Rows, Scores]:
        return self._nearest_batch(queries, k, breadth, 1)

    def _nearest_batch(self, queries: Vectors, k: int, breadth: int, threads: int) -> tuple[Rows, Scores]:
        # The breadth is one number for all threads in hnswlib, but never less than the results that are asked for.
        ask = k if breadth <= self._ef_search else breadth
        if self._graph.ef != self._ef_search:  # the graph was searched with other settings meanwhile
            self._graph.set_ef(self._ef_search)
        try:
            labels, distances = self._graph.knn_query(queries, k=ask, num_threads=threads)
        except RuntimeError:  # its way to say that it reached fewer than were asked for
            return np.full((len(queries), k), -1, np.int64), np.zeros((len(queries), k), np.float32)
        rows: Rows = labels.view(np.int64)
        scores: Scores = -distances if self.metric == "l2" else 1 - distances
        return (rows, scores) if ask == k else (rows[:, :k], scores[:, :k])

    def _exact(self, query: Vectors, k: int, selection: Selection | None) -> tuple[Rows, Scores]:
        allowed = None if selection is None else selection.mask
        return exact_scan(self._vectors, query[0], k, allowed=allowed, metric=self.metric)


def _empty(dim: int, metric: Metric) -> Any:
    try:
        hnswlib = importlib.import_module("hnswlib")
    except ImportError as error:
        raise MissingExtra("hnswlib", extra="hnswlib", purpose="an index of hnswlib") from error
    return hnswlib.Index(space="l2" if metric == "l2" else "ip", dim=dim)
