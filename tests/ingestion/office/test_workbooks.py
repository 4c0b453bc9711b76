"""Workbooks: sheets, tables in them, numbers as they are shown."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.office.workbooks import WorkbookParser
from ragline.errors import ParseError

openpyxl = pytest.importorskip("openpyxl", reason="needs the documents extra")
Read = Callable[[str, bytes], ParsedDocument]
Show = Callable[[ParsedDocument], list[tuple[str, str]]]


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook(rows: list[list[object]], merges: tuple[str, ...] = ()) -> Any:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for area in merges:
        book.active.merge_cells(area)
    return book


def tables(parsed: ParsedDocument) -> list[tuple[tuple[str, ...], int]]:
    return [(element.table.columns, len(element.table.cells)) for element in parsed.elements if element.table]


def test_values_come_as_they_are_shown(read: Read, pieces: Show) -> None:
    book = workbook([["Name", "Share", "Due", "Price", "Id", "Open"], ["Ada", 0.25, date(2024, 3, 5), 1234.5, "007", True]])
    sheet = book.active
    sheet["B2"].number_format, sheet["C2"].number_format = "0.0%", "DD.MM.YYYY"
    sheet["D2"].number_format = '#,##0.00 "EUR"'
    sheet["A2"].hyperlink = "https://example.org/ada"
    sheet["D2"].comment = openpyxl.comments.Comment("before\ntax", "me")
    parsed = read("x.xlsx", saved(book))
    assert pieces(parsed) == [
        ("heading", "Sheet"),
        (
            "table",
            "Name | Share | Due | Price | Id | Open\n"
            "Ada (https://example.org/ada) | 25.0% | 2024-03-05 | 1,234.50 EUR (note: before tax) | 007 | TRUE",
        ),
    ]
    assert parsed.elements[1].header is not None


def test_every_sheet_is_a_section_a_page_and_a_source(read: Read) -> None:
    book = workbook([["a", "b", "c"], [1, 2, 3]])
    book.active.title = "First"
    second = book.create_sheet("Second one")
    second.append(["x", "y"])
    second.append([1, 2])
    parsed = read("x.xlsx", saved(book))
    assert [(e.kind, e.page, e.source, e.section_path) for e in parsed.elements] == [
        ("heading", 1, "First", ()),
        ("table", 1, "First", ("First",)),
        ("heading", 2, "Second one", ()),
        ("table", 2, "Second one", ("Second one",)),
    ]


def test_merged_headers_of_two_rows(read: Read) -> None:
    rows = [["Zone", "Parcel", None, "Pallet", None], [None, "Price", "Days", "Price", "Days"], ["North", 1, 2, 3, 4]]
    parsed = read("x.xlsx", saved(workbook([list(row) for row in rows], ("A1:A2", "B1:C1", "D1:E1"))))
    assert tables(parsed) == [(("Zone", "Parcel > Price", "Parcel > Days", "Pallet > Price", "Pallet > Days"), 1)]


def test_a_merged_cell_counts_in_every_row_it_spans(read: Read) -> None:
    rows = [["City", "Car", "Seats"], ["Köln", "Möwe", 5], [None, "Reiher", 9]]
    parsed = read("x.xlsx", saved(workbook([list(row) for row in rows], ("A2:A3",))))
    assert parsed.text.endswith("City | Car | Seats\nKöln | Möwe | 5\nKöln | Reiher | 9")


def test_tables_of_a_sheet_are_told_apart(read: Read, pieces: Show) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for place, value in {
        "A1": "Prices", "A3": "Code", "B3": "Price", "C3": "Days", "A4": "X", "B4": 1, "C4": 2, "A5": "Without transport.",
        "A8": "Staff", "B8": "Site", "C8": "Since", "A9": "Ann", "B9": "Bonn", "C9": 2001,
        "E8": "Car", "F8": "Seats", "E9": "Möwe", "F9": 5, "E10": "Reiher", "F10": 9,
    }.items():  # fmt: skip
        sheet[place] = value
    parsed = read("x.xlsx", saved(book))
    assert pieces(parsed)[1:] == [
        ("caption", "Prices"),
        ("table", "Code | Price | Days\nX | 1 | 2"),
        ("paragraph", "Without transport."),
        ("table", "Staff | Site | Since\nAnn | Bonn | 2001"),
        ("table", "Car | Seats\nMöwe | 5\nReiher | 9"),
    ]


def test_names_apart_from_their_columns_and_gaps_in_a_table(read: Read) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["Million euros", "Sales", None, "Profit"],
        [],
        ["North", 1, None, 2],
        ["South", 3, None, 4],
        [],
        ["All", 4, None, 6],
    ):
        book.active.append(row)
    parsed = read("x.xlsx", saved(book))
    assert parsed.text.split("\n\n", 1)[1] == "Million euros | Sales | Profit\nNorth | 1 | 2\nSouth | 3 | 4\nAll | 4 | 6"


@pytest.mark.parametrize("mark", ["table", "frozen", "filter", "printed", "bold"])
def test_what_the_file_says_of_headers_holds(read: Read, mark: str) -> None:
    book = workbook([["item", "colour"], ["ball", "red"], ["cube", "blue"]])
    sheet = book.active
    if mark == "table":
        sheet.add_table(openpyxl.worksheet.table.Table(displayName="T", ref="A1:B3"))
    elif mark == "frozen":
        sheet.freeze_panes = "A2"
    elif mark == "filter":
        sheet.auto_filter.ref = "A1:B3"
    elif mark == "printed":
        sheet.print_title_rows = "1:1"
    else:
        sheet["A1"].font = sheet["B1"].font = openpyxl.styles.Font(bold=True)
    assert tables(read("x.xlsx", saved(book))) == [(("item", "colour"), 2)]


def test_names_and_values_side_by_side_have_no_header(read: Read) -> None:
    parsed = read("x.xlsx", saved(workbook([["Customer", "ACME"], ["City", "Bonn"], ["Since", 2001]])))
    assert tables(parsed) == [(("column 1", "column 2"), 3)]


def test_hidden_sheets_are_named_and_left_out(read: Read) -> None:
    book = workbook([["seen", 1, 2]])
    hidden = book.create_sheet("Salaries")
    hidden["A1"] = "secret"
    hidden.sheet_state = "veryHidden"
    parsed = read("x.xlsx", saved(book))
    assert "secret" not in parsed.text
    assert parsed.warnings == ("hidden sheets left out: Salaries; unhide them in the workbook to have them read",)


def test_formulas_without_results_are_shown_and_counted(read: Read) -> None:
    parsed = read("x.xlsx", saved(workbook([["a", "b", "sum"], [1, 2, "=A2+B2"]])))
    assert "1 | 2 | =A2+B2" in parsed.text
    assert "formulas without a stored result, read as formulas: 1" in parsed.warnings[0]


def test_properties(read: Read) -> None:
    book = workbook([["a", 1, 2]])
    book.properties.title, book.properties.creator, book.properties.subject = "Price list", "Ann", "prices"
    parsed = read("x.xlsx", saved(book))
    assert parsed.title == "Price list"
    assert (parsed.metadata["author"], parsed.metadata["subject"]) == ("Ann", "prices")
    assert str(parsed.metadata["created"]).startswith("20")


def test_a_file_without_properties_gives_the_same_every_time(read: Read, repacked: Callable[..., bytes]) -> None:
    data = repacked(saved(workbook([["a", 1, 2]])), {"docProps/core.xml": lambda _: b"<x/>"})
    assert read("x.xlsx", data).metadata == {}


def test_cells_far_apart_cost_no_more_than_cells(read: Read) -> None:
    book = openpyxl.Workbook()
    for number in range(1, 2_000):
        book.active.cell(number, number, f"c{number}")
    book.active["XFD1048576"] = "far"
    parsed = read("x.xlsx", saved(book))
    assert "c1\nc2\n" in parsed.text
    assert parsed.text.endswith("far")


@pytest.mark.parametrize("area", ["C3:XFD1048000", "A1:XFD1048576"])
def test_areas_that_claim_the_whole_sheet_are_refused(read: Read, repacked: Callable[..., bytes], area: str) -> None:
    data = saved(workbook([["a", "b"], [1, 2]], ("A1:A2",)))
    claimed = repacked(data, {"xl/worksheets/sheet1.xml": lambda part: part.replace(b"A1:A2", area.encode())})
    with pytest.raises(ParseError, match="merges or links more than"):
        read("x.xlsx", claimed)


def test_too_many_cells_are_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.parsers.office.excel_reader.MAX_CELLS", 5)
    with pytest.raises(ParseError, match="more than 5 cells; split it"):
        read("x.xlsx", saved(workbook([["a", "b", "c"], [1, 2, 3]])))


def test_what_is_no_workbook() -> None:
    with pytest.raises(ParseError, match="is text, not xlsx; give it the suffix of its real format"):
        WorkbookParser().parse(RawSource("x.xlsx", b"a,b\n1,2\n"))
    with pytest.raises(ParseError, match="empty"):
        WorkbookParser().parse(RawSource("x.xls", b""))


def test_old_workbooks(read: Read, shared_data: Any) -> None:
    parsed = read("x.xls", (shared_data / "docs-unstructured" / "tests-example.xls").read_bytes())
    assert (("Abbreviation", "Question Type"), 14) in tables(parsed)
    assert {element.source for element in parsed.elements} == {"Example Test", "Format Abbr.", "Readme"}
    assert "NUM | Numeric Response" in parsed.text
