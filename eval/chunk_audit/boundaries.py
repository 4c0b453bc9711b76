"""Whether a chunk begins and ends where a text may be cut: looked at in the document, by rules that know nothing of a
chunker.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ragline.types import Chunk

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_ENDS = frozenset(".!?:;…。！？؟।॥|")
_CLOSERS = "\"'”’»)]}*_`」』）"
_ITEM = re.compile(r"[ \t]*(?:[-*+•–]|\d{1,3}[.)]|[a-z][.)])[ \t]+\S")
_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_LINED = frozenset({"table", "record"})  # kinds of chunks in which every line stands for itself
_BLOCK = re.compile(r"[ \t]*(?:#|>|\||```|~~~|=|-{3})")


_LOOK_BACK = 20_000
"""Characters in front of a cut in which the beginning of its list or table is looked for: a document may be one table of
megabytes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place where a document is cut: between the characters ``before`` and ``after``, with blank space between left out."""

    text: str
    before: int
    after: int

    @property
    def gap(self) -> str:
        """The blank space between."""
        return self.text[self.before : self.after]

    @property
    def lines(self) -> tuple[str, str]:
        """The line in front of the cut, up to it, and the one behind it, from it."""
        start = self.text.rfind("\n", 0, self.before) + 1
        end = self.text.find("\n", self.after)
        return self.text[start : self.before], self.text[self.after : len(self.text) if end < 0 else end]


def cut_at(text: str, position: int) -> Place | None:
    """The cut at ``position``; ``None`` at the ends of the document, where nothing is cut."""
    before, after = position, position
    while before > 0 and text[before - 1].isspace():
        before -= 1
    while after < len(text) and text[after].isspace():
        after += 1
    return None if before == 0 or after == len(text) else Place(text, before, after)


def fenced(text: str) -> list[tuple[int, int]]:
    """Where fenced code stands, fences included, in order. A fence is closed by one of its own kind that is as long, or never.

    Source: CommonMark 0.31, section 4.5, without its rules on indentation.
    """
    spans: list[tuple[int, int]] = []
    opened: re.Match[str] | None = None
    for match in _FENCE.finditer(text):
        if opened is None:
            opened = match
        elif match[1][0] == opened[1][0] and len(match[1]) >= len(opened[1]) and not match[2].strip():
            spans.append((opened.start(), match.end()))
            opened = None
    return [*spans, (opened.start(), len(text))] if opened is not None else spans


def broken(place: Place, chunk: Chunk, after: Chunk | None, code: Sequence[tuple[int, int]] = ()) -> str:
    """What a cut breaks: "word", "sentence", "list", "table" or "code"; empty where it breaks nothing.

    ``chunk`` is on one side of it, and ``after``, where it is known, the one behind it; ``code`` are the :func:`fenced` spans
    of the document. A blank line may always be cut at, but not inside of a fence. Between two rows a table is broken only
    where the rows behind have not its header in their context. A sentence is broken where neither a closing mark nor a new
    line with a new beginning is there.
    """
    if _within(place.before, code):
        return "code"
    if _BLANK_LINE.search(place.gap):
        return ""
    front, behind = place.lines
    if chunk.kind == "code" and (after is None or after.kind == "code"):
        return "code"
    if not place.gap:
        return "word" if place.text[place.before - 1].isalnum() and place.text[place.after].isalnum() else _sentence(place)
    if front.lstrip().startswith("|") and (behind.lstrip().startswith("|") or "\n" not in place.gap):
        return "" if "\n" in place.gap and after is not None and _has_header(place, after) else "table"
    if "\n" in place.gap:
        if _ITEM.match(behind):
            return "list" if _in_list(place) else ""
        if chunk.kind in _LINED or _BLOCK.match(behind) or not (behind[:1].islower() or behind[:1].isdigit()):
            return ""
    return _sentence(place)


def _within(position: int, spans: Sequence[tuple[int, int]]) -> bool:
    place = bisect_right(spans, position, key=lambda span: span[0])
    return place > 0 and position < spans[place - 1][1]


def _sentence(place: Place) -> str:
    last = place.text[: place.before].rstrip(_CLOSERS)[-1:]
    return "" if last in _ENDS or not last else "sentence"


def _in_list(place: Place) -> bool:
    """Whether what stands in front of the cut, up to a blank line, has an item too."""
    block = place.text[max(0, place.before - _LOOK_BACK) : place.before].rpartition("\n\n")[2]
    return any(_ITEM.match(line) for line in block.splitlines())


def _has_header(place: Place, after: Chunk) -> bool:
    """Whether the first row of the table is in the context of the chunk behind the cut: cell by cell, as it is written
    otherwise.

    Of a table whose beginning is too far off, that there is a row in the context.
    """
    start = max(0, place.before - _LOOK_BACK)
    rows: list[str] = []
    lines = place.text[start : place.before].split("\n")
    for line in reversed(lines[1:] if start else lines):  # the first is a part of one
        if not line.lstrip().startswith("|"):
            break
        rows.append(line)
    else:
        if start:
            return "|" in after.context
    cells = [cell.strip() for cell in rows[-1].strip().strip("|").split("|") if cell.strip()]
    return bool(cells) and all(cell in after.context for cell in cells)
