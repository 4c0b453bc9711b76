"""Which chunks a query may see: access control and the caller's filter, decided before anything is ranked.

The two are different in kind. Access comes from the principal and can only be widened by an access list that names it; a
document with an access list is invisible to a query without a principal. A filter comes from the caller and can only narrow.
``None`` stands for "everything visible"; a mask without a single true value means "nothing", and stays nothing.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from indexes.catalog import signatures
from indexes.catalog.reader import CatalogReader
from indexes.snapshot import Snapshot
from indexes.vector.base import Mask
from ragline.filters import CHUNK_FIELDS, DOCUMENT_FIELDS, Filter, FilterLike, check_fields, fields_of, parse_filter
from ragline.types import Principal
from retrieval.filter_masks import FilterMasks, HasField, live_rows


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows of a snapshot that a query may see; ``mask`` is ``None`` when it may see all of them.

    ``hides`` says that access lists hide some of them.
    """

    mask: Mask | None
    plan: str
    hides: bool = False


class ScopeBuilder:
    """Turns a principal and a filter into a :class:`Scope`. Safe to use from several threads."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._masks = FilterMasks(catalog)

    def build(self, snapshot: Snapshot, principal: Principal | None, filters: FilterLike | None) -> Scope:
        """The rows of ``snapshot`` that ``principal`` may see and ``filters`` leaves.

        Raises :class:`ragline.errors.FilterError` for a filter that is malformed or names an unknown field,
        :class:`indexes.snapshot.StaleSnapshotError` when what the filter looks at has been replaced since.
        """
        mask, plans, hides = None, [], False
        if snapshot.restricted:
            mask = self._permitted(snapshot, principal)
            hides = not mask.all()
            plans.append("access lists")
        if filters is not None:
            allowed = self._matching(snapshot, parse_filter(filters), mask)
            mask = allowed if mask is None else mask & allowed
            plans.append("filter")
        return Scope(mask, " and ".join(plans) or "none", hides)

    def _permitted(self, snapshot: Snapshot, principal: Principal | None) -> Mask:
        names = _names(principal)
        closed = [doc_no for doc_no, acl in snapshot.restricted.items() if names.isdisjoint(acl)]
        return ~np.isin(snapshot.doc_nos, np.array(closed, np.int64))

    def _matching(self, snapshot: Snapshot, filters: Filter, permitted: Mask | None) -> Mask:
        self._check(snapshot, filters, permitted)
        return self._masks.mask(snapshot, filters, of_chunks=bool(fields_of(filters) & CHUNK_FIELDS))

    def _check(self, snapshot: Snapshot, filters: Filter, permitted: Mask | None) -> None:
        """Unknown fields are an error. Known are the fields of documents that the principal may see, and no others."""
        visible = live_rows(snapshot)
        if permitted is not None:
            visible &= permitted
        own = DOCUMENT_FIELDS | CHUNK_FIELDS
        for name in fields_of(filters) - own:
            if not (self._masks.mask(snapshot, HasField(name), of_chunks=False) & visible).any():
                check_fields(filters, own | self._masks.fields(snapshot, visible))


def linked_documents(catalog: CatalogReader, doc_id: str, principal: Principal | None) -> tuple[str, ...]:
    """Ids of the documents that are linked to a document as near-duplicates, sorted; ``principal`` may see it and them."""
    names = _names(principal)
    linked = catalog.read(partial(signatures.linked_documents, doc_id=doc_id))
    seen = [other for other, acl in linked.items() if acl is None or not names.isdisjoint(acl)]
    return tuple(other for other in seen if other != doc_id) if doc_id in seen else ()


def _names(principal: Principal | None) -> frozenset[str]:
    return frozenset() if principal is None else principal.names
