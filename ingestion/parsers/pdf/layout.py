"""From the fragments of a page to its lines and tables in reading order."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ingestion.parsers.pdf.aligned_tables import aligned_tables
from ingestion.parsers.pdf.characters import reads_leftwards
from ingestion.parsers.pdf.columns import columns_of
from ingestion.parsers.pdf.fragments import Fragment, Row, rows_of
from ingestion.parsers.pdf.frames import PageFrame
from ingestion.parsers.pdf.lines import Line, TableBlock, line_of
from ingestion.parsers.pdf.ruled_tables import ruled_tables
from ingestion.parsers.pdf.rules import Rules

# Upright text, what runs up or down, what is upside down, what is askew.
_TURNS = (0, 3, 1, 2, None)
# Rows of a table have gaps, with no more than so many lines (of wrapped cells) between them.
_NEAR = 4
# Share of fragments with letters of a script that runs leftwards from which on columns do so too.
_LEFTWARDS = 0.5

Item = Line | TableBlock


@dataclass(frozen=True, slots=True)
class PageLayout:
    """What stands on a page, in reading order. ``number`` is 1-based."""

    number: int
    frame: PageFrame
    items: list[Item]


def layout(number: int, frame: PageFrame, fragments: list[Fragment], rules_of: Callable[[int], Rules]) -> PageLayout:
    """The page with its lines in reading order. ``rules_of`` reads the rules drawn, in upright coordinates of a turn."""
    items: list[Item] = []
    turns = Counter[int | None]()
    for each in fragments:
        turns[each.turn] += len(each.words)
    # What most of the page's text does first, then what runs up or down its margins or askew.
    for turn in sorted(turns, key=lambda each: (-turns[each], _TURNS.index(each))):
        own = [each for each in fragments if each.turn == turn] if len(turns) > 1 else fragments
        items += _ordered(own, turn, rules_of, items[-1].region + 1 if items else 0)
    return PageLayout(number, frame, items)


def add_notes(page: PageLayout, notes: Iterable[Fragment]) -> None:
    """Put what is written beside the text (comments) behind it."""
    region = page.items[-1].region + 1 if page.items else 0
    page.items.extend(line_of([note], region + at) for at, note in enumerate(notes))


def _ordered(fragments: list[Fragment], turn: int | None, rules_of: Callable[[int], Rules], region: int) -> Iterable[Item]:
    rows = rows_of(fragments)
    if min(each.right for each in fragments) > max(each.left for each in fragments):
        # All lines stand below each other: one column, without tables.
        return [line_of(row, region) for row in rows]
    if turn is not None and _may_have_tables(rows):
        tables, fragments = ruled_tables(fragments, rules_of(turn))
        if tables:
            fragments = fragments + [_stand_in(table) for table in tables]
            rows = rows_of(fragments)
    leftwards = sum(reads_leftwards(each.words[0]) for each in fragments) > _LEFTWARDS * len(fragments)
    items: list[Item] = []
    for column in columns_of(rows, is_leftwards=leftwards):
        for row in aligned_tables(column) if turn is not None else column:
            if isinstance(row, TableBlock):
                row.region = region
                items.append(row)
                continue
            blocks = [each.block for each in row if each.block is not None]
            for block in blocks:
                block.region = region
            words = [each for each in row if each.block is None] if blocks else row
            if leftwards and len(words) > 1:
                words = words[::-1]
            items += [line_of(words, region)] if words else []
            items += blocks
        region += 1
    return items


def _may_have_tables(rows: Sequence[Row]) -> bool:
    """Whether several lines near each other have gaps."""
    last = -_NEAR - 1
    for index, row in enumerate(rows):
        if len(row) > 1:
            if index - last <= _NEAR:
                return True
            last = index
    return False


def _stand_in(table: TableBlock) -> Fragment:
    left, top, right, _ = table.box
    return Fragment([""], [left], [right], left, right, top + table.size, table.size, table.order, table.turn, block=table)
