"""Further ways to find what a table holds: a chunk for each row with its cells named, and one that sums the table up.

Both are spans of the document like any other chunk; what they say of themselves stands in their context.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingestion.chunkers.base import ChunkSpan
from ingestion.chunkers.context import shorten_right
from ingestion.chunkers.counting import Counting, together
from ingestion.elements import Element, Table
from ingestion.sentences import trim
from ragline.types import ChunkRole

Summarise = Callable[[str], str]
"""Writes a sentence or two about a table whose text it is given; what it writes goes into the context of the summary."""

_SEPARATOR = " | "
_SHOWN_VALUES = 3
# A column in which at least this part of the filled cells are numbers has a range.
_NUMERIC_SHARE = 0.8
_NUMBER = re.compile(r"[^\w\s.,+-]?\s?([-+−]?\d[\d.,'\s]*)\s?[^\d\s]{0,4}\Z")


@dataclass(frozen=True, slots=True)
class TablePlace:
    """A table in its document, the context of its section, and how much a chunk may hold."""

    text: str
    element: Element
    table: Table
    context: str
    size_tokens: int


def row_chunks(place: TablePlace) -> Counting[list[ChunkSpan]]:
    """A chunk for each row: its exact text, and in the context ``column: value | column: value``.

    A row that does not fit is divided between its cells, each part with its own cells named and the row's first one, which
    tells which row it is. Rows whose text names the columns already are chunks without that line. What fits in no way, a
    single cell too long, is left to the bodies.
    """
    rows = list(zip(place.element.rows, place.table.cells, strict=False))
    named = [_pairs(place.table.columns, cells) for _, cells in rows]
    spans = [trim(place.text, *row) for row, _ in rows]
    wholes = [
        _with_line(place.context, _line_beside(place.text[slice(*span)], pairs)) if span else ""
        for span, pairs in zip(spans, named, strict=True)
    ]
    counts = yield [f"{whole}\n{place.text[slice(*span)]}" if span else "" for whole, span in zip(wholes, spans, strict=True)]
    chunks: list[ChunkSpan] = []
    plans = []
    for (_, cells), span, whole, count in zip(rows, spans, wholes, counts, strict=True):
        if span is None:
            continue
        if count <= place.size_tokens:
            chunks.append(_chunk(place, *span, whole, "row"))
        else:
            found = _located(place.text, span, cells)
            plans.append(_divided(place, found, 0, len(found), _pairs(place.table.columns, cells)[:1]))
    for parts in (yield from together(plans)):
        chunks += parts
    return sorted(chunks, key=lambda chunk: (chunk.start, chunk.end))


def summary_chunk(place: TablePlace, summarise: Summarise | None) -> Counting[list[ChunkSpan]]:
    """One chunk on the table's header (or first row) that names caption, columns, number of rows, ranges and first values.

    It is left out where the header alone does not fit.
    """
    first = place.element.header or (place.element.rows[0] if place.element.rows else None)
    span = trim(place.text, *first) if first else None
    if span is None:
        return []
    line = describe_table(place.table)
    if summarise is not None:
        own = " ".join(summarise(place.text[place.element.start : place.element.end]).split())
        line = f"{own} {line}" if own else line
    head = f"{place.context}\n" if place.context else ""
    (fixed,) = yield [f"{head}\n{place.text[slice(*span)]}"]
    shown = yield from shorten_right(line, place.size_tokens - fixed - 1)
    if not shown:
        return []
    context = head + shown
    (count,) = yield [f"{context}\n{place.text[slice(*span)]}"]
    return [_chunk(place, *span, context, "summary")] if count <= place.size_tokens else []


def describe_table(table: Table) -> str:
    """Caption, number of rows and columns with what is in them, as one line: ranges of numbers, else the first values."""
    columns = [
        f"{name} ({about})" if (about := _about([cells[index] for cells in table.cells if index < len(cells)])) else name
        for index, name in enumerate(table.columns)
    ]
    rows = "1 row" if len(table.cells) == 1 else f"{len(table.cells)} rows"
    title = f"Table {table.caption}".strip()
    return f"{title}: {rows}. {'; '.join(columns)}"


def _about(values: Sequence[str]) -> str:
    filled = [" ".join(value.split()) for value in values if value.strip()]
    numbers = [(number, value) for value in filled if (number := _number(value)) is not None]
    if numbers and len(numbers) >= _NUMERIC_SHARE * len(filled):
        low, high = min(numbers)[1], max(numbers)[1]
        return low if low == high else f"{low} to {high}"
    distinct = list(dict.fromkeys(filled))
    more = ", …" if len(distinct) > _SHOWN_VALUES else ""
    return ", ".join(distinct[:_SHOWN_VALUES]) + more


def _number(value: str) -> float | None:
    """The number that a cell holds, with its unit or currency left away; of ``1.234`` and ``1,234`` both are read as 1234."""
    match = _NUMBER.match(value)
    if match is None:
        return None
    digits = re.sub(r"[\s']", "", match[1]).replace("−", "-")
    digits = re.sub(r"[.,](?=\d{3}(?:\D|\Z))", "", digits).replace(",", ".")
    try:
        return float(digits)
    except ValueError:
        return None


def _pairs(columns: Sequence[str], cells: Sequence[str]) -> list[str]:
    """``column: value`` of every filled cell."""
    named = ((" ".join(name.split()), " ".join(value.split())) for name, value in zip(columns, cells, strict=False))
    return [f"{name}: {value}" if name else value for name, value in named if value]


def _line_beside(row: str, pairs: Sequence[str]) -> str:
    """The pairs as a line, empty where the row's own text says all of it."""
    flat = " ".join(row.split())
    return "" if all(pair in flat for pair in pairs) else _SEPARATOR.join(pairs)


def _with_line(context: str, line: str) -> str:
    return f"{context}\n{line}" if context and line else context or line


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell that is in the row's own text, and its number."""

    start: int
    end: int
    index: int


def _located(text: str, row: tuple[int, int], cells: Sequence[str]) -> list[_Cell]:
    """The cells that are found in the row, from left to right; those merged from elsewhere are not."""
    found: list[_Cell] = []
    at = row[0]
    for index, value in enumerate(cells):
        start = text.find(value, at, row[1]) if value.strip() else -1
        if start >= 0:
            found.append(_Cell(start, start + len(value), index))
            at = start + len(value)
    return found


def _divided(place: TablePlace, cells: Sequence[_Cell], first: int, last: int, key: Sequence[str]) -> Counting[list[ChunkSpan]]:
    """The cells ``first`` to ``last`` in as few halves as fit."""
    if first >= last:
        return []
    (row,) = [cells[first:last]]
    columns = place.table.columns
    values = [place.text[cell.start : cell.end] for cell in row]
    pairs = _pairs([columns[cell.index] for cell in row], values)
    line = _SEPARATOR.join(dict.fromkeys([*key, *pairs]))
    context = _with_line(place.context, line)
    start, end = row[0].start, row[-1].end
    (count,) = yield [f"{context}\n{place.text[start:end]}"]
    if count <= place.size_tokens:
        return [_chunk(place, start, end, context, "row")]
    if last - first == 1:
        return []
    middle = (first + last) // 2
    halves = yield from together([_divided(place, cells, *half, key) for half in pairwise((first, middle, last))])
    return [chunk for half in halves for chunk in half]


def _chunk(place: TablePlace, start: int, end: int, context: str, role: ChunkRole) -> ChunkSpan:
    return ChunkSpan(start, end, "table", place.element.section_path, place.element.page, context, role)
