"""HTML tables: the cells, what is merged, what is no table."""

import time

import pytest

from ingestion.elements import ParsedDocument, RawSource, Table
from ingestion.parsers.html import HtmlParser


def parse(html: str) -> ParsedDocument:
    return HtmlParser().parse(RawSource("page.html", html.encode()))


def table_of(html: str) -> Table:
    tables = [element.table for element in parse(html).elements if element.table is not None]
    assert len(tables) == 1
    return tables[0]


def pieces(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(element.kind, parsed.text[element.start : element.end]) for element in parsed.elements]


def test_cells_columns_and_caption() -> None:
    table = table_of(
        "<table><caption>Errors of <b>pumps</b></caption><thead><tr><th>Code<th>Meaning</thead>"
        "<tbody><tr><td>E-1<td>Pump<br>blocked<tr><td>E-2<td></tbody></table>"
    )
    assert table == Table(("Code", "Meaning"), (("E-1", "Pump blocked"), ("E-2", "")), "Errors of pumps")


def test_merged_cells_count_in_all_that_they_span() -> None:
    parsed = parse(
        "<table><thead><tr><th rowspan=2>Region<th colspan=2>2024<th colspan=2>2025</tr>"
        "<tr><th>Q1<th>Q2<th>Q1<th>Q2</tr></thead>"
        "<tr><th scope=row rowspan=2>North<td>1<td>2<td>3<td>4</tr><tr><td colspan=2>none<td>7<td>8</tr></table>"
    )
    (element,) = parsed.elements
    assert element.table == Table(
        ("Region", "2024 > Q1", "2024 > Q2", "2025 > Q1", "2025 > Q2"),
        (("North", "1", "2", "3", "4"), ("North", "none", "none", "7", "8")),
    )
    assert element.header is not None
    assert parsed.text[slice(*element.header)] == "Region | 2024 > Q1 | 2024 > Q2 | 2025 > Q1 | 2025 > Q2"
    assert [parsed.text[slice(*row)] for row in element.rows] == ["North | 1 | 2 | 3 | 4", "North | none | 7 | 8"]


def test_header_cells_of_rows_name_no_columns() -> None:
    table = table_of("<table><tr><th scope=row>Weight<td>3 kg<tr><th scope=row>Height<td>2 m</table>")
    assert table.columns == ("column 1", "column 2")
    assert table.cells == (("Weight", "3 kg"), ("Height", "2 m"))


@pytest.mark.parametrize("span", ["0", "-1", "x", "", "99999999", "1e3", "²"])
def test_odd_spans_do_no_harm(span: str) -> None:
    table = table_of(f"<table><tr><th>a<th>b<tr><td rowspan='{span}'>1<td>2<tr><td>3<td>4</table>")
    assert table.cells[0][:2] == ("1", "2")


def test_huge_spans_stay_small() -> None:
    cells = "<td colspan=1000 rowspan=1000>x" * 500
    started = time.perf_counter()
    parsed = parse(f"<table>{f'<tr>{cells}' * 20}</table>")
    assert time.perf_counter() - started < 20
    assert "x" in parsed.text


@pytest.mark.parametrize(
    ("html", "kinds"),
    [
        ("<table><tr><td>All of the page</table>", ["paragraph"]),
        ("<table><tr><td>menu<td><p>a<table><tr><td>1<td>2</table></table>", ["paragraph", "paragraph", "table"]),
        ("<table><tr><td class=linenos><pre>1\n2</pre><td class=code><pre>x = 1\ny = 2</pre></table>", ["code"]),
        ("<table role=presentation><tr><td>a<td>b</table>", ["paragraph", "paragraph"]),
    ],
)
def test_tables_that_lay_out_the_page_are_none(html: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in pieces(parse(html))] == kinds


def test_links_and_images_in_cells_are_kept() -> None:
    parsed = parse("<table><tr><th>a<th>b<tr><td><a href='/x'>Ex</a><td><img alt='Green light'></table>")
    assert parsed.elements[0].table == Table(("a", "b"), (("Ex", "Green light"),))
    assert parsed.metadata["links"] == ["/x"]


def test_a_table_inside_a_list_keeps_its_words() -> None:
    parsed = parse("<ul><li>one<table><tr><th>a<th>b<tr><td>1<td>2</table></li><li>two</li></ul>")
    assert pieces(parsed) == [("list", "- one\na | b\n1 | 2\n- two")]
