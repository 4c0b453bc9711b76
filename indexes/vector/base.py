"""The vector index protocol: rows are numbered from 0, scores are inner products of unit vectors (cosines)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
Vectors = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class VectorHits:
    """The best rows for a query, best first: ``rows`` int64 and ``scores`` float32, both of shape ``(m,)``.

    ``exact`` is true when every allowed row was compared with the query.
    """

    rows: Rows
    scores: Scores
    exact: bool


class VectorIndex(Protocol):
    """An immutable index over vectors of unit length. Safe to search from several threads.

    ``packages`` names the distributions that its files depend on, for the manifest.
    """

    kind: str
    packages: tuple[str, ...]
    count: int
    dim: int

    @property
    def vectors(self) -> Vectors:
        """All vectors, float32 of shape ``(count, dim)``; a view where the index holds them."""
        ...

    def search(self, query: Vectors, k: int, *, allowed: Mask | None = None) -> VectorHits:
        """The ``min(k, allowed rows)`` best rows by cosine, descending, ties by ascending row.

        An exact search adds all rows that tie with the last one, so that the caller can cut by a rule of its own.
        ``allowed`` is a mask of shape ``(count,)``; ``None`` means all rows.
        """
        ...

    def save(self, folder: Path) -> list[str]:
        """Write the index into a folder; returns the names of the files."""
        ...
