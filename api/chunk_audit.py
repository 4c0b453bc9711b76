"""The quality of a collection's chunks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from api.reading import visible_documents
from api.serving import Serving, on_one_space

if TYPE_CHECKING:
    from eval.chunk_audit.audit import AuditedDocument, ChunkAudit
    from ragline.types import Principal


class ChunkAuditing:
    """What looks over the chunks of a collection; a part of :class:`ragline.Collection`."""

    _serving: Serving

    @on_one_space
    def audit_chunks(self, *, threshold: float = 0.85, examples: int = 3, principal: Principal | None = None) -> ChunkAudit:
        """How many chunks cannot be understood alone, are cut where nothing may be cut, are there twice, too short or too long.

        It is for the owner of the collection: examples are of any document, whatever its access list; with a ``principal`` only
        of what that may see. ``threshold`` is the share of word triples from which two chunks are near-duplicates. Nothing is
        written. Raises :class:`ragline.errors.InputError` for a threshold outside [0.5, 1].
        """
        from eval.chunk_audit.audit import audit_chunks
        from ingestion.duplicates.clusters import check_threshold

        embedder = self._serving.space().embedder
        return audit_chunks(
            self._audited(principal),
            count_tokens=embedder.count_tokens,
            max_tokens=embedder.max_tokens,
            threshold=check_threshold(threshold),
            examples=examples,
        )

    def _audited(self, principal: Principal | None) -> Iterator[AuditedDocument]:
        from eval.chunk_audit.audit import AuditedDocument

        space = self._serving.space()
        catalog = space.store.catalog
        ids = catalog.document_ids() if principal is None else [each.doc_id for each in visible_documents(space, principal)]
        for doc_id in ids:
            version = catalog.version(doc_id)
            if version is not None:
                yield AuditedDocument(doc_id, version.text, version.language, version.chunks)
