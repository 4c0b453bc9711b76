"""CSV and TSV: one line ``column: value | column: value`` for each row, so that a row explains itself."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingestion.decode import decode
from ingestion.elements import ParsedDocument, RawSource, Table
from ingestion.guard.growth import bounded, check_table
from ingestion.parsers.canonical import CanonicalText
from ingestion.parsers.csv_records import Record, Records, read_records

_NUMBER = re.compile(r"[-+]?[\d.,\s]*\d[\d.,\s]*%?\Z")
_LEVEL_GAP = " > "
# Exports put a title, a subtitle and a date above a table; more is a table with gaps. One more row must follow.
_MAX_CAPTIONS = 4


class CsvParser:
    """One table element whose rows are the records.

    The first row names the columns unless it looks like data; below it a second one may name the parts of a column. Rows above
    with nothing but a first cell are the table's caption.
    """

    name = "csv"
    version = 4
    suffixes: tuple[str, ...] = (".csv", ".tsv")

    def parse(self, source: RawSource) -> ParsedDocument:
        decoded = decode(source.data)
        records = read_records(decoded.text, is_tab_separated=source.name.lower().endswith(".tsv"))
        shape = _shape(records.rows, len(decoded.text))
        canonical = CanonicalText()
        if shape.caption:
            canonical.add("caption", shape.caption)
        if shape.rows:
            lines = bounded((_line(shape.columns, row) for row in shape.rows), len(decoded.text))
            canonical.add_rows("table", lines, table=Table(shape.columns, shape.rows, shape.caption))
        return ParsedDocument(
            canonical.text,
            tuple(canonical.elements),
            metadata=decoded.metadata,
            warnings=(*decoded.warnings, *_warnings(records, shape)),
        )


@dataclass(frozen=True, slots=True)
class _Shape:
    """A table with names for all its columns. ``wide`` rows have more cells than the header names."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wide: int = 0


def _shape(records: Sequence[Record], source_chars: int) -> _Shape:
    width = max(map(len, records), default=0)
    check_table(len(records), width, sum(map(len, records)))
    rows = [[" ".join(cell.split()) for cell in record] for record in records]
    captions = _captions(rows, width)
    rows = rows[len(captions) :]
    header = _header(rows)
    body = [tuple(row + [""] * (width - len(row))) for row in rows[len(header) :]]
    names = list(bounded(_names(header, width), source_chars))
    named = max((len(row) for row in header), default=width)
    wide = sum(any(row[named:]) for row in body)
    used = [index for index in range(width) if names[index] or any(row[index] for row in body)]
    columns = tuple(names[index] or f"column {index + 1}" for index in used)
    return _Shape(" ".join(captions), columns, tuple(tuple(row[index] for index in used) for row in body), wide)


def _captions(rows: Sequence[Record], width: int) -> list[str]:
    """The texts of first rows that hold nothing else, where a row that can name (nearly) all columns follows."""
    captions: list[str] = []
    for row in rows[:_MAX_CAPTIONS]:
        filled = sum(bool(cell) for cell in row)
        if filled > 1:
            is_header = filled >= width - 1 and _can_name(row) and len(rows) > len(captions) + 1
            return captions if is_header else []
        if not row[0] or _NUMBER.match(row[0]):
            return []
        captions.append(row[0])
    return []


def _header(rows: Sequence[Record]) -> Sequence[Record]:
    """The rows that name the columns: none, one, or two."""
    if len(rows) < 2 or not _can_name(rows[0]):
        return []
    first, second = rows[0], rows[1]
    names_parts = (
        len(rows) > 2
        and not second[0]
        and _can_name(second)
        # A name that spans columns leaves the places to its right empty.
        and any(below and index < len(first) and not first[index] for index, below in enumerate(second))
    )
    return rows[:2] if names_parts else rows[:1]


def _can_name(row: Record) -> bool:
    filled = [cell for cell in row if cell]
    return bool(filled) and len(set(filled)) == len(filled) and not any(_NUMBER.match(cell) for cell in filled)


def _names(header: Sequence[Record], width: int) -> Iterator[str]:
    if not header:
        yield from [""] * width
        return
    names = header[0] + [""] * (width - len(header[0]))
    if len(header) == 1:
        yield from names
        return
    parts = header[1] + [""] * (width - len(header[1]))
    above = ""
    for name, part in zip(names, parts, strict=True):
        above = name or (above if part else "")
        yield _LEVEL_GAP.join(level for level in (above, part) if level)


def _line(columns: Sequence[str], row: Sequence[str]) -> str:
    return " | ".join(f"{name}: {value}" for name, value in zip(columns, row, strict=True) if value)


def _warnings(records: Records, shape: _Shape) -> list[str]:
    warnings = []
    if records.repaired:
        place = f"{records.repaired} lines, the first is line {records.first_repaired}"
        warnings.append(f"quotes read as ordinary characters in {place}; check that every quoted field is closed")
    if shape.wide:
        warnings.append(f"{shape.wide} rows have more cells than the header; quote the fields that hold the delimiter")
    return warnings
