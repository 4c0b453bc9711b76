"""CSV and TSV: one line ``column: value | column: value`` for each row, so that a row explains itself."""

import csv
import io
import re
from collections import Counter
from itertools import islice

from ingestion.decode import decode
from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.canonical import CanonicalText
from ragline.errors import ParseError

_DELIMITERS = (",", ";", "\t", "|")
# Enough rows to see the shape; more would only cost time.
_SAMPLE_ROWS = 50
_NUMBER = re.compile(r"[-+]?[\d.,\s]*\d[\d.,\s]*%?\Z")


class CsvParser:
    """One table element whose rows are the records; the first row names the columns unless it looks like data."""

    name = "csv"
    version = 2
    suffixes: tuple[str, ...] = (".csv", ".tsv")

    def parse(self, source: RawSource) -> ParsedDocument:
        decoded = decode(source.data)
        delimiter = "\t" if source.name.lower().endswith(".tsv") else _sniff_delimiter(decoded.text)
        rows, warnings = _read_rows(decoded.text, delimiter)
        columns, records = _columns(rows)
        canonical = CanonicalText()
        lines = [line for record in records if (line := _line(columns, record))]
        if lines:
            canonical.add_rows("table", lines)
        return ParsedDocument(
            canonical.text, tuple(canonical.elements), metadata=decoded.metadata, warnings=decoded.warnings + warnings
        )


def _sniff_delimiter(text: str) -> str:
    """The delimiter that splits the first rows most evenly; ties go to more columns, then to the order of ``_DELIMITERS``."""
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in islice(csv.reader(io.StringIO(text), delimiter=delimiter), _SAMPLE_ROWS) if row]
        except csv.Error:
            continue
        if not widths or max(widths) == 1:
            continue
        width, count = Counter(widths).most_common(1)[0]
        score = (count / len(widths), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def _read_rows(text: str, delimiter: str) -> tuple[list[list[str]], tuple[str, ...]]:
    """The rows that hold anything. Where quotes do not close, they are read as ordinary characters, with a warning."""
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
        warnings: tuple[str, ...] = ()
    except csv.Error as error:
        try:
            rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, quoting=csv.QUOTE_NONE))
        except csv.Error as again:
            raise ParseError(f"not readable as CSV ({again}); check its delimiter and quotes") from again
        warnings = (f"quotes read as ordinary characters ({error}); check that every quoted field is closed",)
    return [row for row in rows if any(cell.strip() for cell in row)], warnings


def _columns(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Column names and the remaining rows."""
    if not rows:
        return [], []
    width = max(len(row) for row in rows)
    names = [" ".join(cell.split()) for cell in rows[0]]
    filled = [name for name in names if name]
    is_header = len(rows) > 1 and len(set(filled)) == len(filled) and not any(_NUMBER.match(name) for name in filled)
    if not is_header:
        names = []
    names += [""] * (width - len(names))
    return [name or f"column {index}" for index, name in enumerate(names, 1)], rows[1:] if is_header else rows


def _line(columns: list[str], record: list[str]) -> str:
    cells = [(name, " ".join(value.split())) for name, value in zip(columns, record, strict=False)]
    return " | ".join(f"{name}: {value}" for name, value in cells if value)
