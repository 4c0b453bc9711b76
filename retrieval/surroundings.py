"""What surrounds a chunk: its section, and the passages before and after it, for those who may see the document."""

from collections.abc import Sequence

from indexes.catalog.reader import CatalogReader
from ragline.types import Chunk, Document, Principal
from retrieval.access import Gate


def section_text(catalog: CatalogReader, chunk: Chunk, principal: Principal | None, gate: Gate) -> str:
    """The text of the section that ``chunk`` is in, headings included, without passages that are in quarantine.

    The chunk's own text where the section is not known; empty when ``principal`` may not see the document, or when it no
    longer has the chunk.
    """
    found = _current(catalog, chunk, principal, gate)
    if found is None:
        return ""
    document, chunks, current = found
    kept_out = [(each.start, each.end) for each in chunks if each.quarantined]
    return _without(document.text, current.section_start, current.section_end, kept_out) or current.text


def neighbours(
    catalog: CatalogReader, chunk: Chunk, before: int, after: int, principal: Principal | None, gate: Gate
) -> list[Chunk]:
    """The body chunks that hold ``chunk``, with up to ``before`` in front of them and ``after`` behind them, in reading order.

    A body is held by itself, and none of them is in quarantine. Nothing when ``principal`` may not see the document, or when
    it no longer has the chunk.
    """
    found = _current(catalog, chunk, principal, gate)
    if found is None:
        return []
    _, chunks, current = found
    bodies = [each for each in chunks if each.role == "body" and not each.quarantined]
    if current.role == "body":
        own = [bodies.index(current)]
    else:
        own = [at for at, body in enumerate(bodies) if body.start < current.end and current.start < body.end]
    return bodies[max(0, own[0] - before) : own[-1] + 1 + after] if own else []


def current_document(
    catalog: CatalogReader, doc_id: str, principal: Principal | None, gate: Gate
) -> tuple[Document, list[Chunk]] | None:
    """The document as it is now, and its chunks, those in quarantine too; ``None`` when ``principal`` may see none."""
    gate.admit(principal)
    with catalog.pinned():
        document, chunks = catalog.document(doc_id), catalog.document_chunks(doc_id, quarantined=True)
    return None if document is None or not gate.may_see(document.acl, principal) else (document, chunks)


def _current(
    catalog: CatalogReader, chunk: Chunk, principal: Principal | None, gate: Gate
) -> tuple[Document, list[Chunk], Chunk] | None:
    """The document as it is now with its chunks, and which of them is ``chunk``: chunks keep their ids when others change."""
    found = current_document(catalog, chunk.doc_id, principal, gate)
    if found is None:
        return None
    current = next((each for each in found[1] if each.id == chunk.id and not each.quarantined), None)
    return None if current is None else (*found, current)


def _without(text: str, start: int, end: int, kept_out: Sequence[tuple[int, int]]) -> str:
    """``text[start:end]`` without these spans."""
    pieces, at = [], start
    for first, last in sorted(kept_out):
        pieces.append(text[at : max(at, min(first, end))])
        at = max(at, min(last, end))
    return "".join([*pieces, text[at:end]])
