"""A table as a grid of cells, and how it is written into the canonical text: a line a row, cells joined by `` | ``."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingestion.elements import Table
from ingestion.guard.growth import FREE_CHARS, check_table
from ingestion.parsers.canonical import CanonicalText

CELL_GAP = " | "
LEVEL_GAP = " > "
"""Between the rows of a header: ``2024 > Q1``."""

_NUMBER = re.compile(r"[-+(]?[^\w\s]?\s?\d[\d.,'\s]*\)?\s?(?:%|[^\W\d_]{1,3}|[^\w\s])?\Z")
# A longer text in the first row is no name of a column.
_MAX_NAME_CHARS = 60
# Two columns without any sign of a header are as often names and values.
_MIN_COLUMNS_TO_GUESS = 3

Merge = tuple[int, int, int, int]
"""Top, left, bottom and right of a merged cell, all 0-based and inclusive."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of equal length. A merged cell's text stands in every place that it spans.

    ``repeats`` are the places whose cell spans on from the left; in the text such a cell is written once. The first
    ``header_rows`` rows name the columns; ``None`` where nothing in the file says so.
    """

    cells: tuple[tuple[str, ...], ...]
    repeats: frozenset[tuple[int, int]] = frozenset()
    header_rows: int | None = None
    caption: str = ""


def filled_grid(
    rows: Sequence[Sequence[str]], merges: Iterable[Merge] = (), *, header_rows: int | None = None, caption: str = ""
) -> Grid:
    """The grid of ``rows``, where a merged cell has its text at its top left corner. Shorter rows are filled up."""
    width = max((len(row) for row in rows), default=0)
    check_table(len(rows), width, sum(map(len, rows)))
    cells = [[" ".join(text.split()) for text in row] + [""] * (width - len(row)) for row in rows]
    repeats: set[tuple[int, int]] = set()
    room = FREE_CHARS
    for top, left, bottom, right in merges:
        room -= len(cells[top][left]) * (bottom - top)
        if room < 0:
            break  # no table that is read says so much again in its rows; what is left stands in its first row only
        for row in range(top, min(bottom + 1, len(cells))):
            for column in range(left, min(right + 1, width)):
                cells[row][column] = cells[top][left]
                if column > left:
                    repeats.add((row, column))
    return Grid(tuple(map(tuple, cells)), frozenset(repeats), header_rows, caption)


def add_table(out: CanonicalText, grid: Grid, *, page: int | None = None, source: str = "") -> None:
    """Write the table, without its empty rows and columns; its caption stands above it. An empty one writes nothing."""
    grid = _lift_titles(_trimmed(grid))
    if not grid.cells:
        return
    count = _guess_header(grid) if grid.header_rows is None else min(grid.header_rows, len(grid.cells) - 1)
    names = _column_names(grid.cells[:count], len(grid.cells[0]))
    lines = [_line(grid, row) for row in range(count, len(grid.cells))]
    if count:
        lines.insert(0, CELL_GAP.join(names))
    if grid.caption:
        out.add("caption", grid.caption, page=page, source=source)
    if len(lines) == 1 and len(lines[0]) == len(grid.cells[0][0]):
        out.add("paragraph", lines[0], page=page, source=source)  # a single cell, in whatever frame
        return
    columns = tuple(name or f"column {number}" for number, name in enumerate(names, 1))
    table = Table(columns, grid.cells[count:], grid.caption)
    out.add_rows("table", lines, has_header=count > 0, page=page, source=source, table=table)


def is_number(text: str) -> bool:
    """Whether a cell holds a number: with separators, a sign, a currency or a per cent mark."""
    return _NUMBER.match(text) is not None


def _trimmed(grid: Grid) -> Grid:
    rows = [index for index, row in enumerate(grid.cells) if any(row)]
    columns = [index for index in range(len(grid.cells[0]) if rows else 0) if any(row[index] for row in grid.cells)]
    if len(rows) == len(grid.cells) and rows and len(columns) == len(grid.cells[0]):
        return grid
    row_at = {old: new for new, old in enumerate(rows)}
    column_at = {old: new for new, old in enumerate(columns)}
    cells = tuple(tuple(grid.cells[row][column] for column in columns) for row in rows)
    kept = ((row_at[row], column_at[column]) for row, column in grid.repeats if row in row_at and column in column_at)
    # A place may have lost the column on its left that it repeated.
    repeats = frozenset((row, column) for row, column in kept if column and cells[row][column] == cells[row][column - 1])
    header_rows = None if grid.header_rows is None else sum(row < grid.header_rows for row in rows)
    return Grid(cells, repeats, header_rows, grid.caption)


def _lift_titles(grid: Grid) -> Grid:
    """First rows of one cell across the table are its caption and no row of it."""
    titles: list[str] = []
    while len(grid.cells) > 1 and len(grid.cells[0]) > 1 and all((0, column) in grid.repeats for column in _others(grid)):
        titles.append(grid.cells[0][0])
        header_rows = None if grid.header_rows is None else max(grid.header_rows - 1, 0)
        repeats = frozenset((row - 1, column) for row, column in grid.repeats if row)
        grid = _trimmed(Grid(grid.cells[1:], repeats, header_rows or None, grid.caption))
    caption = "\n".join(part for part in (grid.caption, *titles) if part)
    return Grid(grid.cells, grid.repeats, grid.header_rows, caption)


def _others(grid: Grid) -> range:
    return range(1, len(grid.cells[0]))


def _line(grid: Grid, row: int) -> str:
    return CELL_GAP.join(text for column, text in enumerate(grid.cells[row]) if (row, column) not in grid.repeats)


def _column_names(header: Sequence[Sequence[str]], width: int) -> list[str]:
    """For each column the texts above it, from top to bottom, each once."""
    names = []
    for column in range(width):
        levels = list(dict.fromkeys(row[column] for row in header if row[column]))
        names.append(LEVEL_GAP.join(levels))
    return names


def _guess_header(grid: Grid) -> int:
    """Number of header rows, judged by the texts alone."""
    if len(grid.cells) < 2 or len(grid.cells[0]) < _MIN_COLUMNS_TO_GUESS:
        return 0
    count = 1
    while count < len(grid.cells) - 1 and any(row == count - 1 for row, _ in grid.repeats):
        count += 1  # below a name that spans columns stand theirs
    names = [name for row in grid.cells[:count] for name in row]
    if any(is_number(name) or len(name) > _MAX_NAME_CHARS for name in names):
        return 0
    last = [name for name in _column_names(grid.cells[:count], len(grid.cells[0])) if name]
    return count if len(set(last)) == len(last) >= len(grid.cells[0]) - 1 else 0
