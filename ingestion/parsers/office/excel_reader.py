"""xlsx through openpyxl, which keeps what a table of values alone does not tell: formats, merged cells, panes, links, notes."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from ingestion.parsers.grid import Merge
from ingestion.parsers.office.links import with_address
from ingestion.parsers.office.number_formats import shown_number, shown_time
from ingestion.parsers.office.properties import office_properties
from ingestion.parsers.office.sheets import Cell, NamedTable, Place, Sheet, Workbook
from ragline.errors import MissingExtra, ParseError

MAX_CELLS = 1_000_000
"""Cells that a workbook may hold: they take 40 s and 500 MB. It may merge and link as many."""
_SPREAD = re.compile(
    rb"<(?:\w+:)?(?:mergeCell|hyperlink)\s[^>]{0,500}?\bref=\"([A-Za-z]{1,3})(\d{1,7}):([A-Za-z]{1,3})(\d{1,7})\""
)


def read_excel(data: bytes) -> Workbook:
    """The workbook. Raises :class:`MissingExtra`, :class:`ParseError` for too many cells, and what the library raises."""
    _check_spread(data)
    book = _load(data, values=False)
    cached = _load(data, values=True) if any(map(_has_formula, book.worksheets)) else None
    missing = 0
    sheets = []
    cells = 0
    for sheet in book.worksheets:
        cells += len(sheet._cells)
        if cells > MAX_CELLS:
            raise ParseError(f"holds more than {MAX_CELLS:,} cells; split it, or save the sheets as CSV")
        found, without_value = _cells(sheet, cached)
        missing += without_value
        sheets.append(_sheet(sheet, found))
    return Workbook(tuple(sheets), office_properties(data), _formula_warning(missing))


def _check_spread(data: bytes) -> None:
    """Merged and linked areas are spread out by the library, cell by cell, and a small file can claim the whole sheet."""
    cells = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
                continue
            for left, top, right, bottom in _SPREAD.findall(archive.read(name)):
                cells += (abs(_column(right) - _column(left)) + 1) * (abs(int(bottom) - int(top)) + 1)
            if cells > MAX_CELLS:
                raise ParseError(f"merges or links more than {MAX_CELLS:,} cells; merge only those that hold something")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _load(data: bytes, *, values: bool) -> Any:
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtra("openpyxl", extra="documents", purpose="reading xlsx files") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it does not keep when it writes: it never writes here
        return openpyxl.load_workbook(io.BytesIO(data), data_only=values)


def _has_formula(sheet: Any) -> bool:
    return any(cell.data_type == "f" for cell in sheet._cells.values())


def _cells(sheet: Any, cached: Any) -> tuple[dict[Place, Cell], int]:
    """What is not empty, and how many formulas have no stored result."""
    found: dict[Place, Cell] = {}
    without_value = 0
    # The public way visits every place of the rectangle around the cells: a single one far out would take hours.
    for (row, column), cell in sheet._cells.items():
        value = cell.value
        if cell.data_type == "f":
            result = cached[sheet.title].cell(row, column).value
            without_value += result is None
            value = getattr(value, "text", value) if result is None else result
        if value is None:
            continue
        text = _shown(value, cell.number_format)
        if cell.hyperlink is not None:
            text = with_address(text, cell.hyperlink.target)
        if cell.comment is not None and (note := " ".join(cell.comment.text.split())):
            text += f" (note: {note})"
        if text.strip():
            found[row - 1, column - 1] = Cell(text, not isinstance(value, str), bool(cell.font.b))
    return dict(sorted(found.items())), without_value


def _shown(value: object, code: str) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        return shown_number(value, code or "General")
    if isinstance(value, (datetime, date, time, timedelta)):
        return shown_time(value, code or "")
    return str(value)


def _sheet(sheet: Any, cells: dict[Place, Cell]) -> Sheet:
    merges = tuple(sorted(_area(part) for part in sheet.merged_cells.ranges))
    tables = tuple(_named_tables(sheet))
    hidden = sheet.sheet_state != "visible"
    return Sheet(sheet.title, cells, merges, tables, frozenset(_header_ends(sheet)), hidden)


def _area(part: Any) -> Merge:
    return part.min_row - 1, part.min_col - 1, part.max_row - 1, part.max_col - 1


def _named_tables(sheet: Any) -> Iterator[NamedTable]:
    for table in sheet.tables.values():
        if (area := _range(table.ref)) is not None:
            rows = 1 if table.headerRowCount is None else int(table.headerRowCount)
            yield NamedTable(area, rows)


def _header_ends(sheet: Any) -> Iterator[int]:
    pane = _range(sheet.freeze_panes)
    if pane is not None and pane[0] > 0:
        yield pane[0] - 1
    filtered = _range(sheet.auto_filter.ref)
    if filtered is not None:
        yield filtered[0]
    titles = str(sheet.print_title_rows or "").replace("$", "").rpartition(":")[2]
    if titles.isdecimal():
        yield int(titles) - 1


def _range(reference: str | None) -> Merge | None:
    """A reference such as ``A2`` or ``B3:D10`` as an area; ``None`` for none, and for what is no plain area."""
    from openpyxl.utils import range_boundaries

    try:
        left, top, right, bottom = range_boundaries(str(reference)) if reference else (None, None, None, None)
    except (ValueError, TypeError):
        return None
    if left is None or top is None or right is None or bottom is None:
        return None
    return top - 1, left - 1, bottom - 1, right - 1


def _formula_warning(missing: int) -> tuple[str, ...]:
    if not missing:
        return ()
    return (f"formulas without a stored result, read as formulas: {missing}; open the workbook in Excel and save it",)
