"""JSON and JSON Lines."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.elements import ParsedDocument, RawSource, Table
from ingestion.parsers.json import JsonParser
from ragline.errors import ParseError


def parse(value: object, name: str = "data.json") -> ParsedDocument:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return JsonParser().parse(RawSource(name, text.encode()))


def test_items_of_a_list_are_records() -> None:
    parsed = parse(
        [{"id": 1, "address": {"city": "Paris"}, "tags": ["red", "small"]}, {"id": 2, "ok": True, "none": None}, "plain"]
    )
    assert [parsed.text[e.start : e.end] for e in parsed.elements] == [
        "id: 1\naddress.city: Paris\ntags: red, small",
        "id: 2\nok: true",
        "plain",
    ]
    assert {e.kind for e in parsed.elements} == {"record"}
    assert [parsed.text[slice(*row)] for row in parsed.elements[0].rows] == ["id: 1", "address.city: Paris", "tags: red, small"]


def test_keys_with_objects_are_sections() -> None:
    parsed = parse(
        {"title": "Errors", "version": 2, "errors": [{"code": "E-1", "causes": [{"name": "dust"}]}], "contact": {"mail": "x@y"}}
    )
    assert parsed.title == "Errors"
    assert [(e.section_path, parsed.text[e.start : e.end]) for e in parsed.elements] == [
        ((), "title: Errors\nversion: 2"),
        (("errors",), "code: E-1\ncauses[0].name: dust"),
        (("contact",), "mail: x@y"),
    ]


def test_objects_of_one_shape_are_a_table() -> None:
    parsed = parse(
        {"site": "x", "sites": [{"city": "Köln", "staff": 186, "open": None}, {"city": " Kraków", "staff": 1, "open": True}]}
    )
    (record, table) = parsed.elements
    assert (record.kind, table.kind, table.section_path) == ("record", "table", ("sites",))
    assert [parsed.text[slice(*row)] for row in table.rows] == ["city: Köln\nstaff: 186", "city: Kraków\nstaff: 1\nopen: true"]
    assert table.table == Table(("city", "staff", "open"), (("Köln", "186", ""), ("Kraków", "1", "true")))
    assert parsed.text == "site: x\n\ncity: Köln\nstaff: 186\n\ncity: Kraków\nstaff: 1\nopen: true"


@pytest.mark.parametrize(
    "items",
    [
        [{"a": 1, "b": 2}],
        [{"a": 1}, {"a": 2}],
        [{"a": 1, "b": 2}, {"a": 1, "c": 2}],
        [{"a": 1, "b": [1]}, {"a": 1, "b": [2]}],
        [{"a": 1, "b": "long " * 50}, {"a": 1, "b": "x"}],
        [{"a": 1, "b": "two\nlines"}, {"a": 1, "b": "x"}],
        [{"a": 1, "b": 2}, 3],
    ],
)
def test_other_lists_are_records(items: list[object]) -> None:
    assert {element.kind for element in parse(items).elements} == {"record"}


def test_lines() -> None:
    parsed = parse('{"a": 1}\n\nbroken {\n{"a": "two\\nlines"}\n', "data.jsonl")
    assert [(e.kind, parsed.text[e.start : e.end]) for e in parsed.elements] == [
        ("record", "a: 1"),
        ("paragraph", "broken {"),
        ("record", "a: two\nlines"),
    ]
    assert parsed.warnings == ("1 lines are not valid JSON, the first is line 3; kept as text, correct them",)


def test_lines_under_the_wrong_suffix() -> None:
    assert parse('{"a": 1}\n{"a": 2}').text == "a: 1\n\na: 2"


@pytest.mark.parametrize(
    ("text", "reason"), [("{'a': 1}", "line 1, column 2"), ("[1,", "not valid JSON"), ("[" * 100_000, "too deeply")]
)
def test_broken_json(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse(text)


def test_numbers_beyond_reading() -> None:
    with pytest.raises(ParseError, match="write it as a string"):
        parse('{"a": ' + "9" * 5000 + "}")


@pytest.mark.parametrize("text", ["", "  \n", "[]", "{}", "null", '""', '[{}, null, {"a": null}]'])
def test_nothing(text: str) -> None:
    assert parse(text).elements == ()


@pytest.mark.parametrize(("name", "text"), [("a.json", '{"a": {"b": 1, "b": 2}}'), ("a.jsonl", '{"c": 0}\n{"b": 1, "b": 2}\n')])
def test_a_value_that_is_lost_to_another_of_its_name_is_told(name: str, text: str) -> None:
    parsed = JsonParser().parse(RawSource(name, text.encode(), {}))
    assert parsed.warnings == ("the name 'b' comes twice in one object, and its last value is read; rename one",)
    assert "b: 2" in parsed.text


def test_lone_surrogates() -> None:
    parsed = parse('{"a": "x\\ud800y", "pair": "\\ud83d\\ude00"}')
    assert parsed.text == "a: x\ufffdy\npair: 😀"
    assert "surrogates" in parsed.warnings[0]


leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)


@given(values)
def test_any_value_gives_exact_ordered_spans_and_all_its_words(value: object) -> None:
    parsed = JsonParser().parse(RawSource("x.json", json.dumps(value).encode()))
    at = 0
    for element in parsed.elements:
        assert parsed.text[at : element.start].strip() == ""
        assert "".join(parsed.text[slice(*row)] for row in element.rows).strip()
        at = element.end
    assert at == len(parsed.text)
    for word in _strings(value):
        assert word.strip() in parsed.text


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return [value] if isinstance(value, str) else []
