"""Collects the paragraphs that an office library gives singly into blocks: items of a list, lines of code."""

import re

from ingestion.parsers.canonical import CanonicalText
from ragline.types import ElementKind

MAX_HEADING_CHARS = 200
"""Longer texts are no headings, whatever their style or place says."""

# What numbered items begin with already: ``1.``, ``2.1``, ``a)``, ``(iv)``.
_LABEL = re.compile(r"(?:\(?(?:\d{1,4}|[A-Za-z]|[ivxlcIVXLC]{1,6})[.)]|\d{1,3}(?:\.\d{1,3}){1,8}\.?)\s")
_BULLET = re.compile(r"[-•‣▪●○–*]\s+")
# Deeper items are indented like these.
_MAX_INDENT = 8


class BlockWriter:
    """Writes blocks into ``out``. A block ends where another kind, page or :meth:`flush` begins."""

    def __init__(self, out: CanonicalText) -> None:
        self._out = out
        self._rows: list[str] = []
        self._kind: ElementKind = "list"
        self._page: int | None = None

    def item(self, text: str, depth: int, *, page: int | None = None) -> None:
        """An item of a list, ``depth`` 0 for the outermost. Without a number of its own it gets a dash."""
        words = " ".join(text.split())
        if not words:
            return
        self._continue("list", page)
        words = words if _LABEL.match(words) else f"- {_BULLET.sub('', words, count=1)}"
        self._rows.append("  " * min(max(depth, 0), _MAX_INDENT) + words)

    def block(self, kind: ElementKind, text: str, *, page: int | None = None) -> None:
        """A paragraph, quote or caption; a paragraph of code is a line of the block."""
        if kind == "code":
            if text.strip() or (self._rows and self._kind == "code"):
                self._continue("code", page)
                self._rows.append(text.rstrip())
            return
        lines = [" ".join(line.split()) for line in text.split("\n")]
        words = "\n".join(line for line in lines if line)
        if words:
            self.flush()
            self._out.add(kind, words, page=page)

    def flush(self) -> None:
        """End the open block."""
        rows, self._rows = self._rows, []
        if rows and self._kind == "code":
            self._out.add("code", "\n".join(rows).rstrip(), page=self._page)
        elif rows:
            self._out.add_rows("list", rows, page=self._page)

    def _continue(self, kind: ElementKind, page: int | None) -> None:
        if self._rows and (kind, page) != (self._kind, self._page):
            self.flush()
        self._kind, self._page = kind, page
