"""Lists, definition lists and folded answers: everything in them becomes rows of one block, or units of their own."""

import re
from typing import TYPE_CHECKING

from ingestion.parsers.canonical import CanonicalText
from ingestion.parsers.html_text import Inline

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

LISTS = frozenset({"ul", "ol", "dl", "menu"})
UNITS = frozenset({"dl", "details"})
"""A definition (``dt`` with its ``dd``) and a question with its answer stay whole: what is in them begins no row."""


class Gathering:
    """The rows of an outermost list, ``dl`` or ``details`` at ``node``; their text comes through ``inline``."""

    def __init__(self, node: "LexborNode", tag: str, inline: Inline) -> None:
        self.node_id = node.mem_id
        self._tag = tag
        self._inline = inline
        self._open = [_List(node, tag)]
        self._rows: list[str] = []
        self._defined: list[bool] = []
        self._has_meaning = False

    def enter(self, node: "LexborNode", tag: str) -> None:
        """Begins a block inside."""
        is_unit = self._tag in UNITS
        if tag in LISTS:
            self._break() if is_unit else self._flush()
            self._open.append(_List(node, tag))
        elif tag in {"li", "dt", "dd"}:
            self._begin_item(tag, is_unit=is_unit)
        else:
            self._break()

    def leave(self, tag: str) -> None:
        """Ends a block inside."""
        if tag in LISTS:
            self._break() if self._tag in UNITS else self._flush()
            self._open.pop()
        elif tag in {"li", "dd"} and self._tag not in UNITS:
            self._flush()
        else:
            self._break()

    def write(self, out: CanonicalText, language: str | None) -> None:
        """The rows as a list; each ``dt`` with its ``dd`` as a definition; a folded answer as a question with its answer."""
        self._flush()
        if self._tag == "dl":
            for row, is_defined in zip(self._rows, self._defined, strict=True):
                out.add("definition" if is_defined else "paragraph", row, language=language)
        elif self._tag == "details" and self._rows:
            out.add("qa", "\n".join(self._rows), language=language)
        elif self._rows:
            out.add_rows("list", self._rows, language=language)

    def _begin_item(self, tag: str, *, is_unit: bool) -> None:
        is_outermost = len(self._open) == 1
        if is_unit and not (self._tag == "dl" and is_outermost and tag != "li"):
            self._break()
            self._inline.add(self._open[-1].next_prefix(tag, depth=1))
        elif tag == "dd":
            self._has_meaning = True
            self._break()
        elif tag == "dt" and self._tag == "dl" and not self._has_meaning:
            self._break()
        else:
            self._flush()
            self._inline.prefix = self._open[-1].next_prefix(tag, depth=len(self._open))

    def _break(self) -> None:
        self._inline.add_break()

    def _flush(self) -> None:
        row = self._inline.take()
        if row:
            self._rows.append(row)
            self._defined.append(self._has_meaning)
        self._has_meaning = False


class _List:
    """An open list: what stands in front of its next item."""

    def __init__(self, node: "LexborNode", tag: str) -> None:
        self._tag = tag
        start = (node.attributes.get("start") or "1") if tag == "ol" else "1"
        self._number = int(start) if re.fullmatch(r"\d{1,6}", start) else 1

    def next_prefix(self, tag: str, *, depth: int) -> str:
        if tag in {"dt", "dd"}:
            return ""
        mark = "- "
        if self._tag == "ol":
            mark = f"{self._number}. "
            self._number += 1
        return "  " * (depth - 1) + mark
