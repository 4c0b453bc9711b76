"""The section stack and the builder of canonical texts."""

from hypothesis import given
from hypothesis import strategies as st

from ingestion.elements import RawSource, Table
from ingestion.parsers.canonical import CanonicalText, SectionStack
from ingestion.parsers.markdown import MarkdownParser


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


def test_elements_name_their_part_and_page_and_keep_their_cells() -> None:
    out = CanonicalText()
    out.add_heading("Prices", 1, page=2, source="Prices")
    out.add("caption", "2025", page=2, source="Prices")
    table = Table(("a", "b"), (("1", "2"),))
    out.add_rows("table", ["a | b", "1 | 2"], has_header=True, page=2, source="Prices", table=table)
    assert {(element.page, element.source) for element in out.elements} == {(2, "Prices")}
    assert out.elements[-1].table == table


def test_a_document_inside_another_keeps_its_spans_and_sections() -> None:
    inner = MarkdownParser().parse(RawSource("x.md", b"intro\n\n# A\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"))
    out = CanonicalText()
    out.add("paragraph", "Before")
    out.add_heading("Attachment: x.md", 1)
    out.add_document(inner, source="x.md")
    out.add_document(MarkdownParser().parse(RawSource("y.md", b" \n")), source="y.md")
    out.add("paragraph", "After")
    for found, original in zip(out.elements[2:-1], inner.elements, strict=True):
        assert out.text[found.start : found.end] == inner.text[original.start : original.end]
        assert [out.text[slice(*row)] for row in found.rows] == [inner.text[slice(*row)] for row in original.rows]
        assert found.section_path == ("Attachment: x.md", *original.section_path)
        assert found.source == "x.md"
    header = out.elements[-2].header
    assert header is not None
    assert out.text[slice(*header)] == "| a | b |"
    assert out.text.endswith("\n\nAfter")
    assert (out.elements[-1].section_path, out.elements[-1].source) == (("Attachment: x.md",), "")


@given(st.lists(st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=4), max_size=6))
def test_spans_are_exact(blocks: list[list[str]]) -> None:
    out = CanonicalText()
    for rows in blocks:
        out.add_rows("list", rows)
    assert out.text == "\n\n".join("\n".join(rows) for rows in blocks)
    for element, rows in zip(out.elements, blocks, strict=True):
        assert out.text[element.start : element.end] == "\n".join(rows)
        assert [out.text[slice(*row)] for row in element.rows] == rows
