"""Regenerate the PDF files of the sample corpus from the text files in pdf_sources/.

    python data/samples/make_pdfs.py

The result is the same byte for byte on every run with the same reportlab (``invariant=1`` leaves out dates and
random ids), so the PDF files can be committed. Needs ``pip install reportlab``.

A source is plain text with four marks at the start of a line: ``# `` title, ``## `` heading, ``- `` or ``1. `` list
item, ``| a | b |`` table row (the first row of a table is its header). Every other line is one paragraph.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

HERE = Path(__file__).resolve().parent
TARGETS = {
    "warranty-terms.txt": "legal/warranty-terms.pdf",
    "cf-12-safety-data-sheet.txt": "manuals/cf-12-safety-data-sheet.pdf",
    "hx-300-installation-guide.txt": "manuals/hx-300-installation-guide.pdf",
    "quarterly-report-2025-q1.txt": "finance/quarterly-report-2025-q1.pdf",
}

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=11, leading=15.5, spaceAfter=6, alignment=TA_LEFT)
ITEM = ParagraphStyle("item", parent=BODY, leftIndent=6 * mm, spaceAfter=3)
HEADING = ParagraphStyle("heading", parent=BODY, fontName="Helvetica-Bold", fontSize=13, spaceBefore=9, keepWithNext=1)
TITLE = ParagraphStyle("title", parent=HEADING, fontSize=19, leading=24, spaceAfter=10)
GRID = TableStyle(
    [
        ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 10),
        ("FONT", (0, 1), (-1, -1), "Helvetica", 10),
        ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
        ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
    ]
)


def main() -> None:
    """Write every PDF of TARGETS into documents/."""
    for source, target in TARGETS.items():
        text = (HERE / "pdf_sources" / source).read_text(encoding="utf-8")
        write_pdf(text, HERE / "documents" / target)


def write_pdf(text: str, path: Path) -> None:
    """Lay out one source text on A4 pages and write it to `path`."""
    title = text.splitlines()[0].removeprefix("# ")
    path.parent.mkdir(parents=True, exist_ok=True)
    template = SimpleDocTemplate(
        str(path),
        pagesize=A4,
        title=title,
        author="Varnholm Instruments GmbH",
        invariant=1,
        leftMargin=24 * mm,
        rightMargin=24 * mm,
        topMargin=24 * mm,
        bottomMargin=24 * mm,
    )

    def footer(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(24 * mm, 14 * mm, f"Varnholm Instruments GmbH | {title}")
        canvas.drawRightString(A4[0] - 24 * mm, 14 * mm, f"Page {document.page}")

    template.build(list(flowables(text)), onFirstPage=footer, onLaterPages=footer)


def flowables(text: str) -> Iterator[Flowable]:
    """Yield the layout blocks of a source text, in order; neighbouring table rows become one table."""
    for is_table, lines in groupby(text.splitlines(), key=lambda line: line.startswith("|")):
        if is_table:
            yield Table([cells(line) for line in lines], style=GRID, hAlign="LEFT", repeatRows=1)
            yield Spacer(1, 4 * mm)
        else:
            yield from (block(line) for line in lines if line.strip())


def cells(line: str) -> list[str]:
    """Return the cells of one table row."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def block(line: str) -> Paragraph:
    """Return the paragraph for one line, in the style that its mark asks for."""
    if line.startswith("# "):
        return Paragraph(escape(line[2:]), TITLE)
    if line.startswith("## "):
        return Paragraph(escape(line[3:]), HEADING)
    if line.startswith("- "):
        return Paragraph(escape(line[2:]), ITEM, bulletText="\u2022")
    number, dot, rest = line.partition(". ")
    if dot and number.isdigit():
        return Paragraph(escape(rest), ITEM, bulletText=f"{number}.")
    return Paragraph(escape(line), BODY)


if __name__ == "__main__":
    main()
