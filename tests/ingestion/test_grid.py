"""Tables as grids, and how they are written into the text."""

import pytest

from ingestion.elements import Table
from ingestion.parsers.canonical import CanonicalText
from ingestion.parsers.grid import Grid, add_table, filled_grid, is_number


def written(grid: Grid) -> tuple[list[str], Table | None, bool]:
    out = CanonicalText()
    add_table(out, grid)
    table = next((element for element in out.elements if element.kind == "table"), None)
    return out.text.split("\n"), table.table if table else None, table is not None and table.header is not None


def test_merged_cells_are_filled_and_headers_joined() -> None:
    rows = [["Region", "2024", "", "2025"], ["", "Q1", "Q2", "Q1"], ["North", "1", "2", "3"], ["", "4", "5", "6"]]
    grid = filled_grid(rows, [(0, 1, 0, 2), (0, 0, 1, 0), (2, 0, 3, 0)], header_rows=2)
    lines, table, has_header = written(grid)
    assert lines == ["Region | 2024 > Q1 | 2024 > Q2 | 2025 > Q1", "North | 1 | 2 | 3", "North | 4 | 5 | 6"]
    assert table == Table(
        ("Region", "2024 > Q1", "2024 > Q2", "2025 > Q1"), (("North", "1", "2", "3"), ("North", "4", "5", "6"))
    )
    assert has_header


def test_a_cell_across_columns_is_written_once_and_counts_in_each() -> None:
    grid = filled_grid([["a", "b", "c"], ["1", "2", "3"], ["closed", "", ""]], [(2, 0, 2, 2)], header_rows=1)
    lines, table, _ = written(grid)
    assert lines == ["a | b | c", "1 | 2 | 3", "closed"]
    assert table is not None
    assert table.cells[1] == ("closed", "closed", "closed")


def test_a_first_row_across_the_table_is_its_caption() -> None:
    grid = filled_grid([["Prices", ""], ["Code", "Price"], ["A", "1"]], [(0, 0, 0, 1)], header_rows=2, caption="2025")
    lines, table, _ = written(grid)
    assert lines == ["2025", "Prices", "", "Code | Price", "A | 1"]
    assert table is not None
    assert (table.columns, table.caption) == (("Code", "Price"), "2025\nPrices")


def test_empty_rows_and_columns_go() -> None:
    grid = filled_grid([["a", "", "b"], ["", "", ""], ["1", "", "2"]], header_rows=1)
    assert written(grid)[0] == ["a | b", "1 | 2"]
    assert written(filled_grid([["", ""], ["", ""]]))[0] == [""]
    assert written(filled_grid([["only one"]]))[:2] == (["only one"], None)


@pytest.mark.parametrize(
    ("rows", "has_header"),
    [
        ([["Name", "Year", "City"], ["Ann", "1990", "Bonn"]], True),
        ([["Ann", "1990", "Bonn"], ["Bob", "1980", "Rome"]], False),
        ([["Name", "Name", "City"], ["Ann", "Lee", "Bonn"]], False),
        ([["Name", "Ann"], ["City", "Bonn"]], False),
    ],
)
def test_a_header_is_guessed_only_where_names_look_like_names(rows: list[list[str]], *, has_header: bool) -> None:
    assert written(filled_grid(rows))[2] is has_header


@pytest.mark.parametrize("text", ["1", "-1,234.50", "12 %", "1 234 EUR", "(5.00)", "€ 3", "3.5h"])
def test_numbers(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "A1", "Q1 2024", "HX-200", "10 apples", "v1.2"])
def test_no_numbers(text: str) -> None:
    assert not is_number(text)
