"""Cuts a sheet along its empty rows and columns into areas of cells that belong together."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from ingestion.parsers.grid import Merge
from ingestion.parsers.office.sheets import Place, Sheet

# Two tables stand side by side only where both are this wide; a narrower part is a column set off by a gap.
_MIN_TABLE_COLUMNS = 2
# Names that stand apart from their columns are a few rows.
_MAX_STRIP_ROWS = 3
# A merged cell that spans more says nothing more, and a file can claim any span.
_MAX_SPAN = 10_000

_Rows = dict[int, list[int]]
"""For each row that is not empty its columns, both in order."""


def sheet_areas(sheet: Sheet) -> Iterator[Merge]:
    """The areas from top to bottom, those side by side from left to right; what the file calls a table is one of its own."""
    rows = _occupied(sheet)
    named = [table.area for table in sheet.tables if _take(rows, table.area)]
    yield from sorted([*named, *_split(rows, sheet)])


def covered(merge: Merge) -> Iterator[Place]:
    """The places of a merged cell; its first row and column only where it is very large."""
    top, left, bottom, right = merge
    if (bottom - top + 1) * (right - left + 1) <= _MAX_SPAN:
        yield from ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))
    else:
        yield top, left


def _occupied(sheet: Sheet) -> _Rows:
    places = set(sheet.cells)
    for merge in sheet.merges:
        if merge[:2] in places:
            places.update(covered(merge))
    rows: _Rows = {}
    for row, column in sorted(places):
        rows.setdefault(row, []).append(column)
    return rows


def _take(rows: _Rows, area: Merge) -> bool:
    """Takes what lies in ``area`` out of ``rows``; false where nothing does."""
    top, left, bottom, right = area
    found = False
    for row in [row for row in rows if top <= row <= bottom]:
        kept = [column for column in rows[row] if not left <= column <= right]
        found = found or len(kept) < len(rows[row])
        if kept:
            rows[row] = kept
        else:
            del rows[row]
    return found


def _split(rows: _Rows, sheet: Sheet) -> Iterator[Merge]:
    waiting = [rows]
    while waiting:
        for band in _with_names(list(_bands(waiting.pop())), sheet):
            parts = list(_column_parts(band, sheet))
            if len(parts) == 1:
                columns = [column for row in band.values() for column in (row[0], row[-1])]
                yield min(band), min(columns), max(band), max(columns)
            else:
                waiting += parts


def _bands(rows: _Rows) -> Iterator[_Rows]:
    """Runs of rows without an empty one between them."""
    band: _Rows = {}
    last = None
    for row, columns in rows.items():
        if last is not None and row > last + 1:
            yield band
            band = {}
        band[row] = columns
        last = row
    if band:
        yield band


def _with_names(bands: list[_Rows], sheet: Sheet) -> Iterator[_Rows]:
    """The bands; a few rows of names and the rows of values below them are one, though an empty row parts them."""
    strip: _Rows | None = None
    for band in bands:
        if strip is not None and _are_names_of(strip, band, sheet):
            strip = {**strip, **band}
            continue
        if strip is not None:
            yield strip
        strip = band
    if strip is not None:
        yield strip


def _are_names_of(strip: _Rows, band: _Rows, sheet: Sheet) -> bool:
    if len(strip) > _MAX_STRIP_ROWS or min(band) != max(strip) + 2 or all(len(columns) == 1 for columns in strip.values()):
        return False
    if any(_is_value(sheet, row, column) for row, columns in strip.items() for column in columns):
        return False
    first = min(band)
    left, right = (choose(columns[end] for columns in strip.values()) for choose, end in ((min, 0), (max, -1)))
    is_beneath = all(left <= columns[0] and columns[-1] <= right for columns in band.values())
    return is_beneath and any(_is_value(sheet, first, column) for column in band[first])


def _is_value(sheet: Sheet, row: int, column: int) -> bool:
    cell = sheet.cells.get((row, column))
    return cell is not None and cell.is_value


def _column_parts(band: _Rows, sheet: Sheet) -> Iterator[_Rows]:
    """A band cut along its empty columns, where tables stand on both sides.

    Columns of nothing but values belong to the names on their left, whatever gap sets them off.
    """
    used = sorted({column for columns in band.values() for column in columns})
    groups = [[used[0]]]
    for before, column in pairwise(used):
        if column > before + 1:
            groups.append([])
        groups[-1].append(column)
    joined = [groups[0]]
    for group in groups[1:]:
        if _is_table(joined[-1], band) and _is_table(group, band) and _has_texts(group, band, sheet):
            joined.append(group)
        else:
            joined[-1] = [*joined[-1], *group]
    for group in joined:
        first, last = group[0], group[-1]
        part = {row: [column for column in columns if first <= column <= last] for row, columns in band.items()}
        yield {row: columns for row, columns in part.items() if columns}


def _is_table(group: list[int], band: Mapping[int, Iterable[int]]) -> bool:
    if len(group) < _MIN_TABLE_COLUMNS or len(band) < 2:
        return False
    return sum(any(group[0] <= column <= group[-1] for column in columns) for columns in band.values()) > 1


def _has_texts(group: list[int], band: _Rows, sheet: Sheet) -> bool:
    """Whether words stand below the rows in which names could be."""
    rows = list(band)[_MAX_STRIP_ROWS:] or list(band)
    cells = (sheet.cells.get((row, column)) for row in rows for column in band[row] if group[0] <= column <= group[-1])
    return any(not cell.is_value and any(map(str.isalnum, cell.text)) for cell in cells if cell is not None)
