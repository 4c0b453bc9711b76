"""Running heads and feet go, and nothing else does."""

import io
from typing import Any

import pytest

from ingestion.elements import RawSource
from ingestion.parsers.pdf import PdfParser


def book(sheets: Any, prose: Any, count: int, head: str = "", foot: str = "", **options: Any) -> Any:
    """Pages of prose with ``{page}`` filled in in head and foot."""
    sheet = sheets()
    for page in range(1, count + 1):
        sheet.text(72, 40, head.format(page=page), **options) if head else None
        sheet.lines(72, 90, prose(f"Page{'abcdefghijkl'[page]}", 30, chars=80))
        sheet.text(290, 760, foot.format(page=page), **options) if foot else None
        sheet.page()
    return sheet


@pytest.mark.parametrize(
    "foot", ["{page}", "- {page} -", "Page {page} of 5", "Seite {page}", "[{page}]", "Secret until May 2030"]
)
def test_heads_feet_and_page_numbers_go(sheets: Any, prose: Any, foot: str) -> None:
    parsed = book(sheets, prose, 5, "Manual of the pump", foot).parse()
    assert "Manual" not in parsed.text
    assert all(line.startswith("Page") and not line.startswith("Page ") for line in parsed.text.split("\n") if line)
    assert len(parsed.metadata["running_heads"]) == 2  # type: ignore[arg-type]
    assert parsed.metadata["running_heads"][0] == "Manual of the pump"  # type: ignore[index]


def test_heads_with_the_number_of_the_page_and_another_title_on_left_and_right_pages(sheets: Any, prose: Any) -> None:
    sheet = sheets()
    for page in range(11, 19):
        chapter = f"{page}   THE PUMP" if page % 2 else f"CHAPTER {3 + (page > 14)}. WATER   {page}"
        sheet.text(72, 40, chapter, size=8).lines(72, 90, prose("Word", 30, chars=80)).page()
    assert "PUMP" not in (text := sheet.parse().text)
    assert "CHAPTER" not in text


def test_two_pages_keep_every_line(sheets: Any, prose: Any) -> None:
    parsed = book(sheets, prose, 2, "Manual of the pump", "{page}").parse()
    assert parsed.text.count("Manual of the pump") == 2
    assert parsed.text.split()[-1] == "2"
    assert "running_heads" not in parsed.metadata


def test_what_is_said_once_more_is_an_element_once(sheets: Any, prose: Any) -> None:
    parsed = book(sheets, prose, 2, "Manual of the pump").parse()
    shown = [parsed.text[element.start : element.end] for element in parsed.elements]
    assert shown.count("Manual of the pump") == 1


@pytest.mark.parametrize(
    ("titles", "options"),
    [
        (["Step 1", "Step 2", "Step 3", "Step 4"], {}),
        (["1 Unpack", "2 Install", "3 Test", "4 Use"], {}),
        (["Results", "Results", "Results", "Other"] + [f"Title {name}" for name in "abcdefghij"], {"size": 18}),
        (["Exercise 1", "Exercise 2", "Exercise 3"], {"size": 14, "font": "Helvetica-Bold"}),
    ],
    ids=["steps", "numbered titles", "slides", "exercises"],
)
def test_titles_at_the_same_place_of_every_page_are_text(sheets: Any, prose: Any, titles: list[str], options: Any) -> None:
    sheet = sheets()
    for title in titles:
        sheet.text(72, 90, title, **options).lines(72, 130, prose("Word", 20, chars=80)).page()
    text = sheet.parse().text
    assert all(title in text for title in titles)


def test_a_line_where_other_pages_have_text_is_text(sheets: Any, prose: Any) -> None:
    sheet = sheets()
    for page in range(12):
        other = f"The {'abcdefghijklm'[page] * 5} of this page is some other text"
        sheet.text(72, 60, "From the letters of the engineer" if page % 4 == 0 else other)
        sheet.lines(72, 84, prose(f"Page{page}x", 30, chars=80)).page()
    assert sheet.parse().text.count("From the letters of the engineer") == 3


def test_the_first_row_of_a_table_that_goes_on_is_text(sheets: Any) -> None:
    from reportlab.platypus import SimpleDocTemplate, Table, TableStyle

    rows = [["Code", "Meaning", "Remedy"], *([f"E-{number}", "dust", "clean"] for number in range(150))]
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer).build([Table(rows, repeatRows=1, style=TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "black")]))])
    parsed = PdfParser().parse(RawSource("x.pdf", buffer.getvalue()))
    tables = [element for element in parsed.elements if element.kind == "table"]
    assert [element.page for element in tables] == [1, 2, 3, 4, 5]
    assert all(element.table is not None and element.table.columns == ("Code", "Meaning", "Remedy") for element in tables)


def test_a_letter_of_three_pages_keeps_its_text(sheets: Any, prose: Any) -> None:
    sheet = sheets()
    for name in "xyz":
        sheet.lines(72, 60, prose(name, 50, chars=80)).page()
    words = sheet.parse().text.split()
    assert all(f"{name}{number}" in words for name in "xyz" for number in range(50))
