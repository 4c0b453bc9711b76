"""What parsers share: the stack of open headings, and a builder for canonical texts that a parser composes itself."""

from collections.abc import Iterable
from dataclasses import replace

from ingestion.elements import Element, ParsedDocument, Table
from ragline.types import ElementKind

_BLOCK_GAP = "\n\n"

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in points from the top left corner of a page."""


# A section path stands with every chunk below it; nobody reads a longer heading as one.
_MAX_NAME_CHARS = 1_000


def section_name(title: str) -> str:
    """A heading as it stands in section paths: on one line, and no longer than a name may be."""
    return " ".join(title.split())[:_MAX_NAME_CHARS].rstrip()


class SectionStack:
    """The headings above the current place. A heading closes those of its own level and deeper."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []
        self.path: tuple[str, ...] = ()

    def enter(self, level: int, title: str) -> tuple[str, ...]:
        """Opens a heading and returns the path above it. A heading without words closes sections but names none."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        above = tuple(name for _, name in self._open)
        title = section_name(title)
        if title:
            self._open.append((level, title))
        self.path = tuple(name for _, name in self._open)
        return above


class CanonicalText:
    """Collects blocks into one text, two line ends between them, and an element for each."""

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self.sections = SectionStack()
        self._parts: list[str] = []
        self._length = 0

    @property
    def text(self) -> str:
        return _BLOCK_GAP.join(self._parts)

    def add_heading(
        self,
        title: str,
        level: int,
        *,
        page: int | None = None,
        language: str | None = None,
        box: Box | None = None,
        source: str = "",
    ) -> None:
        """A heading of ``level`` 1 to 6. What is added next stands below it."""
        start, end = self._append(title)
        above = self.sections.enter(level, title)
        self.elements.append(Element("heading", start, end, level, above, page, language=language, box=box, source=source))

    def add(
        self,
        kind: ElementKind,
        text: str,
        *,
        page: int | None = None,
        language: str | None = None,
        box: Box | None = None,
        source: str = "",
    ) -> None:
        """A block of one piece."""
        start, end = self._append(text)
        path = self.sections.path
        self.elements.append(Element(kind, start, end, 0, path, page, language=language, box=box, source=source))

    def add_aside(self, text: str) -> None:
        """A block that is in the text and no element, so that no chunk is made of it."""
        self._append(text)

    def add_rows(
        self,
        kind: ElementKind,
        rows: Iterable[str],
        *,
        has_header: bool = False,
        section_path: tuple[str, ...] | None = None,
        page: int | None = None,
        language: str | None = None,
        box: Box | None = None,
        source: str = "",
        table: Table | None = None,
        gap: str = "\n",
    ) -> None:
        """A block of rows with ``gap`` between them; with ``has_header`` the first one is the table's header."""
        lines = list(rows)
        start, end = self._append(gap.join(lines))
        spans = []
        at = start
        for line in lines:
            spans.append((at, at + len(line)))
            at += len(line) + len(gap)
        header = spans.pop(0) if has_header else None
        path = self.sections.path if section_path is None else section_path
        self.elements.append(Element(kind, start, end, 0, path, page, tuple(spans), header, language, box, source, table))

    def add_document(self, parsed: ParsedDocument, *, source: str = "") -> None:
        """All of another document, below the open headings. Its elements name ``source`` where they name none of their own."""
        if not parsed.text.strip():
            return
        start, _ = self._append(parsed.text)
        above = self.sections.path
        for element in parsed.elements:
            self.elements.append(
                replace(
                    element,
                    start=start + element.start,
                    end=start + element.end,
                    section_path=(*above, *element.section_path),
                    rows=tuple((start + first, start + last) for first, last in element.rows),
                    header=None if element.header is None else (start + element.header[0], start + element.header[1]),
                    source=element.source or source,
                )
            )

    def _append(self, text: str) -> tuple[int, int]:
        start = self._length + (len(_BLOCK_GAP) if self._parts else 0)
        self._parts.append(text)
        self._length = start + len(text)
        return start, self._length
