"""The vector leg of a collection: what a search goes through from the query's vector to chunk ids with scores."""

from collections.abc import Callable
from typing import Any

import numpy as np

from indexes.rows import BaseRows, RowTable
from indexes.snapshot import Candidates, Generation, Snapshot
from indexes.vector.base import Mask, VectorIndex, Vectors


def snapshot_over(index: VectorIndex) -> Snapshot:
    """A collection whose chunks are all in ``index``, with nothing written or removed since."""
    numbers = np.arange(1, index.count + 1, dtype=np.int64)
    ids = np.array([f"{number * 2654435761 % 2**32:032x}" for number in numbers.tolist()], "S32")
    rows = RowTable(index.dim, BaseRows(numbers, numbers, ids))
    lexical: Any = None  # the other leg, which is not asked
    return Snapshot(1, Generation(1, 1, index), rows, index.count, None, {}, lexical)


def vector_leg(index: VectorIndex, k: int, allowed: Mask | None = None) -> Callable[[Vectors], Candidates]:
    """The leg of a collection whose chunks are all in ``index``, with nothing written or removed since."""
    snapshot = snapshot_over(index)
    return lambda query: snapshot.vector_candidates(query, k, allowed)


def batch_with_ids(index: VectorIndex, k: int) -> Callable[[Vectors], object]:
    """Many queries at once, to chunk ids with scores."""
    ids = snapshot_over(index).rows.chunk_ids(index.count)

    def search(queries: Vectors) -> object:
        hits = index.search_batch(queries, k)
        return ids[hits.rows], hits.scores

    return search
