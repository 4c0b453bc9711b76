"""Tables with rulings and without, and what only looks like one."""

import io
from typing import Any

import pytest

from ingestion.elements import Element, ParsedDocument, RawSource
from ingestion.parsers.pdf import PdfParser

ROWS = [
    ["Code", "Meaning", "Price"],
    ["E-4012", "sensor wet", "12.50"],
    ["E-4013", "sensor dry", "9.00"],
    ["E-7002", "pressure too high", "140.00"],
    ["E-7003", "pressure too low", "3.25"],
]
LINES = [" | ".join(row) for row in ROWS]


def built(rows: list[list[Any]], style: list[Any], **options: Any) -> ParsedDocument:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

    body = getSampleStyleSheet()["BodyText"]
    buffer = io.BytesIO()
    story = [Paragraph("Words before the table. " * 8, body), Table(rows, style=TableStyle(style), **options)]
    SimpleDocTemplate(buffer).build([*story, Paragraph("Words behind the table. " * 8, body)])
    return PdfParser().parse(RawSource("x.pdf", buffer.getvalue()))


def table_of(parsed: ParsedDocument) -> Element:
    assert [element.kind for element in parsed.elements] == ["paragraph", "table", "paragraph"]
    return parsed.elements[1]


def check(parsed: ParsedDocument, element: Element) -> None:
    """Rows, header and cells say the same as the text."""
    assert element.table is not None
    assert element.header is not None
    assert parsed.text[slice(*element.header)] == " | ".join(element.table.columns)
    assert [parsed.text[slice(*row)] for row in element.rows] == [" | ".join(row) for row in element.table.cells]


@pytest.mark.parametrize(
    "style",
    [
        [("GRID", (0, 0), (-1, -1), 0.5, "black")],
        [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("FONT", (0, 0), (-1, 0), "Helvetica-Bold")],
        [("INNERGRID", (0, 0), (-1, -1), 0.5, "black")],
        [("BOX", (0, 0), (-1, -1), 2, "black"), ("INNERGRID", (0, 0), (-1, -1), 1, "grey")],
        [("LINEBELOW", (0, 0), (-1, -1), 0.5, "black")],
        [("LINEABOVE", (0, 0), (-1, 1), 1, "black"), ("LINEBELOW", (0, -1), (-1, -1), 1, "black")],
        [("BACKGROUND", (0, 0), (-1, 0), "lightgrey")],
        [("ROWBACKGROUNDS", (0, 0), (-1, -1), ["white", "lightgrey"])],
        [],
    ],
    ids=["grid", "bold header", "inner grid", "box", "lines below", "booktabs", "shaded header", "striped", "none"],
)
def test_rows_and_columns_are_found(style: list[Any]) -> None:
    parsed = built(ROWS, style)
    element = table_of(parsed)
    check(parsed, element)
    assert parsed.text[element.start : element.end].split("\n") == LINES
    assert element.table is not None
    assert element.table.columns == ("Code", "Meaning", "Price")


def test_wrapped_cells_are_one_cell_each() -> None:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph

    body = getSampleStyleSheet()["BodyText"]
    long = "the pressure in the line is too high for the valve and the pump was stopped"
    rows: list[list[Any]] = [ROWS[0], *([row[0], Paragraph(long, body), row[2]] for row in ROWS[1:])]
    parsed = built(rows, [("GRID", (0, 0), (-1, -1), 0.5, "black")], colWidths=[80, 120, 80])
    element = table_of(parsed)
    check(parsed, element)
    assert [row[1] for row in element.table.cells] == [long] * 4  # type: ignore[union-attr]


def test_merged_cells_count_where_they_span_and_are_written_once() -> None:
    rows = [["Model", "2024", ""], ["", "Q1", "Q2"], ["HX-200", "3.1", "3.3"], ["HX-300", "2.9", "2.8"]]
    style = [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("SPAN", (1, 0), (2, 0)), ("SPAN", (0, 0), (0, 1))]
    parsed = built(rows, style)
    element = table_of(parsed)
    check(parsed, element)
    assert element.table is not None
    assert element.table.columns == ("Model", "2024 > Q1", "2024 > Q2")
    assert element.table.cells == (("HX-200", "3.1", "3.3"), ("HX-300", "2.9", "2.8"))


def test_a_caption_above_belongs_to_the_table(sheets: Any, show: Any) -> None:
    sheet = sheets().text(72, 100, "Table 3: Codes and prices")
    for row, cells in enumerate(ROWS):
        for column, cell in enumerate(cells):
            sheet.text(72 + 150 * column, 125 + 15 * row, cell)
    parsed = sheet.parse()
    assert show(parsed) == [("caption", "Table 3: Codes and prices"), ("table", "\n".join(LINES))]
    assert parsed.elements[1].table is not None
    assert parsed.elements[1].table.caption == "Table 3: Codes and prices"
    assert parsed.elements[1].box == pytest.approx((72, 117, 402, 187), abs=2)


def test_a_table_inside_a_column_stays_there(sheets: Any, prose: Any) -> None:
    sheet = sheets().lines(72, 80, prose("A", 10, chars=45))
    for row, cells in enumerate(ROWS):
        for column, cell in enumerate(cells):
            sheet.text(72 + 80 * column, 220 + 15 * row, cell)
            sheet.canvas.rect(68 + 80 * column, 792 - 224 - 15 * row, 80, 15)
    sheet.lines(72, 320, prose("B", 10, chars=45)).lines(330, 80, prose("D", 28, chars=45))
    parsed = sheet.parse()
    kinds = [element.kind for element in parsed.elements]
    assert kinds == ["paragraph", "table", "paragraph", "paragraph"]
    assert [parsed.text[element.start] for element in parsed.elements] == ["A", "C", "B", "D"]


def test_prose_with_wide_gaps_is_no_table(sheets: Any, prose: Any) -> None:
    sheet = sheets()
    for number, line in enumerate(prose("a", 20, chars=70)):
        words = line.split()
        for at, word in enumerate(words):
            sheet.text(72 + at * (30 + number % 3), 100 + 12 * number, word)
    assert {element.kind for element in sheet.parse().elements} == {"paragraph"}


def test_a_frame_around_text_is_no_table(sheets: Any, prose: Any) -> None:
    sheet = sheets().lines(80, 100, prose("a", 20, chars=40)).lines(320, 100, prose("b", 20, chars=40))
    sheet.canvas.rect(72, 400, 480, 310)
    sheet.canvas.line(310, 400, 310, 710)
    sheet.canvas.line(72, 550, 552, 550)
    parsed = sheet.parse()
    assert "table" not in {element.kind for element in parsed.elements}
    assert parsed.text.index("a19") < parsed.text.index("b0")


def test_the_axes_of_a_chart_are_no_table(sheets: Any) -> None:
    sheet = sheets()
    for number in range(5):
        sheet.text(60, 400 - 50 * number, str(10 * number)).text(80 + 50 * number, 415, str(number))
    sheet.canvas.line(75, 390, 330, 390)
    sheet.canvas.line(75, 390, 75, 600)
    assert "table" not in {element.kind for element in sheet.parse().elements}


def test_two_columns_of_words_are_read_row_by_row(sheets: Any) -> None:
    sheet = sheets()
    for row, (name, value) in enumerate([("From:", "Ann"), ("To:", "Bob"), ("Date:", "3 May"), ("Subject:", "Pumps")]):
        sheet.text(72, 100 + 15 * row, name).text(160, 100 + 15 * row, value)
    assert sheet.parse().text.split() == ["From:", "Ann", "To:", "Bob", "Date:", "3", "May", "Subject:", "Pumps"]
