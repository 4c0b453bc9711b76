"""Who may see what: the one rule for a document, and what it comes to for all rows of a snapshot.

An access list names principals and groups; it admits whoever it names, and an empty one nobody. Entries ``tenant:<name>`` are a
boundary and not a name more: a list that has any admits only principals of one of these tenants, and, where it has names too,
of those only whom it names. So a group ``board`` of one tenant never opens what was closed for the ``board`` of another.

A collection may demand more than its lists say: see :data:`Demand`. What it demands is kept in its catalog, and a process may
ask for more with the setting ``access``, never for less.

Three things must not be confused: that there is no access control on a collection, that a principal may see nothing, and that
it may see some. Each is a type of its own; none of them is ``None``, nor an empty list.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args
from weakref import WeakKeyDictionary

import numpy as np

from indexes.catalog.reader import CatalogReader
from indexes.rows import RowTable
from indexes.snapshot import Snapshot
from indexes.vector.base import Mask
from ragline.errors import AccessDeniedError, IncompatibleError, InputError
from ragline.types import TENANT, Principal

Demand = Literal["lists", "required", "tenants"]
"""What a collection demands of a query, from the least to the most.

"lists": a query without a principal finds the documents without an access list. "required": it is refused. "tenants": the
principal must be of a tenant too, and a document whose list names no tenant is seen by nobody.
"""

KEPT_MASKS = 64
"""Masks of principals that are kept for the rows of one index: over a million chunks, 64 MB."""

_Key = tuple[int, Principal | None, Demand]
"""A state of the collection, who asks (with all groups and the tenant), and what is demanded."""

SETTING = "access"
"""The setting in a catalog that holds the collection's :data:`Demand`."""


@dataclass(frozen=True, slots=True)
class NoAccessControl:
    """No document has an access list, and no principal is demanded: every row may be seen."""


@dataclass(frozen=True, slots=True)
class NothingAllowed:
    """There is access control, and it leaves this principal not one of the ``count`` rows."""

    count: int


@dataclass(frozen=True, slots=True)
class TheseAllowed:
    """There is access control, and it leaves these rows: a mask with at least one true value."""

    rows: Mask


Access = NoAccessControl | NothingAllowed | TheseAllowed


class Gate:
    """Decides who may see what in one collection. Safe to use from several threads.

    ``asked`` is the setting ``access`` of this process.
    """

    def __init__(self, catalog: CatalogReader, asked: str) -> None:
        self._catalog = catalog
        self._asked = _demand(asked)
        self._lock = threading.Lock()
        self._known: WeakKeyDictionary[RowTable, OrderedDict[_Key, Mask]] = WeakKeyDictionary()

    @property
    def demand(self) -> Demand:
        """The stricter of what the collection demands now and what this process asks for."""
        return max(stored_demand(self._catalog), self._asked, key=get_args(Demand).index)

    def admit(self, principal: Principal | None) -> Demand:
        """What is demanded, and met.

        Raises :class:`AccessDeniedError` where the principal is missing, or its tenant, and :class:`InputError` where it is
        something else than a principal: a bare name is none, also where nothing is restricted yet.
        """
        asking: object = principal
        if asking is not None and not isinstance(asking, Principal):
            raise InputError(f"A {type(asking).__name__} is no principal. Say who asks: principal=Principal(id, groups).")
        demand = self.demand
        if principal is None and demand != "lists":
            raise AccessDeniedError("This collection is open to no one unnamed. Say who asks: principal=Principal(id, groups).")
        if demand == "tenants" and (principal is None or principal.tenant is None):
            raise AccessDeniedError("This collection is open to tenants only. Say whose: principal=Principal(…, tenant=…).")
        return demand

    def may_see(self, acl: Sequence[str] | None, principal: Principal | None) -> bool:
        """Whether ``principal`` may see a document with this access list. Raises as :meth:`admit` does."""
        return may_see(acl, principal, self.admit(principal))

    def access(self, snapshot: Snapshot, principal: Principal | None, admitted: Demand | None = None) -> Access:
        """What ``principal`` may see of ``snapshot``, ``admitted`` by a demand or by :meth:`admit`, which may raise."""
        demand = admitted or self.admit(principal)
        if not snapshot.restricted and demand == "lists":
            return NoAccessControl()
        rows = self._permitted(snapshot, principal, demand)
        return TheseAllowed(rows) if rows.any() else NothingAllowed(len(rows))

    def _permitted(self, snapshot: Snapshot, principal: Principal | None, demand: Demand) -> Mask:
        """The mask of what may be seen, read-only; the last ones asked for are kept, each for its principal and state alone."""
        key = (snapshot.sequence, principal, demand)
        with self._lock:
            known = self._known.setdefault(snapshot.rows, OrderedDict())
            if (mask := known.get(key)) is not None:
                known.move_to_end(key)
                return mask
        mask = _permitted(snapshot, principal, demand)
        mask.flags.writeable = False
        with self._lock:
            known[key] = mask
            while len(known) > KEPT_MASKS:
                known.popitem(last=False)
        return mask


def may_see(acl: Sequence[str] | None, principal: Principal | None, demand: Demand) -> bool:
    """The rule for one document, for a principal that has been admitted."""
    if acl is None:
        return demand != "tenants"
    tenants = {entry for entry in acl if entry.startswith(TENANT)}
    names = set(acl) - tenants
    if principal is None or not acl or (demand == "tenants" and not tenants):
        return False
    if tenants and (principal.tenant is None or TENANT + principal.tenant not in tenants):
        return False
    return not names or not names.isdisjoint(principal.names)


def stored_demand(catalog: CatalogReader) -> Demand:
    """What the collection itself demands. Raises :class:`IncompatibleError` for what this release does not know."""
    return _demand(catalog.setting(SETTING) or "lists")


def stored_as(demand: str) -> Mapping[str, Any]:
    """The settings of a catalog whose collection demands this."""
    return {SETTING: _demand(demand)}


def _demand(value: object) -> Demand:
    if value not in get_args(Demand):
        raise IncompatibleError(f"The collection demands {value!r} of queries, unknown to this release. Update Ragline.")
    return cast("Demand", value)


def _permitted(snapshot: Snapshot, principal: Principal | None, demand: Demand) -> Mask:
    verdicts: dict[tuple[str, ...], bool] = {}
    opened: list[int] = []
    closed: list[int] = []
    for doc_no, acl in snapshot.restricted.items():
        verdict = verdicts.get(acl)
        if verdict is None:
            verdict = verdicts[acl] = may_see(acl, principal, demand)
        (opened if verdict else closed).append(doc_no)
    if may_see(None, principal, demand):
        return ~np.isin(snapshot.doc_nos, np.array(closed, np.int64))
    mask: Mask = np.isin(snapshot.doc_nos, np.array(opened, np.int64))
    return mask
