"""Reads the marks in office_sources/: what every line of a source is, and tables with their merged cells.

``# `` title, ``## `` and ``### `` headings, ``- `` items, ``1. `` numbered items (two blanks in front go one deeper),
``| a | b |`` table rows, ``Notes: `` and ``Chart: `` in slides. ``<`` in a cell merges it with the one on its left, ``^`` with
the one above; rows above ``|---|`` are the header. Every other line is a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LINE = re.compile(r"(?P<deeper>  )?(?:(?P<mark>#{1,3}|-|Notes:|Chart:) |(?P<number>\d+)\. )(?P<text>.*)")


@dataclass(frozen=True)
class Table:
    """Texts by row, and for each merged cell its top, left, bottom and right."""

    rows: list[list[str]]
    header_rows: int
    merges: list[tuple[int, int, int, int]]


@dataclass(frozen=True)
class Block:
    """``kind`` is title, heading, item, number, notes, chart, paragraph or table; ``level`` counts from 1."""

    kind: str
    text: str = ""
    level: int = 1
    table: Table = field(default_factory=lambda: Table([], 0, []))


def blocks(text: str) -> Iterator[Block]:
    """All blocks of a source, in order."""
    rows: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append(line)
            continue
        if rows:
            yield Block("table", table=read_table(rows))
            rows = []
        if line.strip():
            yield read_line(line)


def read_line(line: str) -> Block:
    """One line that is no table row."""
    found = LINE.match(line)
    if found is None:
        return Block("paragraph", line)
    mark, text, level = found["mark"], found["text"], 2 if found["deeper"] else 1
    if found["number"]:
        return Block("number", text, level)
    kinds = {"#": "title", "##": "heading", "###": "heading", "-": "item", "Notes:": "notes", "Chart:": "chart"}
    return Block(kinds[mark], text, 2 if mark == "###" else level)


def read_table(lines: list[str]) -> Table:
    """The table in its rows."""
    rows, header_rows = [], 0
    for line in lines:
        if line == "|---|":
            header_rows = len(rows)
        else:
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    merges = []
    for top, row in enumerate(rows):
        for left, text in enumerate(row):
            if text in {"<", "^"}:
                continue
            right = left
            while right + 1 < len(row) and row[right + 1] == "<":
                right += 1
            bottom = top
            while bottom + 1 < len(rows) and rows[bottom + 1][left] == "^":
                bottom += 1
            if (top, left) != (bottom, right):
                merges.append((top, left, bottom, right))
    return Table([["" if cell in {"<", "^"} else cell for cell in row] for row in rows], header_rows, merges)
