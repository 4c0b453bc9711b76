"""From lines to blocks: paragraphs, items of lists, code. What begins a new block is measured on the document itself."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingestion.parsers.pdf.layout import Item
from ingestion.parsers.pdf.lines import Line, TableBlock

# A line that stands a quarter further away than lines usually do begins a paragraph.
_GAP = 1.25
# Pages of short paragraphs have more lines further apart than lines within one: this share of the distances is smaller.
_WITHIN = 0.3
# From as many lines on a column says itself how far apart its lines are.
_OWN_LEADING = 6
# Sizes of the lines of one paragraph vary by this much, where they are taken from boxes of glyphs.
_SAME_SIZE = 0.12
# A first line is indented by this much, in sizes of type; what is further in is centred, a formula or a quotation.
_INDENT = (0.7, 4.5)
_LEVEL = 0.4
# A line that ends before this part of the column's width is the last one of its paragraph.
_FULL = 0.85
_BULLET = re.compile(r"[•‣◦▪▫■□●○◆◇❖➢➤►✓✔☐☒☑∙⁃]\s*\S")
# These begin items, and lines of prose as well.
_DASH = re.compile(r"(?:[-–—*·]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\(?[ivx]{2,5}[.)])\s+\S")
_ROMAN = re.compile(r"[ivx]{2,5}[.)]\s+\S")
_CODE = re.compile(r"[{}\[\];=<>$|\\]|\w\(|--\w|^\s*(?:#|//|[%$>])\s*\w")
_ENDS = re.compile(r"[.!?:;…。！？]['\"”’»)\]]*\Z")


@dataclass(slots=True)
class Block:
    """Lines of one column that belong together; ``is_item`` marks an item of a list."""

    lines: list[Line]
    is_item: bool = False

    @property
    def first(self) -> Line:
        return self.lines[0]

    @property
    def is_bold(self) -> bool:
        return all(line.is_bold for line in self.lines)

    @property
    def is_code(self) -> bool:
        return all(line.is_mono for line in self.lines)


def leading_of(distances: Sequence[float], otherwise: float) -> float:
    """The distance of lines within paragraphs, by ``distances`` of which some are larger; ``otherwise`` without any."""
    return sorted(distances)[int(_WITHIN * len(distances))] if distances else otherwise


def distances_of(items: Sequence[Item]) -> list[float]:
    """Distances of lines that follow each other in a column, in sizes of type."""
    return [
        ratio
        for a, b in pairwise(items)
        if isinstance(a, Line) and isinstance(b, Line) and a.region == b.region and 0.5 < (ratio := _distance(a, b)) < 4
    ]


def blocks_of(items: Sequence[Item], leading: float) -> Iterator[Block | TableBlock]:
    """The blocks of a page in reading order; ``leading`` is the usual distance of lines in the document."""
    column: list[Line] = []
    for item in items:
        if column and (isinstance(item, TableBlock) or item.region != column[-1].region):
            yield from _Column(column, leading).blocks()
            column = []
        if isinstance(item, TableBlock):
            yield item
        else:
            column.append(item)
    if column:
        yield from _Column(column, leading).blocks()


def is_bullet(text: str) -> bool:
    """Whether ``text`` begins with the mark of an item that nothing else begins with."""
    return _BULLET.match(text) is not None


def is_sentence_end(text: str) -> bool:
    """Whether ``text`` ends as sentences, and what introduces a list, do."""
    return _ENDS.search(text) is not None


class _Column:
    """Lines of one column, from top to bottom."""

    def __init__(self, lines: list[Line], leading: float) -> None:
        self._lines = lines
        own = distances_of(lines)
        self._leading = leading_of(own, leading) if len(own) >= _OWN_LEADING else leading
        self._left = min(line.left for line in lines)
        self._right = max(line.right for line in lines)

    def blocks(self) -> Iterator[Block]:
        self._settle_code()
        block = Block([self._lines[0]], _is_marked(self._lines[0].text))
        for index, line in enumerate(self._lines[1:], 1):
            begins_item = self._begins_item(block, line)
            if begins_item or self._begins(block, line, index):
                yield block
                block = Block([line], begins_item)
            else:
                block.lines.append(line)
        yield block

    def _settle_code(self) -> None:
        """A single line of fixed pitch among others is code when it has signs of it; else it is an address or a name."""
        lines = self._lines
        for index, line in enumerate(lines):
            if line.is_mono and not any(near.is_mono for near in lines[max(0, index - 1) : index + 2] if near is not line):
                line.is_mono = _CODE.search(line.text) is not None

    def _begins_item(self, block: Block, line: Line) -> bool:
        if line.is_mono or not _is_marked(line.text):
            return False
        if _BULLET.match(line.text) or block.is_item:
            return True
        above = block.lines[-1]
        is_elsewhere = abs(line.left - above.left) > _LEVEL * line.size or _distance(above, line) > 1.1 * self._leading
        return is_elsewhere or is_sentence_end(above.text) or above.is_bold != line.is_bold

    def _begins(self, block: Block, line: Line, index: int) -> bool:
        above = block.lines[-1]
        if above.heading != line.heading or above.is_repeated != line.is_repeated or above.is_mono != line.is_mono:
            return True
        distance = _distance(above, line)
        if abs(distance) < 0.5:
            return False
        if (
            distance < 0
            or distance > _GAP * self._leading
            or abs(above.size - line.size) > _SAME_SIZE * max(above.size, line.size)
        ):
            return True
        if line.is_mono or line.heading:
            return False
        return above.is_bold != line.is_bold or self._is_moved(block, line, index)

    def _is_moved(self, block: Block, line: Line, index: int) -> bool:
        """Whether the left edge of ``line`` says that a paragraph begins."""
        above = block.lines[-1]
        shift = (line.left - above.left) / line.size
        if block.is_item:
            first, second = block.first, block.lines[min(1, len(block.lines) - 1)]
            if line.left > first.left + _LEVEL * line.size:
                return False
            is_hanging = second.left > first.left + _LEVEL * line.size
            return is_hanging or not self._is_full(above)
        if abs(line.left + line.right - above.left - above.right) < line.size / 2:
            return False  # centred
        if above.is_bold and line.is_bold:
            return False  # the second line of a title, below its words and not its number
        if _INDENT[0] < shift < _INDENT[1]:
            if (
                abs(above.left - self._left) > _LEVEL * line.size
                and len(block.lines) > 1
                and block.lines[-2].left < above.left - 0.5
            ):
                return False
            following = self._lines[index + 1] if index + 1 < len(self._lines) else None
            if following is not None and 0 < _distance(line, following) <= _GAP * self._leading:
                return following.left < line.left - _LEVEL * line.size
            return not self._is_full(above)
        if shift < -_INDENT[0]:
            # Back from a quotation or a list without marks; a first line alone is indented, and nothing ends with it.
            return len(block.lines) > 1 and abs(block.lines[-2].left - above.left) < _LEVEL * line.size
        return False

    def _is_full(self, line: Line) -> bool:
        return line.right - self._left > _FULL * (self._right - self._left)


def _is_marked(text: str) -> bool:
    if text[:2].isalpha():
        return _ROMAN.match(text) is not None
    return _BULLET.match(text) is not None or _DASH.match(text) is not None


def _distance(above: Line, line: Line) -> float:
    """From one line down to the next, in sizes of type."""
    return (line.baseline - above.baseline) / max(above.size, line.size, 1.0)
