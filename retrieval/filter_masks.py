"""Filters evaluated over the rows of snapshots, and remembered.

A row of a :class:`RowTable` stands for the same chunk for ever, and the fields of a chunk never change. What a condition gave
for a row therefore holds in every view of that table, and a newer view costs its new rows only. Another table (a rebuild and a
rollback make one) takes over what is known of the chunks that it shares with the one before it: their numbers are never reused.

Nothing incomplete is remembered: a row counts as known when the fields of its document have been read.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from indexes.catalog.reader import CatalogReader
from indexes.catalog.records import DocumentFields
from indexes.rows import RowTable
from indexes.snapshot import Snapshot, StaleSnapshotError
from indexes.vector.base import Mask
from ragline.filters import Fields

Rows = NDArray[np.int64]
CACHED_BYTES = 64 * 2**20
"""Memory for the masks of one table: thousands of filters over 10,000 chunks, 32 over a million."""


class Condition(Protocol):
    """What is evaluated: a filter, or another hashable value that judges fields. Equal ones must judge alike."""

    def matches(self, fields: Fields) -> bool: ...


@dataclass(frozen=True, slots=True)
class HasField:
    """The field is there, be it null."""

    field: str

    def matches(self, fields: Fields) -> bool:
        return self.field in fields


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A condition over the first rows of a table: ``mask`` of those that match, ``known`` of those that were evaluated."""

    mask: Mask
    known: Mask

    def unknown(self, live: Mask) -> Rows:
        """The rows of a view, given by its mask of live rows, that are still to be evaluated."""
        size = min(len(self.known), len(live))
        missing = live.copy()
        missing[:size] &= ~self.known[:size]
        return np.flatnonzero(missing)

    def extended(self, rows: Rows, matching: Mask) -> "Evaluated":
        """With these rows evaluated too."""
        size = max(len(self.known), int(rows[-1]) + 1)
        mask, known = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
        mask[: len(self.mask)], known[: len(self.known)] = self.mask, self.known
        mask[rows], known[rows] = matching, True
        mask.flags.writeable = False  # it is handed out to every query with the same filter
        return Evaluated(mask, known)

    def moved(self, places: Rows, count: int) -> "Evaluated":
        """The same for another table of ``count`` rows: ``places`` is where each row is there, -1 for those that are not."""
        known_here = np.flatnonzero(self.known[: len(places)])
        known_here = known_here[places[known_here] >= 0]
        mask, known = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
        mask[places[known_here]], known[places[known_here]] = self.mask[known_here], True
        mask.flags.writeable = False
        return Evaluated(mask, known)

    def over(self, count: int) -> Mask:
        """The mask of the first ``count`` rows; rows that were not live, and thus not evaluated, are false."""
        if count <= len(self.mask):
            return self.mask[:count]
        return np.concatenate((self.mask, np.zeros(count - len(self.mask), np.bool_)))


NOTHING = Evaluated(np.zeros(0, np.bool_), np.zeros(0, np.bool_))


@dataclass(slots=True)
class _TableMemory:
    """What is known of a table's rows, and the sequence and chunk numbers of the newest view of it that was asked about."""

    sequence: int = -1
    masks: dict[Condition, Evaluated] = field(default_factory=dict)
    chunk_nos: Rows = field(default_factory=lambda: np.empty(0, np.int64))

    def moved(self, new: Rows) -> "_TableMemory":
        """The masks for a table of the chunks ``new``."""
        old = self.chunk_nos
        if not len(new) or not len(old):
            return _TableMemory()
        places = np.searchsorted(new, old)
        places[places == len(new)] = 0
        places[new[places] != old] = -1
        moved = {condition: found.moved(places[: len(found.known)], len(new)) for condition, found in self.masks.items()}
        return _TableMemory(masks=moved)


class FilterMasks:
    """Evaluates conditions over snapshots. Safe to use from several threads; the same work is never done by two of them."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._documents: dict[int, DocumentFields] = {}
        self._tables: WeakKeyDictionary[RowTable, _TableMemory] = WeakKeyDictionary()
        self._newest = _TableMemory()

    def mask(self, snapshot: Snapshot, condition: Condition, *, of_chunks: bool) -> Mask:
        """The live rows of ``snapshot`` that meet ``condition``, read-only; rows that left may be true or false.

        ``of_chunks`` says that the condition looks at fields in which the chunks of a document differ. Raises
        :class:`StaleSnapshotError` when documents of the snapshot have been replaced and their fields are gone.
        """
        memory, live = self._memory(snapshot), live_rows(snapshot)
        found = memory.masks.get(condition, NOTHING)
        if found.unknown(live).size:
            with self._lock:
                found = self._complete(memory, snapshot, condition, of_chunks, live)
        return found.over(snapshot.count)

    def fields(self, snapshot: Snapshot, rows: Mask) -> frozenset[str]:
        """The names of the fields of these rows' documents. Raises :class:`StaleSnapshotError` as :meth:`mask` does."""
        with self._lock:
            documents = self._load(np.unique(snapshot.doc_nos[rows]))
            return frozenset().union(*(found.fields for found in documents.values()))

    def _memory(self, snapshot: Snapshot) -> _TableMemory:
        memory = self._tables.get(snapshot.rows)
        if memory is None or memory.sequence < snapshot.sequence:
            with self._lock:
                memory = self._tables.get(snapshot.rows)
                if memory is None:
                    memory = self._newest = self._tables[snapshot.rows] = self._newest.moved(snapshot.chunk_nos)
                if memory.sequence < snapshot.sequence:
                    self._forget(snapshot, another_table=memory.sequence < 0)
                    memory.sequence, memory.chunk_nos = snapshot.sequence, snapshot.chunk_nos
        return memory

    def _forget(self, snapshot: Snapshot, *, another_table: bool) -> None:
        """Drop the fields of document versions that have left."""
        if snapshot.removed is not None:
            for number in np.unique(snapshot.doc_nos[snapshot.removed]).tolist():
                self._documents.pop(number, None)
        if another_table:
            kept = set(snapshot.doc_nos.tolist())
            self._documents = {number: found for number, found in self._documents.items() if number in kept}

    def _complete(
        self, memory: _TableMemory, snapshot: Snapshot, condition: Condition, of_chunks: bool, live: Mask
    ) -> Evaluated:
        """Evaluate what is still unknown, after another thread as the case may be, and remember it."""
        masks = memory.masks
        found = masks.get(condition, NOTHING)
        rows = found.unknown(live)
        if rows.size == 0:
            return found
        numbers, inverse = np.unique(snapshot.doc_nos[rows], return_inverse=True)
        documents = self._load(numbers)
        if of_chunks:
            matching = self._judge_chunks(snapshot, condition, rows, documents)
        else:
            verdicts = (condition.matches(documents[number].fields) for number in numbers.tolist())
            matching = np.fromiter(verdicts, np.bool_, len(numbers))[inverse]
        found = found.extended(rows, matching)
        masks.pop(condition, None)  # the oldest go first; one that is still in use is young again
        while masks and 2 * len(found.mask) * (len(masks) + 1) > CACHED_BYTES:
            del masks[next(iter(masks))]
        masks[condition] = found
        return found

    def _judge_chunks(
        self, snapshot: Snapshot, condition: Condition, rows: Rows, documents: Mapping[int, DocumentFields]
    ) -> Mask:
        chunk_nos, doc_nos = snapshot.chunk_nos[rows].tolist(), snapshot.doc_nos[rows].tolist()
        chunks = self._catalog.chunk_fields(chunk_nos)
        if len(chunks) < len(chunk_nos):
            raise StaleSnapshotError
        merged = (_merged(documents[doc_no], chunks[chunk_no]) for chunk_no, doc_no in zip(chunk_nos, doc_nos, strict=True))
        return np.fromiter((condition.matches(fields) for fields in merged), np.bool_, len(rows))

    def _load(self, numbers: Rows) -> dict[int, DocumentFields]:
        """The fields of these document versions. What was found is kept even if others are gone, so that retries get on."""
        wanted = numbers.tolist()
        missing = [number for number in wanted if number not in self._documents]
        if missing:
            self._documents.update(self._catalog.document_fields(missing))
        try:
            return {number: self._documents[number] for number in wanted}
        except KeyError as error:
            raise StaleSnapshotError from error


def live_rows(snapshot: Snapshot) -> Mask:
    """A mask over the rows of a snapshot: those whose document has not been removed or replaced."""
    return np.ones(snapshot.count, np.bool_) if snapshot.removed is None else ~snapshot.removed


def _merged(document: DocumentFields, chunk: dict[str, Any]) -> dict[str, Any]:
    return {**document.fields, **chunk}
