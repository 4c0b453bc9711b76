"""What all graph indexes share: how broad a search is, and filters that lose nothing.

A graph search of breadth ``ef`` looks at the ``ef`` rows nearest to the query, whichever rows are allowed. When at least ``k``
of them are allowed, the best ``k`` of those are the best allowed ones; when not, what the search met on its way are strays, and
better rows may lie elsewhere: a filter that is correlated with the query does just that. So a filtered search is made as broad
as the share of allowed rows asks for, its results are filtered, and where fewer than ``k`` are left, all allowed rows are
scanned.
"""

from abc import ABC, abstractmethod
from copy import copy
from math import ceil
from typing import Self

import numpy as np

from indexes.vector.base import BatchHits, Mask, Rows, Scores, Selection, VectorHits, Vectors
from indexes.vector.metrics import Metric, prepared_queries, prepared_query
from indexes.vector.selection import selected
from ragline.settings import Settings

OVERSEARCH = 1.5
"""The search is this many times as broad as the number of rows asked for, at the least."""

FILTER_OVERSEARCH = 1.6
"""A filtered search expects so many times as many allowed rows as are asked for. At 10 allowed rows expected for 10 wanted half
of the searches come short and pay for a scan; at 16, measured with a random filter of 10 %, 1 in 40."""

_STEP = 16
"""Breadths of filtered searches are multiples of it, so that few different ones come up."""


class GraphIndex(ABC):
    """A graph, given by :meth:`_nearest`, and the stored vectors behind it, given by :meth:`_exact`.

    ``_rows_per_breadth`` is the number of rows that are scanned in the time that one more row of breadth takes in the graph.
    """

    count: int
    dim: int
    metric: Metric
    _ef_search: int
    _rows_per_breadth: int

    @abstractmethod
    def _nearest(self, queries: Vectors, k: int, breadth: int) -> tuple[Rows, Scores]:
        """The ``k`` best rows of a search of this breadth for each query, best first; the row -1 where there are fewer."""

    @abstractmethod
    def _exact(self, query: Vectors, k: int, selection: Selection | None) -> tuple[Rows, Scores]:
        """The ``k`` best allowed rows for a query of shape ``(1, dim)`` and all that tie with the last one."""

    def search(self, query: Vectors, k: int, *, allowed: Mask | Selection | None = None) -> VectorHits:
        query = prepared_query(query, self.metric, self.dim)
        selection = None if allowed is None else selected(allowed, self.count)
        total = self.count if selection is None else selection.count
        k = min(k, total)
        breadth = self._breadth(k, selection)
        if k > 0 and total > breadth * self._rows_per_breadth:
            if selection is None:
                rows, scores = self._nearest(query, k, breadth)
                if rows[0, -1] >= 0:
                    return VectorHits(rows[0], scores[0], exact=False, plan=f"graph search, breadth {breadth}")
            else:
                rows, scores = self._nearest(query, breadth, breadth)
                found = np.flatnonzero(selection.mask[rows[0]] & (rows[0] >= 0))[:k]
                if found.size == k:
                    plan = f"over-sampled graph search, breadth {breadth} as {selection.share:.1%} are allowed"
                    return VectorHits(rows[0][found], scores[0][found], exact=False, plan=plan)
            plan = f"exact scan, as a graph search of breadth {breadth} found too few that are allowed"
        elif selection is not None:
            plan = f"exact scan, as the filter leaves few ({selection.share:.1%})"
        else:
            plan = "exact scan"
        return VectorHits(*self._exact(query, k, selection), exact=True, plan=plan)

    def exact(self, query: Vectors, k: int, *, allowed: Mask | Selection | None = None) -> VectorHits:
        query = prepared_query(query, self.metric, self.dim)
        return VectorHits(*self._exact(query, k, selected(allowed, self.count)), exact=True)

    def searched_with(self, settings: Settings) -> Self:
        other = copy(self)
        other._ef_search = settings.hnsw_ef_search
        return other

    def search_batch(self, queries: Vectors, k: int, *, allowed: Mask | Selection | None = None, threads: int = 1) -> BatchHits:
        queries = prepared_queries(queries, self.metric, self.dim)
        selection = selected(allowed, self.count)
        total = self.count if selection is None else selection.count
        k = max(0, min(k, total))
        breadth = self._breadth(k, selection)
        if k > 0 and total > breadth * self._rows_per_breadth:
            rows, scores = self._nearest_batch(queries, k if selection is None else breadth, breadth, threads)
            if selection is not None:
                rows, scores = _kept(rows, scores, selection.mask, k)
            short = np.flatnonzero(rows[:, -1] < 0)
        else:
            rows, scores = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
            short = np.arange(len(queries))
        for number in short:
            best, best_scores = self._exact(queries[number][None], k, selection)
            rows[number], scores[number] = best[:k], best_scores[:k]
        return BatchHits(rows, scores)

    @abstractmethod
    def _nearest_batch(self, queries: Vectors, k: int, breadth: int, threads: int) -> tuple[Rows, Scores]:
        """:meth:`_nearest` with so many threads."""

    def _breadth(self, k: int, selection: Selection | None) -> int:
        if selection is None or k <= 0:
            return max(self._ef_search, ceil(OVERSEARCH * k))
        expected = FILTER_OVERSEARCH * k * self.count / selection.count
        return max(self._ef_search, ceil(OVERSEARCH * k), _STEP * ceil(expected / _STEP))


def _kept(rows: Rows, scores: Scores, mask: Mask, k: int) -> tuple[Rows, Scores]:
    """The first ``k`` rows of each line that ``mask`` allows; a line that has fewer ends in the row -1."""
    allowed = mask[rows] & (rows >= 0)
    places = np.cumsum(allowed, axis=1)
    allowed &= places <= k
    lines, columns = np.nonzero(allowed)
    kept, kept_scores = np.full((len(rows), k), -1, np.int64), np.zeros((len(rows), k), np.float32)
    targets = places[lines, columns] - 1
    kept[lines, targets] = rows[lines, columns]
    kept_scores[lines, targets] = scores[lines, columns]
    return kept, kept_scores
