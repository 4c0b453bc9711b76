"""HTML tables: which are data and which lay out the page, and the grid of their cells."""

from typing import TYPE_CHECKING

from ingestion.parsers.grid import Grid, filled_grid
from ingestion.parsers.html_text import children, flat_text

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_SECTIONS = frozenset({"thead", "tbody", "tfoot"})
_CELLS = frozenset({"td", "th"})
# What a page holds and a cell does not.
_LAYOUT = frozenset({"table", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})
# The limits of HTML (WHATWG HTML, section 4.9.11), and a bound on what cells can be blown up to together.
_MAX_COLUMN_SPAN = 1_000
_MAX_FILLED_CELLS = 200_000


def is_data_table(node: "LexborNode") -> bool:
    """False for tables that lay out a page: of one cell, with tables, code or headings inside, or saying so."""
    if (node.attributes.get("role") or "").lower() in {"presentation", "none"}:
        return False
    cells = 0
    pending = list(children(node))
    while pending:
        current = pending.pop()
        tag = current.tag or ""
        if tag in _LAYOUT:
            return False
        cells += tag in _CELLS
        pending.extend(children(current))
    return cells > 1


def read_grid(node: "LexborNode") -> Grid:
    """The cells of a data table; merged ones are filled into all that they span. Rows of ``thead`` come first, as shown.

    The header is ``thead``, else the first rows that hold nothing but ``th`` without the scope of a row.
    """
    rows, head_rows = _rows(node)
    caption = next((flat_text(child) for child in children(node) if child.tag == "caption"), "")
    has_names = any(cell.tag == "th" for row in rows for cell in row)
    header = head_rows or next((index for index, row in enumerate(rows) if not _names_columns(row)), len(rows))
    cells, merges = _placed(rows)
    # A table without any header cell may still have names in its first row.
    return filled_grid(cells, merges, header_rows=header if head_rows or has_names else None, caption=caption)


def _rows(node: "LexborNode") -> tuple[list[list["LexborNode"]], int]:
    """The cells of each row, and the number of rows in ``thead``."""
    head: list[list[LexborNode]] = []
    body: list[list[LexborNode]] = []
    for part in children(node):
        if part.tag == "tr":
            body.append(_cells(part))
        elif part.tag in _SECTIONS:
            found = [_cells(row) for row in children(part) if row.tag == "tr"]
            (head if part.tag == "thead" else body).extend(found)
    head, body = [row for row in head if row], [row for row in body if row]
    return head + body, len(head) if body else 0


def _cells(row: "LexborNode") -> list["LexborNode"]:
    return [cell for cell in children(row) if cell.tag in _CELLS]


def _names_columns(row: list["LexborNode"]) -> bool:
    return all(cell.tag == "th" and (cell.attributes.get("scope") or "").lower() not in {"row", "rowgroup"} for cell in row)


def _placed(rows: list[list["LexborNode"]]) -> tuple[list[list[str]], list[tuple[int, int, int, int]]]:
    """Each cell at its place in the grid (WHATWG HTML, section 4.9.12), and the rectangles of merged ones."""
    placed: list[list[str]] = [[] for _ in rows]
    taken: list[set[int]] = [set() for _ in rows]
    merges: list[tuple[int, int, int, int]] = []
    room = _MAX_FILLED_CELLS
    for top, row in enumerate(rows):
        left = 0
        for cell in row:
            while left in taken[top]:
                left += 1
            width = min(_span(cell, "colspan") or 1, _MAX_COLUMN_SPAN)
            # A row span of 0 reaches to the end of the table.
            height = min(_span(cell, "rowspan") or len(rows), len(rows) - top)
            if width * height > room:
                width = height = 1
            room -= width * height
            placed[top] += [""] * (left + 1 - len(placed[top]))
            placed[top][left] = flat_text(cell)
            if width * height > 1:
                merges.append((top, left, top + height - 1, left + width - 1))
                for below in range(top, top + height):
                    taken[below].update(range(left, left + width))
                    placed[below] += [""] * (left + width - len(placed[below]))
            left += width
    return placed, merges


def _span(cell: "LexborNode", name: str) -> int:
    """The span, 1 where none or nonsense is given; ``rowspan="0"`` is 0."""
    value = (cell.attributes.get(name) or "1").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 1
