"""Running heads and feet, and page numbers: what stands at the same place on page after page, apart from the text.

Nothing is told by its words alone. A line goes when it is among the first or last of its page, stands apart from the text, on
at least three pages has the same words, or words that differ in the number of the page only, at the same height, and when the
other pages have no text at that height. Documents of two pages keep every line.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingestion.parsers.pdf.layout import Item, PageLayout
from ingestion.parsers.pdf.lines import Line

_MIN_PAGES = 3
# Lines at the top and at the bottom of a page that may be running heads (a title, a number, a date, a rule of confidence).
_EDGE_LINES = 4
# Heads stand in this share of the page's height at its top and bottom, numbers alone in the other (LaTeX leaves wide margins),
# and as far away from the text as the third, in sizes of type.
_MARGIN, _NUMBER_MARGIN = 0.15, 0.2
_APART = 1.45
# The same height: within this many points.
_LEVEL = 3.0
# Larger type than that of the text, or a line that is on few pages, may be a title that several pages have.
_MAX_SIZE = 1.1
_SMALLER = 0.95
_MIN_SHARE_OF_LARGE = 0.3
_NUMBER = re.compile(r"\d+")
_ROMAN = re.compile(r"[ivxlc]+\Z", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_MIN_WORDS = 3
# So many words with other numbers on so many pages are a head as well (the number of a part, a date).
_MIN_USUAL_PAGES, _MIN_USUAL_SHARE, _MIN_USUAL_WORDS = 10, 0.3, 4
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_MIN_SLOT_PAGES = 6
_MIN_GOING_ON = 0.3
_PAGE = re.compile(
    r"\b(?:page|pages|pg|p|seite|s|página|pagina|pág|pag|strona|str|sida|side|sivu|blatt|folio|стр)\b", re.IGNORECASE
)
_MAX_PATTERNS = 50


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line at the top or bottom of a page. ``numbers`` are those in it, less the number of its page."""

    page: int
    index: int
    line: Line
    is_top: bool
    pattern: str
    offsets: tuple[int, ...]


def drop_running(pages: Sequence[PageLayout], body_size: float) -> tuple[str, ...]:
    """Take running heads and page numbers out of ``pages``; returns their patterns, ``#`` for the numbers, at most 50."""
    if len(pages) < _MIN_PAGES:
        return ()
    edges = [edge for page in pages for edge in _edges(page)]
    found = [*_repeated(edges, len(pages), body_size), *_numbered(edges, body_size), *_slots(edges, body_size)]
    dropped = [edge for is_top in (True, False) for edge in _outside_text(pages, [e for e in found if e.is_top == is_top])]
    gone: defaultdict[int, set[int]] = defaultdict(set)
    for edge in dropped:
        gone[edge.page].add(id(edge.line))
    for page in pages:
        if page.number in gone:
            page.items[:] = [item for item in page.items if id(item) not in gone[page.number]]
    return tuple(dict.fromkeys(edge.pattern for edge in sorted(dropped, key=lambda each: (each.page, each.index))))[
        :_MAX_PATTERNS
    ]


def _outside_text(pages: Sequence[PageLayout], edges: list[_Edge]) -> Iterator[_Edge]:
    """Those of ``edges`` that stand at a height where other pages seldom have text."""
    if not edges:
        return
    heads = {id(edge.line) for edge in edges}
    heights = sorted({edge.line.baseline for edge in edges})
    of_heads, of_text = Counter[int](), Counter[int]()
    groups = [0]
    for above, below in pairwise(heights):
        groups.append(groups[-1] + (below - above > _LEVEL))
    for page in pages:
        at_head: set[int] = set()
        at_text: set[int] = set()
        for item in page.items:
            if isinstance(item, Line) and item.turn == 0:
                at = bisect_left(heights, item.baseline - _LEVEL)
                if at < len(heights) and heights[at] <= item.baseline + _LEVEL:
                    (at_head if id(item) in heads else at_text).add(groups[at])
        of_heads.update(at_head)
        of_text.update(at_text - at_head)
    for edge in edges:
        group = groups[bisect_left(heights, edge.line.baseline)]
        if of_heads[group] > of_text[group]:
            yield edge


def _edges(page: PageLayout) -> Iterator[_Edge]:
    """The lines in the margins of a page, outermost first, as far inwards as a gap parts them from the text."""
    height = page.frame.height
    upright = [item for item in page.items if item.turn == 0]
    for is_top in (True, False):
        ordered = sorted(upright, key=_height, reverse=not is_top)
        outside: list[Line] = []
        apart = 0
        for item in ordered:
            if outside and _is_apart(outside[-1], item, is_top=is_top):
                apart = len(outside)
            limit = item.box[3] if is_top else height - item.box[1]
            if not isinstance(item, Line) or len(outside) == _EDGE_LINES:
                break
            if limit > (_MARGIN if _LETTER.search(item.text) else _NUMBER_MARGIN) * height:
                break
            outside.append(item)
        if len(outside) == len(ordered):
            continue  # nothing else is on the page: this is its text
        for index, line in enumerate(outside[:apart]):
            yield _edge(page, index, line, is_top)


def _height(item: Item) -> float:
    return item.baseline if isinstance(item, Line) else item.box[1]


def _is_apart(line: Line, inwards: Item, *, is_top: bool) -> bool:
    """Whether ``inwards`` is further away than the next line of a text would be."""
    if not isinstance(inwards, Line):
        return True
    distance = (inwards.baseline - line.baseline) if is_top else (line.baseline - inwards.baseline)
    return distance > _APART * max(line.size, inwards.size)


def _edge(page: PageLayout, index: int, line: Line, is_top: bool) -> _Edge:
    offsets = tuple(int(number) - page.number for number in _NUMBER.findall(line.text) if len(number) < 7)
    return _Edge(page.number, index, line, is_top, _NUMBER.sub("#", line.text), offsets)


def _repeated(edges: list[_Edge], pages: int, body_size: float) -> list[_Edge]:
    """The same words at the same height, on three pages or more."""
    alike: defaultdict[tuple[bool, str], list[_Edge]] = defaultdict(list)
    for edge in edges:
        if _LETTER.search(edge.pattern):
            alike[edge.is_top, edge.pattern].append(edge)
    found = []
    for same in alike.values():
        for level in _levels(same):
            count = len({edge.page for edge in level})
            is_large = level[0].line.size > _MAX_SIZE * body_size
            if count < _MIN_PAGES or (is_large and count < _MIN_SHARE_OF_LARGE * pages):
                continue
            is_usual = count >= max(_MIN_USUAL_PAGES, _MIN_USUAL_SHARE * pages) and not is_large and not level[0].line.is_bold
            is_head = is_usual and len(_LETTERS.findall(level[0].pattern)) >= _MIN_USUAL_WORDS
            if is_head or len({edge.line.text for edge in level}) == 1 or _counts_pages(level):
                found += level
    return found


def _counts_pages(edges: list[_Edge]) -> bool:
    """Whether what differs is the number of the page. "Step 1" on page 1 is text, like any two words with a number."""
    pattern = edges[0].pattern
    is_title = len(pattern.replace("#", " ").split()) >= _MIN_WORDS or _PAGE.search(pattern) is not None
    return is_title and bool(set.intersection(*(set(edge.offsets) for edge in edges)))


def _numbered(edges: list[_Edge], body_size: float) -> list[_Edge]:
    """Numbers of pages alone, or with a title that changes, at the same height: they count with the pages."""
    by_offset: defaultdict[tuple[bool, int], list[_Edge]] = defaultdict(list)
    for edge in edges:
        if edge.line.size <= _MAX_SIZE * body_size and not _LETTER.search(edge.line.text):
            for offset in set(edge.offsets):
                by_offset[edge.is_top, offset].append(edge)
    found: list[_Edge] = []
    for same in by_offset.values():
        for level in _levels(same):
            if len({edge.page for edge in level}) >= _MIN_PAGES:
                found += level
    romans = [edge for edge in edges if _ROMAN.match(edge.line.text) and edge.line.size <= _MAX_SIZE * body_size]
    for level in _levels(romans):
        if len({edge.line.text.lower() for edge in level}) >= _MIN_PAGES:
            found += level
    return found


def _slots(edges: list[_Edge], body_size: float) -> list[_Edge]:
    """The line of a book that begins or ends with the page's number and names the chapter or section, which changes.

    That the titles go on for some pages tells it from text with numbers of its own ("1 Unpack", "2 Install").
    """
    by_offset: defaultdict[tuple[bool, int], list[_Edge]] = defaultdict(list)
    for edge in edges:
        # Bold type in the size of the text is a heading.
        if edge.line.size <= (_SMALLER if edge.line.is_bold else _MAX_SIZE) * body_size:
            words = edge.line.text.split()
            for offset in {int(word) - edge.page for word in (words[0], words[-1]) if word.isascii() and word.isdigit()}:
                by_offset[edge.is_top, offset].append(edge)
    found = []
    for same in by_offset.values():
        for level in _levels(same):
            patterns = Counter(edge.pattern for edge in level)
            going_on = sum(count for count in patterns.values() if count > 1)
            if len({edge.page for edge in level}) >= _MIN_SLOT_PAGES and going_on >= _MIN_GOING_ON * len(level):
                found += level
    return found


def _levels(edges: list[_Edge]) -> list[list[_Edge]]:
    """``edges`` in groups of the same height."""
    groups: list[list[_Edge]] = []
    for edge in sorted(edges, key=lambda each: each.line.baseline):
        if groups and edge.line.baseline - groups[-1][-1].line.baseline <= _LEVEL:
            groups[-1].append(edge)
        else:
            groups.append([edge])
    return groups
