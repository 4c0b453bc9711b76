"""What a parser returns: a document's canonical text and the elements found in it.

Every element is a span of the canonical text, in order and without overlap. For Markdown, reStructuredText, source code and
plain text the canonical text is the decoded source itself with line ends as ``\\n``; for HTML and PDF it is the text that a
reader sees; for CSV and JSON it is a line for each row or value that says what it is (``column: value``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ingestion.source_map import SourceMap
from ragline.types import ElementKind, Metadata


@dataclass(frozen=True, slots=True)
class Table:
    """What a table says, cell by cell, as texts.

    ``columns`` names each column; headers of several rows are joined (``2024 > Q1``), and a merged cell counts in every column
    and row that it spans. ``cells[i]`` holds the cells of the element's row ``i``, as many as there are columns.
    """

    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One parsed piece: ``document.text[start:end]``.

    ``level`` is the heading level (1 to 6) of a heading, else 0. ``section_path`` holds the headings above it (a heading's
    own text is the last item of the path of what follows it, not of itself). ``rows`` are the spans of a table's or a list's
    rows, so that a chunker can split between them; ``header`` is the span of the table's header, repeated in the context of
    every piece when a table is split; ``table`` holds its cells where the parser knows them. ``page`` is 1-based. ``language``
    is that of the program for code, else that of the text where it is another than the document's. ``box`` is where on the page
    the piece stands: left, top, right, bottom in points from the page's top left corner. ``source`` names the part of the file
    that it comes from (an attachment, a sheet), empty for the file itself.
    """

    kind: ElementKind
    start: int
    end: int
    level: int = 0
    section_path: tuple[str, ...] = ()
    page: int | None = None
    rows: tuple[tuple[int, int], ...] = ()
    header: tuple[int, int] | None = None
    language: str | None = None
    box: tuple[float, float, float, float] | None = None
    source: str = ""
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document after parsing. ``warnings`` is not empty when something could not be read (the row becomes "degraded").

    ``source_map`` leads from ``text`` to the characters of the source where the text is the source with other line ends;
    ``None`` where it is the source itself, and for formats whose text is composed.
    """

    text: str
    elements: tuple[Element, ...]
    title: str = ""
    metadata: Metadata = field(default_factory=dict)
    language: str | None = None
    acl: tuple[str, ...] | None = None
    warnings: tuple[str, ...] = ()
    source_map: SourceMap | None = None


@dataclass(frozen=True, slots=True)
class RawSource:
    """Bytes on their way to a parser. ``name`` is the path or id, used for messages and for the suffix."""

    name: str
    data: bytes
    options: Mapping[str, str] = field(default_factory=dict)


ALLOWED_PROGRAMS: set[str] = set()
"""Full paths of the programs that parsers may start (pandoc, tesseract); a parser adds its own where it has found it."""


class Parser(Protocol):
    """Turns bytes into a :class:`ParsedDocument`.

    Parsers are pure: no network, no files written, same bytes give the same result. They raise
    :class:`ragline.errors.ParseError` with a short reason when a source cannot be read at all.
    """

    name: str
    version: int
    suffixes: tuple[str, ...]

    def parse(self, source: RawSource) -> ParsedDocument: ...
