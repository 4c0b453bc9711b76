"""What may share a chunk."""

from ingestion.chunkers.sections import leading_headings, sections
from ingestion.elements import Element, ParsedDocument, RawSource
from ingestion.parsers.markdown import MarkdownParser


def grouped(text: str) -> list[str]:
    parsed: ParsedDocument = MarkdownParser().parse(RawSource("x.md", text.encode()))
    return [parsed.text[section.start : section.end] for section in sections(parsed.text, parsed.elements)]


def test_peers_are_together_and_sections_apart() -> None:
    assert grouped("a\n\nb\n\n# H\n\nc\n\n- d\n\n## K\n\ne") == ["a\n\nb", "# H\n\nc\n\n- d", "## K\n\ne"]


def test_headings_join_what_is_below_them() -> None:
    assert grouped("# A\n\n## B\n\nb\n\n## C\n\n## D\n\nd\n\n# E\n\n# F") == [
        "# A\n\n## B\n\nb",
        "## C",
        "## D\n\nd",
        "# E",
        "# F",
    ]


def test_what_is_no_element_separates_but_for_little_below_a_heading() -> None:
    assert grouped("a\n\n---\n\nb") == ["a", "b"]
    assert grouped("# A\n\n<!-- note -->\n\na") == ["# A\n\n<!-- note -->\n\na"]
    long = "<!-- " + "x" * 300 + " -->"
    assert grouped(f"# A\n\n{long}\n\na") == ["# A", "a"]


def test_blank_and_empty_elements_are_left_out() -> None:
    text = "a   b"
    elements = [Element("paragraph", 0, 1), Element("quote", 1, 3), Element("paragraph", 3, 3), Element("paragraph", 4, 5)]
    (section,) = sections(text, elements)
    assert [element.start for element in section.elements] == [0, 4]
    assert sections(text, elements[1:3]) == []


def test_the_path_is_that_of_the_text() -> None:
    text = "H body"
    found = sections(text, [Element("heading", 0, 1, 1), Element("paragraph", 2, 6, 0, ("H",))])
    assert [section.section_path for section in found] == [("H",)]


def test_leading_headings() -> None:
    heading, body = Element("heading", 0, 1, 1), Element("paragraph", 2, 3)
    assert leading_headings([heading, heading, body, heading]) == 2
    assert leading_headings([body]) == 0
    assert leading_headings([heading]) == 1
    assert leading_headings([]) == 0


def test_other_paths_are_other_sections_also_without_headings() -> None:
    records = [Element("record", 0, 1, 0, ("a",)), Element("record", 2, 3, 0, ("a",)), Element("record", 4, 5, 0, ("b",))]
    assert [(section.section_path, section.start, section.end) for section in sections("x y z", records)] == [
        (("a",), 0, 3),
        (("b",), 4, 5),
    ]


def test_a_page_ends_a_section() -> None:
    kinds = [("heading", 1), ("paragraph", 1), ("paragraph", 2), ("heading", 2), ("paragraph", 3), ("paragraph", None)]
    elements = [
        Element("heading", 2 * at, 2 * at + 1, 1, (), page)
        if kind == "heading"
        else Element(kind, 2 * at, 2 * at + 1, page=page)
        for at, (kind, page) in enumerate(kinds)
    ]
    found = sections("a b c d e f", elements)
    assert [[element.page for element in section.elements] for section in found] == [[1, 1], [2], [2], [3], [None]]
