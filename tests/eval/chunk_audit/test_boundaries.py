"""Where a text may be cut, and what is broken elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.chunk_audit.boundaries import broken, cut_at, fenced
from ragline.types import Chunk, ElementKind

TABLE = "| Part | Torque |\n| --- | --- |\n| Cover | 0.8 |\n¦| Gland | 3.0 |\n"


def cut(text: str, kind: ElementKind = "paragraph", *, context: str = "") -> str:
    """What a cut at the broken bar breaks."""
    position = text.index("¦")
    whole = text.replace("¦", "")
    place = cut_at(whole, position)
    if place is None:
        return ""
    front, behind = (Chunk("c", "d", part, 0, 1, kind, context=context) for part in (whole[:position], whole[position:]))
    return broken(place, front, behind, fenced(whole))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The pump sto¦ps at once.", "word"),
        ("The pump ¦stops at once.", "sentence"),
        ("The pump\n¦stops at once.", "sentence"),
        ("It holds 37,\n¦400 in all.", "sentence"),
        ("Steps:\n- Open it.\n¦- Close it.", "list"),
        ("1. Open it.\n2. Turn\n¦it over.", "sentence"),
        ("1. Open it.\n¦2. Close it.", "list"),
        ("```python\nx = 1\n\n¦y = 2\n```\n", "code"),
        (TABLE, "table"),
        ("| Part | Tor¦que |\n", "word"),
        ("| Part |¦ Torque |\n| --- | --- |\n", "table"),
    ],
)
def test_what_is_broken(text: str, found: str) -> None:
    assert cut(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "The pump stops. ¦Then it starts.",
        'He said "stop." ¦Then he left.',
        "**Stop.** ¦Then go.",
        "The pump stops\n\n¦at once.",
        "The pump stops\n\n¦- at once.",
        "Title\n¦Another line begins here.",
        "Text in front\n¦## Heading",
        "Text in front\n¦- the first item of a list",
        "止まる。¦動く。",
        "```\nx\n```\n¦The text goes on.",
        "¦All of it.",
        "All of it.¦",
        "All of it.¦ \n ",
    ],
)
def test_where_nothing_is_broken(text: str) -> None:
    assert cut(text) == ""


def test_a_table_whose_header_is_repeated_may_be_cut_between_rows() -> None:
    assert cut(TABLE, "table", context="Manual > Torques\nPart | Torque") == ""
    assert cut(TABLE, "table", context="Manual > Torques") == "table"


def test_code_may_be_cut_at_a_blank_line_only() -> None:
    assert cut("def f():\n    return 1\n¦\ndef g():\n    return 2\n", "code") == ""
    assert cut("def f():\n¦    return 1\n", "code") == "code"


def test_a_line_of_a_record_stands_for_itself() -> None:
    assert cut("name: pump\n¦price: 3", "record") == ""


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("no code", []),
        ("```\na\n```\nb\n~~~ py\nc\n~~~~", [(0, 9), (12, 25)]),
        ("````\n```\nnot closed by fewer\n````", [(0, 33)]),
        ("~~~\n```\n~~~", [(0, 11)]),
        ("```\n```py\n```", [(0, 13)]),
        ("a\n```\nnever closed", [(2, 18)]),
    ],
)
def test_where_fenced_code_stands(text: str, spans: list[tuple[int, int]]) -> None:
    assert fenced(text) == spans


def test_a_table_of_megabytes_is_looked_at_in_time() -> None:
    text = "| n | square |\n|---|---|\n" + "".join(f"| {n} | {n * n} |\n" for n in range(100_000))
    code = fenced(text)
    after = Chunk("c", "d", "x", 0, 1, "table", context="n | square")
    cuts = [cut_at(text, text.index("\n", at)) for at in range(1000, len(text) - 1000, len(text) // 300)]
    assert {broken(place, after, after, code) for place in cuts if place is not None} == {""}


@given(st.text("ab. \n-|#`1.", max_size=60), st.integers(0, 60))
def test_any_cut_of_any_text_has_an_answer(text: str, position: int) -> None:
    place = cut_at(text, min(position, len(text)))
    if place is not None:
        assert broken(place, Chunk("c", "d", text, 0, 1), None, fenced(text)) in {
            "",
            "word",
            "sentence",
            "list",
            "table",
            "code",
        }
        assert not place.gap.strip()
