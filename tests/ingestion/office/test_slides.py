"""Presentations: titles, items, tables, charts, notes."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingestion.elements import ParsedDocument
from ragline.errors import ParseError

pptx = pytest.importorskip("pptx", reason="needs the documents extra")
Read = Callable[[str, bytes], ParsedDocument]
Show = Callable[[ParsedDocument], list[tuple[str, str]]]
BODY, TITLE_ONLY, BLANK = 1, 5, 6


def saved(deck: Any) -> bytes:
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def add_slide(deck: Any, layout: int, title: str = "") -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[layout])
    if title:
        slide.shapes.title.text = title
    return slide


def fill(slide: Any, *lines: tuple[str, int]) -> None:
    frame = slide.placeholders[1].text_frame
    for number, (text, level) in enumerate(lines):
        line = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        line.text, line.level = text, level


def place() -> tuple[Any, ...]:
    return tuple(map(pptx.util.Cm, (2, 6, 20, 5)))


def test_a_slide_is_a_page_and_its_title_a_heading(read: Read) -> None:
    deck = pptx.Presentation()
    fill(add_slide(deck, BODY, "First\vline"), ("text", 0))
    add_slide(deck, BLANK).shapes.add_textbox(*place()).text_frame.text = "No title here"
    parsed = read("x.pptx", saved(deck))
    assert [(e.kind, e.page, e.level, e.section_path) for e in parsed.elements] == [
        ("heading", 1, 1, ()),
        ("list", 1, 0, ("First line",)),
        ("paragraph", 2, 0, ()),
    ]
    assert parsed.title == "First line"


def test_bullets_of_the_layout_are_items_and_numbers_count(read: Read, pieces: Show) -> None:
    deck = pptx.Presentation()
    slide = add_slide(deck, BODY, "List")
    fill(slide, ("one", 0), ("deeper", 1), ("two", 0))
    numbered = add_slide(deck, BODY, "Steps")
    fill(numbered, ("open", 0), ("look", 1), ("close", 0))
    for line in numbered.placeholders[1].text_frame.paragraphs[::2]:
        line._p.get_or_add_pPr().append(line._p.makeelement(pptx.oxml.ns.qn("a:buAutoNum"), {"type": "arabicPeriod"}))
    plain = add_slide(deck, BODY, "Prose")
    fill(plain, ("no bullet", 0))
    line = plain.placeholders[1].text_frame.paragraphs[0]
    line._p.get_or_add_pPr().append(line._p.makeelement(pptx.oxml.ns.qn("a:buNone"), {}))
    assert [text for kind, text in pieces(read("x.pptx", saved(deck))) if kind != "heading"] == [
        "- one\n  - deeper\n- two",
        "1. open\n  - look\n2. close",
        "no bullet",
    ]


def test_tables_with_merged_cells(read: Read) -> None:
    deck = pptx.Presentation()
    table = add_slide(deck, TITLE_ONLY, "Prices").shapes.add_table(3, 3, *place()).table
    for number, text in enumerate(("Zone", "Parcel", "", "", "Price", "Days", "North", "5", "2")):
        table.cell(number // 3, number % 3).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 0).merge(table.cell(1, 0))
    element = read("x.pptx", saved(deck)).elements[1]
    assert element.table is not None
    assert element.table.columns == ("Zone", "Parcel > Price", "Parcel > Days")
    assert element.table.cells == (("North", "5", "2"),)
    assert (element.page, element.section_path) == (1, ("Prices",))


def test_figures_of_charts(read: Read, pieces: Show) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    deck = pptx.Presentation()
    data = CategoryChartData()
    data.categories = ["Q1", "Q2"]
    data.add_series("HX-200", (1.5, 2))
    data.add_series("HX-300", (None, 4))
    chart = add_slide(deck, TITLE_ONLY, "Sales").shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place(), data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "In thousands"
    assert pieces(read("x.pptx", saved(deck)))[1:] == [
        ("caption", "In thousands"),
        ("table", " | HX-200 | HX-300\nQ1 | 1.5 | \nQ2 | 2 | 4"),
    ]


def test_notes_stand_under_a_heading_of_their_slide(read: Read) -> None:
    deck = pptx.Presentation()
    slide = add_slide(deck, BODY, "Price")
    fill(slide, ("415 euros", 0))
    slide.notes_slide.notes_text_frame.text = "Not in writing.\nAsk Mikkel."
    add_slide(deck, TITLE_ONLY, "End")
    parsed = read("x.pptx", saved(deck))
    notes = [(parsed.text[e.start : e.end], e.page) for e in parsed.elements if e.section_path == ("Price", "Notes")]
    assert notes == [("Not in writing.", 1), ("Ask Mikkel.", 1)]
    assert parsed.elements[-1].section_path == ()


def test_hidden_slides_are_named_and_left_out(read: Read) -> None:
    deck = pptx.Presentation()
    add_slide(deck, TITLE_ONLY, "Seen")
    add_slide(deck, TITLE_ONLY, "Salaries")._element.set("show", "0")
    add_slide(deck, TITLE_ONLY, "Also seen")
    parsed = read("x.pptx", saved(deck))
    assert "Salaries" not in parsed.text
    assert [element.page for element in parsed.elements] == [1, 3]
    assert parsed.warnings == ("hidden slides left out: 2; unhide them to have them read",)


def test_links_and_descriptions_of_pictures(read: Read, pieces: Show) -> None:
    deck = pptx.Presentation()
    slide = add_slide(deck, TITLE_ONLY, "Links")
    run = slide.shapes.add_textbox(*place()).text_frame.paragraphs[0].add_run()
    run.text = "the form"
    run.hyperlink.address = "https://example.org/form"
    pixel = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010018dd8db0"
        "0000000049454e44ae426082"
    )
    for description in ("A dryer with two towers", "image1.png", "Description automatically generated"):
        picture = slide.shapes.add_picture(io.BytesIO(pixel), *place())
        picture._element.nvPicPr.cNvPr.set("descr", description)
    assert pieces(read("x.pptx", saved(deck)))[1:] == [
        ("paragraph", "the form (https://example.org/form)"),
        ("caption", "A dryer with two towers"),
    ]


def test_a_title_that_holds_the_text_of_the_slide_is_no_heading(read: Read, pieces: Show) -> None:
    deck = pptx.Presentation()
    add_slide(deck, TITLE_ONLY, "word " * 60)
    assert [kind for kind, _ in pieces(read("x.pptx", saved(deck)))] == ["paragraph"]


def test_old_presentations_say_what_to_do(read: Read, shared_data: Path) -> None:
    files = shared_data / "docs-unstructured"
    with pytest.raises(ParseError, match=r"old binary format.*; convert it to pptx"):
        read("x.ppt", (files / "fake-power-point.ppt").read_bytes())
    renamed = (files / "language-docs" / "eng_spa_mult.ppt").read_bytes()
    assert read("x.ppt", renamed).title == "Testing multiple languages"
