"""Paragraphs, lists, code, questions."""

from typing import Any

import pytest


def test_paragraphs_by_gap_and_by_indent(sheets: Any, prose: Any, show: Any) -> None:
    sheet = sheets().lines(72, 80, prose("A", 4, chars=80)).lines(72, 146, prose("B", 4, chars=80))
    first, *rest = prose("C", 4, chars=80)
    sheet.text(84, 194, first).lines(72, 206, rest)
    assert [text.split()[0] for kind, text in show(sheet.parse()) if kind == "paragraph"] == ["A0", "B0", "C0"]


def test_double_spaced_lines_are_one_paragraph(sheets: Any, prose: Any, show: Any) -> None:
    sheet = sheets()
    for number, line in enumerate(prose("A", 20, chars=80)):
        sheet.text(72, 80 + 24 * number, line)
    assert len(show(sheet.parse())) == 1


@pytest.mark.parametrize("marks", [["•"] * 4, ["1.", "2.", "3.", "4."], ["a)", "b)", "c)", "d)"], ["-"] * 4])
def test_items_of_a_list_are_rows(sheets: Any, prose: Any, marks: list[str]) -> None:
    sheet = sheets().lines(72, 80, [*prose("A", 3, chars=80), "You need:"])
    for number, mark in enumerate(marks):
        sheet.text(80, 130 + 24 * number, mark).text(95, 130 + 24 * number, f"part {number} with a long name that goes on")
        sheet.text(95, 142 + 24 * number, "in a second line")
    sheet.lines(72, 250, prose("B", 3, chars=80))
    parsed = sheet.parse()
    assert [element.kind for element in parsed.elements] == ["paragraph", "list", "paragraph"]
    rows = [parsed.text[slice(*row)] for row in parsed.elements[1].rows]
    assert rows == [f"{mark} part {at} with a long name that goes on\nin a second line" for at, mark in enumerate(marks)]


def test_code_keeps_its_indents_and_lines(sheets: Any, prose: Any, show: Any) -> None:
    code = ["def pump(level):", "    if level > 3:", "        return  'open'", "    return None"]
    sheet = sheets().lines(72, 80, prose("A", 5, chars=80))
    sheet.lines(90, 160, code, font="Courier").lines(72, 230, prose("B", 5, chars=80))
    found = show(sheet.parse())
    assert [kind for kind, _ in found] == ["paragraph", "code", "paragraph"]
    assert found[1][1] == "\n".join(code)


def test_an_address_in_fixed_pitch_is_no_code(sheets: Any, prose: Any, show: Any) -> None:
    sheet = sheets().lines(72, 80, prose("A", 5, chars=80)).text(72, 140, "ann@pumps.example", font="Courier")
    assert [kind for kind, _ in show(sheet.lines(72, 152, prose("B", 5, chars=80)).parse())] == ["paragraph"]


def test_questions_with_their_answers(sheets: Any, show: Any) -> None:
    sheet = sheets().lines(72, 80, ["Q: How long is the warranty?", "A: It is two years."])
    sheet.lines(72, 130, ["Q: May I open the pump?"]).lines(72, 160, ["A: No, never."])
    parsed = sheet.page().lines(72, 80, ["A: Another page."]).parse()
    assert [kind for kind, _ in show(parsed)] == ["qa", "qa", "paragraph"]
    assert parsed.elements[1].box == pytest.approx((72, 122, 185, 162), abs=3)


def test_captions(sheets: Any, prose: Any, show: Any) -> None:
    sheet = sheets().lines(72, 80, prose("A", 5, chars=80)).text(72, 200, "Figure 2: The pump from above")
    sheet.lines(72, 240, ["Figure 2 shows the pump from above.", *prose("B", 5, chars=80)])
    assert [kind for kind, _ in show(sheet.parse())] == ["paragraph", "caption", "paragraph"]
