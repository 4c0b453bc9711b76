"""FAISS HNSW: a navigable small-world graph (Malkov and Yashunin, 2016, arXiv:1603.09320), over vectors in three precisions.

``hnsw`` keeps them in float32, ``hnsw-fp16`` in half precision. ``hnsw-int8`` walks the graph over 8-bit codes and takes the
order and the scores of what it finds from vectors in half precision, which stay in a file.
"""

import logging
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from indexes.vector.base import Capabilities, Parameters, Rows, Scores, Selection, Vectors
from indexes.vector.faiss_library import PACKAGES, faiss_threads, import_faiss, read_index
from indexes.vector.graph import GraphIndex
from indexes.vector.metrics import Metric, faiss_metric, prepared_vectors
from indexes.vector.parameters import GraphParameters
from indexes.vector.sizes import FLOAT, HALF, IndexSize, graph_size
from indexes.vector.stored import HALF_ERROR, StoredVectors, rescoring

FILE = "hnsw.faiss"
PURPOSE = "an HNSW index"
RESCORED = 2
"""Candidates of the 8-bit codes that are scored again for each row wanted. Four changed no recall on text (.9980 at breadth
128, float32 .9983), and cost a tenth of the speed.
"""

CACHED_SEARCHES = 64
"""Parameters of so many different searches are kept: making them takes FAISS's wrapper some microseconds."""

logger = logging.getLogger(__name__)


class HnswIndex(GraphIndex):
    """An immutable HNSW graph over float32 vectors; its file is mapped."""

    kind: ClassVar[str] = "hnsw"
    capabilities: ClassVar[Capabilities] = Capabilities(exact=False, lossless=True, mapped=True, score_error=1e-5)
    packages: ClassVar[tuple[str, ...]] = PACKAGES
    component: ClassVar[int] = FLOAT
    is_rescored: ClassVar[bool] = False
    _rows_per_breadth = 12

    def __init__(self, index: Any, parameters: GraphParameters, metric: Metric) -> None:
        self._faiss = import_faiss(PURPOSE)
        self._owner = index  # downcast_index gives a view that does not keep its object alive
        self._graph = self._faiss.downcast_index(index)
        self._stored = StoredVectors(self._graph.storage, metric)
        self._ef_search = parameters.ef_search
        self._m, self._ef_construction = parameters.m, parameters.ef_construction
        self._searching = lru_cache(CACHED_SEARCHES)(partial(_search_parameters, self._faiss))
        self.metric: Metric = metric
        self.count, self.dim = int(self._graph.ntotal), int(self._graph.d)

    @classmethod
    def build(cls, vectors: Vectors, *, parameters: GraphParameters, metric: Metric, threads: int) -> "HnswIndex":
        """Build the graph. ``threads`` = 1 gives the same graph every time."""
        faiss = import_faiss(PURPOSE)
        vectors = prepared_vectors(vectors, metric)
        index = cls._empty(faiss, vectors.shape[1], parameters.m, faiss_metric(faiss, metric))
        index.hnsw.efConstruction = parameters.ef_construction
        if len(vectors):
            with faiss_threads(faiss, threads):
                index.train(vectors)
                index.add(vectors)
        logger.info(
            "built %s: %d vectors, %d dimensions, %s, m=%d, ef_construction=%d",
            cls.kind,
            *vectors.shape,
            metric,
            parameters.m,
            parameters.ef_construction,
        )
        return cls._over(index, vectors, parameters, metric)

    @classmethod
    def load(cls, folder: Path, *, parameters: GraphParameters, metric: Metric) -> "HnswIndex":
        """Map a saved graph whose checksum the caller has verified."""
        return cls(read_index(import_faiss(PURPOSE), folder / FILE, mapped=True), parameters, metric)

    @property
    def parameters(self) -> Parameters:
        return MappingProxyType({"m": self._m, "ef_construction": self._ef_construction})

    @property
    def size(self) -> IndexSize:
        return self.size_of(self.count, self.dim, self._m)

    @classmethod
    def size_of(cls, count: int, dim: int, m: int) -> IndexSize:
        """What a graph over so many vectors takes."""
        return graph_size(count, dim, m, component=cls.component, is_rescored=cls.is_rescored)

    @property
    def vectors(self) -> Vectors:
        return self._stored.vectors

    def vectors_at(self, rows: Rows) -> Vectors:
        return self._stored.vectors_at(rows)

    def save(self, folder: Path) -> list[str]:
        self._faiss.write_index(self._graph, str(folder / FILE))
        return [FILE]

    @classmethod
    def _empty(cls, faiss: Any, dim: int, m: int, metric: int) -> Any:
        return faiss.IndexHNSWFlat(dim, m, metric)

    @classmethod
    def _over(cls, index: Any, vectors: Vectors, parameters: GraphParameters, metric: Metric) -> "HnswIndex":  # noqa: ARG003
        return cls(index, parameters, metric)

    def _nearest(self, queries: Vectors, k: int, breadth: int) -> tuple[Rows, Scores]:
        scores, rows = self._graph.search(queries, k, params=self._searching(breadth))
        return rows, -scores if self.metric == "l2" else scores

    def _nearest_batch(self, queries: Vectors, k: int, breadth: int, threads: int) -> tuple[Rows, Scores]:
        with faiss_threads(self._faiss, threads):
            return self._nearest(queries, k, breadth)

    def _exact(self, query: Vectors, k: int, selection: Selection | None) -> tuple[Rows, Scores]:
        return self._stored.exact(query, k, selection)


class HalfHnswIndex(HnswIndex):
    """The graph over vectors in half precision: half the memory, and faster, as less is read."""

    kind = "hnsw-fp16"
    capabilities = Capabilities(exact=False, lossless=False, mapped=True, score_error=HALF_ERROR)
    component = HALF

    @classmethod
    def _empty(cls, faiss: Any, dim: int, m: int, metric: int) -> Any:
        return faiss.IndexHNSWSQ(dim, faiss.ScalarQuantizer.QT_fp16, m, metric)


class ByteHnswIndex(HnswIndex):
    """The graph over 8-bit codes, with the candidates scored again by stored vectors."""

    kind = "hnsw-int8"
    capabilities = Capabilities(exact=False, lossless=False, mapped=True, score_error=HALF_ERROR)
    component = 1
    is_rescored = True
    _rows_per_breadth = 6

    def __init__(self, index: Any, parameters: GraphParameters, metric: Metric, stored: StoredVectors) -> None:
        super().__init__(index, parameters, metric)
        self._stored = stored
        self._rescored = self._faiss.IndexRefine(self._graph, stored.index)
        self._rescoring = lru_cache(CACHED_SEARCHES)(partial(_rescoring_parameters, self._faiss))

    @classmethod
    def load(cls, folder: Path, *, parameters: GraphParameters, metric: Metric) -> "HnswIndex":
        index = read_index(import_faiss(PURPOSE), folder / FILE, mapped=True)
        return cls(index, parameters, metric, StoredVectors.load(folder, metric))

    def save(self, folder: Path) -> list[str]:
        return [*super().save(folder), self._stored.save(folder)]

    @classmethod
    def _empty(cls, faiss: Any, dim: int, m: int, metric: int) -> Any:
        return faiss.IndexHNSWSQ(dim, faiss.ScalarQuantizer.QT_8bit, m, metric)

    @classmethod
    def _over(cls, index: Any, vectors: Vectors, parameters: GraphParameters, metric: Metric) -> "HnswIndex":
        return cls(index, parameters, metric, StoredVectors.half(vectors, metric))

    def _nearest(self, queries: Vectors, k: int, breadth: int) -> tuple[Rows, Scores]:
        scores, rows = self._rescored.search(queries, k, params=self._rescoring(k, breadth))
        return rows, -scores if self.metric == "l2" else scores


def _search_parameters(faiss: Any, breadth: int) -> Any:
    return faiss.SearchParametersHNSW(efSearch=breadth)


def _rescoring_parameters(faiss: Any, k: int, breadth: int) -> Any:
    return rescoring(faiss, k, min(max(breadth, k), RESCORED * k), _search_parameters(faiss, breadth))
