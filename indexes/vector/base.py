"""The vector index protocol: rows are numbered from 0 and keep the order in which they were given; higher scores are better."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from indexes.vector.metrics import Metric
from indexes.vector.selection import Mask, Selection
from indexes.vector.sizes import IndexSize
from ragline.settings import Settings

__all__ = ["BatchHits", "Capabilities", "Mask", "Metric", "Rows", "Scores", "Selection", "VectorHits", "VectorIndex", "Vectors"]

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
Vectors = NDArray[np.float32]
Parameters = Mapping[str, int | float | str]


@dataclass(frozen=True, slots=True)
class VectorHits:
    """The best rows for a query, best first: ``rows`` int64 and ``scores`` float32, both of shape ``(m,)``.

    ``exact`` is true when every allowed row was compared with the query; ``plan`` says how it was searched, and why so.
    """

    rows: Rows
    scores: Scores
    exact: bool
    plan: str = "exact scan"


@dataclass(frozen=True, slots=True)
class BatchHits:
    """The best rows for each of ``n`` queries, best first: ``rows`` int64 and ``scores`` float32, both of shape ``(n, m)``.

    ``m`` is ``min(k, allowed rows)``, the same for all queries.
    """

    rows: Rows
    scores: Scores


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind of index promises, so that callers ask and never guess.

    ``exact``: every search compares all allowed rows. ``lossless``: ``vectors`` are those it was built from, bit for bit; else
    they went through half precision. ``mapped``: vectors stay in a file and are read where a search touches them.
    ``score_error``: the largest difference of a score from that of the vectors in float32, for vectors of unit length.
    """

    exact: bool
    lossless: bool
    mapped: bool
    score_error: float


class VectorIndex(Protocol):
    """An immutable index. Safe to search from several threads.

    ``packages`` names the distributions that its files depend on, and ``parameters`` what it was built with, for the manifest.
    """

    kind: str
    capabilities: Capabilities
    packages: tuple[str, ...]
    metric: Metric
    count: int
    dim: int

    @property
    def parameters(self) -> Parameters:
        """What the index was built with, chosen values included."""
        ...

    @property
    def size(self) -> IndexSize:
        """What it takes on disk and in memory, once it is loaded from its files."""
        ...

    @property
    def vectors(self) -> Vectors:
        """All vectors, float32 of shape ``(count, dim)``; a view where the index holds them in float32."""
        ...

    def vectors_at(self, rows: Rows) -> Vectors:
        """The vectors of some rows, float32 of shape ``(len(rows), dim)``, in their order."""
        ...

    def search(self, query: Vectors, k: int, *, allowed: Mask | Selection | None = None) -> VectorHits:
        """The ``min(k, allowed rows)`` best rows for a query of shape ``(dim,)``, by score descending.

        An exact search orders ties by ascending row and adds all rows that tie with the last one, so that the caller can cut by
        a rule of its own; an approximate one leaves open which of them come, and their order. ``allowed`` is a mask of shape
        ``(count,)``, as a :class:`Selection` where it is used more than once; ``None`` means all rows. Raises
        :class:`ragline.errors.InputError` for a query or mask of another length.
        """
        ...

    def exact(self, query: Vectors, k: int, *, allowed: Mask | Selection | None = None) -> VectorHits:
        """:meth:`search` by comparing the query with every allowed row, as the index has stored it."""
        ...

    def search_batch(self, queries: Vectors, k: int, *, allowed: Mask | Selection | None = None, threads: int = 1) -> BatchHits:
        """:meth:`search` for many queries, float32 of shape ``(n, dim)``, without the additional ties."""
        ...

    def searched_with(self, settings: Settings) -> Self:
        """The same index, searched as ``settings`` say: it shares all memory, and nothing is built."""
        ...

    def save(self, folder: Path) -> list[str]:
        """Write the index into a folder; returns the names of the files."""
        ...
