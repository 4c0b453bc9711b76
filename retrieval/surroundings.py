"""What surrounds a chunk: its section, and the passages before and after it, for those who may see the document."""

from indexes.catalog.reader import CatalogReader
from ragline.types import Chunk, Document, Principal


def section_text(catalog: CatalogReader, chunk: Chunk, principal: Principal | None) -> str:
    """The text of the section that ``chunk`` is in, headings included.

    The chunk's own text where the section is not known; empty when ``principal`` may not see the document, or when it no
    longer has the chunk.
    """
    found = _current(catalog, chunk, principal)
    if found is None:
        return ""
    document, _, current = found
    return document.text[current.section_start : current.section_end] or current.text


def neighbours(catalog: CatalogReader, chunk: Chunk, before: int, after: int, principal: Principal | None) -> list[Chunk]:
    """The body chunks that hold ``chunk``, with up to ``before`` in front of them and ``after`` behind them, in reading order.

    A body is held by itself. Nothing when ``principal`` may not see the document, or when it no longer has the chunk.
    """
    found = _current(catalog, chunk, principal)
    if found is None:
        return []
    _, chunks, current = found
    bodies = [each for each in chunks if each.role == "body"]
    if current.role == "body":
        own = [bodies.index(current)]
    else:
        own = [at for at, body in enumerate(bodies) if body.start < current.end and current.start < body.end]
    return bodies[max(0, own[0] - before) : own[-1] + 1 + after] if own else []


def _current(catalog: CatalogReader, chunk: Chunk, principal: Principal | None) -> tuple[Document, list[Chunk], Chunk] | None:
    """The document as it is now with its chunks, and which of them is ``chunk``: chunks keep their ids when others change."""
    with catalog.pinned():
        document, chunks = catalog.document(chunk.doc_id), catalog.document_chunks(chunk.doc_id)
    if document is None or not may_see(document, principal):
        return None
    current = next((each for each in chunks if each.id == chunk.id), None)
    return None if current is None else (document, chunks, current)


def may_see(document: Document, principal: Principal | None) -> bool:
    """Whether the access list of ``document`` lets ``principal`` see it; a list that names nobody lets nobody."""
    return document.acl is None or (principal is not None and not principal.names.isdisjoint(document.acl))
