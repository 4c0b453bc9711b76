"""Small files that would become large texts."""

import time
from contextlib import suppress

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.guard.growth import FREE_CHARS, MAX_COLUMNS, MAX_GROWTH, allowed_chars, bounded, check_table
from ingestion.parsers.registry import parse
from ragline.errors import ParseError


def read(name: str, text: str) -> ParsedDocument:
    return parse(RawSource(name, text.encode()))


def refused(name: str, text: str) -> str:
    started = time.process_time()
    with pytest.raises(ParseError) as caught:
        read(name, text)
    assert time.process_time() - started < 10
    return caught.value.reason


def test_texts_may_grow_in_proportion_to_their_source() -> None:
    assert allowed_chars(10) == FREE_CHARS
    assert allowed_chars(FREE_CHARS) == MAX_GROWTH * FREE_CHARS
    assert list(bounded(["a", "bc"], 1)) == ["a", "bc"]
    with pytest.raises(ParseError, match="more than 8 times as long as the file; shorten names"):
        list(bounded(["x" * 1000] * (FREE_CHARS // 1000 + 1), 1))


def test_tables_out_of_proportion() -> None:
    check_table(1_000_000, 20, 19_000_000)
    check_table(1, MAX_COLUMNS, 1)
    with pytest.raises(ParseError, match="16385 columns, more than 16384; split it"):
        check_table(1, MAX_COLUMNS + 1, MAX_COLUMNS + 1)
    with pytest.raises(ParseError, match="rows of very different lengths"):
        check_table(100_000, 10_000, 110_000)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (",".join(f"c{number}" for number in range(1_000_000)) + "\n", "1000000 columns, more than 16384"),
        (",".join("1" for _ in range(1_000_000)) + "\na,b\n", "1000000 columns"),
        ('"a",' * 20_000 + "\n" + "1,2\n" * 3, "20001 columns"),
        ("a,b\n" * 100_000 + "x," * 16_000 + "y\n", "very different lengths"),
        ("n" * 500_000 + ",b\n" + "x,y\n" * 20_000, "8 times as long as the file"),
        (f"{'n' * 500_000},{',' * 10_000}z\n,{','.join('abcdefgh'[i % 8] + str(i) for i in range(10_000))},\nx,y\n", "8 times"),
    ],
    ids=["columns", "columns of data", "quoted columns", "ragged", "a long name", "a long name over many"],
)
def test_csv(text: str, reason: str) -> None:
    assert reason in refused("a.csv", text)


def test_csv_in_proportion_is_read() -> None:
    parsed = read("a.csv", ",".join(f"c{number}" for number in range(5_000)) + "\n" + ",".join("v" * 5_000))
    assert "c4999: v" in parsed.text
    parsed = read("a.csv", "a rather long name of a column,b\n" + "1,2\n" * 50_000)
    assert len(parsed.elements[0].rows) == 50_000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000 + "]" * 100_000, "nested too deeply; flatten it"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deeply; flatten it"),
        ("[" * 100_000, "nested too deeply; flatten it"),
        ('{"' + "k" * 500_000 + '":{' + ",".join(f'"{number}":1' for number in range(50_000)) + "}}", "8 times as long"),
        ('{"' + "k" * 900_000 + '":[' + ",".join(["{}", *(["[1]"] * 50_000)]) + "]}", "8 times as long"),
    ],
    ids=["lists", "objects", "open lists", "a long key", "a long key of lists"],
)
def test_json(text: str, reason: str) -> None:
    assert reason in refused("a.json", text)


def test_json_lines_nested_deeply_are_kept_as_text() -> None:
    parsed = read("a.jsonl", "[" * 100_000 + '\n{"a": 1}\n')
    assert "a: 1" in parsed.text
    assert "not valid JSON" in parsed.warnings[0]


def test_cells_over_many_rows_are_repeated_within_reason() -> None:
    cell = "word " * 20_000
    page = f"<table><tr><td rowspan=9999>{cell}<td>x</tr>{'<tr><td>y</tr>' * 5_000}</table>"
    parsed = read("a.html", page)
    assert len(parsed.text) < FREE_CHARS + len(page)
    assert "word word" in parsed.text
    small = read("a.html", "<table><tr><th>a<th>b<tr><td rowspan=2>both<td>1<tr><td>2</table>")
    assert small.text.count("both") == 2


def test_rows_of_html_that_would_be_filled_up() -> None:
    wide = "<tr>" + "<td>x" * 16_000
    assert "very different lengths" in refused("a.html", f"<table>{wide}{'<tr><td>y<td>z' * 20_000}</table>")


def test_long_headings_do_not_stand_with_every_chunk() -> None:
    long = "word " * 100_000
    for name, text in (
        ("a.md", f"# {long}\n\ntext"),
        ("a.html", f"<h1>{long}</h1><p>text"),
        ("a.rst", f"{long.strip()}\n{'=' * len(long)}\n\ntext"),
        ("a.json", '{"' + long + '": [{"a": {"b": 1}}]}'),
    ):
        parsed = read(name, text)
        assert len(parsed.title) <= 1_000
        assert all(len(part) <= 1_000 for each in parsed.elements for part in each.section_path), name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", ">" * 100_000 + " x"),
        ("a.md", "> " * 100_000 + "x"),
        ("a.md", "[" * 100_000 + "x" + "]" * 100_000),
        ("a.md", "# " + "[" * 100_000),
        ("a.md", "[a](" * 100_000),
        ("a.md", "- " * 100_000),
        ("a.md", "*a_" * 100_000),
        ("a.md", "![[" * 100_000),
        ("a.md", "<!-- " * 100_000),
        ("a.md", "| a " * 100_000 + "\n" + "|---" * 100_000),
        ("a.md", "".join("`" * number + "a" for number in range(1, 800))),
        ("a.txt", "Q: a\n" * 100_000),
        ("a.txt", "word " * 200_000),
        ("a.txt", "x" * 1_000_000),
        ("a.rst", "*a " * 100_000),
        ("a.rst", ".. a::\n" * 20_000),
        ("a.csv", '"' * 500_000),
        ("a.csv", '"\n' * 100_000),
        ("a.csv", 'a"b,"\n' * 50_000),
        ("a.jsonl", "[\n" * 100_000),
    ],
    ids=lambda value: value[:12] if "\n" not in value[:12] else "lines",
)
def test_a_parser_reads_whatever_there_is_in_seconds(name: str, text: str) -> None:
    """The parsers alone; an author's markup in the tens of thousands must not cost its square."""
    started = time.process_time()
    with suppress(ParseError):
        read(name, text)
    assert time.process_time() - started < 10
