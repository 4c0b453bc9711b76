"""The map from canonical text to source characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.decode import decode
from ingestion.elements import RawSource
from ingestion.parsers.registry import parse
from ingestion.source_map import SourceMap, normalize
from ragline.errors import ParseError

texts = st.lists(st.sampled_from(["a", "é", "漢", "😀", " ", "\r", "\n", "\r\n", "\ufeff"])).map("".join) | st.text()


@given(texts)
def test_every_character_leads_back_to_its_own(source: str) -> None:
    text, found = normalize(source)
    source_map = found or SourceMap()
    assert "\r" not in text
    for offset, char in enumerate(text):
        start, end = source_map.span_to_source(offset, offset + 1)
        assert source[start:end] in ({"\n", "\r", "\r\n"} if char == "\n" else {char})
    assert source_map.to_source(len(text)) == len(source)


@given(texts)
def test_there_and_back_is_where_it_began(source: str) -> None:
    text, found = normalize(source)
    source_map = found or SourceMap()
    assert [source_map.to_canonical(source_map.to_source(offset)) for offset in range(len(text) + 1)] == list(
        range(len(text) + 1)
    )
    back = [source_map.to_canonical(offset) for offset in range(len(source) + 1)]
    assert back == sorted(back)
    assert back[-1] == len(text)


@given(texts, st.data())
def test_spans_lead_to_the_text_they_stand_for(source: str, data: st.DataObject) -> None:
    text, found = normalize(source)
    source_map = found or SourceMap()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = source_map.span_to_source(start, end)
    assert source[first:last].replace("\r\n", "\n").replace("\r", "\n") == text[start:end]


def test_the_map_is_no_larger_than_what_moved() -> None:
    assert normalize("a\nb") == ("a\nb", None)
    assert normalize("a\rb") == ("a\nb", None)
    assert normalize("\ufeffab") == ("ab", SourceMap(1))
    assert normalize("a\r\nb\r\n") == ("a\nb\n", SourceMap(0, (1, 3)))


@pytest.mark.parametrize("name", ["x.md", "x.txt"])
def test_elements_lead_back_to_the_file(name: str) -> None:
    source = "\ufeff# Title\r\n\r\nFirst\r\nsecond\r\n\r\nlast"
    parsed = parse(RawSource(name, source.encode()))
    assert parsed.source_map is not None
    pieces = [source[slice(*parsed.source_map.span_to_source(e.start, e.end))] for e in parsed.elements]
    assert pieces == ["# Title", "First\r\nsecond", "last"]


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    try:
        decoded = decode(data)
    except ParseError:
        return
    source_map = decoded.source_map or SourceMap()
    assert source_map.to_canonical(source_map.to_source(len(decoded.text))) == len(decoded.text)
