"""What every parser must hold: exact ordered spans, determinism, typed errors, whatever the bytes.

A parser is what passes this suite: it takes part by being registered.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.elements import ParsedDocument, Parser, RawSource
from ingestion.parsers.registry import PARSERS
from ragline.errors import ParseError

SEEDS = [
    b"# A\n\ntext\n\n- a\n  - b\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n",
    b"---\ntitle: x\nacl: [a]\n---\nbody",
    b"<h1>A</h1><p>t</p><ul><li>x<li>y</ul><table><tr><th>a<th>b<tr><td>1<td>2</table>",
    b"T\n=\n\n.. note:: x\n\n   a::\n\n     b\n\n+--+--+\n|a |b |\n+==+==+\n|1 |2 |\n+--+--+\n"
    b"\n=  =\na  b\n=  =\n1  2\n=  =\n\n:f: v\n\nt\n  d\n",
    b"1.2 Scope\n\nQ: a?\nA: b.\n\nTitle\n=====\n- a\n- b\n",
    b'a,b\n1,2\n"x, y",z\n',
    b'{"a": [{"b": 1}, {"c": [2, "x"]}], "d": "e"}',
    b'{"a": 1}\n{"b": 2}\n',
    b"From: a@b.example\nSubject: s\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\n> q\nt\n--x\n"
    b"Content-Disposition: attachment; filename=../a.csv\n\na,b\n1,2\n--x--\n",
    b"#+TITLE: t\n* H\n- a\n| a | b |\n|---+---|\n| 1 | 2 |\n",
    b"{\\rtf1 {\\b t}\\par\\trowd\\cellx9\\intbl a\\cell\\row}",
]


@st.composite
def sources(draw: st.DrawFn) -> bytes:
    """Bytes, and spliced pieces of valid documents."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        other = draw(st.sampled_from(SEEDS))
        cut = draw(st.integers(0, len(other)))
        data[at : at + draw(st.integers(0, 5))] = other[cut : cut + draw(st.integers(0, 30))]
    return bytes(data)


def check(parsed: ParsedDocument) -> None:
    parsed.text.encode("utf-8")
    assert "\r" not in parsed.text
    at = 0
    for element in parsed.elements:
        assert at <= element.start < element.end <= len(parsed.text)
        assert parsed.text[element.start : element.end].strip()
        assert (element.level > 0) == (element.kind == "heading")
        assert all(part == " ".join(part.split()) != "" for part in element.section_path)
        inner = element.start
        for start, end in element.rows if element.header is None else (element.header, *element.rows):
            assert inner <= start < end <= element.end
            inner = end
        at = element.end
        if element.table is not None:
            assert element.kind == "table"
            assert all(len(row) == len(element.table.columns) for row in element.table.cells)
            assert not element.rows or len(element.rows) == len(element.table.cells)


@pytest.mark.parametrize("parser", PARSERS.values(), ids=lambda parser: parser.name)
@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(data=sources())
def test_any_bytes(parser: Parser, data: bytes) -> None:
    source = RawSource(f"x{parser.suffixes[0]}", data)
    try:
        parsed = parser.parse(source)
    except ParseError as error:
        reason = error.reason
    else:
        check(parsed)
        assert parsed == parser.parse(source)
        return
    assert len(reason) > 10


@pytest.mark.parametrize(
    "parser",
    [each for each in PARSERS.values() if each.name in {"markdown", "text", "rst", "code"}],
    ids=lambda parser: parser.name,
)
@settings(deadline=None, max_examples=60)
@given(data=sources())
def test_source_formats_keep_every_character_in_the_text(parser: Parser, data: bytes) -> None:
    try:
        text = data.decode("utf-8")
        parsed = parser.parse(RawSource("x", data))
    except (UnicodeDecodeError, ParseError):
        return
    assert parsed.text == text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("parser", PARSERS.values(), ids=lambda parser: parser.name)
def test_parsers_declare_what_they_read(parser: Parser) -> None:
    assert parser.version >= 1
    assert parser.suffixes
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in parser.suffixes)
