"""Presentations: a slide is a page and, where it has a title, a section; ``unstructured`` gives the running text."""

import io
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.canonical import CanonicalText
from ingestion.parsers.grid import add_table
from ingestion.parsers.office.blocks import BlockWriter
from ingestion.parsers.office.damage import damage_reported
from ingestion.parsers.office.offline import partition_pptx
from ingestion.parsers.office.properties import office_properties
from ingestion.parsers.office.signatures import require_kind
from ingestion.parsers.office.slide_markup import prepare_slide
from ingestion.parsers.office.slide_parts import SlideParts, slide_parts
from ragline.errors import MissingExtra, RaglineError

_NOTES = "Notes"


class SlidesParser:
    """Titles as headings, items, tables, the data of charts, notes under a heading of their own; hidden slides are left out."""

    name = "pptx"
    version = 1
    suffixes: tuple[str, ...] = (".pptx", ".ppt")

    def parse(self, source: RawSource) -> ParsedDocument:
        require_kind(source, "pptx")
        partition = partition_pptx()
        with damage_reported("PowerPoint"):
            presentation = _open(source.data)
            parts, hidden, footers = _prepare(presentation)
            data = io.BytesIO()
            presentation.save(data)
            elements = partition(
                file=data,
                include_page_breaks=False,
                include_slide_notes=False,
                infer_table_structure=False,
                languages=[""],
            )
        out = CanonicalText()
        for number, part in parts.items():
            _add_slide(out, number, part, [element for element in elements if element.metadata.page_number == number])
        for footer in dict.fromkeys(footers):
            out.add_aside(footer)
        return _document(out, source.data, parts, hidden)


def _open(data: bytes) -> Any:
    try:
        import pptx
    except ImportError as error:
        raise MissingExtra("python-pptx", extra="documents", purpose="reading pptx files") from error
    return pptx.Presentation(io.BytesIO(data))


def _prepare(presentation: Any) -> tuple[dict[int, SlideParts], list[int], list[str]]:
    """The parts of the slides that are shown, by number; the numbers of the others; all footers."""
    parts: dict[int, SlideParts] = {}
    hidden: list[int] = []
    footers: list[str] = []
    for number, slide in enumerate(presentation.slides, 1):
        if slide._element.get("show") in {"0", "false"}:
            hidden.append(number)
            continue
        footers += prepare_slide(slide)
        parts[number] = slide_parts(slide, number)
    return parts, hidden, footers


def _add_slide(out: CanonicalText, number: int, parts: SlideParts, elements: list[Any]) -> None:
    if sum(element.category == "Table" for element in elements) != len(parts.tables):
        raise RaglineError(
            "the installed version of unstructured no longer gives one element for each table of a slide. "
            "Install the version in constraints.txt, and report this one."
        )
    title = " ".join(" ".join(parts.title).split())
    if title:
        out.add_heading(title, 1, page=number)
    else:
        out.sections.enter(1, "")
    _add_text(out, number, parts, elements)
    for chart in parts.charts:
        add_table(out, chart, page=number)
    for diagram in parts.diagrams:
        out.add_rows("list", [f"- {words}" for words in diagram], page=number)
    for picture in parts.pictures:
        out.add("caption", picture, page=number)
    if parts.notes:
        out.add_heading(_NOTES, 2, page=number)
        _add_paragraphs(out, parts.notes.split("\n"), number)


def _add_text(out: CanonicalText, number: int, parts: SlideParts, elements: list[Any]) -> None:
    writer = BlockWriter(out)
    tables = iter(parts.tables)
    in_heading = Counter(parts.title)
    for element in elements:
        text = str(element.text)
        if element.category == "Title" and in_heading[text]:
            in_heading[text] -= 1
        elif element.category == "Table":
            writer.flush()
            add_table(out, next(tables), page=number)
        elif element.category == "ListItem":
            writer.item(text, element.metadata.category_depth or 0, page=number)
        else:
            writer.block("paragraph", text.replace("\v", "\n"), page=number)
    writer.flush()


def _add_paragraphs(out: CanonicalText, lines: Iterable[str], number: int) -> None:
    for line in lines:
        if words := " ".join(line.split()):
            out.add("paragraph", words, page=number)


def _document(out: CanonicalText, data: bytes, parts: dict[int, SlideParts], hidden: list[int]) -> ParsedDocument:
    found = office_properties(data)
    named, language = str(found.pop("title", "")), found.pop("language", None)
    first = next(iter(parts.values()), SlideParts())
    title = " ".join(" ".join(first.title).split()) or named
    warnings = [warning for part in parts.values() for warning in part.warnings]
    if hidden:
        shown = ", ".join(map(str, hidden[:10])) + (" ..." if len(hidden) > 10 else "")
        warnings.append(f"hidden slides left out: {shown}; unhide them to have them read")
    elements = tuple(out.elements)
    return ParsedDocument(out.text, elements, title, found, str(language) if language else None, warnings=tuple(warnings))
