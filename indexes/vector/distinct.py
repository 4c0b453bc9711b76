"""Equal vectors, held once: a graph with many copies of a vector falls apart.

The links of a node go to neighbours that are nearer to it than to each other; copies are at distance 0 of each other, so they
crowd out all links that lead elsewhere. With 200 copies each of ten of 4,000 vectors, FAISS's graph no longer reached 23 % of
the others. So the graph holds one of each, and what it finds stands for all its copies.
"""

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from indexes.vector.base import BatchHits, Mask, Parameters, Rows, Scores, Selection, VectorHits, VectorIndex, Vectors
from indexes.vector.selection import selected
from indexes.vector.sizes import ROW_ID, IndexSize
from ragline.errors import CorruptIndexError
from ragline.settings import Settings

FILE = "copies.npy"
_BLOCK_ROWS = 8192
_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Copies:
    """``place[row]`` is the place of a row's vector among the distinct ones; ``members`` are all rows by ascending place, those
    of place ``p`` from ``starts[p]`` to ``starts[p + 1]``, ascending.
    """

    place: Rows
    members: Rows
    starts: Rows

    @classmethod
    def at(cls, place: Rows) -> "Copies":
        """From the place of each row; places are numbered from 0 without a gap."""
        sizes = np.bincount(place)
        return cls(place, np.argsort(place, kind="stable"), np.concatenate(([0], np.cumsum(sizes))))

    @property
    def first(self) -> Rows:
        """The first row of each place."""
        return self.members[self.starts[:-1]]


def crowded(vectors: Vectors, links: int) -> Copies | None:
    """The copies among ``vectors``, where some vector has more of them than half of the ``links`` of a node; else ``None``."""
    if not len(vectors):
        return None
    _, place, sizes = np.unique(_digests(vectors), return_inverse=True, return_counts=True)
    if sizes.max() <= links // 2:
        return None
    # Numbered by their first row, so that distinct vectors keep the order in which they were given.
    copies = Copies.at(place)
    order = np.argsort(np.argsort(copies.first))
    return Copies.at(order[place])


def _digests(vectors: Vectors) -> NDArray[np.void]:
    """16 bytes that equal vectors share. To sort the vectors themselves takes several copies of all of them."""
    digests: list[bytes] = []
    for start in range(0, len(vectors), _BLOCK_ROWS):
        block = vectors[start : start + _BLOCK_ROWS] + np.float32(0)  # -0.0 becomes 0.0, which equals it
        digests += [blake2b(row, digest_size=_DIGEST_BYTES).digest() for row in block]
    return np.frombuffer(b"".join(digests), np.dtype((np.void, _DIGEST_BYTES)))


class DistinctIndex:
    """An index over the distinct vectors, seen as one over all rows."""

    def __init__(self, inner: VectorIndex, copies: Copies) -> None:
        self._inner = inner
        self._copies = copies
        self._sizes: NDArray[np.int64] = np.diff(copies.starts)
        self.kind, self.capabilities, self.packages = inner.kind, inner.capabilities, inner.packages
        self.metric, self.dim = inner.metric, inner.dim
        self.count = len(copies.place)

    @classmethod
    def load(cls, inner: VectorIndex, folder: Path) -> "DistinctIndex":
        """Around an index from the same folder. Raises :class:`CorruptIndexError` where the two do not fit together."""
        try:
            place = np.load(folder / FILE, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise CorruptIndexError(f"{folder / FILE} cannot be loaded ({error}). Run: ragline rebuild") from error
        if place.ndim != 1 or place.dtype != np.int64 or not np.array_equal(np.unique(place), np.arange(inner.count)):
            raise CorruptIndexError(f"{folder / FILE} does not fit the index beside it. Run: ragline rebuild")
        return cls(inner, Copies.at(place))

    @property
    def parameters(self) -> Parameters:
        return MappingProxyType({**self._inner.parameters, "distinct": self._inner.count})

    @property
    def size(self) -> IndexSize:
        inner, table = self._inner.size, ROW_ID * self.count
        places = ROW_ID * self._inner.count  # beside the rows: where the members of each place begin, and how many they are
        return IndexSize(inner.disk + table, inner.resident + 2 * table + 2 * places, inner.mapped)

    @property
    def vectors(self) -> Vectors:
        return self._inner.vectors[self._copies.place]

    def vectors_at(self, rows: Rows) -> Vectors:
        return self._inner.vectors_at(self._copies.place[rows])

    def search(self, query: Vectors, k: int, *, allowed: Mask | Selection | None = None) -> VectorHits:
        selection = selected(allowed, self.count)
        total = self.count if selection is None else selection.count
        k = max(0, min(k, total))
        return self._whole(self._inner.search(query, k, allowed=self._distinct(selection)), k, selection)

    def exact(self, query: Vectors, k: int, *, allowed: Mask | Selection | None = None) -> VectorHits:
        selection = selected(allowed, self.count)
        k = max(0, min(k, self.count if selection is None else selection.count))
        return self._whole(self._inner.exact(query, k, allowed=self._distinct(selection)), k, selection)

    def searched_with(self, settings: Settings) -> Self:
        return type(self)(self._inner.searched_with(settings), self._copies)

    def _whole(self, hits: VectorHits, k: int, selection: Selection | None) -> VectorHits:
        """The hits of the distinct vectors with all their copies."""
        rows, scores = self._members(hits.rows, hits.scores, selection)
        if hits.exact and k:  # ties are whole, and by row
            reaching = scores >= scores[k - 1]
            rows, scores = rows[reaching], scores[reaching]
            order = np.lexsort((rows, -scores))
            return VectorHits(rows[order], scores[order], exact=True, plan=hits.plan)
        return VectorHits(rows[:k], scores[:k], hits.exact, hits.plan)

    def search_batch(self, queries: Vectors, k: int, *, allowed: Mask | Selection | None = None, threads: int = 1) -> BatchHits:
        selection = selected(allowed, self.count)
        total = self.count if selection is None else selection.count
        k = max(0, min(k, total))
        hits = self._inner.search_batch(queries, k, allowed=self._distinct(selection), threads=threads)
        rows, scores = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
        for number in range(len(queries)):
            found, found_scores = self._members(hits.rows[number], hits.scores[number], selection)
            rows[number], scores[number] = found[:k], found_scores[:k]
        return BatchHits(rows, scores)

    def save(self, folder: Path) -> list[str]:
        np.save(folder / FILE, self._copies.place, allow_pickle=False)
        return [*self._inner.save(folder), FILE]

    def _distinct(self, selection: Selection | None) -> Selection | None:
        return None if selection is None else selection.derived(self, self._with_an_allowed_copy)

    def _with_an_allowed_copy(self, selection: Selection) -> Selection:
        mask = np.zeros(self._inner.count, np.bool_)
        mask[self._copies.place[selection.mask]] = True
        return Selection(mask)

    def _members(self, places: Rows, scores: Scores, selection: Selection | None) -> tuple[Rows, Scores]:
        """All allowed rows that the places stand for, in the order of the places."""
        sizes = self._sizes[places]
        starts = np.repeat(self._copies.starts[places] - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes)
        rows, scores = self._copies.members[starts + np.arange(len(starts))], np.repeat(scores, sizes)
        if selection is None:
            return rows, scores
        allowed = selection.mask[rows]
        return rows[allowed], scores[allowed]
