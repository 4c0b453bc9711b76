"""Which chunks a query may see: access control and the caller's filter, decided before anything is ranked.

The two are different in kind. Access comes from the principal and can only be widened by an access list that names it; a
document with an access list is invisible to a query without a principal. A filter comes from the caller and can only narrow.
``None`` stands for "everything visible"; a mask without a single true value means "nothing", and stays nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.catalog.reader import CatalogReader
from indexes.catalog.records import DocumentFields
from indexes.snapshot import Snapshot
from indexes.vector.base import Mask
from ragline.filters import CHUNK_FIELDS, DOCUMENT_FIELDS, Filter, FilterLike, check_fields, fields_of, parse_filter
from ragline.types import Principal

CACHED_MASKS = 64


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows of a snapshot that a query may see; ``mask`` is ``None`` when it may see all of them."""

    mask: Mask | None
    plan: str


class ScopeBuilder:
    """Turns a principal and a filter into a :class:`Scope`. Remembers the masks of the newest snapshot."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog
        self._documents: dict[int, DocumentFields] = {}
        self._masks: dict[tuple[int, int, Filter], Mask] = {}

    def build(self, snapshot: Snapshot, principal: Principal | None, filters: FilterLike | None) -> Scope:
        """Raises :class:`ragline.errors.FilterError` for a filter that is malformed or names an unknown field."""
        mask, plans = None, []
        if snapshot.restricted:
            mask = self._permitted(snapshot, principal)
            plans.append("access lists")
        if filters is not None:
            allowed = self._matching(snapshot, parse_filter(filters), mask)
            mask = allowed if mask is None else mask & allowed
            plans.append("filter")
        return Scope(mask, " and ".join(plans) or "none")

    def _permitted(self, snapshot: Snapshot, principal: Principal | None) -> Mask:
        names = frozenset() if principal is None else principal.names
        closed = [doc_no for doc_no, acl in snapshot.restricted.items() if names.isdisjoint(acl)]
        return ~np.isin(snapshot.doc_nos, np.array(closed, np.int64))

    def _matching(self, snapshot: Snapshot, filters: Filter, permitted: Mask | None) -> Mask:
        documents, inverse = np.unique(snapshot.doc_nos, return_inverse=True)
        self._load(documents)
        self._check(filters, snapshot, permitted)
        generation = 0 if snapshot.generation is None else snapshot.generation.number
        key = (snapshot.sequence, generation, filters)
        mask = self._masks.get(key)
        if mask is None:
            if fields_of(filters) & CHUNK_FIELDS:
                mask = self._chunk_mask(snapshot, filters)
            else:
                mask = self._document_mask(documents, filters)[inverse]
            while len(self._masks) >= CACHED_MASKS:
                self._masks.pop(next(iter(self._masks)), None)
            self._masks[key] = mask
        return mask

    def _check(self, filters: Filter, snapshot: Snapshot, permitted: Mask | None) -> None:
        """Unknown fields are an error; the fields named in it are those of documents that the principal may see."""
        numbers = np.unique(snapshot.doc_nos if permitted is None else snapshot.doc_nos[permitted])
        known = set(DOCUMENT_FIELDS | CHUNK_FIELDS)
        wanted = fields_of(filters)
        for number in numbers.tolist():
            if wanted <= known:
                return
            if (found := self._documents.get(number)) is not None:
                known.update(found.fields)
        check_fields(filters, frozenset(known))

    def _document_mask(self, documents: NDArray[np.int64], filters: Filter) -> Mask:
        values = (self._documents.get(number) for number in documents.tolist())
        return np.fromiter((found is not None and filters.matches(found.fields) for found in values), np.bool_, len(documents))

    def _chunk_mask(self, snapshot: Snapshot, filters: Filter) -> Mask:
        chunks = self._catalog.chunk_fields(snapshot.chunk_nos.tolist())
        mask = np.zeros(snapshot.count, np.bool_)
        pairs = zip(snapshot.chunk_nos.tolist(), snapshot.doc_nos.tolist(), strict=True)
        for row, (chunk_no, doc_no) in enumerate(pairs):
            own, found = chunks.get(chunk_no), self._documents.get(doc_no)
            if own is not None and found is not None:
                mask[row] = filters.matches(_merged(found, own))
        return mask

    def _load(self, documents: NDArray[np.int64]) -> None:
        missing: Sequence[int] = [number for number in documents.tolist() if number not in self._documents]
        if missing:
            self._documents = self._documents | self._catalog.document_fields(missing)


def _merged(document: DocumentFields, chunk: dict[str, Any]) -> dict[str, Any]:
    return {**document.fields, **chunk}
