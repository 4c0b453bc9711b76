"""Reading documents as they are, and what the owner of a collection lets others know of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from api.auditing import Audited, audited
from api.serving import on_one_space
from indexes.catalog.listing import Listed, listed_documents
from ragline.errors import InputError
from retrieval.access import Demand, may_see, stored_as

if TYPE_CHECKING:
    from api.serving import Serving, Space
    from ragline.types import Chunk, Document, Principal


class Reading(Audited):
    """What reads documents by id; a part of :class:`ragline.Collection`.

    Without a ``principal`` these are for the owner of the collection, and no access control is applied. With one, what it may
    not see is not there: what is returned is what a collection without the hidden documents would return.
    """

    _serving: Serving

    @audited("get")
    @on_one_space
    def get(self, doc_id: str, *, principal: Principal | None = None) -> Document | None:
        """A document's current version, or ``None``. Raises as :meth:`check_access` does, whether there is one or not."""
        space = self._serving.space()
        if principal is not None:
            space.gate.admit(principal)
        document = space.store.catalog.document(doc_id)
        if document is None or principal is None:
            return document
        return document if space.gate.may_see(document.acl, principal) else None

    @audited("chunks")
    @on_one_space
    def chunks(self, doc_id: str, *, principal: Principal | None = None) -> list[Chunk]:
        """A document's chunks in reading order, without those in quarantine; empty when there is no such document."""
        catalog = self._serving.space().store.catalog
        with catalog.pinned():  # of the version whose access list it was
            return catalog.document_chunks(doc_id) if self.get(doc_id, principal=principal) is not None else []

    @on_one_space
    def document_ids(self, *, principal: Principal | None = None) -> list[str]:
        """Ids of all documents, sorted."""
        space = self._serving.space()
        if principal is None:
            return space.store.catalog.document_ids()
        return [each.doc_id for each in visible_documents(space, principal)]

    @on_one_space
    def set_access(self, demand: Demand) -> None:
        """Say what the collection demands of every query from now on, in every process that has it open.

        "lists": nothing; who does not say who it is finds the documents without an access list. "required": a principal, or
        :class:`ragline.errors.AccessDeniedError` is raised. "tenants": a principal of a tenant; documents whose access list
        names no tenant are then seen by nobody. A process asks for more by the setting ``access``, but never for less. Raises
        :class:`ragline.errors.InputError` for another value.
        """
        if demand not in get_args(Demand):
            raise InputError(f"A collection cannot demand {demand!r}; choose one of {', '.join(get_args(Demand))}.")
        with self._serving.writing() as session:
            session.catalog.set_settings(stored_as(demand))

    @on_one_space
    def check_access(self, principal: Principal | None) -> None:
        """Raise :class:`ragline.errors.AccessDeniedError` where a query by ``principal`` would."""
        self._serving.space().gate.admit(principal)


def visible_documents(space: Space, principal: Principal) -> list[Listed]:
    """The documents that ``principal`` may see, by id. Raises :class:`ragline.errors.AccessDeniedError` as a search does."""
    demand = space.gate.admit(principal)
    return [each for each in space.store.catalog.read(listed_documents) if may_see(each.acl, principal, demand)]
