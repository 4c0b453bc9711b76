"""What parsers share: the stack of open headings, and a builder for canonical texts that a parser composes itself."""

from collections.abc import Iterable

from ingestion.elements import Element
from ragline.types import ElementKind

_BLOCK_GAP = "\n\n"


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
        title = " ".join(title.split())
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

    def add_heading(self, title: str, level: int, *, page: int | None = None) -> None:
        """A heading of ``level`` 1 to 6. What is added next stands below it."""
        start, end = self._append(title)
        above = self.sections.enter(level, title)
        self.elements.append(Element("heading", start, end, level, above, page))

    def add(self, kind: ElementKind, text: str, *, page: int | None = None, language: str | None = None) -> None:
        """A block of one piece."""
        start, end = self._append(text)
        self.elements.append(Element(kind, start, end, 0, self.sections.path, page, language=language))

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
    ) -> None:
        """A block of rows, one line end between them; with ``has_header`` the first one is the table's header."""
        lines = list(rows)
        start, end = self._append("\n".join(lines))
        spans = []
        at = start
        for line in lines:
            spans.append((at, at + len(line)))
            at += len(line) + 1
        header = spans.pop(0) if has_header else None
        path = self.sections.path if section_path is None else section_path
        self.elements.append(Element(kind, start, end, 0, path, rows=tuple(spans), header=header))

    def _append(self, text: str) -> tuple[int, int]:
        start = self._length + (len(_BLOCK_GAP) if self._parts else 0)
        self._parts.append(text)
        self._length = start + len(text)
        return start, self._length
