"""Front matter on its own: where it ends, what becomes of values, what fails closed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.parsers.front_matter import metadata_value, read_front_matter


@pytest.mark.parametrize("text", ["", "text", " ---\na: 1\n---\n", "--- a\nb: 1\n---\n", "----\na: 1\n----\n", "---"])
def test_no_front_matter(text: str) -> None:
    front = read_front_matter(text)
    assert (front.end, front.warnings, front.metadata) == (0, (), {})


@pytest.mark.parametrize("close", ["---\n", "...\n", "--- \t\n", "---"])
def test_the_end_is_behind_the_closing_line(close: str) -> None:
    text = f"---\na: 1\n{close}"
    front = read_front_matter(text)
    assert front.end == len(text)
    assert front.metadata == {"a": 1}


def test_an_unclosed_header_is_text_with_a_warning() -> None:
    front = read_front_matter("---\ntitle: x\n\nbody")
    assert front.end == 0
    assert "not closed" in front.warnings[0]
    assert front.acl is None


def test_the_line_of_an_error_is_named() -> None:
    assert "line 3" in read_front_matter("---\na: 1\nb: c: d\n---\n").warnings[0]


def test_long_headers_and_expanding_ones_are_not_read() -> None:
    assert "longer than" in read_front_matter(f"---\na: {'x' * 70_000}\n---\n").warnings[0]
    bomb = "---\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n---\n"
    assert "aliases are not read" in read_front_matter(bomb).warnings[0]
    for deep in ("[" * 30_000 + "]" * 30_000, "{a: " * 15_000, "\n" + " - " * 20_000 + "x"):
        started = time.process_time()
        assert "nested deeper" in read_front_matter(f"---\na: {deep}\n---\n").warnings[0]
        assert time.process_time() - started < 5


def test_titles() -> None:
    assert read_front_matter("---\ntitle: 2024\n---\n").title == "2024"
    assert read_front_matter("---\ntitle: ' a  b '\n---\n").title == "a b"
    structured = read_front_matter("---\ntitle: [a, b]\n---\n")
    assert (structured.title, structured.metadata) == ("", {"title": ["a", "b"]})


@pytest.mark.parametrize("key", ["acl", "ACL", "Acl", '"acl"'])
def test_the_acl_key_is_found_however_it_is_written(key: str) -> None:
    assert read_front_matter(f"---\n{key}: [hr]\n---\n").acl == ("hr",)
    for broken in (
        f"---\n{key}: [hr\n---\n",
        f"---\n# note\n{key}: [hr\n---\n",
        f"---\n{{a: 1, {key}: [hr]\n---\n",
        f"---\n{key}: hr\n",
    ):
        assert read_front_matter(broken).acl == ()


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: x\n\nacl: [board]\n\ntext",
        "---\n\nacl: [board]\n\ntext",
        "---\ntitle: x\n\n\ntags: [a]\n\nacl: [board]",
        "---\nOnce upon a time\n\nacl: [board]\n",
        "---\n- acl: [board]\n---\ntext",
        "---\n- a: 1\n- acl: [board]\n---\ntext",
        "---\nacl:[board]\n---\ntext",
        "---\n? acl\n---\ntext",
        "---\nmeta:\n  acl: [board]\n---\ntext",
        "---\nmeta:\n- [{acl: [board]}]\n---\ntext",
        "---\nacl: [board]\nacl: [all]\n---\ntext",
        "---\nacl: [board]\nACL: [all]\n---\ntext",
        "---\nacl:\n---\ntext",
        "---\nacl: {board: true}\n---\ntext",
        "---\nacl: [board, 7]\n---\ntext",
        "---\nacl: ['']\n---\ntext",
        "---\n\tacl: [board]\n---\ntext",
        " ---\nacl: [board]\n ---\ntext",
        "\n  ---\nacl: [board]\n---\n",
        "+++\nacl = ['board']\n+++\ntext",
        "---\r\nacl: board\r\n\r\ntext",
    ],
)
def test_an_acl_that_cannot_be_read_means_nobody(text: str) -> None:
    front = read_front_matter(text)
    assert front.acl == ()
    assert "nobody may see the document" in front.warnings[0]


@pytest.mark.parametrize("before", ["\n", "\n\n \t\n", "  \n"])
def test_blank_lines_before_the_header_make_no_difference(before: str) -> None:
    text = f"{before}---\ntitle: x\nacl: [board]\n---\n"
    front = read_front_matter(text + "body")
    assert (front.end, front.title, front.acl, front.warnings) == (len(text), "x", ("board",), ())


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: acl: none\n---\n".replace("acl: none", "'acl: none'"),
        "---\nnote: >\n  acl: is explained below\n---\n",
        "---\nacls: [a]\nmy-acl: [b]\n---\n",
        "text\n\nacl: [board]\n",
        "text\n---\nacl: [board]\n---\n",
        "ACL: access control list\nAPI: application programming interface\n",
    ],
)
def test_what_only_speaks_of_acls_is_for_everybody(text: str) -> None:
    assert read_front_matter(text).acl is None


def test_looking_for_an_acl_takes_linear_time() -> None:
    for filler in ("\n", "- ", "  \n", ", ", "{", "? ", "\n- \n"):
        started = time.process_time()
        read_front_matter("---\n" + filler * (400_000 // len(filler)))
        assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("a", "a"),
        (True, True),
        (2**70, hex(2**70)),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        ([1, 2], [1, 2]),
        ([1, 2.5], [1.0, 2.5]),
        ([1, "a"], ["1", "a"]),
        ([True, 1], ["true", "1"]),
        ([None, 1], "[null, 1]"),
        ([], []),
        ({"a": {"b": 1}}, '{"a": {"b": 1}}'),
        ([["x"]], '[["x"]]'),
        ("\ud800", "\ufffd"),
    ],
)
def test_metadata_values(value: object, expected: object) -> None:
    found = metadata_value(value)
    assert found == expected
    assert type(found) is type(expected)


@given(st.text(max_size=200), st.text(max_size=50))
def test_any_header_gives_a_result(block: str, body: str) -> None:
    text = f"---\n{block}\n---\n{body}"
    front = read_front_matter(text)
    assert 0 <= front.end <= len(text)
    assert front.end == 0 or front.warnings == () or front.acl == ()


@pytest.mark.parametrize(
    "text",
    [
        "---\n---\nacl: [hr]\n---\nbody",
        "---\ntitle: x\n---\n\n---\nacl: [hr]\n---\nbody",
        "---\ntitle: x\nacl: [all]\n---\n---\ntitle: y\nacl: [hr]\n---\nbody",
        "\ufeff---\nacl: [hr]\n---\nbody",
        "\u200b---\nacl: [hr]\n---\nbody",
    ],
)
def test_an_acl_in_a_second_head_or_behind_what_nobody_sees_closes(text: str) -> None:
    front = read_front_matter(text)
    assert front.acl == ()
    assert "nobody may see" in front.warnings[-1]


def test_a_rule_below_the_head_is_no_second_head() -> None:
    front = read_front_matter("---\ntitle: x\n---\n---\nThe acl: of the house.\n\n---\nacl: is a word.\n")
    assert (front.acl, front.title, front.warnings) == (None, "x", ())
