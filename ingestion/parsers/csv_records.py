"""The records of a CSV text: which character separates the cells, and where a record ends.

A quoted cell may hold line ends (RFC 4180, section 2.6). A quote that is never closed must not swallow the rows below it: it is
then an ordinary character of its line, and the record is counted as repaired.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ingestion.guard.growth import check_table
from ragline.errors import ParseError

_DELIMITERS = (",", ";", "\t", "|")
# A character that texts do not hold: the whole line is one cell.
_NO_DELIMITER = "\x1f"
# Enough rows to see the shape; more would only cost time.
_SAMPLE_ROWS = 50
# What spreadsheets write in front of the table to name its delimiter.
_SEPARATOR_LINE = re.compile(r"\Asep=(.)\n", re.IGNORECASE)
# A cell with more line ends than this is no cell, but the rest of the file behind an open quote.
_MAX_CELL_LINES = 1_000
# So many lines inside one quoted cell that would all be rows of the right width are rows.
_ROWS_NOT_A_CELL = 3

Record = list[str]


@dataclass(frozen=True, slots=True)
class Records:
    """The records that hold anything.

    ``repaired`` counts the lines with a quote that does not close; ``first_repaired`` is the 1-based number of the first one.
    """

    rows: tuple[Record, ...]
    repaired: int = 0
    first_repaired: int = 0


def read_records(text: str, *, is_tab_separated: bool = False) -> Records:
    """The records of ``text``. Raises :class:`ParseError` for a cell of more than 131,072 characters, which no table holds."""
    named = _SEPARATOR_LINE.match(text)
    skipped = 1 if named else 0
    lines = text.split("\n")[skipped:]
    given = named.group(1) if named else "\t" if is_tab_separated and "\t" in text else None
    delimiter = given or _found_delimiter(lines)
    rows: list[Record] = []
    repaired: list[int] = []
    try:
        for number, record, is_repaired in _records(lines, delimiter):
            if any(cell.strip() for cell in record):
                rows.append(record)
            if is_repaired:
                repaired.append(number + skipped + 1)
    except csv.Error as error:
        raise ParseError(f"not readable as CSV ({error}); check its delimiter and quotes") from error
    return Records(tuple(rows), len(repaired), repaired[0] if repaired else 0)


def _found_delimiter(lines: list[str]) -> str:
    """The delimiter that splits the first rows most evenly; ties go to more columns, then to the order of ``_DELIMITERS``."""
    best, best_score = _NO_DELIMITER, (0.0, 0)
    too_wide: ParseError | None = None
    for delimiter in _DELIMITERS:
        try:
            sample = islice(_records(lines, delimiter), _SAMPLE_ROWS)
            widths = [len(record) for _, record, _ in sample if len(record) > 1 or any(cell.strip() for cell in record)]
        except csv.Error:
            continue
        except ParseError as error:
            too_wide = error
            continue
        if not widths:
            continue
        width, count = Counter(widths).most_common(1)[0]
        score = (count / len(widths), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    if too_wide is not None and best == _NO_DELIMITER:
        raise too_wide
    return best


def _records(lines: list[str], delimiter: str) -> Iterator[tuple[int, Record, bool]]:
    """Each record with the index of its first line, and whether a quote in it had to be read as a character."""
    at = width = 0
    while at < len(lines):
        if '"' in lines[at]:
            size, record = _quoted_record(lines, at, delimiter, width)
        else:
            check_table(1, lines[at].count(delimiter) + 1, 0)
            size, record = 1, lines[at].split(delimiter)
        yield at, _loose(lines[at], delimiter) if record is None else record, record is None
        width = width or len(record or ())
        at += size


def _quoted_record(lines: list[str], at: int, delimiter: str, width: int) -> tuple[int, Record | None]:
    """How many lines the record that begins at a line with quotes has, and its cells, ``None`` when a quote stays open.

    ``width`` is the number of cells of the first record, 0 where this is the first.
    """
    try:
        return 1, _strict([lines[at]], delimiter)
    except csv.Error as error:
        if "end of data" not in str(error):
            return 1, _loose(lines[at], delimiter)
    quotes = lines[at].count('"')
    for end in range(at + 1, min(at + _MAX_CELL_LINES, len(lines))):
        added = lines[end].count('"')
        quotes += added
        if added and quotes % 2 == 0:
            block = lines[at : end + 1]
            try:
                record = _strict([line + "\n" for line in block], delimiter)
            except csv.Error:
                return 1, None
            return (1, None) if _holds_rows(record, block, delimiter, width) else (len(block), record)
    return 1, None


def _holds_rows(record: Record, block: list[str], delimiter: str, width: int) -> bool:
    """True where lines inside a quoted cell are rows by themselves: all of them, or one where cells are missing otherwise."""
    if len(record) < width:
        return any(line.count(delimiter) == width - 1 for cell in record for line in cell.split("\n")[1:])
    inner = block[1:-1]
    is_row = [line.count(delimiter) == len(record) - 1 for line in inner]
    return len(record) > 1 and len(inner) >= _ROWS_NOT_A_CELL and all(is_row)


def _strict(lines: list[str], delimiter: str) -> Record:
    records = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True))
    if len(records) > 1:
        raise csv.Error("a quote inside a cell")
    return records[0] if records else []


def _loose(line: str, delimiter: str) -> Record:
    """The cells of one line, quotes as ordinary characters where they do not make sense."""
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=line.count('"') % 2 == 1), [])
    except csv.Error:
        return next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
