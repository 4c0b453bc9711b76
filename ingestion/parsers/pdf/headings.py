"""Which blocks are headings, and of what level: told by the outline, by the size of type, by bold type and by numbers.

Types of headings are put in order, the largest first; each type is a level. Where the outline of the file names headings of a
type, all of that type have the level that the outline gives, so that the paths of sections stay consistent.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingestion.parsers.pdf.blocks import Block
from ingestion.parsers.pdf.flow import Part, turn_of
from ingestion.parsers.pdf.lines import Line, TableBlock
from ingestion.parsers.pdf.outline import MAX_LEVEL

_HEADING_SIZE = 1.12
_SAME_SIZE = 0.04
_MAX_LINES = 3
_MAX_CHARS = 150
# In the size of the text only a short bold line, alone, is a heading.
_MAX_BOLD_LINES = 2
_MAX_BOLD_CHARS = 90
_SMALLEST_BOLD = 0.95
# Where more blocks than this, with more of the text than that, look like headings, the sizes mean something else (a form, a
# slide, a poster); where more of the text is bold, bold type does.
_MAX_HEADING_SHARE = 0.4
_MAX_HEADING_CHARS = 0.12
_MAX_BOLD_SHARE = 0.3
_NUMBERED = re.compile(r"(?:[A-Z]\.)?(\d{1,2}(?:\.\d{1,2}){0,5})[.)]?\s+\S|[IVX]{1,5}\.\s+\S")
_NO_HEADING_END = re.compile(r"[.,;:]\Z")
_MIN_NUMBERED = 0.5
_MIN_NAMED, _MIN_FOUND = 3, 0.5


@dataclass(frozen=True, slots=True)
class _Heading:
    block: Block
    text: str
    rank: tuple[int, float]
    """0 larger than the text, 1 bold, 2 numbered capitals; then the size, negative."""


def body_size(lines: Iterable[Line]) -> float:
    """The size of type that most of the text has, in points; 0 without text."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size, 1)] += len(line.text)
    return max(weights, key=lambda size: (weights[size], -size), default=0.0)


def headings_of(pages: Sequence[Sequence[Part]], body: float, entries: int) -> dict[int, int]:
    """The levels, 1 to 6, of the blocks that are headings, by their ``id``; ``entries`` is the length of the outline."""
    blocks = [
        part
        for page in pages
        for part in page
        if isinstance(part, Block) and not part.first.is_repeated and part.first.turn == turn_of(page[0])
    ]
    named = {id(block): block.first.level for block in blocks if block.first.heading}
    # A good outline says what is a heading, unless few of its titles are found, or it names some bold lines and forgets others.
    is_outlined = len(named) >= max(_MIN_NAMED, _MIN_FOUND * entries)
    uses_bold = not is_outlined or any(block.first.heading and _rank(block, body)[0] == 1 for block in blocks)
    parts = [part for page in pages for part in page]
    tables = [part for part in parts if isinstance(part, TableBlock)]
    below = {id(part): following for part, following in pairwise(parts)}
    in_tables = sum(len(cell) for table in tables for row in table.cells for cell in row)
    found = _candidates(blocks, below, body, uses_bold=uses_bold)
    large = [each for each in found if each.rank[0] == 0]
    chars = in_tables + sum(len(line.text) for block in blocks for line in block.lines)
    if (
        len(large) > _MAX_HEADING_SHARE * (len(blocks) + len(tables))
        and sum(len(e.text) for e in large) > _MAX_HEADING_CHARS * chars
    ):
        found = [each for each in found if each.block.first.heading]
    classes = _classes(found)
    levels = _levels_of(classes, named)
    result: dict[int, int] = {}
    for members, level in zip(classes, levels, strict=True):
        depths = [_depth(each.text) for each in members]
        numbered = [depth for depth in depths if depth]
        is_counted = not named and len(numbered) >= _MIN_NUMBERED * len(members)
        for each, depth in zip(members, depths, strict=True):
            deeper = depth - min(numbered) if is_counted and depth else 0
            result[id(each.block)] = min(level + deeper, MAX_LEVEL)
    return result | named


def _candidates(blocks: list[Block], below: dict[int, Part], body: float, *, uses_bold: bool) -> list[_Heading]:
    chars = sum(len(line.text) for block in blocks for line in block.lines) or 1
    bold = sum(len(line.text) for block in blocks for line in block.lines if line.is_bold)
    is_bold_rare = bold <= _MAX_BOLD_SHARE * chars
    found = []
    for block in blocks:
        text = " ".join(line.text for line in block.lines[:_MAX_LINES])
        is_found = block.first.heading > 0
        if not is_found and len(block.lines) <= _MAX_LINES and len(text) <= _MAX_CHARS and not block.is_code:
            is_large = block.first.size >= _HEADING_SIZE * body
            is_small = (
                not is_large and uses_bold and is_bold_rare and _is_small_heading(block, below.get(id(block)), text, body)
            )
            is_found = (is_large or is_small) and any(map(str.isalpha, text))
        if is_found:
            found.append(_Heading(block, text, _rank(block, body)))
    return found


def _rank(block: Block, body: float) -> tuple[int, float]:
    if block.first.size >= _HEADING_SIZE * body:
        return 0, -block.first.size
    return 1 if block.is_bold else 2, 0.0


def _is_small_heading(block: Block, below: Part | None, text: str, body: float) -> bool:
    """A short line in bold type, or numbered and in capitals, in about the size of the text, with text below it."""
    if len(block.lines) > _MAX_BOLD_LINES or len(text) > _MAX_BOLD_CHARS or block.first.size < _SMALLEST_BOLD * body:
        return False
    if _NO_HEADING_END.search(text) or not (text[0].isupper() or text[0].isdigit()) or below is None:
        return False
    numbered = _NUMBERED.match(text) is not None
    if not block.is_bold:
        return numbered and text.isupper() and sum(map(str.isalpha, text)) > 3
    if block.is_item and not numbered:
        return False
    # Bold lines in a row are a list or a form, unless the one is numbered and the other below it.
    return isinstance(below, TableBlock) or not below.is_bold or numbered


def _classes(found: list[_Heading]) -> list[list[_Heading]]:
    """Headings of one type together, the highest type first."""
    classes: list[list[_Heading]] = []
    for each in sorted(found, key=lambda heading: heading.rank):
        if classes:
            kind, size = classes[-1][0].rank
            if kind == each.rank[0] and abs(each.rank[1] - size) <= _SAME_SIZE * abs(size):
                classes[-1].append(each)
                continue
        classes.append([each])
    return classes


def _levels_of(classes: list[list[_Heading]], named: dict[int, int]) -> list[int]:
    """The level of each type: the one that the outline gives to most of its headings, else one below the type before."""
    levels: list[int] = []
    for at, members in enumerate(classes):
        votes = Counter(named[id(each.block)] for each in members if id(each.block) in named)
        if votes:
            level = max(votes, key=lambda each: (votes[each], -each))
        elif at == 0:
            level = 1
        else:
            level = levels[-1] + 1 + _spread(classes[at - 1], named)
        levels.append(min(level, MAX_LEVEL))
    return levels


def _spread(members: list[_Heading], named: dict[int, int]) -> int:
    """How many levels the numbers of a type's headings add to its own."""
    if named:
        return 0
    depths = [depth for each in members if (depth := _depth(each.text))]
    return max(depths) - min(depths) if len(depths) >= _MIN_NUMBERED * len(members) and depths else 0


def _depth(text: str) -> int:
    match = _NUMBERED.match(text)
    if match is None:
        return 0
    return match.group(1).count(".") + 1 if match.group(1) else 1
