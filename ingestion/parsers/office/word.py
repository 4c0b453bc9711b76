"""Word documents: ``unstructured`` gives the paragraphs, with their numbers and pages; python-docx what it loses."""

import io
import re
from collections.abc import Iterator
from typing import Any

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.canonical import CanonicalText
from ingestion.parsers.grid import Grid, add_table
from ingestion.parsers.office.blocks import MAX_HEADING_CHARS, BlockWriter
from ingestion.parsers.office.damage import damage_reported
from ingestion.parsers.office.offline import partition_docx
from ingestion.parsers.office.properties import office_properties
from ingestion.parsers.office.signatures import require_kind
from ingestion.parsers.office.word_prepare import MARKS, PreparedWord, prepare_word
from ragline.errors import MissingExtra, RaglineError
from ragline.types import ElementKind, MetadataValue

_MARK = re.compile(f"[{''.join(MARKS.values())}]")
_KINDS: tuple[ElementKind, ...] = ("quote", "caption", "code")
# A page number, with or without "Page" and "of": it says nothing.
_PAGE_NUMBER = re.compile(r"\W*(?:\w+\W+)?\d*\W*(?:\w+\W+\d*)?\W*\Z")
_MAX_HEADING_LEVEL = 6


class WordParser:
    """Headings by style or outline level, lists, tables, quotes, code; headers and footers are text, but no elements.

    Pages are those that the program which saved the file saw; there are none in files of programs that do not note them.
    """

    name = "docx"
    version = 1
    suffixes: tuple[str, ...] = (".docx", ".doc")

    def parse(self, source: RawSource) -> ParsedDocument:
        require_kind(source, "docx")
        partition = partition_docx()
        with damage_reported("Word"):
            prepared = prepare_word(_open(source.data))
            elements = partition(
                file=io.BytesIO(prepared.data), include_page_breaks=False, infer_table_structure=False, languages=[""]
            )
        return _compose(elements, prepared, office_properties(source.data))


def _open(data: bytes) -> Any:
    try:
        import docx
    except ImportError as error:
        raise MissingExtra("python-docx", extra="documents", purpose="reading docx files") from error
    return docx.Document(io.BytesIO(data))


def _compose(elements: list[Any], prepared: PreparedWord, properties: dict[str, MetadataValue]) -> ParsedDocument:
    if sum(element.category == "Table" for element in elements) != len(prepared.tables):
        raise RaglineError(
            "the installed version of unstructured no longer gives one element for each table of a Word document. "
            "Install the version in constraints.txt, and report this one."
        )
    out = CanonicalText()
    for text in _running_texts(elements, "Header"):
        out.add_aside(text)
    language, named = properties.pop("language", None), str(properties.pop("title", ""))
    title = _write(out, elements, iter(prepared.tables)) or _only_heading(out) or named
    for text in _running_texts(elements, "Footer"):
        out.add_aside(text)
    return ParsedDocument(out.text, tuple(out.elements), title, properties, str(language) if language else None)


def _write(out: CanonicalText, elements: list[Any], tables: Iterator[Grid]) -> str:
    """Writes all elements; returns the paragraph whose style says that it is the title."""
    writer = BlockWriter(out)
    title = ""
    for element in elements:
        category, page, depth = element.category, element.metadata.page_number, element.metadata.category_depth or 0
        marks = set(_MARK.findall(str(element.text)))
        text = _MARK.sub("", str(element.text))
        if category == "Table":
            writer.flush()
            add_table(out, next(tables), page=page)
        elif category == "Title" and len(text) <= MAX_HEADING_CHARS:
            writer.flush()
            words = " ".join(text.split())
            if MARKS["title"] in marks:
                title = title or words
            out.add_heading(words, min(depth + 1, _MAX_HEADING_LEVEL), page=page)
        elif category == "ListItem":
            writer.item(text, depth, page=page)
        elif category not in {"Header", "Footer"}:
            writer.block(next((kind for kind in _KINDS if MARKS[kind] in marks), "paragraph"), text, page=page)
    writer.flush()
    return title


def _running_texts(elements: list[Any], category: str) -> list[str]:
    """The headers or footers that say more than the number of the page, each once."""
    texts = (" ".join(str(element.text).split()) for element in elements if element.category == category)
    return [text for text in dict.fromkeys(texts) if not _PAGE_NUMBER.match(text)]


def _only_heading(out: CanonicalText) -> str:
    """The heading of level 1 where there is one only: then it names the document, not a chapter of it."""
    headings = [element for element in out.elements if element.level == 1]
    return out.text[headings[0].start : headings[0].end] if len(headings) == 1 else ""
