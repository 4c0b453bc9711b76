"""CSV and TSV."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.elements import ParsedDocument, RawSource, Table
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
        parse('a,b\n"' + "x" * 200_000 + '",y')
    assert len(parse("a,b\n" + "x" * 200_000 + ",y").text) > 200_000


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_no_row_is_swallowed_by_an_open_quote(delimiter: str) -> None:
    rows = [["id", "text", "more"], ["1", '"open', "x"], ["2", "b", "y"], ["3", "c", '"'], ["4", "d", "z"]]
    parsed = parse("\n".join(delimiter.join(row) for row in rows))
    assert parsed.elements[0].table is not None
    assert [row[0] for row in parsed.elements[0].table.cells] == ["1", "2", "3", "4"]
    assert parsed.elements[0].table.cells[1] == ("2", "b", "y")
    assert "quotes read as ordinary characters" in parsed.warnings[0]


def test_rows_inside_a_closed_quote_are_rows() -> None:
    rows = "\n".join(f"{number},b,c" for number in range(2, 8))
    parsed = parse(f'id,x,y\n1,"open,z\n{rows}\n8,"closed",c\n')
    assert len(parsed.elements[0].rows) == 8
    assert "the first is line 2" in parsed.warnings[0]


def test_line_ends_in_quoted_fields_are_one_row() -> None:
    parsed = parse('name,address,note\nA,"1 Road\nTown, County\nLand",x\nB,"2 Road\n\nTown",y\n')
    assert parsed.elements[0].table is not None
    assert parsed.elements[0].table.cells == (("A", "1 Road Town, County Land", "x"), ("B", "2 Road Town", "y"))
    assert parsed.warnings == ()


def test_a_row_with_more_cells_may_hold_line_ends() -> None:
    parsed = parse('sep=,\n,\nx,"a\nb",\n')
    assert parsed.elements[0].table is not None
    assert parsed.elements[0].table.cells == (("x", "a b"),)


def test_inch_marks_are_no_quotes() -> None:
    parsed = parse('size,price\n5" pipe,3\n7" pipe,4\n')
    assert parsed.text == 'size: 5" pipe | price: 3\nsize: 7" pipe | price: 4'
    assert parsed.warnings == ()


def test_blanks_behind_delimiters_do_not_hide_quotes() -> None:
    assert parse('a, b\n"x, y", "z, w"\n').text == "a: x, y | b: z, w"


def test_a_separator_line_names_the_delimiter() -> None:
    assert parse("sep=;\na;b\n1,5;x\n").text == "a: 1,5 | b: x"


def test_one_column_with_commas_stays_one_column() -> None:
    parsed = parse("Sentence\nLorem, ipsum\ndolor sit\namet\nadipiscing, elit\ntempor\n")
    assert parsed.elements[0].table is not None
    assert parsed.elements[0].table.columns == ("Sentence",)
    assert parsed.text.split("\n")[0] == "Sentence: Lorem, ipsum"


def test_titles_above_the_table_are_its_caption() -> None:
    parsed = parse("Stanley Cups,,\n,,\nTeam,Location,Cups\nBlues,STL,1\n")
    assert [element.kind for element in parsed.elements] == ["caption", "table"]
    table = parsed.elements[1].table
    assert table == Table(("Team", "Location", "Cups"), (("Blues", "STL", "1"),), "Stanley Cups")
    assert parsed.text == "Stanley Cups\n\nTeam: Blues | Location: STL | Cups: 1"
    sparse = parse("a,\nb,\nc,d\n")
    assert [element.kind for element in sparse.elements] == ["table"]


def test_two_rows_of_header_are_joined() -> None:
    parsed = parse("Kind,Count,Results,\n,,Accuracy,Time\nBlind,5,34 %,9\nLow,,1 %,8\n")
    table = parsed.elements[0].table
    assert table is not None
    assert table.columns == ("Kind", "Count", "Results > Accuracy", "Results > Time")
    assert parsed.text.split("\n")[1] == "Kind: Low | Results > Accuracy: 1 % | Results > Time: 8"


def test_rows_wider_than_the_header_are_reported() -> None:
    parsed = parse("a,b\n1,2\nx,y,z\n")
    assert parsed.elements[0].table == Table(("a", "b", "column 3"), (("1", "2", ""), ("x", "y", "z")))
    assert "1 rows have more cells than the header" in parsed.warnings[0]


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), max_size=8) | st.sampled_from(
    ['"', "a\nb", "x,y", "1;2", "|"]
)


@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=8))
def test_every_cell_is_found_in_its_row_whatever_it_holds(rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    parsed = parse("sep=,\n" + written.getvalue())
    table = parsed.elements[-1].table if parsed.elements else None
    found = [word for row in (table.cells if table else ()) for cell in row for word in cell.split()]
    named = [word for name in (table.columns if table else ()) for word in name.split()]
    captions = table.caption.split() if table else []
    assert {word for row in rows for cell in row for word in cell.split()} <= {*found, *named, *captions, ">"}
    assert all(len(row) == len(table.columns) for row in table.cells) if table else True


def test_binary_is_refused() -> None:
    with pytest.raises(ParseError, match="binary content"):
        parse(b"a,b\n\x00\x00,1")
