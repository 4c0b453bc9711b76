"""Blocks of HTML in a Markdown text: which are text, which are tables, and which only lay out the page."""

import re
from dataclasses import replace

from ingestion.elements import Element
from ingestion.parsers.canonical import CanonicalText

_COMMENT = re.compile(r"\s*<!--(?:(?!-->).)*-->\s*\Z", re.DOTALL)
_UNREAD = re.compile(r"\s*<(script|style|template)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_ALTERNATIVE = re.compile(r"\b(?:alt|title|label|aria-label)=[\"'][^\"']*\w")
_TABLE = re.compile(r"\s*(?:<(?:div|center|figure|p)[^<>]*>\s*)*<table\b", re.IGNORECASE)
_ROW = re.compile(r"<tr\b", re.IGNORECASE)
_ROW_END = re.compile(r"</tr\s*>", re.IGNORECASE)


def is_unread(html: str) -> bool:
    """True for comments, scripts and styles."""
    return _COMMENT.match(html) is not None or _UNREAD.match(html) is not None


def has_words(html: str) -> bool:
    """True where a reader sees text, the alternative text of images included."""
    return any(map(str.isalnum, _TAG.sub(" ", html))) or _ALTERNATIVE.search(html) is not None


def html_element(text: str, element: Element) -> Element:
    """The element of an HTML block, as a table where it is one: rows are spans of the source, a ``tr`` each."""
    html = text[element.start : element.end]
    if not _TABLE.match(html):
        return element
    from ingestion.parsers.grid import add_table
    from ingestion.parsers.html_table import is_data_table, read_grid
    from ingestion.parsers.html_tree import html_tree

    nodes = html_tree(html).css("table")
    if len(nodes) != 1 or not is_data_table(nodes[0]):
        return element
    written = CanonicalText()
    add_table(written, read_grid(nodes[0]))
    table = next((each.table for each in written.elements if each.table is not None), None)
    if table is None:
        return element
    rows = _row_spans(html, element.start)
    header_rows = len(rows) - len(table.cells)
    if header_rows < 0:
        return replace(element, kind="table", table=table)
    header = (rows[0][0], rows[header_rows - 1][1]) if header_rows else None
    return replace(element, kind="table", table=table, rows=tuple(rows[header_rows:]), header=header)


def _row_spans(html: str, offset: int) -> list[tuple[int, int]]:
    """Each ``tr`` up to its end, or to the next one."""
    starts = [match.start() for match in _ROW.finditer(html)]
    spans = []
    for start, limit in zip(starts, [*starts[1:], len(html)], strict=True):
        end = _ROW_END.search(html, start, limit)
        stop = end.end() if end else start + len(html[start:limit].rstrip())
        spans.append((offset + start, offset + stop))
    return spans
