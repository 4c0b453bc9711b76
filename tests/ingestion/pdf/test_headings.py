"""Headings by the size of type, by bold type, by numbers and by the outline, and the paths of sections."""

from typing import Any

import pytest

from ingestion.elements import ParsedDocument


def headings(parsed: ParsedDocument) -> list[tuple[int, str]]:
    return [(each.level, parsed.text[each.start : each.end]) for each in parsed.elements if each.kind == "heading"]


def test_levels_are_the_sizes_of_type(sheets: Any, prose: Any) -> None:
    sheet = sheets()
    titles = [("Manual", 22), ("Pump", 16), ("Parts", 13), ("Filter", 16), ("Care", 13)]
    for number, (title, size) in enumerate(titles):
        sheet.text(72, 80 + 110 * number, title, size=size).lines(72, 110 + 110 * number, prose("Word", 4, chars=80))
    parsed = sheet.parse()
    assert headings(parsed) == [(1, "Manual"), (2, "Pump"), (3, "Parts"), (2, "Filter"), (3, "Care")]
    assert [e.section_path for e in parsed.elements if e.kind == "paragraph"][-1] == ("Manual", "Filter", "Care")
    assert parsed.title == "Manual"


def test_short_bold_lines_in_the_size_of_the_text(sheets: Any, prose: Any) -> None:
    sheet = sheets()
    for number, title in enumerate(["1 Scope", "1.1 Pumps", "1.2 Filters", "2 Care"]):
        sheet.text(72, 80 + 100 * number, title, font="Helvetica-Bold").lines(
            72, 100 + 100 * number, prose("Word", 5, chars=80)
        )
    parsed = sheet.parse()
    assert headings(parsed) == [(1, "1 Scope"), (2, "1.1 Pumps"), (2, "1.2 Filters"), (1, "2 Care")]


def test_emphasis_is_no_heading(sheets: Any, prose: Any, show: Any) -> None:
    sheet = sheets().lines(72, 80, prose("Word", 5, chars=80))
    sheet.text(72, 160, "Note:", font="Helvetica-Bold").text(104, 160, "never open the pump while it runs").lines(
        72, 172, ["as long as the lamp is red."]
    )
    sheet.text(72, 210, "This whole sentence is bold.", font="Helvetica-Bold").lines(72, 240, prose("Last", 5, chars=80))
    assert "heading" not in {kind for kind, _ in show(sheet.parse())}


def test_a_title_of_two_lines_is_one_heading(sheets: Any, prose: Any) -> None:
    sheet = sheets().lines(72, 80, ["How the pump is cleaned", "and the filter exchanged"], size=16)
    parsed = sheet.lines(72, 140, prose("Word", 20, chars=80)).parse()
    assert headings(parsed) == [(1, "How the pump is cleaned and the filter exchanged")]


def outlined(sheets: Any, prose: Any, entries: list[tuple[str, int]], *, size: float = 10) -> ParsedDocument:
    """A page for each entry of the outline, which begins with it as its title."""
    sheet = sheets()
    for number, (title, level) in enumerate(entries):
        sheet.canvas.bookmarkPage(str(number))
        sheet.canvas.addOutlineEntry(title, str(number), level)
        shown = title if number % 2 else f"{number + 1}. {title}"
        sheet.text(72, 80, shown, size=size).lines(72, 110, prose(f"Word{'abcdefghij'[number]}", 20, chars=80)).page()
    parsed: ParsedDocument = sheet.parse()
    return parsed


@pytest.mark.parametrize("size", [10, 16])
def test_levels_of_the_outline(sheets: Any, prose: Any, size: float) -> None:
    entries = [("Pumps", 0), ("Small pumps", 1), ("Hand pumps", 2), ("Filters", 0), ("Sand filters", 1)]
    parsed = outlined(sheets, prose, entries, size=size)
    found = headings(parsed)
    assert [level for level, _ in found] == [1, 2, 3, 1, 2]
    assert found[2] == (3, "3. Hand pumps")
    assert parsed.elements[-1].section_path == ("4. Filters", "Sand filters") or parsed.elements[-1].section_path == (
        "Filters",
        "5. Sand filters",
    )


def test_deep_outlines_end_at_level_six(sheets: Any, prose: Any) -> None:
    parsed = outlined(sheets, prose, [(f"Level {name}", number) for number, name in enumerate("abcdefgh")])
    assert [level for level, _ in headings(parsed)] == [1, 2, 3, 4, 5, 6, 6, 6]


def test_an_outline_that_names_other_things_does_no_harm(sheets: Any, prose: Any) -> None:
    sheet = sheets()
    sheet.canvas.bookmarkPage("x")
    sheet.canvas.addOutlineEntry("Cover.indd", "x", 0)
    parsed = sheet.text(72, 80, "Pump manual", size=18).lines(72, 120, prose("Word", 20, chars=80)).parse()
    assert headings(parsed) == [(1, "Pump manual")]


def test_every_path_is_made_of_headings_before_it(sheets: Any, prose: Any) -> None:
    sheet = sheets()
    for page in range(4):
        sheet.text(72, 80, f"Part {'ABCD'[page]}", size=20).text(72, 120, f"Chapter {'ABCD'[page]}", size=15)
        sheet.lines(72, 150, prose("Word", 10, chars=80)).text(72, 300, "Summary", size=15)
        sheet.lines(72, 330, prose("Last", 10, chars=80)).page()
    parsed = sheet.parse()
    seen: list[str] = []
    for element in parsed.elements:
        assert set(element.section_path) <= set(seen)
        if element.kind == "heading":
            seen.append(parsed.text[element.start : element.end])
    assert [e.section_path for e in parsed.elements if e.kind == "paragraph"] == [
        path for name in "ABCD" for path in ((f"Part {name}", f"Chapter {name}"), (f"Part {name}", "Summary"))
    ]
