"""Tables of reStructuredText: drawn as a grid, drawn with rules, or written as a list or as CSV."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.parsers.csv_records import read_records
from ingestion.parsers.grid import Grid, Merge, filled_grid
from ingestion.parsers.rst_inline import plain_text
from ragline.errors import ParseError

GRID_RULE = re.compile(r"\+(?:[-=]+\+)+\Z")
SIMPLE_RULE = re.compile(r"=+(?: +=+)+ *\Z")
_ITEM = re.compile(r"\* - ?(.*)")
_CELL = re.compile(r"  - ?(.*)")
# Cells are searched for from every corner; a drawing with more corners is no table that a person drew.
_MAX_CORNERS = 5_000


@dataclass(frozen=True, slots=True)
class RstTable:
    """The grid, and the lines of its rows below the header (first, last exclusive), counted from the table's first line."""

    grid: Grid
    rows: tuple[tuple[int, int], ...]


def grid_table(lines: Sequence[str]) -> RstTable | None:
    """The table drawn with ``+---+`` and ``|`` (docutils, "Grid Tables"), merged cells filled into all that they span."""
    width = max(map(len, lines))
    drawing = [line.ljust(width) for line in lines]
    boxes = _boxes(drawing)
    if not boxes:
        return None
    tops = sorted({top for top, _, _, _ in boxes})
    lefts = sorted({left for _, left, _, _ in boxes})
    cells = [[""] * len(lefts) for _ in tops]
    merges: list[Merge] = []
    for top, left, bottom, right in boxes:
        row, column = tops.index(top), lefts.index(left)
        last_row = max(index for index, start in enumerate(tops) if start < bottom)
        last_column = max(index for index, start in enumerate(lefts) if start < right)
        cells[row][column] = plain_text(" ".join(line[left + 1 : right] for line in drawing[top + 1 : bottom]))
        merges.append((row, column, last_row, last_column))
    rule = next((index for index, line in enumerate(drawing) if "=" in line and GRID_RULE.match(line.rstrip())), 0)
    header_rows = sum(top < rule for top in tops)
    ends = [*tops[1:], len(lines) - 1]
    rows = tuple((top + 1, end) for top, end in list(zip(tops, ends, strict=True))[header_rows:])
    return RstTable(filled_grid(cells, merges, header_rows=header_rows), rows)


def _boxes(drawing: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Top, left, bottom and right of every cell: the smallest box from each corner whose sides are all drawn."""
    corners = [(row, column) for row, line in enumerate(drawing) for column, char in enumerate(line) if char == "+"]
    if len(corners) > _MAX_CORNERS:
        return []
    found = []
    for top, left in corners:
        box = _box(drawing, top, left)
        if box is not None:
            found.append((top, left, *box))
    return found


def _box(drawing: Sequence[str], top: int, left: int) -> tuple[int, int] | None:
    for right in range(left + 1, len(drawing[top])):
        char = drawing[top][right]
        if char not in "+-=":
            return None
        if char != "+":
            continue
        for bottom in range(top + 1, len(drawing)):
            if drawing[bottom][left] not in "|+" or drawing[bottom][right] not in "|+":
                break
            side = drawing[bottom][left : right + 1]
            if side[0] == side[-1] == "+" and not side.strip("+-="):
                return bottom, right
    return None


def simple_table(lines: Sequence[str]) -> RstTable | None:
    """The table between rules of ``=`` (docutils, "Simple Tables"); a row without a first cell goes on with the one above."""
    columns = [match.span() for match in re.finditer("=+", lines[0])]
    rules = [index for index, line in enumerate(lines) if SIMPLE_RULE.match(line)]
    if len(rules) < 2:
        return None
    header_end = rules[1] if len(rules) > 2 else 0
    cells: list[list[str]] = []
    spans: list[tuple[int, int]] = []
    merges: list[Merge] = []
    header_rows = 0
    for index in range(1, rules[-1]):
        line = lines[index]
        if index in rules or not line.strip():
            continue
        if not line.strip(" -"):
            merges += _spanned(line, columns, len(cells) - 1)
            continue
        parts = [line[start : columns[at + 1][0] if at + 1 < len(columns) else None] for at, (start, _) in enumerate(columns)]
        if cells and not parts[0].strip() and index > rules[0] + 1 and index - 1 not in rules:
            cells[-1] = [f"{above} {part.strip()}" for above, part in zip(cells[-1], parts, strict=True)]
            spans[-1] = (spans[-1][0], index + 1)
            continue
        cells.append([part.strip() for part in parts])
        spans.append((index, index + 1))
        header_rows += index < header_end
    texts = [[plain_text(cell) for cell in row] for row in cells]
    return RstTable(filled_grid(texts, merges, header_rows=header_rows), tuple(spans[header_rows:])) if texts else None


def _spanned(rule: str, columns: Sequence[tuple[int, int]], row: int) -> list[Merge]:
    """The columns that each dash of a rule below a row joins."""
    merges = []
    for match in re.finditer("-+", rule):
        joined = [at for at, (start, _) in enumerate(columns) if match.start() <= start < match.end()]
        if len(joined) > 1 and row >= 0:
            merges.append((row, joined[0], row, joined[-1]))
    return merges


def list_table(lines: Sequence[str], *, header_rows: int, caption: str) -> RstTable | None:
    """The table of the directive ``list-table``: each item of the outer list is a row, each item inside a cell.

    ``lines`` are the content of the directive, without its indent.
    """
    cells: list[list[str]] = []
    starts: list[int] = []
    for index, line in enumerate(lines):
        if item := _ITEM.match(line):
            cells.append([item.group(1)])
            starts.append(index)
        elif cells and (cell := _CELL.match(line)):
            cells[-1].append(cell.group(1))
        elif cells:
            cells[-1][-1] += f" {line.strip()}"
    if not cells:
        return None
    texts = [[plain_text(cell) for cell in row] for row in cells]
    spans = tuple(zip(starts, [*starts[1:], len(lines)], strict=True))
    return RstTable(filled_grid(texts, header_rows=header_rows, caption=caption), spans[header_rows:])


def csv_table(lines: Sequence[str], *, header: str, header_rows: int, caption: str) -> RstTable | None:
    """The table of the directive ``csv-table``; ``header`` is the line of its option of that name."""
    try:
        named = list(read_records(f"sep=,\n{header}").rows) if header else []
        records = list(read_records("sep=,\n" + "\n".join(lines)).rows)
    except ParseError:
        return None
    texts = [[plain_text(cell) for cell in row] for row in (*named, *records)]
    if not texts:
        return None
    count = len(named) + header_rows
    filled = [index for index, line in enumerate(lines) if line.strip()]
    # Where cells hold line ends, rows cannot be told from lines.
    rows = tuple((index, index + 1) for index in filled[header_rows:]) if len(filled) == len(records) else ()
    return RstTable(filled_grid(texts, header_rows=count, caption=caption), rows)
