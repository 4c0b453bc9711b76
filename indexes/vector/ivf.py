"""FAISS inverted files: vectors in cells, of which the nearest are searched, in codes of about a bit a dimension.

``ivf-pq`` keeps product codes of 4 bits (Jégou and others, 2011; looked up in registers as by André and others, 2015),
``ivf-rabitq`` one bit a dimension (Gao and Long, 2024, arXiv:2405.12497). Codes alone find .77 to .85 of the true ten nearest:
more candidates than asked for are taken, and their order and scores come from vectors in half precision, which stay in a file.
"""

import logging
from abc import abstractmethod
from copy import copy
from functools import lru_cache, partial
from math import ceil, log10, sqrt
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from indexes.vector.base import BatchHits, Capabilities, Mask, Parameters, Rows, Scores, Selection, VectorHits, Vectors
from indexes.vector.cells import BITS, CODE_CENTROIDS, LEAST_VECTORS, CellPlan, log_plan, plan_cells, probes_of
from indexes.vector.faiss_library import PACKAGES, bitmap_selector, faiss_threads, import_faiss, read_index
from indexes.vector.metrics import Metric, faiss_metric, prepared_queries, prepared_query, prepared_vectors
from indexes.vector.parameters import CellParameters
from indexes.vector.selection import selected
from indexes.vector.sizes import IndexSize, cells_size
from indexes.vector.stored import HALF_ERROR, StoredVectors, rescoring
from ragline.settings import Settings

FILE = "ivf.faiss"
PURPOSE = "an inverted file"
EXACT_ROWS = 2_000
"""So few allowed rows are scanned in the time that a search of the cells takes."""

LEAST_FETCH = 150
"""Candidates that are scored again at the least. Measured recall of the ten nearest: .984 with 100, .986 with 150.

From 22,500 vectors on it is the square root of their number: among more vectors, more lie between the codes of the true ones.
With 150 of a million, product codes find .866 of the ten nearest, with 1,000 they find .976 (docs/decisions/0027-scale.md).
"""

FACTORS = 8
"""Bytes that RaBitQ keeps of a vector beside its bits: two factors that correct the estimate of a distance."""

NEAR_CELLS = 8
FAR_SHARE = 0.25
"""A filter that leaves so small a part of its share to the cells nearest to the query is answered by a scan."""

TRAINING_POINTS = 256
"""Vectors a cell that train it; FAISS's own bound, above which it takes a sample, but only of a copy of all."""

_BLOCK_ROWS = 8_192
_SEED = 20_260_101
_CACHED_SEARCHES = 64
_STEP = 8

logger = logging.getLogger(__name__)


class IvfIndex:
    """An immutable inverted file and the stored vectors behind it. Too few vectors to train cells: all are compared.

    Filters are applied inside the cells. Cells without an allowed row are passed over and do not count, so that a filter that
    is correlated with the query reaches the cells that matter; where it leaves next to nothing near the query, all allowed rows
    are scanned.
    """

    kind: ClassVar[str]
    capabilities: ClassVar[Capabilities] = Capabilities(exact=False, lossless=False, mapped=True, score_error=HALF_ERROR)
    packages: ClassVar[tuple[str, ...]] = PACKAGES
    coded: ClassVar[bool]

    def __init__(self, index: Any | None, stored: StoredVectors, parameters: CellParameters, metric: Metric) -> None:
        self._faiss = import_faiss(PURPOSE)
        self._index = index
        self._stored = stored
        self._over_fetch = parameters.over_fetch
        self.metric: Metric = metric
        self.count, self.dim = stored.count, stored.dim
        if index is not None:
            self._ivf = self._faiss.extract_index_ivf(index)
            self._rescored = self._faiss.IndexRefine(index, stored.index)
            self._probes = probes_of(self._ivf.nlist, parameters)
            sizes = (self._ivf.invlists.list_size(cell) for cell in range(self._ivf.nlist))
            self._sizes = np.fromiter(sizes, np.int64, self._ivf.nlist)
        self._searching = lru_cache(_CACHED_SEARCHES)(partial(_search_parameters, self._faiss))

    @classmethod
    def build(cls, vectors: Vectors, *, parameters: CellParameters, metric: Metric, threads: int) -> Self:
        """Train and fill the cells. ``threads`` = 1 gives the same cells every time."""
        faiss = import_faiss(PURPOSE)
        vectors = prepared_vectors(vectors, metric)
        count, dim = vectors.shape
        plan = plan_cells(count, dim, parameters, coded=cls.coded)
        log_plan(cls.kind, plan, count, dim, metric)
        index = None
        if plan.cells:
            index = faiss.index_factory(dim, cls._recipe(plan), faiss_metric(faiss, metric))
            with faiss_threads(faiss, threads):
                index.train(_training_sample(vectors, plan.cells))
                for start in range(0, count, _BLOCK_ROWS):  # FAISS copies what it pads or rotates
                    index.add(vectors[start : start + _BLOCK_ROWS])
        return cls(index, StoredVectors.half(vectors, metric), parameters, metric)

    @classmethod
    def load(cls, folder: Path, *, parameters: CellParameters, metric: Metric) -> Self:
        """Read the cells into memory and map the vectors; the caller has verified the checksums of their files."""
        stored = StoredVectors.load(folder, metric)
        index = None
        if stored.count >= LEAST_VECTORS:
            index = read_index(import_faiss(PURPOSE), folder / FILE, mapped=False)
        return cls(index, stored, parameters, metric)

    @property
    def parameters(self) -> Parameters:
        if self._index is None:
            return MappingProxyType({"cells": 0})
        return MappingProxyType({"cells": int(self._ivf.nlist), "code_bytes": int(self._ivf.code_size)})

    @property
    def size(self) -> IndexSize:
        if self._index is None:
            return self.size_of(self.count, self.dim, CellPlan(0, 0, 0, self.dim))
        plan = CellPlan(int(self._ivf.nlist), self._probes, int(self._ivf.code_size), int(self._ivf.d))
        return self.size_of(self.count, self.dim, plan)

    @classmethod
    def size_of(cls, count: int, dim: int, plan: CellPlan) -> IndexSize:
        """What an inverted file over so many vectors takes."""
        code_bytes = plan.code_bytes if cls.coded else plan.code_dim // 8 + FACTORS
        return cells_size(count, dim, cells=plan.cells, code_bytes=code_bytes, code_dim=plan.code_dim, is_coded=cls.coded)

    @property
    def vectors(self) -> Vectors:
        return self._stored.vectors

    def vectors_at(self, rows: Rows) -> Vectors:
        return self._stored.vectors_at(rows)

    def search(self, query: Vectors, k: int, *, allowed: Mask | Selection | None = None) -> VectorHits:
        query = prepared_query(query, self.metric, self.dim)
        selection = None if allowed is None else selected(allowed, self.count)
        total = self.count if selection is None else selection.count
        k = min(k, total)
        plan = "exact scan" if selection is None else f"exact scan, as the filter leaves few ({selection.share:.1%})"
        if self._serves(k, total):
            if selection is not None and self._is_far(query, selection)[0]:
                plan = "exact scan, as next to none of the cells near the query are allowed"
            else:
                rows, scores = self._nearest(query, k, selection, 1)
                if rows[0, -1] >= 0:
                    return VectorHits(rows[0], scores[0], exact=False, plan=self._plan(selection))
                plan = "exact scan, as the cells searched held too few that are allowed"
        return VectorHits(*self._stored.exact(query, k, selection), exact=True, plan=plan)

    def exact(self, query: Vectors, k: int, *, allowed: Mask | Selection | None = None) -> VectorHits:
        query = prepared_query(query, self.metric, self.dim)
        return VectorHits(*self._stored.exact(query, k, selected(allowed, self.count)), exact=True)

    def searched_with(self, settings: Settings) -> Self:
        wanted = CellParameters.of(settings)
        other = copy(self)
        other._over_fetch = wanted.over_fetch
        if self._index is not None:
            other._probes = probes_of(self._ivf.nlist, wanted)
        return other

    def search_batch(self, queries: Vectors, k: int, *, allowed: Mask | Selection | None = None, threads: int = 1) -> BatchHits:
        queries = prepared_queries(queries, self.metric, self.dim)
        selection = selected(allowed, self.count)
        total = self.count if selection is None else selection.count
        k = max(0, min(k, total))
        rows, scores = np.full((len(queries), k), -1, np.int64), np.empty((len(queries), k), np.float32)
        if self._serves(k, total):
            near = slice(None) if selection is None else ~self._is_far(queries, selection)
            rows[near], scores[near] = self._nearest(queries[near], k, selection, threads)
        for number in np.flatnonzero(rows[:, -1] < 0) if k else ():
            best, best_scores = self._stored.exact(queries[number][None], k, selection)
            rows[number], scores[number] = best[:k], best_scores[:k]
        return BatchHits(rows, scores)

    def save(self, folder: Path) -> list[str]:
        names = [self._stored.save(folder)]
        if self._index is not None:
            self._faiss.write_index(self._index, str(folder / FILE))
            names.append(FILE)
        return names

    @classmethod
    @abstractmethod
    def _recipe(cls, plan: CellPlan) -> str:
        """What FAISS's factory makes the index from."""

    def _serves(self, k: int, total: int) -> bool:
        return self._index is not None and k > 0 and total > max(EXACT_ROWS, self._fetch(k))

    def _fetch(self, k: int) -> int:
        return candidates(self.count, k, over_fetch=self._over_fetch)

    def _nearest(self, queries: Vectors, k: int, selection: Selection | None, threads: int) -> tuple[Rows, Scores]:
        with faiss_threads(self._faiss, threads):
            if selection is None:
                parameters = self._searching(k, self._fetch(k), self._probes, chained=self._is_chained)
            else:
                probes = self._filtered_probes(queries, selection)
                key = (self.kind, k, self._fetch(k), probes)
                parameters = selection.derived(key, partial(self._filtered_search, k, probes))
            scores, rows = self._rescored.search(queries, k, params=parameters)
        return rows, -scores if self.metric == "l2" else scores

    def _plan(self, selection: Selection | None) -> str:
        if selection is None:
            return f"search of {self._probes} of {self._ivf.nlist} cells"
        return f"filtered search of cells, {selection.share:.1%} allowed"

    @property
    def _is_chained(self) -> bool:
        return bool(self._index is not self._ivf)

    def _filtered_search(self, k: int, probes: int, selection: Selection) -> Any:
        selector = bitmap_selector(self._faiss, selection)
        return _search_parameters(self._faiss, k, self._fetch(k), probes, chained=self._is_chained, selector=selector)

    def _filtered_probes(self, queries: Vectors, selection: Selection) -> int:
        """Cells to search so that enough of them hold allowed rows.

        The ten nearest of a tenth of the rows lie as far out as the hundred nearest of all: half as many cells again for each
        power of ten.
        """
        cells = int(self._ivf.nlist)
        wanted = min(cells, ceil(self._probes * (1 + log10(self.count / selection.count) / 2)))
        occupied = selection.derived(self, self._allowed_in_cells) > 0
        if not occupied.all():
            reached = np.cumsum(occupied[self._nearest_cells(queries, cells)], axis=1)
            wanted = int((reached < wanted).sum(axis=1).max(initial=0)) + 1
        return min(cells, _STEP * ceil(wanted / _STEP))

    def _is_far(self, queries: Vectors, selection: Selection) -> NDArray[np.bool_]:
        """Whether the rows near a query are ones that the filter leaves out.

        What is allowed then lies at much the same distance in all directions: neither cells nor codes can tell the best.
        """
        near = self._nearest_cells(queries, min(NEAR_CELLS, self._ivf.nlist))
        allowed = selection.derived(self, self._allowed_in_cells)[near].sum(axis=1)
        expected = self._sizes[near].sum(axis=1) * (selection.count / self.count)
        far: NDArray[np.bool_] = allowed < FAR_SHARE * expected
        return far

    def _nearest_cells(self, queries: Vectors, count: int) -> Rows:
        """The ``count`` cells nearest to each query, which the cells see padded or rotated."""
        if self._is_chained:
            chain = self._faiss.downcast_index(self._index).chain
            for number in range(chain.size()):
                queries = chain.at(number).apply(queries)
        cells: Rows = self._ivf.quantizer.search(queries, count)[1]
        return cells

    def _allowed_in_cells(self, selection: Selection) -> Rows:
        """The number of allowed rows in each cell."""
        lists = self._ivf.invlists
        found = np.zeros(self._ivf.nlist, np.int64)
        for cell in np.flatnonzero(self._sizes):
            rows = self._faiss.rev_swig_ptr(lists.get_ids(int(cell)), int(self._sizes[cell]))
            found[cell] = np.count_nonzero(selection.mask[rows])
        return found


class PqIndex(IvfIndex):
    """Product codes of 4 bits."""

    kind = "ivf-pq"
    coded = True

    @classmethod
    def _recipe(cls, plan: CellPlan) -> str:
        return f"Pad{plan.code_dim},IVF{plan.cells},PQ{plan.codes}x{BITS}fs"


class RabitqIndex(IvfIndex):
    """One bit a dimension, after a random rotation. FAISS's form for fast scans measured no faster, and takes more memory."""

    kind = "ivf-rabitq"
    coded = False

    @classmethod
    def _recipe(cls, plan: CellPlan) -> str:
        return f"RR{plan.code_dim},IVF{plan.cells},RaBitQ"


def _training_sample(vectors: Vectors, cells: int) -> Vectors:
    """Rows by chance, in their order, where there are more than train the cells; always the same ones."""
    most = TRAINING_POINTS * max(cells, CODE_CENTROIDS)
    if len(vectors) <= most:
        return vectors
    rows = np.random.default_rng(_SEED).choice(len(vectors), most, replace=False, shuffle=False)
    sample: Vectors = vectors[np.sort(rows)]
    return sample


def candidates(count: int, k: int, *, over_fetch: int) -> int:
    """How many rows of ``count`` are scored again for the ``k`` best."""
    return max(LEAST_FETCH, ceil(sqrt(count)), over_fetch * k)


def _search_parameters(faiss: Any, k: int, fetch: int, probes: int, *, chained: bool, selector: Any = None) -> Any:
    search = faiss.SearchParametersIVF(nprobe=probes, **({} if selector is None else {"sel": selector}))
    return rescoring(faiss, k, fetch, faiss.SearchParametersPreTransform(index_params=search) if chained else search)
