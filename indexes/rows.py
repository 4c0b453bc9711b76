"""The table of chunks in memory: row number to chunk, document and vector. It only grows; views of it never change."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from indexes.catalog.records import VectorRows
from indexes.vector.flat import ExactScan

FIRST_CAPACITY = 1024
CHUNK_ID = "S32"
Item = TypeVar("Item", bound=np.generic)


@dataclass(frozen=True, slots=True)
class BaseRows:
    """The chunks that the rows of a built index stand for, by ascending chunk number."""

    chunk_nos: NDArray[np.int64]
    doc_nos: NDArray[np.int64]
    chunk_ids: NDArray[np.bytes_]


class RowTable:
    """Append-only arrays. Appending never moves what an older view sees: it only fills rows beyond that view's end.

    The first ``base_count`` rows belong to a built index, which holds their vectors; vectors of all later rows are held here.
    One writer appends (under the collection's lock); any number of threads read views of the rows that they know.
    """

    def __init__(self, dim: int, base: BaseRows | None = None) -> None:
        self.dim = dim
        self.count = self.base_count = 0 if base is None else len(base.chunk_nos)
        self._chunk_nos = np.empty(0, np.int64) if base is None else base.chunk_nos
        self._doc_nos = np.empty(0, np.int64) if base is None else base.doc_nos
        self._chunk_ids = np.empty(0, CHUNK_ID) if base is None else base.chunk_ids
        self._vectors: NDArray[np.float32] = np.empty((0, dim), np.float32)
        self._scan = ExactScan()

    def append(self, rows: VectorRows) -> None:
        """Add rows whose chunk numbers are all higher than those already there."""
        own, end = self.count - self.base_count, self.count + len(rows.chunk_nos)
        self._chunk_nos = _extended(self._chunk_nos, self.count, rows.chunk_nos)
        self._doc_nos = _extended(self._doc_nos, self.count, rows.doc_nos)
        self._chunk_ids = _extended(self._chunk_ids, self.count, rows.chunk_ids)
        self._vectors = _extended(self._vectors, own, rows.vectors)
        self.count = end

    def chunk_nos(self, count: int) -> NDArray[np.int64]:
        """Chunk numbers of the first ``count`` rows, ascending."""
        return self._chunk_nos[:count]

    def doc_nos(self, count: int) -> NDArray[np.int64]:
        """Document version numbers of the first ``count`` rows."""
        return self._doc_nos[:count]

    def chunk_ids(self, count: int) -> NDArray[np.bytes_]:
        """Chunk ids of the first ``count`` rows, as bytes."""
        return self._chunk_ids[:count]

    def nearest_in_delta(
        self, query: NDArray[np.float32], k: int, count: int, *, allowed: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ``k`` best of the rows from ``base_count`` to ``count``, and all that tie with the last: rows, scores.

        ``allowed`` is a mask over those rows; the rows returned are numbered from 0 for the first of them.
        """
        return self._scan.search(self.delta_vectors(count), query, k, allowed=allowed)

    def delta_vectors(self, count: int) -> NDArray[np.float32]:
        """Vectors of the rows from ``base_count`` to ``count``."""
        return self._vectors[: count - self.base_count]


def _extended(array: NDArray[Item], count: int, added: NDArray[Item]) -> NDArray[Item]:
    """``array`` with ``added`` written behind its first ``count`` items, moved to twice the room when it does not fit."""
    if count == 0:
        return added
    end = count + len(added)
    if end > len(array) or not array.flags.writeable:
        grown = np.empty((max(FIRST_CAPACITY, end, 2 * count), *array.shape[1:]), array.dtype)
        grown[:count] = array[:count]
        array = grown
    array[count:end] = added
    return array
