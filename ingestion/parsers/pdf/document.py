"""From the layouts of all pages to the canonical text and its elements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ingestion.elements import Element
from ingestion.parsers.canonical import CanonicalText
from ingestion.parsers.pdf.blocks import blocks_of, distances_of, leading_of
from ingestion.parsers.pdf.flow import close_words, in_flow
from ingestion.parsers.pdf.frames import union
from ingestion.parsers.pdf.headings import body_size, headings_of
from ingestion.parsers.pdf.hyphens import compounds_of
from ingestion.parsers.pdf.layout import PageLayout
from ingestion.parsers.pdf.lines import Line
from ingestion.parsers.pdf.outline import Outline, mark_headings
from ingestion.parsers.pdf.running import drop_running
from ingestion.parsers.pdf.writing import PageWriter
from ingestion.parsers.running_heads import repeated_heads
from ingestion.parsers.units import with_units

# The distance of lines that most programs set, in sizes of type, for documents of single lines.
_LEADING = 1.2


@dataclass(frozen=True, slots=True)
class Written:
    """The canonical text with its elements, and the patterns of the running heads that were left out."""

    text: str
    elements: tuple[Element, ...]
    running: tuple[str, ...]


def write_document(pages: Sequence[PageLayout], outline: Outline) -> Written:
    """The text of ``pages`` in reading order, without running heads, and an element for each of its pieces."""
    body = body_size(_lines(pages))
    running = drop_running(pages, body)
    for page in pages:
        if page.number in outline:
            mark_headings(page.items, outline[page.number])
    _mark_repeated(pages)
    leading = leading_of([distance for page in pages for distance in distances_of(page.items)], _LEADING)
    parts = [in_flow(list(blocks_of(page.items, leading)), body) for page in pages]
    close_words(parts)
    levels = headings_of(parts, body, sum(map(len, outline.values())))
    compounds = compounds_of(line.text for line in _lines(pages))
    out = CanonicalText()
    for page, own in zip(pages, parts, strict=True):
        PageWriter(out, page, levels, compounds).write(own)
    text = out.text
    return Written(text, tuple(_with_units(text, out.elements)), running)


def _with_units(text: str, elements: Sequence[Element]) -> Iterator[Element]:
    """Questions with their answers and other units as elements, none of which spans two pages."""
    for _, group in groupby(elements, key=lambda element: element.page):
        own = list(group)
        boxes = {element.end: element.box for element in own}
        for unit in with_units(text, own):
            box = boxes.get(unit.end)
            is_joined = unit.kind == "qa" and unit.box is not None and box is not None and box != unit.box
            yield replace(unit, box=union(unit.box, box)) if is_joined else unit  # type: ignore[arg-type]


def _lines(pages: Sequence[PageLayout]) -> Iterator[Line]:
    return (item for page in pages for item in page.items if isinstance(item, Line))


def _mark_repeated(pages: Sequence[PageLayout]) -> None:
    """What is left of running heads (on two pages, or close to the text) is an element once, and text on every page."""
    edges = []
    for page in pages:
        lines = [item for item in page.items if isinstance(item, Line)]
        edges += [(page.number, line) for line in (lines[:1] + lines[-1:] if len(lines) > 1 else lines)]
    for index in repeated_heads([(number, line.text) for number, line in edges]):
        edges[index][1].is_repeated = True
