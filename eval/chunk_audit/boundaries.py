"""Whether a chunk begins and ends where a text may be cut: looked at in the document, by rules that know nothing of a
chunker.
"""

import re
from dataclasses import dataclass

from ragline.types import Chunk

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_ENDS = frozenset(".!?:;…。！？؟।॥|")
_CLOSERS = "\"'”’»)]}*_`」』）"
_ITEM = re.compile(r"[ \t]*(?:[-*+•–]|\d{1,3}[.)]|[a-z][.)])[ \t]+\S")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_LINED = frozenset({"table", "record"})  # kinds of chunks in which every line stands for itself
_BLOCK = re.compile(r"[ \t]*(?:#|>|\||```|~~~|=|-{3})")


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


def broken(place: Place, chunk: Chunk, after: Chunk | None) -> str:
    """What a cut breaks: "word", "sentence", "list", "table" or "code"; empty where it breaks nothing.

    ``chunk`` is on one side of it, and ``after``, where it is known, the one behind it. A blank line may always be cut at, but
    not inside of a fence. Between two rows a table is broken only where the rows behind have not its header in their context. A
    sentence is broken where neither a closing mark nor a new line with a new beginning is there.
    """
    if len(_FENCE.findall(place.text, 0, place.before)) % 2:
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


def _sentence(place: Place) -> str:
    last = place.text[: place.before].rstrip(_CLOSERS)[-1:]
    return "" if last in _ENDS or not last else "sentence"


def _in_list(place: Place) -> bool:
    """Whether what stands in front of the cut, up to a blank line, has an item too."""
    blank = place.text.rfind("\n\n", 0, place.before)
    return any(_ITEM.match(line) for line in place.text[max(0, blank) : place.before].splitlines())


def _has_header(place: Place, after: Chunk) -> bool:
    """Whether the first row of the table is in the context of the chunk behind the cut: cell by cell, as it is written
    otherwise.
    """
    start = place.text.rfind("\n", 0, place.before) + 1
    while start > 0:
        above = place.text.rfind("\n", 0, start - 1) + 1
        if not place.text[above:start].lstrip().startswith("|"):
            break
        start = above
    header = place.text[start : place.text.find("\n", start)]
    cells = [cell.strip() for cell in header.strip().strip("|").split("|") if cell.strip()]
    return bool(cells) and all(cell in after.context for cell in cells)
