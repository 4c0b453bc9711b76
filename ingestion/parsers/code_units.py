"""Units of source code: functions, classes and what holds them, as spans of lines, and the elements that they become."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ingestion.elements import Element
from ingestion.parsers.lines import Lines

# A class of at most this many characters is one element: its methods say nothing without it.
_SMALL_CHARS = 800
# What only ends the class or the module above.
_MAX_CLOSING_CHARS = 200
_CLOSING = re.compile(r"(?:[\W_]|\bend\b|#endif[^\n]*)*\Z")


@dataclass(frozen=True, slots=True)
class Unit:
    """A named piece of code: lines ``first`` to ``last`` (0-based, exclusive), its comment and decorators included.

    ``members`` are the units inside, in order.
    """

    name: str
    first: int
    last: int
    members: tuple["Unit", ...] = field(default=())


def code_elements(text: str, units: Sequence[Unit], *, language: str, path: tuple[str, ...]) -> list[Element]:
    """An element for each unit without members and for the code between units.

    The section path is ``path`` and the names of the units around. Units that share a line are one piece.
    """
    lines = Lines(text)
    is_blank = [not line.strip() for line in text.split("\n")]
    elements: list[Element] = []
    for first, last, names in _pieces(units, 0, len(lines), path, lines):
        filled = next((at for at in range(first, last) if not is_blank[at]), None)
        if filled is None:
            continue
        start, end = lines.span(filled, last, keep_indent=True)
        if elements and end - start <= _MAX_CLOSING_CHARS and _CLOSING.match(text, start, end):
            elements[-1] = replace(elements[-1], end=end)
        else:
            elements.append(Element("code", start, end, 0, names, language=language))
    return elements


def block_elements(text: str, *, language: str, path: tuple[str, ...]) -> list[Element]:
    """An element for each run of lines without a blank line between them."""
    lines = Lines(text)
    elements: list[Element] = []
    first = None
    for at, line in enumerate([*text.split("\n"), ""]):
        if line.strip():
            first = at if first is None else first
        elif first is not None:
            start, end = lines.span(first, at, keep_indent=True)
            elements.append(Element("code", start, end, 0, path, language=language))
            first = None
    return elements


def _pieces(
    units: Sequence[Unit], first: int, last: int, path: tuple[str, ...], lines: Lines
) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Spans of lines with their paths, which cover ``first`` to ``last``."""
    at = first
    for unit in units:
        begin, end = max(unit.first, at), min(unit.last, last)
        if begin >= end:
            continue
        if at < begin:
            yield at, begin, path
        names = (*path, " ".join(unit.name.split())) if unit.name.strip() else path
        start, stop = lines.span(begin, end)
        if unit.members and stop - start > _SMALL_CHARS:
            yield from _pieces(unit.members, begin, end, names, lines)
        else:
            yield begin, end, names
        at = end
    if at < last:
        yield at, last, path
