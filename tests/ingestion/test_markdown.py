"""Markdown: structure, exact spans, front matter, odd input."""

import pytest

from ingestion.elements import Element, ParsedDocument, RawSource
from ingestion.parsers.markdown import MarkdownParser
from ragline.errors import ParseError


def parse(text: str | bytes) -> ParsedDocument:
    data = text if isinstance(text, bytes) else text.encode()
    return MarkdownParser().parse(RawSource("page.md", data))


def pieces(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(element.kind, parsed.text[element.start : element.end]) for element in parsed.elements]


def of_kind(parsed: ParsedDocument, kind: str) -> Element:
    return next(element for element in parsed.elements if element.kind == kind)


def test_blocks_are_spans_of_the_source() -> None:
    parsed = parse("# Title\n\nOne *line*\nand another.\n\n> quoted\n> text\n\n```py\nx = 1\n```\n\n---\n\n    indented\n")
    assert pieces(parsed) == [
        ("heading", "# Title"),
        ("paragraph", "One *line*\nand another."),
        ("quote", "> quoted\n> text"),
        ("code", "```py\nx = 1\n```"),
        ("code", "    indented"),
    ]
    assert of_kind(parsed, "code").language == "py"
    assert parsed.title == "Title"


def test_section_paths_follow_levels() -> None:
    parsed = parse("# A\n\na\n\n## B `x` [link](u)\n\nb\n\n#### D\n\nd\n\n## C {#anchor}\n\nc\n\nSetext\n======\n\ns\n")
    paths = {parsed.text[e.start : e.end]: e.section_path for e in parsed.elements if e.kind == "paragraph"}
    assert paths == {
        "a": ("A",),
        "b": ("A", "B x link"),
        "d": ("A", "B x link", "D"),
        "c": ("A", "C"),
        "s": ("Setext",),
    }
    headings = [(e.level, e.section_path) for e in parsed.elements if e.kind == "heading"]
    assert headings == [(1, ()), (2, ("A",)), (4, ("A", "B x link")), (2, ("A",)), (1, ())]


def test_table_has_header_and_rows() -> None:
    parsed = parse("Intro\n\n| code | text |\n|---|---|\n| 1 | one |\n| 2 | two |\n\nafter")
    table = of_kind(parsed, "table")
    assert table.header is not None
    assert parsed.text[slice(*table.header)].startswith("| code | text |")
    assert [parsed.text[slice(*row)] for row in table.rows] == ["| 1 | one |", "| 2 | two |"]


def test_table_without_body() -> None:
    table = of_kind(parse("| a | b |\n|---|---|\n"), "table")
    assert table.rows == ()
    assert table.header is not None


def test_rows_of_a_nested_list_are_its_blocks() -> None:
    parsed = parse("1. one\n\n   ```sh\n   run\n   ```\n2. two\n   - deep\n   - deeper\n\n     more\n")
    items = of_kind(parsed, "list")
    assert [parsed.text[slice(*row)] for row in items.rows] == [
        "1. one",
        "```sh\n   run\n   ```",
        "2. two",
        "- deep",
        "- deeper",
        "more",
    ]


def test_unclosed_fence_is_code_to_the_end() -> None:
    parsed = parse("before\n\n```\ncode\n\nmore code")
    assert pieces(parsed) == [("paragraph", "before"), ("code", "```\ncode\n\nmore code")]


def test_comments_and_link_targets_are_no_text_but_notes_are() -> None:
    parsed = parse("<!-- hidden -->\n\ntext\n\n[1]: https://example.com/x\n[Note]: broken\n")
    assert pieces(parsed) == [("paragraph", "text"), ("paragraph", "[Note]: broken")]


def test_headings_inside_quotes_open_no_section() -> None:
    parsed = parse("# A\n\n> ## inside\n\nafter")
    assert parsed.elements[-1].section_path == ("A",)


@pytest.mark.parametrize("text", ["", " \n\t\n", "\ufeff", "---\n---\n"])
def test_nothing_gives_no_elements(text: str) -> None:
    assert parse(text).elements == ()


def test_crlf_bom_and_latin1() -> None:
    assert pieces(parse("\ufeff# T\r\n\r\nline\r\nnext".encode())) == [("heading", "# T"), ("paragraph", "line\nnext")]
    degraded = parse(b"# Ros\xe9\n\ntext")
    assert degraded.title == "Rosé"
    assert "offset 5" in degraded.warnings[0]


def test_binary_under_a_text_suffix_is_refused() -> None:
    with pytest.raises(ParseError, match="binary content"):
        parse(b"\x00\x01\x02\x03")


def test_hostile_nesting_ends_and_loses_nothing() -> None:
    parsed = parse(">" * 3000 + " deep\n\n# " + "[" * 5000 + "\n\n" + "- " * 500 + "item\n\nend")
    covered = "".join(text for _, text in pieces(parsed))
    assert [kind for kind, _ in pieces(parsed)][:2] == ["quote", "heading"]
    assert "deep" in covered
    assert covered.endswith("end")


def test_front_matter_gives_title_metadata_language_and_acl() -> None:
    parsed = parse(
        "---\ntitle: The  Guide\nacl: [hr, alice]\ntags: [a, b]\nyear: 2024\nratio: 0.5\ndraft: false\n"
        "date: 2024-03-01\nlang: en\nnone: null\nsizes: [1, 2.5]\nmixed: [1, x, true]\ndeep: {a: [1]}\nempty: []\n---\n"
        "# Heading\n"
    )
    assert parsed.title == "The Guide"
    assert parsed.acl == ("hr", "alice")
    assert parsed.language == "en"
    assert parsed.metadata == {
        "tags": ["a", "b"],
        "year": 2024,
        "ratio": 0.5,
        "draft": False,
        "date": "2024-03-01",
        "lang": "en",
        "none": None,
        "sizes": [1.0, 2.5],
        "mixed": ["1", "x", "true"],
        "deep": '{"a": [1]}',
        "empty": [],
    }
    assert pieces(parsed) == [("heading", "# Heading")]
    assert parsed.text.startswith("---\ntitle")


def test_line_numbers_hold_behind_front_matter() -> None:
    parsed = parse("---\na: 1\nb: 2\n...\n\ntext\n\n- x\n- y\n")
    assert pieces(parsed) == [("paragraph", "text"), ("list", "- x\n- y")]


@pytest.mark.parametrize("header", ["title: [unclosed", "a: b: c", "x: &a [1]\ny: *a", "date: 2024-99-99"])
def test_broken_front_matter_stays_text_with_a_warning(header: str) -> None:
    parsed = parse(f"---\n{header}\n---\n\nbody")
    assert "front matter" in parsed.warnings[0]
    covered = "".join(parsed.text[e.start : e.end] for e in parsed.elements)
    assert header.split("\n")[0] in covered
    assert "body" in covered
    assert parsed.acl is None


def test_a_rule_at_the_head_is_no_front_matter() -> None:
    parsed = parse("---\n\nJust a text between rules.\n\n---\n\nmore")
    assert parsed.warnings == ()
    assert [text for _, text in pieces(parsed)][-1] == "more"


@pytest.mark.parametrize(
    "header",
    [
        "acl: [hr\n---",
        "title: x\nacl: hr: x\n---",
        "acl: [hr]",
        "acl: {a: b}\n---",
        "acl: 7\n---",
        "acl:\n---",
        "acl: [1]\n---",
    ],
)
def test_an_unreadable_acl_means_nobody(header: str) -> None:
    parsed = parse(f"---\n{header}\n\nbody")
    assert parsed.acl == ()
    assert "nobody may see" in parsed.warnings[0]


def test_acl_forms() -> None:
    assert parse("---\nacl: hr\n---\n").acl == ("hr",)
    assert parse("---\nacl: []\n---\n").acl == ()
    assert parse("---\na: 1\n---\n").acl is None


def test_text_of_nothing_but_control_characters_has_no_elements() -> None:
    for data in (b"\x0b", b"\x0c\n", b"\x1c\n\n\x0b"):
        assert MarkdownParser().parse(RawSource("x.md", data)).elements == ()
    parsed = MarkdownParser().parse(RawSource("x.md", b"- a\n- \x0b\n- b\n"))
    assert all(parsed.text[start:end].strip() for element in parsed.elements for start, end in element.rows)
