"""The parts of a page written into the canonical text, each as the element that it is."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from ingestion.parsers.canonical import Box, CanonicalText
from ingestion.parsers.grid import add_table, filled_grid
from ingestion.parsers.pdf.blocks import Block, is_bullet
from ingestion.parsers.pdf.flow import Part
from ingestion.parsers.pdf.hyphens import join_lines
from ingestion.parsers.pdf.layout import PageLayout
from ingestion.parsers.pdf.lines import Line, TableBlock, box_of, pitch

_CAPTION = re.compile(
    r"(?:figure|fig\.|table|tab\.|abbildung|abb\.|tabelle|tableau|figura|tabla|chart|listing|scheme)\s*"
    r"(?:\d+(?:\.\d+)*|[IVX]+)\s*(?:[.:–—-]|\Z)",
    re.IGNORECASE,
)
_TABLE_CAPTION = re.compile(r"tab", re.IGNORECASE)


class PageWriter:
    """Writes the parts of one page.

    ``levels`` are those of the headings, by ``id``; ``compounds`` are words that have a hyphen of their own.
    """

    def __init__(self, out: CanonicalText, page: PageLayout, levels: dict[int, int], compounds: set[str]) -> None:
        self._out = out
        self._page = page
        self._levels = levels
        self._compounds = compounds

    def write(self, parts: Sequence[Part]) -> None:
        """Lists and code that stand in several blocks are one element each."""
        caption = ""
        for kind, group in groupby(parts, self._kind):
            members = list(group)
            for run in [members] if kind in {"list", "code"} else ([part] for part in members):
                text = self._write(kind, run, caption)
                caption = text if kind == "caption" and _TABLE_CAPTION.match(text) else ""

    def _kind(self, part: Part) -> str:
        if isinstance(part, TableBlock):
            return "table"
        if part.first.is_repeated:
            return "aside"
        if id(part) in self._levels:
            return "heading"
        if part.is_item:
            return "list"
        if part.is_code:
            return "code"
        return "caption" if _CAPTION.match(part.first.text) else "paragraph"

    def _write(self, kind: str, run: list[Part], caption: str) -> str:
        """Write one element; returns the text of a single block."""
        first = run[0]
        if isinstance(first, TableBlock):
            self._add_table(first, caption)
            return ""
        blocks = [part for part in run if isinstance(part, Block)]
        number, box = self._page.number, self._box([line for block in blocks for line in block.lines])
        if kind == "code":
            self._out.add("code", _code(blocks), page=number, box=box)
            return ""
        texts = [join_lines([line.text for line in block.lines], self._compounds) for block in blocks]
        if kind == "list" and (len(run) > 1 or is_bullet(texts[0])):
            self._out.add_rows("list", texts, page=number, box=box)
        elif kind == "heading":
            self._out.add_heading(" ".join(texts[0].split()), self._levels[id(first)], page=number, box=box)
        elif kind == "aside":
            self._out.add_aside(texts[0])
        else:
            self._out.add("caption" if kind == "caption" else "paragraph", texts[0], page=number, box=box)
        return texts[0]

    def _add_table(self, table: TableBlock, caption: str) -> None:
        elements = self._out.elements
        begin = len(elements)
        add_table(self._out, filled_grid(table.cells, table.merges, header_rows=table.header_rows), page=self._page.number)
        box = self._page.frame.box(table.box, table.turn or 0)
        elements[begin:] = [replace(element, box=box) for element in elements[begin:]]
        found = elements[-1].table if len(elements) > begin else None
        if caption and found is not None:
            elements[-1] = replace(elements[-1], table=replace(found, caption=caption))

    def _box(self, lines: list[Line]) -> Box:
        """The place of all ``lines`` on the page as it is shown."""
        return self._page.frame.box(box_of(lines), lines[0].turn or 0)


def _code(blocks: list[Block]) -> str:
    """Lines of code with their indents, an empty line between blocks."""
    lines = [line for block in blocks for line in block.lines]
    left = min(line.left for line in lines)
    return "\n\n".join("\n".join(_indented(line, left) for line in block.lines) for block in blocks)


def _indented(line: Line, left: float) -> str:
    return " " * round((line.left - left) / pitch(line)) + line.spaced
