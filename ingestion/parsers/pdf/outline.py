"""The outline of a PDF (its bookmarks): which lines it names as headings, and of what level."""

import ctypes
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from ingestion.parsers.pdf.lines import Line, TableBlock

MAX_LEVEL = 6
# More entries than any book has; a chain without an end is cut off here.
_MAX_ENTRIES = 50_000
_MAX_DEPTH = 64
# A heading may be broken into this many lines.
_MAX_LINES = 4
_NUMBER = re.compile(
    r"(?:(?:chapter|section|part|appendix|kapitel|abschnitt|teil|chapitre)\s+)?[\divxlc]+(?:\.\d+)*[.:)]?\s+(?=\S)",
    re.IGNORECASE,
)
_QUICK = 8
_NOT_WORD = re.compile(r"[\W_]+")

Outline = dict[int, list[tuple[str, int]]]
"""For each 1-based page the titles that point to it, as bare words, with their levels, 1 to 6."""


def read_outline(document: Any) -> Outline:
    """The outline of ``document``, a handle of PDFium. Entries without a page or without words are left out."""
    from pypdfium2 import raw

    found: Outline = defaultdict(list)
    for bookmark, depth in _bookmarks(raw, document):
        destination = raw.FPDFBookmark_GetDest(document, bookmark)
        if not destination:
            action = raw.FPDFBookmark_GetAction(bookmark)
            destination = raw.FPDFAction_GetDest(document, action) if action else None
        page = raw.FPDFDest_GetDestPageIndex(document, destination) if destination else -1
        words = bare(_title(raw, bookmark)) if page >= 0 else ""
        if words:
            found[page + 1].append((words, min(depth, MAX_LEVEL)))
    return dict(found)


def mark_headings(items: Iterable[Line | TableBlock], titles: Iterable[tuple[str, int]]) -> None:
    """Set the level of the lines of a page that are the ``titles`` of its outline, a number in front or not."""
    levels: dict[str, int] = {}
    for words, level in titles:
        levels.setdefault(words, level)
        levels.setdefault(bare(_NUMBER.sub("", words)), level)
    levels.pop("", None)
    firsts = {words[0] for words in levels}
    longest = max(map(len, levels), default=0)
    lines = [item for item in items if isinstance(item, Line)]
    for start, line in enumerate(lines):
        text = line.text.lower()
        number = _NUMBER.match(text)
        rest = text[number.end() :] if number else text
        if line.heading or not (_first(text) in firsts or _first(rest) in firsts):
            continue
        for begin in {text, rest}:
            found = _title_at(lines, start, bare(begin), levels, longest)
            for each in lines[start : start + found[0]]:
                each.heading, each.level = start + 1, found[1]


def _title_at(lines: list[Line], start: int, words: str, levels: dict[str, int], longest: int) -> tuple[int, int]:
    """How many lines the title has that begins with ``words`` in line ``start``, and its level; zeros where there is none."""
    for count in range(1, _MAX_LINES + 1):
        if len(words) > longest:
            break
        if words in levels:
            return count, levels[words]
        following = start + count
        if following == len(lines) or lines[following].region != lines[start].region:
            break
        words += bare(lines[following].text)
    return 0, 0


def _first(text: str) -> str:
    """The first letter or digit."""
    for char in text[:_QUICK]:
        if char.isalnum():
            return char
    return ""


def bare(title: str) -> str:
    """Letters and digits only, in small letters: what titles are compared by."""
    return _NOT_WORD.sub("", title).lower()


def _bookmarks(raw: Any, document: Any) -> Iterator[tuple[Any, int]]:
    """Every bookmark with its depth, from 1, in the order of the outline."""
    pending = [(raw.FPDFBookmark_GetFirstChild(document, None), 1)]
    seen: set[int] = set()
    while pending and len(seen) < _MAX_ENTRIES:
        bookmark, depth = pending.pop()
        if not bookmark:
            continue
        address = ctypes.addressof(bookmark.contents)
        if address in seen:
            continue
        seen.add(address)
        yield bookmark, depth
        pending.append((raw.FPDFBookmark_GetNextSibling(document, bookmark), depth))
        if depth < _MAX_DEPTH:
            pending.append((raw.FPDFBookmark_GetFirstChild(document, bookmark), depth + 1))


def _title(raw: Any, bookmark: Any) -> str:
    size = raw.FPDFBookmark_GetTitle(bookmark, None, 0)
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFBookmark_GetTitle(bookmark, buffer, size)
    return buffer.raw[: max(size - 2, 0)].decode("utf-16-le", "replace")
