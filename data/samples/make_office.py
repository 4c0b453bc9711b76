"""Regenerate the office documents of the sample corpus from the text files in office_sources/.

    python data/samples/make_office.py

The result is the same byte for byte on every run with the same libraries: dates in the files are fixed, and so are those of
the archives. Needs ``pip install 'ragline[documents]'``. The marks in the sources are described in office_marks.py.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pptx
from docx.oxml import OxmlElement
from office_archives import make_epub, repacked
from office_marks import Block, Table, blocks
from openpyxl.styles import Font
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Cm

HERE = Path(__file__).resolve().parent
AUTHOR = "Varnholm Instruments GmbH"
MADE = datetime(2025, 6, 2, 8, 0, tzinfo=UTC)
MONEY = '#,##0.00" EUR"'


def main() -> None:
    """Write every file of TARGETS into documents/."""
    for source, (target, make) in TARGETS.items():
        text = (HERE / "office_sources" / source).read_text(encoding="utf-8")
        path = HERE / "documents" / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make(text))


def make_docx(text: str) -> bytes:
    """A Word document with built-in styles; the header rows of tables are marked as such."""
    document = docx.Document()
    for block in blocks(text):
        suffix = "" if block.level == 1 else f" {block.level}"
        if block.kind == "title":
            document.add_heading(block.text, 0)
        elif block.kind == "heading":
            document.add_heading(block.text, block.level)
        elif block.kind == "table":
            add_docx_table(document, block.table)
        else:
            style = {"item": f"List Bullet{suffix}", "number": f"List Number{suffix}"}.get(block.kind)
            document.add_paragraph(block.text, style=style)
    set_properties(document.core_properties, text)
    out = io.BytesIO()
    document.save(out)
    return repacked(out.getvalue(), MADE)


def add_docx_table(document: docx.document.Document, table: Table) -> None:
    """A table in the style with lines."""
    made = document.add_table(len(table.rows), len(table.rows[0]), style="Table Grid")
    for number, row in enumerate(table.rows):
        for column, text in enumerate(row):
            made.cell(number, column).text = text
    for top, left, bottom, right in table.merges:
        merged = made.cell(top, left).merge(made.cell(bottom, right))
        merged.text = table.rows[top][left]
    for row in made.rows[: table.header_rows]:
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def make_pptx(text: str) -> bytes:
    """A slide for the title, and one for every heading."""
    deck = pptx.Presentation()
    slide = body = None
    chart = ""
    for block in blocks(text):
        if block.kind in {"title", "heading"}:
            slide = deck.slides.add_slide(deck.slide_layouts[0 if block.kind == "title" else 1])
            slide.shapes.title.text = block.text
            body, chart = slide.placeholders[1], ""
        elif block.kind == "notes":
            slide.notes_slide.notes_text_frame.text = block.text
        elif block.kind == "chart":
            chart = block.text
        elif block.kind == "table" and chart:
            add_chart(slide, chart, block.table)
        elif block.kind == "table":
            add_slide_table(slide, block.table)
        else:
            add_line(body.text_frame, block)
    for slide in deck.slides:
        for shape in [shape for shape in slide.placeholders if not shape.text_frame.text]:
            shape._element.getparent().remove(shape._element)
    set_properties(deck.core_properties, text)
    out = io.BytesIO()
    deck.save(out)
    return repacked(out.getvalue(), MADE)


def add_line(frame: pptx.text.text.TextFrame, block: Block) -> None:
    """A paragraph of a slide, in the first one where that is still empty."""
    line = frame.paragraphs[0] if not frame.text else frame.add_paragraph()
    line.text = block.text
    line.level = block.level - 1
    if block.kind == "number":
        line._p.get_or_add_pPr().append(line._p.makeelement(qualified("a:buAutoNum"), {"type": "arabicPeriod"}))


def add_slide_table(slide: pptx.slide.Slide, table: Table) -> None:
    """A table across the slide."""
    made = slide.shapes.add_table(len(table.rows), len(table.rows[0]), Cm(2), Cm(5), Cm(21), Cm(9)).table
    for number, row in enumerate(table.rows):
        for column, text in enumerate(row):
            made.cell(number, column).text = text


def add_chart(slide: pptx.slide.Slide, title: str, table: Table) -> None:
    """A chart with columns; the first row of the table names the series."""
    data = CategoryChartData()
    data.categories = [row[0] for row in table.rows[1:]]
    for column, name in enumerate(table.rows[0][1:], 1):
        data.add_series(name, [int(row[column].replace(",", "")) for row in table.rows[1:]])
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(2), Cm(5), Cm(20), Cm(11), data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = title


def make_xlsx(text: str) -> bytes:
    """A sheet for every heading, with typed cells and a bold header."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    row = 1
    for block in blocks(text):
        if block.kind == "heading":
            sheet, row = book.create_sheet(block.text), 1
        elif block.kind == "table":
            add_sheet_table(sheet, block.table, row)
            row += len(block.table.rows) + 1
        else:
            sheet.cell(row, 1, block.text)
            row += 2 if block.kind == "title" else 1
    set_properties(book.properties, text)
    out = io.BytesIO()
    book.save(out)
    return repacked(out.getvalue(), MADE)


def add_sheet_table(sheet: openpyxl.worksheet.worksheet.Worksheet, table: Table, top: int) -> None:
    """The table with its first row at ``top``."""
    for number, row in enumerate(table.rows):
        for column, text in enumerate(row, 1):
            cell = sheet.cell(top + number, column)
            is_header = number < table.header_rows
            cell.value, cell.number_format = (text or None, "General") if is_header else typed(text)
            cell.font = Font(bold=is_header)
    for above, left, below, right in table.merges:
        sheet.merge_cells(start_row=top + above, start_column=left + 1, end_row=top + below, end_column=right + 1)


def typed(text: str) -> tuple[object, str]:
    """A cell's value and number format: money, per cent, dates, numbers; everything else is text."""
    if text.endswith(" EUR"):
        return float(text.removesuffix(" EUR").replace(",", "")), MONEY
    if re.fullmatch(r"[\d.]+%", text):
        return round(float(text.removesuffix("%")) / 100, 6), "0.0%"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text), "DD.MM.YYYY"
    if re.fullmatch(r"\d+", text):
        return int(text), "General"
    return (float(text), "0.0") if re.fullmatch(r"\d+\.\d", text) else (text or None, "General")


def make_eml(text: str) -> bytes:
    """A message in plain text; what stands below ``Attachment: name`` is attached as CSV."""
    head, _, rest = text.partition("\n\n")
    body, _, attached = rest.partition("\nAttachment: ")
    message = EmailMessage()
    for line in head.splitlines():
        name, _, value = line.partition(": ")
        message[name] = value
    message.set_content(body.rstrip("\n") + "\n", cte="quoted-printable")
    if attached:
        name, _, content = attached.partition("\n")
        message.add_attachment(content, subtype="csv", filename=name, cte="quoted-printable")
        message.set_boundary("=-varnholm-sample-boundary")
    return message.as_bytes()


def set_properties(properties: object, text: str) -> None:
    """Title, author and dates of an office file."""
    first = next((block for block in blocks(text) if block.kind == "title"), Block("title"))
    for name, value in {"title": first.text, "author": AUTHOR, "creator": AUTHOR, "created": MADE, "modified": MADE}.items():
        if hasattr(properties, name):
            setattr(properties, name, value.replace(tzinfo=None) if isinstance(value, datetime) else value)


def qualified(name: str) -> str:
    """``a:p`` as lxml writes it."""
    return pptx.oxml.ns.qn(name)


TARGETS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "pool-cars.txt": ("handbook/pool-cars.docx", make_docx),
    "first-years.txt": ("handbook/first-years.epub", make_epub),
    "hub-maintenance.txt": ("it/hub-maintenance-2025-06.eml", make_eml),
    "hx-300-sensor-exchange.txt": ("manuals/hx-300-sensor-exchange.docx", make_docx),
    "distributor-briefing.txt": ("products/distributor-briefing-2025.pptx", make_pptx),
    "distributor-prices.txt": ("products/distributor-prices-2025.xlsx", make_xlsx),
    "asturias-delivery.txt": ("support/asturias-delivery.eml", make_eml),
    "service-log.txt": ("support/service-log-2025.xlsx", make_xlsx),
}


if __name__ == "__main__":
    main()
