import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers.json_reply import leaves, object_in, placed_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "reply",
    [
        '{"a": 1}',
        ' \n{"a": 1}\n',
        '```json\n{"a": 1}\n```',
        '```\n{"a": 1}\n```',
        'Sure! Here it is:\n```json\n{"a": 1}\n```\nAnything else?',
        'The answer is {"a": 1}. I hope this helps {you}.',
        'First {not json} and then {"a": 1}',
        '```python\nprint()\n```\n{"a": 1}',
    ],
)
def test_json_is_found_in_fences_and_among_words(reply: str) -> None:
    assert object_in(reply) == {"a": 1}


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "no json",
        "[1]",
        '"a"',
        '{"a": 1',
        "{'a': 1}",
        '{"a": NaN}',
        "{" * 2000,
        '{"a": Infinity}',
        '{"a": 1e999}',
        '{"a": ' + "[" * 9000 + "]" * 9000 + "}",
    ],
)
def test_nothing_is_guessed(reply: str) -> None:
    assert object_in(reply) is None


def test_what_no_file_could_hold_is_no_reply() -> None:
    assert object_in('{"a": "\\ud800"}') is None
    assert object_in('{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=3), st.sampled_from(["", "Here: ", "```json\n"]))
def test_any_object_is_read_back(value: dict[str, object], before: str) -> None:
    text, _ = placed_json(value)
    assert object_in(before + text + ("\n```" if "`" in before else "")) == value


@given(JSON)
def test_every_value_has_its_place(value: object) -> None:
    text, spans = placed_json(value)
    assert json.loads(text) == value
    for pointer, leaf in leaves(value):
        start, end = spans[pointer]
        assert json.loads(text[start:end]) == leaf


def test_pointers_are_those_of_rfc_6901() -> None:
    assert list(leaves({"a/b": [{"m~n": 1}, None, "x"], "c": {}})) == [("/a~1b/0/m~0n", 1), ("/a~1b/2", "x")]
