"""JSON whose fields are named by options."""

import json

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.json import JsonParser

ARTICLES = {
    "feed": {
        "items": [
            {"headline": "Pumps", "body": "First.\n\nSecond.", "author": {"name": "Ann"}, "tags": ["a", "b"], "internal": 1},
            {"sku": "K-2", "headline": "", "body": ["One text.", "Another text."], "author": {"name": "Bo"}},
        ]
    }
}


def parse(value: object, options: dict[str, str], name: str = "x.json") -> ParsedDocument:
    text = value if isinstance(value, str) else json.dumps(value)
    return JsonParser().parse(RawSource(name, text.encode(), options))


def pieces(parsed: ParsedDocument) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(element.kind, parsed.text[element.start : element.end], element.section_path) for element in parsed.elements]


def test_records_become_sections_with_text_and_metadata() -> None:
    options = {
        "records": "feed.items",
        "title": "headline",
        "id": "sku",
        "text": "body",
        "metadata": "author.name, tags",
    }
    parsed = parse(ARTICLES, options)
    assert pieces(parsed) == [
        ("heading", "Pumps", ()),
        ("paragraph", "First.", ("Pumps",)),
        ("paragraph", "Second.", ("Pumps",)),
        ("record", "author.name: Ann\ntags: a, b", ("Pumps",)),
        ("heading", "K-2", ()),
        ("paragraph", "One text.", ("K-2",)),
        ("paragraph", "Another text.", ("K-2",)),
        ("record", "sku: K-2\nauthor.name: Bo", ("K-2",)),
    ]
    assert parsed.warnings == ()


def test_one_record_is_the_document() -> None:
    record = {"headline": "Pumps", "body": "Text.", "tags": ["a", "b"], "year": 2024, "sku": 7}
    parsed = parse(record, {"text": "body", "title": "headline", "metadata": "tags,year,absent", "id": "sku"})
    assert (parsed.title, parsed.text) == ("Pumps", "Text.")
    assert parsed.metadata == {"tags": ["a", "b"], "year": 2024, "sku": 7}


def test_without_text_fields_a_record_is_its_lines() -> None:
    parsed = parse([{"name": "a", "x": {"y": 1}}, {"name": "b"}], {"title": "name"})
    assert pieces(parsed) == [
        ("heading", "a", ()),
        ("record", "name: a\nx.y: 1", ("a",)),
        ("heading", "b", ()),
        ("record", "name: b", ("b",)),
    ]


def test_json_lines_have_fields_too() -> None:
    parsed = parse('{"t": "A", "b": "one"}\nno json\n{"t": "B", "b": {"deep": "two"}}', {"title": "t", "text": "b"}, "x.jsonl")
    assert pieces(parsed) == [
        ("heading", "A", ()),
        ("paragraph", "one", ("A",)),
        ("paragraph", "no json", ()),
        ("heading", "B", ()),
        ("paragraph", "deep: two", ("B",)),
    ]
    assert "not valid JSON" in parsed.warnings[0]


@pytest.mark.parametrize("options", [{"text": "bdy"}, {"text": "body", "records": "nowhere"}])
def test_a_field_that_no_record_has_is_reported(options: dict[str, str]) -> None:
    parsed = parse([{"body": "x"}, {"body": "y"}], options)
    assert "correct the name in the options" in parsed.warnings[0]


def test_a_key_with_dots_goes_before_a_path() -> None:
    assert parse({"a.b": "flat", "a": {"b": "deep"}}, {"text": "a.b"}).text == "flat"


def test_other_options_change_nothing() -> None:
    assert parse([{"a": 1}, {"b": 2}], {"format": "json"}).text == "a: 1\n\nb: 2"
