"""CSV and TSV."""

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.csv import CsvParser
from ragline.errors import ParseError


def parse(text: str | bytes, name: str = "table.csv") -> ParsedDocument:
    return CsvParser().parse(RawSource(name, text if isinstance(text, bytes) else text.encode()))


def test_a_row_explains_itself() -> None:
    parsed = parse("code,meaning\nE-1,Pump blocked\nE-2,\n,\n")
    assert parsed.text == "code: E-1 | meaning: Pump blocked\ncode: E-2"
    (table,) = parsed.elements
    assert (table.kind, table.header) == ("table", None)
    assert [parsed.text[slice(*row)] for row in table.rows] == parsed.text.split("\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["name", "note"], ["a", "x. y"], ["b", "z"]))
    assert parse(text).text == "name: a | note: x. y\nname: b | note: z"


def test_tsv_keeps_commas() -> None:
    assert parse("a\tb\n1,5\t2,5", "x.tsv").text == "a: 1,5 | b: 2,5"


def test_quotes_line_breaks_and_crlf() -> None:
    assert parse('a,b\r\n"x, ""y""\r\nz",2\r\n').text == 'a: x, "y" z | b: 2'


def test_rows_without_header_and_ragged_rows() -> None:
    assert parse("1,2\n3,4").text == "column 1: 1 | column 2: 2\ncolumn 1: 3 | column 2: 4"
    assert parse("a,b\nx,y,z\nw").text == "a: x | b: y | column 3: z\na: w"
    assert parse("name\nx").text == "name: x"


@pytest.mark.parametrize("text", ["", "\n\n", " , \n,"])
def test_empty_tables(text: str) -> None:
    assert parse(text).elements == ()


def test_unclosed_quotes_are_read_as_characters() -> None:
    rows = "\n".join(f"{index},value {index}" for index in range(20_000))
    parsed = parse('id,text\n1,"open\n' + rows)
    assert "quotes read as ordinary characters" in parsed.warnings[0]
    assert len(parsed.elements[0].rows) == 20_001


def test_a_field_beyond_reading_is_an_error() -> None:
    with pytest.raises(ParseError, match="not readable as CSV"):
        parse("a,b\n" + "x" * 200_000 + ",y")


def test_binary_is_refused() -> None:
    with pytest.raises(ParseError, match="binary content"):
        parse(b"a,b\n\x00\x00,1")
