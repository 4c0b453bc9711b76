"""The structure of a document whose source is not at hand, from what was stored of it: its canonical text and its chunks.

For Markdown, reStructuredText, source code and plain text the canonical text is the source, so that parsing it again gives
what it gave at first. For formats whose text is composed (HTML, PDF, CSV, JSON, office) there is only what the chunks say.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from ingestion.downloads import is_url
from ingestion.elements import Element, ParsedDocument
from ingestion.parsers.registry import format_of_name
from ingestion.pipeline import TEXT_FORMATS
from ragline.types import Chunk, Document, ElementKind, Metadata

_SOURCE_IS_TEXT = frozenset({"markdown", "rst", "code"})
"""Parsers whose canonical text is the source; beside them plain text, which is read when no format is named."""

_LINE = re.compile(r"[^\S\n]*(\S[^\n]*)")


def text_again(doc_id: str, source: str, text: str, title: str, metadata: Metadata) -> Document | None:
    """The document to be parsed again from its canonical text, ``None`` where that is no source of its format.

    ``source`` is where it came from: a path, an address of the web, or the id where a caller had it in hand.
    """
    if source == doc_id and not is_url(source):
        named = metadata.get("format")
        wanted = named if isinstance(named, str) and named in TEXT_FORMATS else "text"
    else:
        # Parsers go by the suffix of the id, too.
        is_same = PurePosixPath(source).suffix.lower() == PurePosixPath(doc_id).suffix.lower()
        wanted = format_of_name(PurePosixPath(source).name) if is_same else ""
    if wanted == "text":
        return Document(doc_id, text, title)
    return Document(doc_id, text, title, {"format": wanted}) if wanted in _SOURCE_IS_TEXT else None


def lost_headings(before: Iterable[Chunk], after: Iterable[Chunk]) -> set[str]:
    """Headings in the section paths ``before`` that no section path has ``after``."""
    return {name for chunk in before for name in chunk.section_path} - {name for chunk in after for name in chunk.section_path}


def parsed_from_chunks(text: str, title: str, chunks: Sequence[Chunk]) -> ParsedDocument:
    """A document with an element for each stored passage: its kind, its headings, its page.

    Where passages overlap, they were cut from one running text, and are one element. What a chunk does not tell is lost: where
    one element ended and the next began, the cells of tables, the levels of headings.
    """
    elements: list[Element] = []
    for chunk in chunks:
        last = elements[-1] if elements else None
        # A heading that stands alone would take in whatever comes next.
        kind: ElementKind = "paragraph" if chunk.kind == "heading" else chunk.kind
        if chunk.role != "body" or (last is not None and chunk.end <= last.end):
            continue
        start = chunk.start
        if last is not None and start < last.end:
            if (last.kind, last.section_path, last.page) == (kind, chunk.section_path, chunk.page):
                elements.pop()
                start = last.start
            else:
                start = last.end
        rows = _lines(text, start, chunk.end) if kind in {"table", "list"} else ()
        elements.append(Element(kind, start, chunk.end, 0, chunk.section_path, chunk.page, rows))
    return ParsedDocument(text, tuple(elements), title)


def _lines(text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    return tuple(match.span(1) for match in _LINE.finditer(text, start, end))
