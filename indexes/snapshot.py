"""One consistent view of a collection: every leg at the same sequence number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from indexes.catalog.reader import CatalogReader
from indexes.catalog.records import VectorRows
from indexes.lexical.base import ChunkNumbers, LexicalSearcher, Scores
from indexes.rows import RowTable
from indexes.tuned import NOT_TUNED, Tuned
from indexes.vector.base import Mask, Selection, VectorIndex, Vectors


class StaleSnapshotError(Exception):
    """A newer view has taken the place of a snapshot, and what the snapshot needs is gone: start again on the newer one."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a leg brings to the fusion, best first: rows, raw scores and chunk ids of equal length.

    Order: score descending, ties by chunk id. ``plan`` says how the leg searched, and ``form`` what for, where that was another
    form of the query; ``is_cut`` that it was to bring no more, so that there may be others behind the last.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    chunk_ids: NDArray[np.bytes_]
    plan: str
    is_cut: bool = False
    form: str = ""


@dataclass(frozen=True, slots=True)
class Generation:
    """A built, immutable index over the first rows of the table, as of ``sequence``.

    ``recall_at_10`` is what it was measured to find when it was built, or tuned; ``tuned`` how it was, where it was.
    """

    number: int
    sequence: int
    index: VectorIndex
    recall_at_10: float = 1.0
    tuned: Tuned = NOT_TUNED


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A view that a query holds from start to end.

    Rows are numbered over the generation first and the delta after it, by ascending chunk number. ``removed`` marks rows that
    have left since (``None`` = none), and ``live`` selects the rows of the generation that have not; ``restricted`` maps
    document versions with an access list to that list.
    """

    sequence: int
    generation: Generation | None
    rows: RowTable
    count: int
    removed: Mask | None
    restricted: Mapping[int, tuple[str, ...]]
    lexical: LexicalSearcher
    live: Selection | None = None

    @property
    def generation_number(self) -> int:
        """The number of the generation; 0 = none."""
        return 0 if self.generation is None else self.generation.number

    @property
    def index_kind(self) -> str:
        """How the vector leg searches what is built."""
        return "exact scan" if self.generation is None else self.generation.index.kind

    @property
    def live_count(self) -> int:
        """Chunks that can be found."""
        return self.count - (0 if self.removed is None else int(self.removed.sum()))

    @property
    def chunk_nos(self) -> NDArray[np.int64]:
        return self.rows.chunk_nos(self.count)

    @property
    def doc_nos(self) -> NDArray[np.int64]:
        return self.rows.doc_nos(self.count)

    def advance(self, catalog: CatalogReader, lexical: LexicalSearcher, new: VectorRows | None = None) -> "Snapshot":
        """The view at the sequence number of ``lexical``. This one stays as it is. ``new``: its new rows, where they are known.

        Must be called by one thread at a time, as it appends to the shared row table. What it reads must be one state of the
        catalog that still holds every row of that sequence number.
        """
        low, high = self.sequence, lexical.sequence
        if new is None:
            new = catalog.vector_rows(low, high, dim=self.rows.dim)
        gone = np.array(catalog.removed_documents(low, high), np.int64)
        restricted = {**self.restricted, **catalog.access_lists(low, high)}
        self.rows.count = self.count  # rows behind this view's came with an advance that did not get to its end
        self.rows.append(new)
        count = self.rows.count
        removed = np.zeros(count, np.bool_)
        if self.removed is not None:
            removed[: self.count] = self.removed
        if gone.size:
            removed |= np.isin(self.rows.doc_nos(count), gone)
        own = self.rows.base_count
        live = Selection(~removed[:own]) if removed[:own].any() else None
        marked = removed if removed.any() else None
        return Snapshot(high, self.generation, self.rows, count, marked, restricted, lexical, live)

    def vectors_of(self, rows: NDArray[np.int64]) -> Vectors:
        """The unit vectors of some rows, float32 of shape ``(len(rows), dim)``, in their order."""
        own = self.rows.base_count
        delta = self.rows.delta_vectors(self.count)
        if self.generation is None:
            return delta[rows]
        later = rows >= own
        vectors = np.empty((len(rows), self.rows.dim), np.float32)
        vectors[~later] = self.generation.index.vectors_at(rows[~later])
        vectors[later] = delta[rows[later] - own]
        return vectors

    def vector_candidates(self, query: Vectors, depth: int, allowed: Mask | None, *, exact: bool = False) -> Candidates:
        """The ``depth`` nearest visible rows to a unit vector, by cosine. ``allowed`` is a mask over rows, or ``None``.

        ``exact``: every row is compared, whatever the index.
        """
        own = self.rows.base_count
        if allowed is None:
            base = self.live
            later = None if self.removed is None else ~self.removed[own:]
            note = ""
        else:
            mask = self._visible(allowed)
            base, later = Selection(mask[:own]), mask[own:]
            note = f"; {base.count + int(np.count_nonzero(later))} chunks are allowed"
        if self.generation is None:
            rows, scores = self.rows.nearest_in_delta(query, depth, self.count, allowed=later)
            return self._ordered(rows, scores, depth, f"exact scan{note}")
        index = self.generation.index
        found = (index.exact if exact else index.search)(query, depth, allowed=base)
        rows, scores, plan = found.rows, found.scores, f"{index.kind}: {found.plan}"
        if self.count > own:
            new_rows, new_scores = self.rows.nearest_in_delta(query, depth, self.count, allowed=later)
            rows, scores = np.concatenate((rows, new_rows + own)), np.concatenate((scores, new_scores))
            plan = f"{plan}, and {self.count - own} newer chunks one by one"
        return self._ordered(rows, scores, depth, f"{plan}{note}")

    def lexical_candidates(self, query: str, depth: int, allowed: Mask | None) -> Candidates:
        """The ``depth`` best visible rows by BM25. ``allowed`` is a mask over rows, or ``None``.

        Raises :class:`StaleSnapshotError` when the lexical index names a chunk that is not in this view.
        """
        return self._lexical(partial(self.lexical.search, query), depth, allowed)

    def term_candidates(self, weights: Mapping[str, float], depth: int, allowed: Mask | None) -> Candidates:
        """:meth:`lexical_candidates` for weighted terms of the lexical index."""
        return self._lexical(partial(self.lexical.search_terms, weights), depth, allowed)

    def _lexical(self, search: Callable[..., tuple[ChunkNumbers, Scores]], depth: int, allowed: Mask | None) -> Candidates:
        numbers = None if allowed is None else self.chunk_nos[self._visible(allowed)]
        found, scores = search(limit=depth, allowed=numbers, with_ties=True)
        plan = "bm25" if numbers is None else f"bm25 over {numbers.size} allowed chunks"
        return self._ordered(self._rows_of(found), scores, depth, plan)

    def _rows_of(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        known = self.chunk_nos
        if self.count and known[-1] - known[0] == self.count - 1:  # none is missing in between: most collections are like that
            rows: NDArray[np.int64] = numbers - known[0]
            is_known = not numbers.size or (rows.min() >= 0 and rows.max() < self.count)
        else:
            rows = np.searchsorted(known, numbers)
            is_known = not numbers.size or (rows.max() < self.count and bool((known[rows] == numbers).all()))
        if not is_known:
            raise StaleSnapshotError
        return rows

    def _visible(self, allowed: Mask) -> Mask:
        return allowed if self.removed is None else allowed & ~self.removed

    def _ordered(self, rows: NDArray[np.int64], scores: NDArray[np.float32], depth: int, plan: str) -> Candidates:
        ids = self.rows.chunk_ids(self.count)[rows]
        order = np.lexsort((ids, -scores))[:depth]
        return Candidates(rows[order], scores[order], ids[order], plan, is_cut=len(order) >= depth)
