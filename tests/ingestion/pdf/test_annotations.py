"""What stands beside the content of a page: fields of forms, comments, links."""

from typing import Any

import pytest


def test_values_of_fields_are_in_the_text_beside_their_labels(sheets: Any) -> None:
    sheet = sheets()
    form = sheet.canvas.acroForm
    for row, (label, value) in enumerate([("First name", "Ada"), ("Last name", "Lovelace"), ("City", "London")]):
        sheet.text(72, 100 + 40 * row, label)
        form.textfield(name=label, value=value, x=180, y=792 - 106 - 40 * row, width=200, height=20)
    text = sheet.parse().text
    assert text.split() == ["First", "name", "Ada", "Last", "name", "Lovelace", "City", "London"]


def test_boxes_say_whether_they_are_ticked_and_choices_what_is_chosen(sheets: Any) -> None:
    sheet = sheets().text(100, 100, "I agree").text(100, 130, "Send me news").text(72, 160, "Country")
    form = sheet.canvas.acroForm
    form.checkbox(name="a", checked=True, x=80, y=792 - 103, size=12)
    form.checkbox(name="b", checked=False, x=80, y=792 - 133, size=12)
    form.choice(name="c", value="France", options=["France", "Spain"], x=130, y=792 - 166, width=90, height=20)
    assert sheet.parse().text.split() == ["☒", "I", "agree", "☐", "Send", "me", "news", "Country", "France"]


def test_a_form_without_other_text_is_read(sheets: Any) -> None:
    sheet = sheets()
    sheet.canvas.acroForm.textfield(name="a", value="the only text", x=80, y=600, width=200, height=20)
    assert sheet.page().parse().text == "the only text"


def test_comments_come_behind_the_text(sheets: Any, prose: Any, show: Any) -> None:
    sheet = sheets().lines(72, 80, prose("A", 5, chars=80))
    sheet.canvas.textAnnotation("The editor asks: is this still true?", Rect=[300, 700, 320, 720])
    sheet.canvas.freeTextAnnotation("APPROVED", "/Helv 12 Tf 0 g", Rect=[72, 500, 200, 520])
    found = show(sheet.lines(72, 400, prose("B", 5, chars=80)).parse())
    assert [text.split()[0] for _, text in found] == ["A0", "APPROVED", "B0", "The"]


def test_addresses_of_links_are_in_the_metadata(sheets: Any) -> None:
    sheet = sheets().text(72, 100, "Our terms and prices")
    sheet.canvas.linkURL("https://pumps.example/terms", (72, 690, 120, 705))
    sheet.canvas.linkURL("https://pumps.example/prices?a=1&b=2", (130, 690, 180, 705))
    sheet.canvas.linkURL("https://pumps.example/terms", (72, 590, 120, 605))
    parsed = sheet.page().text(72, 100, "Mail").parse()
    assert parsed.metadata["links"] == ["https://pumps.example/terms", "https://pumps.example/prices?a=1&b=2"]
    assert parsed.text.split() == ["Our", "terms", "and", "prices", "Mail"]


def test_text_that_runs_askew_is_read_last(sheets: Any, prose: Any, show: Any) -> None:
    sheet = sheets().lines(72, 80, prose("A", 40, chars=80))
    sheet.canvas.saveState()
    sheet.canvas.translate(200, 300)
    sheet.canvas.rotate(45)
    sheet.text(0, 792, "DRAFT", size=60)
    sheet.canvas.restoreState()
    assert show(sheet.parse())[-1] == ("paragraph", "DRAFT")


def test_right_to_left_words_are_in_reading_order(sheets: Any) -> None:
    pytest.importorskip("reportlab")
    from ingestion.parsers.pdf.fragments import Fragment, rows_of
    from ingestion.parsers.pdf.frames import page_frame
    from ingestion.parsers.pdf.layout import layout
    from ingestion.parsers.pdf.rules import Rules

    frame = page_frame(0, 0, 612, 792, 0)
    right = Fragment(["שלום", "עולם"], [450, 410], [500, 445], 410, 500, 100, 10, 0)
    left = Fragment(["זה", "הסוף"], [150, 110], [200, 145], 110, 200, 100, 10, 1)
    assert len(rows_of([right, left])) == 1
    found = layout(1, frame, [left, right], lambda _: Rules())
    assert [getattr(item, "text", "") for item in found.items] == ["שלום עולם זה הסוף"]
