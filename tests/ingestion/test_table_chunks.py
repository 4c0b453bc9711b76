"""Rows and summaries of tables, example by example. Their invariants are in the chunker contract."""

from collections.abc import Sequence

import pytest

from ingestion.chunkers.base import ChunkSpan
from ingestion.chunkers.structure import StructureChunker
from ingestion.chunkers.tables import Summarise, describe_table
from ingestion.elements import Element, ParsedDocument, RawSource, Table
from ingestion.parsers.registry import parse


class WordCounter:
    max_tokens: int | None = None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def chunked(parsed: ParsedDocument, *, size: int = 64, summarise: Summarise | None = None) -> list[ChunkSpan]:
    return StructureChunker(WordCounter(), size_tokens=size, rows=True, summaries=True, summarise=summarise).chunk(parsed)


def of_role(parsed: ParsedDocument, role: str, *, size: int = 64) -> list[tuple[str, str]]:
    """Context and text of the chunks with this role."""
    return [(span.context, parsed.text[span.start : span.end]) for span in chunked(parsed, size=size) if span.role == role]


def plain(columns: tuple[str, ...], cells: tuple[tuple[str, ...], ...], caption: str = "") -> ParsedDocument:
    """A table as office formats give it: a line of cells for each row, the first one the header."""
    lines = [" | ".join(columns), *(" | ".join(row) for row in cells)]
    spans, at = [], 0
    for line in lines:
        spans.append((at, at + len(line)))
        at += len(line) + 1
    table = Table(columns, cells, caption)
    element = Element("table", 0, at - 1, 0, ("Prices",), None, tuple(spans[1:]), spans[0], table=table)
    return ParsedDocument("\n".join(lines), (element,), title="Book")


PARSED = plain(("Model", "Price"), (("HX-200", "120 €"), ("HX-300", "980 €")), "List")


def test_every_row_names_its_columns() -> None:
    assert of_role(PARSED, "row") == [
        ("Book > Prices\nModel: HX-200 | Price: 120 €", "HX-200 | 120 €"),
        ("Book > Prices\nModel: HX-300 | Price: 980 €", "HX-300 | 980 €"),
    ]


def test_the_bodies_come_first_and_are_as_without() -> None:
    spans = chunked(PARSED)
    assert [span.role for span in spans] == ["body", "row", "row", "summary"]
    assert [span for span in spans if span.role == "body"] == StructureChunker(WordCounter(), size_tokens=64).chunk(PARSED)


def test_a_row_that_names_its_columns_itself_is_not_said_twice() -> None:
    parsed = parse(RawSource("a.csv", b"Model,Price\nHX-200,120\nHX-300,980\n"))
    assert [context for context, _ in of_role(parsed, "row")] == ["A", "A"]


def test_a_wide_row_is_divided_between_cells_and_each_part_says_which_row_it_is() -> None:
    columns = ("Name", *(f"2024 > Q{quarter} > item {item}" for quarter in (1, 2) for item in range(4)))
    cells = (("Pump", *(f"{number} pieces" for number in range(8))),)
    rows = of_role(plain(columns, cells), "row", size=40)
    assert len(rows) > 2
    assert all("Name: Pump" in context for context, _ in rows)
    for number, column in enumerate(columns[1:]):
        assert sum(f"{column}: {number} pieces" in context and f"{number} pieces" in text for context, text in rows) == 1


def test_cells_merged_from_elsewhere_are_named_with_the_row() -> None:
    parsed = plain(("Region", "City"), (("North", "Kiel"), ("North", "Bremen")))
    text = parsed.text.replace("North | Bremen", "Bremen")
    (element,) = parsed.elements
    start, _ = element.rows[1]
    merged = Element(
        "table", 0, len(text), 0, (), None, (element.rows[0], (start, len(text))), element.header, table=element.table
    )
    assert of_role(ParsedDocument(text, (merged,)), "row")[1] == ("Region: North | City: Bremen", "Bremen")


def test_a_summary_stands_on_the_header() -> None:
    assert of_role(PARSED, "summary") == [
        ("Book > Prices\nTable List: 2 rows. Model (HX-200, HX-300); Price (120 € to 980 €)", "Model | Price")
    ]


def test_a_model_has_its_say_in_front() -> None:
    texts: list[str] = []

    def summarise(text: str) -> str:
        texts.append(text)
        return "What the\nmodels cost."

    (summary,) = (span for span in chunked(PARSED, summarise=summarise) if span.role == "summary")
    assert summary.context.startswith("Book > Prices\nWhat the models cost. Table List: 2 rows.")
    assert texts == [PARSED.text]


@pytest.mark.parametrize(
    ("values", "about"),
    [
        (("3", "12", "-4"), "-4 to 12"),
        (("1.200,50 €", "900 €"), "900 € to 1.200,50 €"),
        (("$1,200", "$3"), "$3 to $1,200"),
        (("12 %", "n/a", "7 %", "1 %", "5 %"), "1 % to 12 %"),
        (("7", "7"), "7"),
        (("a", "b", "a", "c"), "a, b, c"),
        (("a", "b", "c", "d"), "a, b, c, …"),
        (("E-4012", "E-5107"), "E-4012, E-5107"),
        (("", " "), ""),
    ],
)
def test_columns_are_ranges_or_first_values(values: tuple[str, ...], about: str) -> None:
    line = describe_table(Table(("x",), tuple((value,) for value in values)))
    assert line == f"Table: {len(values)} rows. x" + (f" ({about})" if about else "")


def test_tables_whose_cells_are_not_known_have_bodies_only() -> None:
    parsed = ParsedDocument("a\nb", (Element("table", 0, 3, rows=((0, 1), (2, 3))),))
    assert [span.role for span in chunked(parsed)] == ["body"]
