"""Workbooks: every sheet is a section, every table in it an element of its own, with numbers and dates as they are shown."""

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.canonical import CanonicalText
from ingestion.parsers.grid import add_table
from ingestion.parsers.office.damage import damage_reported
from ingestion.parsers.office.excel_reader import read_excel
from ingestion.parsers.office.old_excel_reader import read_old_excel
from ingestion.parsers.office.sheet_blocks import TableBlock, sheet_blocks
from ingestion.parsers.office.sheets import Sheet
from ingestion.parsers.office.signatures import require_kind


class WorkbookParser:
    """xlsx and xls. A page is a sheet; hidden sheets are left out, with a warning that names them."""

    name = "xlsx"
    version = 1
    suffixes: tuple[str, ...] = (".xlsx", ".xlsm", ".xls")

    def parse(self, source: RawSource) -> ParsedDocument:
        kind = require_kind(source, "xlsx", "xls")
        with damage_reported("Excel"):
            book = read_excel(source.data) if kind == "xlsx" else read_old_excel(source.data)
        out = CanonicalText()
        for number, sheet in enumerate((sheet for sheet in book.sheets if not sheet.is_hidden), 1):
            _add_sheet(out, sheet, number)
        found = dict(book.properties)
        title, language = str(found.pop("title", "")), found.pop("language", None)
        hidden = [sheet.name for sheet in book.sheets if sheet.is_hidden and sheet.cells]
        warnings = (*book.warnings, *_hidden_warning(hidden))
        return ParsedDocument(
            out.text, tuple(out.elements), title, found, str(language) if language else None, warnings=warnings
        )


def _add_sheet(out: CanonicalText, sheet: Sheet, number: int) -> None:
    if not sheet.cells:
        return
    name = " ".join(sheet.name.split()) or f"Sheet {number}"
    out.add_heading(name, 1, page=number, source=name)
    for block in sheet_blocks(sheet):
        if isinstance(block, TableBlock):
            add_table(out, block.grid, page=number, source=name)
            lines = block.notes
        else:
            lines = block.lines
        if lines:
            out.add("paragraph", "\n".join(lines), page=number, source=name)


def _hidden_warning(names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    shown = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
    return (f"hidden sheets left out: {shown}; unhide them in the workbook to have them read",)
