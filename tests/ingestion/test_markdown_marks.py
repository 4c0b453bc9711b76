"""Markdown of documentation tools: MDX, admonitions, tabs, footnotes, definition lists, HTML, links."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.elements import Element, ParsedDocument, RawSource, Table
from ingestion.parsers.markdown import MarkdownParser
from ingestion.parsers.markdown_marks import read_marks


def parse(text: str, name: str = "page.md") -> ParsedDocument:
    return MarkdownParser().parse(RawSource(name, text.encode()))


def pieces(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(element.kind, parsed.text[element.start : element.end]) for element in parsed.elements]


def of_kind(parsed: ParsedDocument, kind: str) -> Element:
    return next(element for element in parsed.elements if element.kind == kind)


def test_imports_and_expressions_of_mdx_are_no_text() -> None:
    parsed = parse(
        "---\ntitle: T\n---\n\nimport Tabs from '@theme/Tabs';\nimport { A,\n  B } from \"x\"\n"
        "export const meta = {\n  a: 1,\n}\n\n"
        "{/* a\ncomment */}\n\nText that may import things.\n\n```js\nimport x from 'y'\n```\n",
        "page.mdx",
    )
    assert pieces(parsed) == [("paragraph", "Text that may import things."), ("code", "```js\nimport x from 'y'\n```")]


def test_content_of_tabs_keeps_its_structure() -> None:
    parsed = parse(
        '# A\n\nIntro.\n<Tabs>\n<TabItem value="py" label="Python">\n```py\nx = 1\n\ny = 2\n```\n</TabItem>\n'
        '<TabItem\n  label="Go"\n>\n\n- one\n- two\n\n</TabItem>\n</Tabs>\n\nAfter.\n\n'
        '## B\n<Card title="Next steps" href="/x" />\n\n<Foo/>\n',
        "page.mdx",
    )
    assert pieces(parsed) == [
        ("heading", "# A"),
        ("paragraph", "Intro."),
        ("code", '<Tabs>\n<TabItem value="py" label="Python">\n```py\nx = 1\n\ny = 2\n```\n</TabItem>'),
        ("list", '<TabItem\n  label="Go"\n>\n\n- one\n- two\n\n</TabItem>\n</Tabs>'),
        ("paragraph", "After."),
        ("heading", "## B"),
        ("paragraph", '<Card title="Next steps" href="/x" />'),
    ]
    items = of_kind(parsed, "list")
    assert [parsed.text[slice(*row)] for row in items.rows] == ["- one", "- two"]
    assert of_kind(parsed, "code").language == "py"
    assert parsed.metadata["links"] == ["/x"]


def test_indented_text_inside_components_is_no_code() -> None:
    parsed = parse(
        '<Steps>\n  <Step title="One">\n    Text here.\n\n    ```sh\n    run\n    ```\n  </Step>\n</Steps>\n', "x.mdx"
    )
    assert [kind for kind, _ in pieces(parsed)] == ["paragraph", "code"]
    assert [kind for kind, _ in pieces(parse("Text.\n\n    code\n"))] == ["paragraph", "code"]


def test_text_beside_tags_is_text() -> None:
    assert pieces(parse("<Note>Mind the gap.</Note>\n\n<Broken attr='\n\nText\n", "x.mdx")) == [
        ("paragraph", "<Note>Mind the gap.</Note>"),
        ("paragraph", "<Broken attr='"),
        ("paragraph", "Text"),
    ]


def test_generic_types_in_prose_make_no_component() -> None:
    text = "Use\n\n<T>\n\nas in List<T>.\n"
    assert "".join(piece for _, piece in pieces(parse(text))).replace("\n", "") == "Use<T>as in List<T>."


def test_boxes_with_colons() -> None:
    parsed = parse(
        ":::note\nMind the gap.\n:::\n\n:::tip[Read this]\n\n- a\n- b\n\n:::\n\nEnd\n\n## H\n\n:::warning[Only a title]\n:::\n"
    )
    assert pieces(parsed) == [
        ("paragraph", ":::note\nMind the gap.\n:::"),
        ("list", ":::tip[Read this]\n\n- a\n- b\n\n:::"),
        ("paragraph", "End"),
        ("heading", "## H"),
        ("paragraph", ":::warning[Only a title]"),
    ]


def test_boxes_and_tabs_with_indented_content() -> None:
    parsed = parse(
        'Text.\n\n!!! note "A title"\n    Inside.\n\n    ```py\n    x = 1\n\n    y = 2\n    ```\n\n    1. a\n    2. b\n\n'
        "Outside.\n\n"
        '=== "Tab"\n\n    In a tab.\n\n    ??? tip\n        Nested.\n\n!!! important reads this\n'
    )
    assert pieces(parsed) == [
        ("paragraph", "Text."),
        ("paragraph", '!!! note "A title"\n    Inside.'),
        ("code", "    ```py\n    x = 1\n\n    y = 2\n    ```"),
        ("list", "1. a\n    2. b"),
        ("paragraph", "Outside."),
        ("paragraph", '=== "Tab"\n\n    In a tab.'),
        ("paragraph", "??? tip\n        Nested."),
        ("paragraph", "!!! important reads this"),
    ]


def test_footnotes_are_text() -> None:
    parsed = parse("Text[^1] and[^b].\n\n[^1]: Word\n[^b]: A longer note.\n\n    Its second paragraph.\n\nAfter.\n")
    assert [piece for _, piece in pieces(parsed)][1:] == [
        "[^1]: Word\n[^b]: A longer note.",
        "Its second paragraph.",
        "After.",
    ]


def test_task_lists_are_lists() -> None:
    items = of_kind(parse("- [ ] open\n- [x] done\n"), "list")
    assert len(items.rows) == 2


def test_definition_lists() -> None:
    parsed = parse("Sump\n: where the oil is\n: not a swamp\n\nBar\n\n:   a unit\n\nOne\n: 1\nTwo\n: 2\n\n:tada: no meaning\n")
    assert pieces(parsed) == [
        ("definition", "Sump\n: where the oil is\n: not a swamp"),
        ("definition", "Bar\n\n:   a unit"),
        ("definition", "One\n: 1"),
        ("definition", "Two\n: 2"),
        ("paragraph", ":tada: no meaning"),
    ]


def test_tables_have_cells_without_marks() -> None:
    parsed = parse(
        "[ref]: /url\n\n| **Code** | |\n|---|:-:|\n| `E-1` | a \\| b [link](/x) [Ref][ref] |\n"
        "| ![Lamp](l.png) | <b>x</b> &amp; |\n"
    )
    assert of_kind(parsed, "table").table == Table(("Code", "column 2"), (("E-1", "a | b link Ref"), ("Lamp", "x &")))


def test_html_tables_are_tables_of_the_source() -> None:
    parsed = parse(
        "Text\n\n<table>\n<tr><th>a</th><th colspan=2>b</th></tr>\n<tr><td rowspan=2>1</td><td>2</td><td>3</td></tr>\n"
        "<tr><td>4</td><td>5</td></tr>\n</table>\n"
    )
    table = of_kind(parsed, "table")
    assert table.table == Table(("a", "b", "b"), (("1", "2", "3"), ("1", "4", "5")))
    assert [parsed.text[slice(*row)] for row in table.rows] == [
        "<tr><td rowspan=2>1</td><td>2</td><td>3</td></tr>",
        "<tr><td>4</td><td>5</td></tr>",
    ]
    assert table.header is not None
    assert parsed.text[slice(*table.header)].startswith("<tr><th>a")


def test_html_that_says_nothing_belongs_to_its_neighbours() -> None:
    parsed = parse(
        "<div align='center'>\n\nText.\n\n</div>\n\n<style>\np { color: red }\n</style>\n\n<img src='x.png' alt='A pump'>\n\n"
        "<details>\n<summary>More</summary>\n\nHidden.\n\n</details>\n"
    )
    assert pieces(parsed) == [
        ("paragraph", "<div align='center'>\n\nText.\n\n</div>"),
        ("paragraph", "<img src='x.png' alt='A pump'>"),
        ("paragraph", "<details>\n<summary>More</summary>"),
        ("paragraph", "Hidden.\n\n</details>"),
    ]


def test_links_are_collected_images_and_code_are_not() -> None:
    parsed = parse(
        "[a](/one) ![i](/img.png) [![badge](b.svg)](https://ci.org) <https://auto.org/x> https://bare.org/y.\n"
        "`[no](/code)` [wiki](https://w.org/a_(b)) [again](/one) [top](#top) [ref][r] <a href='/html'>h</a>\n\n"
        "```\n[no](/fenced)\n```\n\n[r]: https://ref.org 'Title'\n"
    )
    assert parsed.metadata["links"] == [
        "/one",
        "https://ci.org",
        "https://auto.org/x",
        "https://bare.org/y",
        "https://w.org/a_(b)",
        "/html",
        "https://ref.org",
    ]
    assert parse("---\nlinks: mine\n---\n[a](/one)\n").metadata["links"] == "mine"


def test_embedded_files_are_no_text() -> None:
    encoded = "iVBORw0KGgo" * 20
    parsed = parse(f"Before ![x](data:image/png;base64,{encoded}) after.\n\n- a\n- ![](data:image/png;base64,{encoded})\n- b\n")
    assert [piece for _, piece in pieces(parsed)] == ["Before ![x](", ") after.", "- a\n- ![](", ")\n- b"]
    assert all(encoded not in piece for _, piece in pieces(parsed))


def test_headings_lose_their_attributes() -> None:
    parsed = parse("# Title {: .big }\n\n## Sub [ref][r] {#sub}\n\nx\n\n[r]: /y\n")
    assert parsed.title == "Title"
    assert parsed.elements[-1].section_path == ("Title", "Sub ref")


@pytest.mark.parametrize(
    ("info", "language"),
    [("py", "py"), ("python title='x'", "python"), ("{.rust .numberLines}", "rust"), ("js{1,3}", "js"), ("", None)],
)
def test_languages_of_fences(info: str, language: str | None) -> None:
    assert of_kind(parse(f"```{info}\nx\n```\n"), "code").language == language


@pytest.mark.parametrize(
    "line", ["<A", "import {", ":::x", '!!! note "', "{/*", "[^a]:", "<A b={", '=== "' + " " * 200, "</A>"]
)
def test_marks_that_never_end_take_time_in_proportion(line: str) -> None:
    started = time.perf_counter()
    parsed = parse(f"{line}\n" * 3_000, "x.mdx")
    assert time.perf_counter() - started < 20
    assert parsed.text


@given(
    st.lists(
        st.sampled_from(
            [
                "text",
                "<Tab>",
                "</Tab>",
                '<A b="c"',
                "/>",
                ":::note",
                ":::",
                '!!! note "x"',
                "    in",
                "  - a",
                "```",
                "",
                "# H",
                'import a from "b"',
                "[^1]: x",
                ": m",
                "<div>",
                "</div>",
                "Q: a",
                "A: b",
            ]
        ),
        max_size=25,
    ),
    st.booleans(),
)
def test_any_marks_keep_the_number_of_lines_and_the_order(lines: list[str], has_jsx: bool) -> None:
    text = "\n".join(lines)
    assert len(read_marks(text, has_jsx=has_jsx).lines) == text.count("\n") + 1
    parsed = parse(text, "x.mdx" if has_jsx else "x.md")
    at = 0
    for element in parsed.elements:
        assert at <= element.start < element.end <= len(text)
        assert all(element.start <= a < b <= element.end for a, b in element.rows)
        at = element.end
    outside = text
    for element in reversed(parsed.elements):
        outside = outside[: element.start] + "\n" + outside[element.end :]
    assert not {"text", "in", "a", "H"} & {line.strip(" -#|") for line in outside.split("\n")}


def test_a_tag_that_another_one_cuts_off_is_text() -> None:
    parsed = parse('<A b="c"\ntext\n<Tab>', "x.mdx")
    assert "text" in "".join(parsed.text[element.start : element.end] for element in parsed.elements)


def test_what_is_indented_below_an_import_is_text() -> None:
    parsed = parse('import a from "b"\n    in\n', "x.mdx")
    assert "in" in "".join(parsed.text[element.start : element.end] for element in parsed.elements).split()
