"""Which chunks a query may see: access control and the caller's filter, decided before anything is ranked.

The two are different in kind. Access comes from the principal and can only be widened by an access list that names it
(:mod:`retrieval.access`). A filter comes from the caller and can only narrow. A mask without a single true value means
"nothing", and stays nothing; that there is no mask at all is possible only where there is no access control.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from indexes.catalog import signatures
from indexes.catalog.reader import CatalogReader
from indexes.snapshot import Snapshot
from indexes.vector.base import Mask
from ragline.errors import AccessDeniedError
from ragline.filters import CHUNK_FIELDS, DOCUMENT_FIELDS, Filter, FilterLike, check_fields, fields_of, parse_filter
from ragline.types import Principal
from retrieval.access import Access, Demand, Gate, NoAccessControl, NothingAllowed, may_see
from retrieval.filter_masks import FilterMasks, HasField, live_rows


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows of a snapshot that a query may see; ``mask`` is ``None`` when it may see all of them.

    ``access`` is what access control alone leaves of them.
    """

    access: Access
    mask: Mask | None
    plan: str

    def __post_init__(self) -> None:
        if self.mask is None and self.is_controlled:
            raise AccessDeniedError("A search under access control came without its rows; this is a defect, please report it.")

    @property
    def is_controlled(self) -> bool:
        """Whether there is access control on the collection, whatever it leaves."""
        return not isinstance(self.access, NoAccessControl)


class ScopeBuilder:
    """Turns a principal and a filter into a :class:`Scope`. Safe to use from several threads."""

    def __init__(self, catalog: CatalogReader, gate: Gate) -> None:
        self._gate = gate
        self._masks = FilterMasks(catalog)

    def build(
        self,
        snapshot: Snapshot,
        principal: Principal | None,
        filters: FilterLike | None,
        admitted: Demand | None = None,
    ) -> Scope:
        """The rows of ``snapshot`` that ``principal`` may see and ``filters`` leaves; ``admitted``: see :meth:`Gate.access`.

        Raises :class:`ragline.errors.AccessDeniedError` where a principal is demanded and missing,
        :class:`ragline.errors.FilterError` for a filter that is malformed or names an unknown field,
        :class:`indexes.snapshot.StaleSnapshotError` when what the filter looks at has been replaced since.
        """
        access = self._gate.access(snapshot, principal, admitted)
        mask = rows_of(access)
        plans = [] if mask is None else ["access lists"]
        if filters is not None:
            allowed = self._matching(snapshot, parse_filter(filters), mask)
            mask = allowed if mask is None else mask & allowed
            plans.append("filter")
        return Scope(access, mask, " and ".join(plans) or "none")

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


def rows_of(access: Access) -> Mask | None:
    """A mask over the rows; ``None`` where there is no access control."""
    if isinstance(access, NoAccessControl):
        return None
    return np.zeros(access.count, np.bool_) if isinstance(access, NothingAllowed) else access.rows


def linked_documents(catalog: CatalogReader, doc_id: str, principal: Principal | None, gate: Gate) -> tuple[str, ...]:
    """Ids of the documents that are linked to a document as near-duplicates, sorted; ``principal`` may see it and them."""
    demand = gate.admit(principal)
    linked = catalog.read(partial(signatures.linked_documents, doc_id=doc_id))
    seen = [other for other, acl in linked.items() if may_see(acl, principal, demand)]
    return tuple(other for other in seen if other != doc_id) if doc_id in seen else ()
