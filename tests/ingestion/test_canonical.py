"""The section stack and the builder of canonical texts."""

from hypothesis import given
from hypothesis import strategies as st

from ingestion.parsers.canonical import CanonicalText, SectionStack


def test_a_heading_closes_its_own_level_and_deeper() -> None:
    stack = SectionStack()
    assert stack.enter(1, "A") == ()
    assert stack.enter(3, "B") == ("A",)
    assert stack.enter(2, "C") == ("A",)
    assert stack.path == ("A", "C")
    assert stack.enter(2, "D") == ("A",)
    assert stack.enter(1, "E") == ()
    assert stack.path == ("E",)


def test_blanks_collapse_and_a_heading_without_words_names_nothing() -> None:
    stack = SectionStack()
    stack.enter(1, " A \n b ")
    assert stack.path == ("A b",)
    assert stack.enter(1, "  ") == ()
    assert stack.path == ()


def test_blocks_rows_and_header() -> None:
    out = CanonicalText()
    out.add_heading("Errors", 2, page=3)
    out.add("paragraph", "Intro", page=3)
    out.add_rows("table", ["code | text", "1 | one", "2 | two"], has_header=True)
    out.add_rows("record", ["a: 1"], section_path=("other",))
    out.add("code", "x", language="py")
    assert out.text == "Errors\n\nIntro\n\ncode | text\n1 | one\n2 | two\n\na: 1\n\nx"
    heading, intro, table, record, code = out.elements
    assert (heading.level, heading.section_path, heading.page) == (2, (), 3)
    assert (intro.section_path, intro.page) == (("Errors",), 3)
    assert table.header is not None
    assert [out.text[slice(*span)] for span in (table.header, *table.rows)] == ["code | text", "1 | one", "2 | two"]
    assert record.section_path == ("other",)
    assert (code.language, code.section_path) == ("py", ("Errors",))


@given(st.lists(st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=4), max_size=6))
def test_spans_are_exact(blocks: list[list[str]]) -> None:
    out = CanonicalText()
    for rows in blocks:
        out.add_rows("list", rows)
    assert out.text == "\n\n".join("\n".join(rows) for rows in blocks)
    for element, rows in zip(out.elements, blocks, strict=True):
        assert out.text[element.start : element.end] == "\n".join(rows)
        assert [out.text[slice(*row)] for row in element.rows] == rows
