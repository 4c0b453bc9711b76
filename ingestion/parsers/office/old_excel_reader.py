"""xls, the workbooks of Excel 97 to 2003, through xlrd."""

import io
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from ingestion.parsers.office.links import with_address
from ingestion.parsers.office.number_formats import shown_number, shown_time
from ingestion.parsers.office.properties import properties
from ingestion.parsers.office.sheets import Cell, Place, Sheet, Workbook
from ragline.errors import MissingExtra, ParseError

_BOLD = 700
"""The weight of bold type (MS-XLS 2.5.122)."""


def read_old_excel(data: bytes) -> Workbook:
    """The workbook. Raises :class:`MissingExtra`, :class:`ParseError` for a password, and what the library raises on damage."""
    try:
        import xlrd
    except ImportError as error:
        raise MissingExtra("xlrd", extra="documents", purpose="reading xls files") from error
    try:
        # Its complaints about small faults go nowhere: standard output belongs to whoever runs the process.
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, ragged_rows=True, logfile=io.StringIO())
    except xlrd.biffh.XLRDError as error:
        if "encrypted" not in str(error):
            raise
        raise ParseError("encrypted: it asks for a password; save a copy without one") from error
    return Workbook(tuple(_sheet(book, sheet) for sheet in book.sheets()), properties({"author": book.user_name}))


def _sheet(book: Any, sheet: Any) -> Sheet:
    cells: dict[Place, Cell] = dict(_cells(book, sheet))
    merges = tuple(sorted((top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells))
    frozen = sheet.horz_split_pos if sheet.panes_are_frozen else 0
    header_ends = frozenset([frozen - 1]) if frozen else frozenset[int]()
    return Sheet(sheet.name, cells, merges, (), header_ends, sheet.visibility != 0)


def _cells(book: Any, sheet: Any) -> Iterator[tuple[Place, Cell]]:
    for row in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(row)):
            text = _shown(book, cell)
            if not text.strip():
                continue
            style = book.xf_list[cell.xf_index]
            link = sheet.hyperlink_map.get((row, column))
            note = sheet.cell_note_map.get((row, column))
            text = with_address(text, link.url_or_path if link is not None and isinstance(link.url_or_path, str) else None)
            text += f" (note: {' '.join(note.text.split())})" if note is not None and note.text.strip() else ""
            is_bold = book.font_list[style.font_index].weight >= _BOLD
            yield (row, column), Cell(text, cell.ctype in {2, 3, 4}, is_bold)


def _shown(book: Any, cell: Any) -> str:
    import xlrd

    code = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return shown_number(cell.value, code)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _shown_date(cell.value, book.datemode, code)
    return str(cell.value)


def _shown_date(value: float, mode: int, code: str) -> str:
    import xlrd

    try:
        moment: datetime = xlrd.xldate_as_datetime(value, mode)
    except (xlrd.xldate.XLDateError, ValueError, OverflowError):
        return shown_number(value, "General")
    if 0 <= value < 1:
        return shown_time(time(moment.hour, moment.minute, moment.second), code)
    return shown_time(moment, code)
