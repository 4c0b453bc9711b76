"""Tables without rules: rows of short cells that stand below each other. Found with caution, since prose has gaps too."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from ingestion.parsers.pdf.fragments import Fragment, Row
from ingestion.parsers.pdf.frames import union
from ingestion.parsers.pdf.hyphens import join_lines
from ingestion.parsers.pdf.lines import TableBlock, fragment_box

_MIN_ROWS = 3
# Two columns are as often a form, a list or a table of contents; they need more.
_MIN_ROWS_OF_TWO = 4
_MIN_NUMERIC = 0.6
_TWO_GAP = 1.5
_MIN_FILLED = 0.55
_MAX_CELL_CHARS = 32
# Rows may stand this far apart, lines of one cell this far, in sizes of type.
_NEXT_ROW = 3.2
_NEXT_LINE = 1.35
# Lines of one cell stand closer than rows do, by this.
_TIGHTER = 0.9
# Cells of a column begin, end or are centred within this (sizes of type), this many of them.
_ALIGNED = 0.35
_MIN_ALIGNED = 0.7


@dataclass(slots=True)
class _Column:
    left: float
    right: float


@dataclass(slots=True)
class _Run:
    """Rows in a row whose fragments fall into the same columns. ``rows[i]`` maps columns to the fragments of a cell."""

    columns: list[_Column]
    rows: list[dict[int, Row]] = field(default_factory=list)
    lines: int = 0

    def place(self, row: Row) -> list[int] | None:
        """The column of every fragment, a new one where it stands in white; ``None`` when two fall into one or one into two."""
        places = []
        new = len(self.columns)
        for each in row:
            found = [i for i, column in enumerate(self.columns) if each.left < column.right and column.left < each.right]
            if len(found) > 1:
                return None
            places.append(found[0] if found else new)
            new += not found
        return places if len(set(places)) == len(places) else None

    def add(self, row: Row, places: list[int]) -> None:
        for each, at in zip(row, places, strict=True):
            if at == len(self.columns):
                self.columns.append(_Column(each.left, each.right))
            column = self.columns[at]
            column.left, column.right = min(column.left, each.left), max(column.right, each.right)
        self.rows.append({at: [each] for each, at in zip(row, places, strict=True)})


def aligned_tables(rows: Sequence[Row]) -> Iterator[Row | TableBlock]:
    """``rows`` of one region, with tables in place of the rows that make one."""
    index = 0
    while index < len(rows):
        run = _run(rows, index) if len(rows[index]) > 1 else None
        if run is not None and _is_table(run):
            yield _block(run)
            index += run.lines
        else:
            yield rows[index]
            index += 1


def _run(rows: Sequence[Row], index: int) -> _Run:
    """The longest run that begins with row ``index``."""
    first = rows[index]
    run = _Run([_Column(each.left, each.right) for each in first], [{at: [each] for at, each in enumerate(first)}], 1)
    for at in range(index + 1, len(rows)):
        row = rows[at]
        distance = _distance(rows[at - 1], row)
        places = run.place(row) if distance <= _NEXT_ROW and row[0].block is None else None
        if places is None:
            break
        if len(row) > 1 or _is_between(run, rows, at, places[0]):
            run.add(row, places)
        elif distance <= _NEXT_LINE and places[0] in run.rows[-1]:
            run.rows[-1][places[0]].append(row[0])
        else:
            break
        run.lines += 1
    return run


def _is_between(run: _Run, rows: Sequence[Row], at: int, place: int) -> bool:
    """Whether the single cell of row ``at`` stands in a column of its own, with a further row of the table below it."""
    if at + 1 == len(rows) or place not in run.rows[-1] or place == 0:
        return False
    below = rows[at + 1]
    is_row = len(below) > 1 and _distance(rows[at], below) <= _NEXT_ROW and below[0].block is None
    return is_row and _distance(rows[at - 1], rows[at]) > _NEXT_LINE and run.place(below) is not None


def _distance(above: Row, below: Row) -> float:
    """From one row down to the next, in sizes of type."""
    return (below[0].baseline - above[0].baseline) / max(above[0].size, below[0].size, 1.0)


def _is_table(run: _Run) -> bool:
    rows = [row for row in run.rows if len(row) > 1]
    width = len(run.columns)
    cells = [each for row in run.rows for each in row.values()]
    if len(rows) < (_MIN_ROWS if width > 2 else _MIN_ROWS_OF_TWO) or len(cells) < _MIN_FILLED * width * len(run.rows):
        return False
    if all(each.is_mono for cell in cells for each in cell):
        return False
    if sum(len(each.text) for cell in cells for each in cell) > _MAX_CELL_CHARS * len(cells):
        return False
    if width == 2 and not _is_table_of_two(run):
        return False
    aligned = sum(_is_aligned([row[at][0] for row in run.rows if at in row]) for at in range(width))
    return aligned >= _MIN_ALIGNED * width


def _is_table_of_two(run: _Run) -> bool:
    values = [row[1] for row in run.rows[1:] if 1 in row]
    numeric = sum(map(_has_digit, values))
    gap = median(row[1][0].left - row[0][0].right for row in run.rows if len(row) == 2)
    return numeric >= _MIN_NUMERIC * len(values) and gap > _TWO_GAP * run.rows[0][0][0].size


def _is_aligned(cells: Sequence[Fragment]) -> bool:
    if len(cells) < 2:
        return False
    tolerance = _ALIGNED * median(each.size for each in cells)
    for edge in (
        [each.left for each in cells],
        [each.right for each in cells],
        [(each.left + each.right) / 2 for each in cells],
    ):
        middle = median(edge)
        if sum(abs(each - middle) <= tolerance for each in edge) >= _MIN_ALIGNED * len(edge):
            return True
    return False


def _block(run: _Run) -> TableBlock:
    fragments = [each for row in run.rows for cell in row.values() for each in cell]
    main = min(fragments, key=lambda each: each.order)
    rows = _without_continuations(run.rows)
    order = sorted(range(len(run.columns)), key=lambda at: run.columns[at].left)
    for at in [at for at in order if sum(at in row for row in rows) == 1]:
        _give_away(rows, order, at)
    cells = [[join_lines([each.text for each in row.get(at, [])], gap=" ") for at in order] for row in rows]
    bold = [all(each.is_bold for cell in row.values() for each in cell) for row in rows]
    header_rows = 1 if bold[0] and not any(bold[1:]) else None
    box = union(*(fragment_box(each) for each in fragments))
    return TableBlock(cells, box, main.size, [], header_rows, main.order, turn=main.turn)


def _give_away(rows: list[dict[int, Row]], order: list[int], at: int) -> None:
    """A column of one cell belongs to the one beside it: as the name above it, or as a piece of the cell before (an index)."""
    place = order.index(at)
    row = next(row for row in rows if at in row)
    for beside in order[place + 1 : place + 2] + order[max(0, place - 1) : place]:
        if beside not in row:
            row[beside] = row.pop(at)
            order.remove(at)
            return
    if place:
        before = order[place - 1]
        row[before] = row[before] + row.pop(at)
        order.remove(at)


def _without_continuations(rows: list[dict[int, Row]]) -> list[dict[int, Row]]:
    """Rows that go on the cells of the row above: close below it, without a first cell, or the second line of a header."""
    levels = [min(cell[0].baseline for cell in row.values()) for row in rows]
    usual = median(below - above for above, below in pairwise(levels))
    kept = [dict(rows[0])]
    for index in range(1, len(rows)):
        row, distance = rows[index], levels[index] - levels[index - 1]
        first = next(iter(row.values()))[0]
        goes_on = 0 not in row and distance < _TIGHTER * usual
        is_header = index == 1 and len(row) < len(rows[0]) and not any(_has_digit(cell) for cell in row.values())
        if (goes_on or is_header) and distance <= _NEXT_LINE * first.size:
            for at, cell in row.items():
                kept[-1][at] = kept[-1].get(at, []) + cell
        else:
            kept.append(dict(row))
    return kept


def _has_digit(cell: Row) -> bool:
    return any(char.isdigit() for each in cell for char in each.text)
