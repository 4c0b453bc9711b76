"""reStructuredText: structure with exact spans of the source."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.elements import Element, ParsedDocument, RawSource, Table
from ingestion.parsers.rst import RstParser
from ingestion.parsers.rst_inline import plain_text


def parse(text: str) -> ParsedDocument:
    return RstParser().parse(RawSource("page.rst", text.encode()))


def pieces(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(element.kind, parsed.text[element.start : element.end]) for element in parsed.elements]


def of_kind(parsed: ParsedDocument, kind: str) -> Element:
    return next(element for element in parsed.elements if element.kind == kind)


def test_levels_are_the_order_of_the_underlines() -> None:
    parsed = parse(
        "=====\nGuide\n=====\n\nIntro\n\nPart ``a`` :ref:`b <c>`\n========================\nText.\n\nDeep\n----\n\nx\n\n"
        "Next\n====\n\n----------\n\ny\n"
    )
    assert [(e.kind, e.level, e.section_path) for e in parsed.elements] == [
        ("heading", 1, ()),
        ("paragraph", 0, ("Guide",)),
        ("heading", 2, ("Guide",)),
        ("paragraph", 0, ("Guide", "Part a b")),
        ("heading", 3, ("Guide", "Part a b")),
        ("paragraph", 0, ("Guide", "Part a b", "Deep")),
        ("heading", 2, ("Guide",)),
        ("paragraph", 0, ("Guide", "Next")),
    ]
    assert parsed.title == "Guide"
    assert pieces(parsed)[0] == ("heading", "=====\nGuide\n=====")


def test_code_in_all_its_forms() -> None:
    parsed = parse(
        "Run::\n\n    ls -l\n\n      cd\n\nThen:\n\n::\n\n  plain\n\n"
        ".. code-block:: python\n   :linenos:\n\n   x = 1\n\n   y = 2\n\n"
        ">>> 1 + 1\n2\n\n.. highlight:: sql\n\n::\n\n  select 1\n\nEnd.\n"
    )
    assert [(e.kind, e.language) for e in parsed.elements] == [
        ("paragraph", None),
        ("code", None),
        ("paragraph", None),
        ("code", None),
        ("code", "python"),
        ("code", "pycon"),
        ("code", "sql"),
        ("paragraph", None),
    ]
    assert pieces(parsed)[1] == ("code", "    ls -l\n\n      cd")
    assert pieces(parsed)[4] == ("code", ".. code-block:: python\n   :linenos:\n\n   x = 1\n\n   y = 2")


def test_boxes_are_read_through() -> None:
    parsed = parse(
        ".. warning:: Mind the gap.\n\n.. note::\n   Inside.\n\n   .. code:: sh\n\n      run\n\n   * a\n   * b\n\n"
        ".. unknown-thing:: with words\n\n   Kept.\n\n.. py:function:: open(path)\n\n   Opens it.\n\n.. autofunction:: close\n"
    )
    assert pieces(parsed) == [
        ("paragraph", ".. warning:: Mind the gap."),
        ("paragraph", ".. note::\n   Inside."),
        ("code", "   .. code:: sh\n\n      run"),
        ("list", "* a\n   * b"),
        ("paragraph", ".. unknown-thing:: with words\n\n   Kept."),
        ("paragraph", ".. py:function:: open(path)\n\n   Opens it."),
        ("paragraph", ".. autofunction:: close"),
    ]


def test_what_says_nothing_is_left_out() -> None:
    parsed = parse(
        ".. _target:\n\n.. toctree::\n   :maxdepth: 2\n\n   a\n   b\n\n.. A comment\n   on two lines\n\n.. contents::\n\n"
        ".. |x| replace:: y\n\n.. raw:: html\n\n   <b>\n\n.. image:: a.png\n\n..\n\nText.\n\n"
        ".. image:: b.png\n   :alt: A pump\n\n"
        ".. figure:: c.png\n\n   The caption.\n\n.. [1] A note\n   on two lines.\n"
    )
    assert pieces(parsed) == [
        ("paragraph", "Text."),
        ("caption", ".. image:: b.png\n   :alt: A pump"),
        ("caption", ".. figure:: c.png\n\n   The caption."),
        ("paragraph", ".. [1] A note\n   on two lines."),
    ]


def test_lists_fields_definitions_and_quotes() -> None:
    parsed = parse(
        "- one\n\n  more\n- two\n\n  1. deep\n  2. deeper\n\nSump\n    Where the oil is.\n\n    Always.\nBar\n    A unit.\n\n"
        ":returns: nothing\n:rtype: none\n\nPara.\n\n    Quoted words.\n\n| verse\n| lines\n\n"
        "-v, --verbose  Say more\n-q  Say less\n"
    )
    assert pieces(parsed) == [
        ("list", "- one\n\n  more\n- two\n\n  1. deep\n  2. deeper"),
        ("definition", "Sump\n    Where the oil is.\n\n    Always."),
        ("definition", "Bar\n    A unit."),
        ("list", ":returns: nothing\n:rtype: none"),
        ("paragraph", "Para."),
        ("quote", "Quoted words."),
        ("quote", "| verse\n| lines"),
        ("list", "-v, --verbose  Say more\n-q  Say less"),
    ]
    rows = parsed.elements[0].rows
    assert [parsed.text[slice(*row)] for row in rows] == ["- one", "more", "- two", "1. deep", "2. deeper"]


def test_grid_tables_with_merged_cells() -> None:
    parsed = parse(
        "+--------+-----------------+\n"
        "| Region | 2024            |\n"
        "|        +--------+--------+\n"
        "|        | Q1     | Q2     |\n"
        "+========+========+========+\n"
        "| North  | 1      | ``2``  |\n"
        "|        +--------+--------+\n"
        "|        | none            |\n"
        "+--------+-----------------+\n"
    )
    table = of_kind(parsed, "table")
    assert table.table == Table(("Region", "2024 > Q1", "2024 > Q2"), (("North", "1", "2"), ("North", "none", "none")))
    assert [parsed.text[slice(*row)] for row in table.rows] == ["| North  | 1      | ``2``  |", "|        | none            |"]
    assert table.header is not None
    assert "Q1" in parsed.text[slice(*table.header)]


def test_simple_tables() -> None:
    parsed = parse(
        "Text\n\n=====  ======  ======\nCode   Range\n-----  --------------\nE      from    to\n=====  ======  ======\n"
        "E-1    1       2\n       and so\nE-2            *9*\n=====  ======  ======\n\nAfter\n"
    )
    table = of_kind(parsed, "table")
    assert table.table == Table(("Code > E", "Range > from", "Range > to"), (("E-1", "1 and so", "2"), ("E-2", "", "9")))
    assert [parsed.text[slice(*row)] for row in table.rows] == ["E-1    1       2\n       and so", "E-2            *9*"]
    assert [kind for kind, _ in pieces(parsed)] == ["paragraph", "table", "paragraph"]


def test_tables_written_as_lists_and_as_csv() -> None:
    parsed = parse(
        ".. list-table:: Errors\n   :header-rows: 1\n\n   * - Code\n     - Meaning\n   * - ``E-1``\n     - Pump\n"
        "       blocked\n\n"
        '.. csv-table:: Sizes\n   :header: "a, b", c\n\n   "1, 2", 3\n   4, 5\n'
    )
    first, second = [element for element in parsed.elements if element.kind == "table"]
    assert first.table == Table(("Code", "Meaning"), (("E-1", "Pump blocked"),), "Errors")
    assert [parsed.text[slice(*row)] for row in first.rows] == ["* - ``E-1``\n     - Pump\n       blocked"]
    assert parsed.text[first.start :].startswith(".. list-table:: Errors")
    assert second.table == Table(("a, b", "c"), (("1, 2", "3"), ("4", "5")), "Sizes")
    assert [parsed.text[slice(*row)] for row in second.rows] == ['"1, 2", 3', "4, 5"]


def test_metadata_and_links() -> None:
    parsed = parse(
        "Title\n=====\n\n:Author: Ann *B.*\n:Version: 1.2\n:Custom: no\n\nSee `A <https://a.org>`_, https://b.org/x. "
        "and ref_.\n\n"
        ".. _ref: https://c.org\n.. _here:\n"
    )
    assert parsed.metadata == {
        "author": "Ann B.",
        "version": "1.2",
        "links": ["https://a.org", "https://b.org/x", "https://c.org"],
    }


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (":ref:`title <target>` and :doc:`intro`", "title and intro"),
        ("`site <https://x.org>`__ or Python_ or `two words`_", "site or Python or two words"),
        ("``a *b* c`` *d* **e** |f| [1]_ [#]_", "a *b* c d e f"),
        (":py:class:`~a.B` snake_case_name __init__ 2*3*4", "a.B snake_case_name __init__ 2*3*4"),
        (r"5 \* 6 \\", r"5 * 6 \ ".strip()),
        ("plain", "plain"),
    ],
)
def test_text_without_marks(source: str, text: str) -> None:
    assert plain_text(source) == text


@pytest.mark.parametrize(
    "text",
    [".. note::\n" + "".join(f"{' ' * n}.. note::\n" for n in range(1, 2_000)) + " " * 2_000 + "deep\n"]
    + [part * 3_000 for part in ("+--+\n", "= =\n", "- a\n\n", ".. x::\n", "a\n b\n", "``a", "`a <b", "::\n\n", ":f: v\n")],
)
def test_odd_input_takes_time_in_proportion(text: str) -> None:
    started = time.perf_counter()
    parse(text)
    assert time.perf_counter() - started < 20


@given(
    st.lists(
        st.sampled_from(
            [
                "Words",
                "=====",
                "-----",
                "  in",
                "    deeper",
                "",
                ".. note::",
                ".. code:: py",
                "- a",
                "1. b",
                ":f: v",
                "t::",
                "::",
            ]
        ),
        max_size=20,
    )
)
def test_spans_are_ordered_and_words_are_kept(lines: list[str]) -> None:
    text = "\n".join(lines)
    parsed = parse(text)
    at = 0
    outside = []
    for element in parsed.elements:
        assert at <= element.start < element.end <= len(text)
        assert all(element.start <= a < b <= element.end for a, b in element.rows)
        outside.append(text[at : element.start])
        at = element.end
    outside.append(text[at:])
    assert not {"Words", "in", "deeper", "a", "b", "v", "t"} & set("\n".join(outside).split())
