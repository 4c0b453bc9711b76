"""Which first rows of an area of cells name its columns."""

from collections.abc import Sequence

from ingestion.parsers.grid import Merge, is_number
from ingestion.parsers.office.sheet_index import SheetIndex
from ingestion.parsers.office.sheets import Cell, Sheet

# More rows than this are frozen to keep a form in sight, and no header.
_MAX_HEADER_ROWS = 5
_MAX_NAME_CHARS = 60
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
# A column whose cells are mostly numbers or dates below a name that is none.
_VALUE_SHARE = 0.6
_MIN_COLUMNS_TO_GUESS = 3
# Rows that are looked at; a table of a million rows shows its kind in the first.
_SAMPLE_ROWS = 50

Row = Sequence[Cell | None]


def header_rows(sheet: Sheet, index: SheetIndex, area: Merge) -> int:
    """Number of header rows at the top of ``area``, 0 for none.

    What the file says (a frozen pane, a filter, printed titles) goes before what the cells look like: names above numbers, bold
    above plain, short and different texts.
    """
    top, left, bottom, right = area
    ends = [end for end in sheet.header_ends if top <= end < bottom and end - top < _MAX_HEADER_ROWS]
    if ends:
        return max(ends) - top + 1
    rows = [index.row(row, left, right) for row in range(top, min(bottom, top + _SAMPLE_ROWS) + 1)]
    apart = next((count for count, row in enumerate(rows[:_MAX_HEADER_ROWS]) if not any(row)), 0)
    if apart:
        return apart  # an area holds an empty row only where names stand apart from their columns
    count = _spanned_rows(index, area)
    names = rows[:count]
    if not all(_are_names(row) for row in names) or count >= len(rows):
        return 0
    body = rows[count:]
    return count if _is_bold(names, body) or _has_value_column(names, body) or _are_different(names, body) else 0


def _spanned_rows(index: SheetIndex, area: Merge) -> int:
    """The first row, and as many more as merged cells in it join: below a name for several columns stand theirs."""
    top, left, bottom, right = area
    count = 1
    for merge_top, merge_left, merge_bottom, merge_right in index.merges(
        (top, left, min(bottom, top + _MAX_HEADER_ROWS), right)
    ):
        if merge_top < top + count:
            count = max(count, merge_bottom - top + 1 + (merge_right > merge_left))
    return min(count, _MAX_HEADER_ROWS, bottom - top + 1)


def _are_names(row: Row) -> bool:
    cells = [cell for cell in row if cell is not None]
    return bool(cells) and all(_is_name(cell) for cell in cells)


def _is_name(cell: Cell) -> bool:
    """A short text, or a year; months are often dates, so a date may be a name too."""
    if cell.is_value:
        is_year = cell.text.isdecimal() and _FIRST_YEAR <= int(cell.text) <= _LAST_YEAR
        return is_year or "-" in cell.text[1:]
    return len(cell.text) <= _MAX_NAME_CHARS and not is_number(cell.text)


def _is_bold(names: Sequence[Row], body: Sequence[Row]) -> bool:
    return all(cell.is_bold for row in names for cell in row if cell) and not all(cell.is_bold for cell in body[0] if cell)


def _has_value_column(names: Sequence[Row], body: Sequence[Row]) -> bool:
    for column, name in enumerate(names[-1]):
        cells = [cell for row in body if (cell := row[column]) is not None]
        values = sum(cell.is_value or is_number(cell.text) for cell in cells)
        if name is not None and not name.is_value and cells and values >= _VALUE_SHARE * len(cells):
            return True
    return False


def _are_different(names: Sequence[Row], body: Sequence[Row]) -> bool:
    """Every column has a name, no two the same, and there is more than a line below them."""
    last = [cell.text for cell in names[-1] if cell is not None]
    return len(set(last)) == len(last) == len(names[-1]) >= _MIN_COLUMNS_TO_GUESS and len(body) > 1
