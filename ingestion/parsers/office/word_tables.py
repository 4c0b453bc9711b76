"""Tables of a Word document as grids: merged cells, header rows, and which tables only lay out a page."""

from typing import Any

from ingestion.parsers.grid import Grid, Merge, filled_grid
from ingestion.parsers.office.ooxml import find, first, qualified
from ragline.errors import ParseError

MAX_CELLS = 1_000_000
"""What one table may spread out to: a small file can claim spans of millions."""
_MAX_SPAN = 1_000
_INNER_CELL_GAP = "; "


def table_grid(table: Any, header_styles: frozenset[str]) -> Grid:
    """The grid of a ``w:tbl``. ``header_styles`` are the ids of table styles that make the first row a header.

    Raises :class:`ParseError` for more than :data:`MAX_CELLS` cells.
    """
    rows: list[list[str]] = []
    merges: list[Merge] = []
    open_above: dict[int, tuple[int, int, int]] = {}  # column of a cell that goes on downwards -> top, left, right
    cells = 0
    for number, row in enumerate(find(table, "./w:tr")):
        texts: list[str] = [""] * _count(row, "./w:trPr/w:gridBefore/@w:val", 0)
        going_on: dict[int, tuple[int, int, int]] = {}
        for cell in find(row, "./w:tc"):
            left = len(texts)
            span = _count(cell, "./w:tcPr/w:gridSpan/@w:val", 1)
            right = left + span - 1
            cells += span
            if cells > MAX_CELLS:
                raise ParseError(f"holds a table of more than {MAX_CELLS:,} cells; split it")
            above = open_above.get(left)
            if _goes_on(cell) and above is not None:
                going_on[left] = above
                merges.append((above[0], above[1], number, above[2]))
                texts += [""] * span
                continue
            if span > 1:
                merges.append((number, left, number, right))
            if first(cell, "./w:tcPr/w:vMerge") is not None:
                going_on[left] = (number, left, right)
            texts += [_cell_text(cell), *[""] * (span - 1)]
        open_above = going_on
        rows.append(texts)
    return filled_grid(rows, merges, header_rows=_header_rows(table, header_styles), caption=_caption(table))


def lays_out(table: Any, heading_styles: frozenset[str]) -> bool:
    """Whether a table only places other blocks on the page: a single cell, or one that holds headings."""
    cells = find(table, "./w:tr/w:tc")
    if len(cells) <= 1:
        return True
    styles = find(table, "./w:tr/w:tc/w:p/w:pPr/w:pStyle/@w:val")
    return any(style in heading_styles for style in styles)


def page_breaks(table: Any) -> int:
    """How often a page ended within the table, as it was last shown. Cells side by side each note the same end."""
    return sum(
        max((len(find(cell, ".//w:lastRenderedPageBreak")) for cell in find(row, "./w:tc")), default=0)
        for row in find(table, "./w:tr")
    )


def _cell_text(cell: Any) -> str:
    parts = []
    for block in cell:
        if block.tag == qualified("w:p"):
            parts.append(paragraph_text(block))
        elif block.tag == qualified("w:tbl"):
            inner = [" ".join(_cell_text(each).split()) for each in find(block, "./w:tr/w:tc")]
            parts.append(_INNER_CELL_GAP.join(text for text in inner if text))
    return "\n".join(part for part in parts if part.strip())


def paragraph_text(paragraph: Any) -> str:
    """The words of a ``w:p``, tabs and breaks as blanks."""
    parts = []
    for piece in find(paragraph, ".//w:t | .//w:tab[parent::w:r] | .//w:br | .//w:cr | .//w:noBreakHyphen"):
        if piece.tag == qualified("w:t"):
            parts.append(piece.text or "")
        else:
            parts.append("-" if piece.tag == qualified("w:noBreakHyphen") else " ")
    return "".join(parts)


def _goes_on(cell: Any) -> bool:
    """A cell merged with the one above has ``w:vMerge`` without a value or with "continue"."""
    merge = first(cell, "./w:tcPr/w:vMerge")
    return merge is not None and merge.get(qualified("w:val"), "continue") == "continue"


def _header_rows(table: Any, header_styles: frozenset[str]) -> int | None:
    count = 0
    rows = find(table, "./w:tr")
    for row in rows:
        if first(row, "./w:trPr/w:tblHeader[not(@w:val='0' or @w:val='false')]") is None:
            break
        count += 1
    if count:
        return count
    style = first(table, "./w:tblPr/w:tblStyle/@w:val")
    if style in header_styles and _looks_first_row(table):
        return 1
    is_bold = [_is_bold(row) for row in rows[:2]]
    return 1 if is_bold == [True, False] else None


def _looks_first_row(table: Any) -> bool:
    """Whether the style's first row is shown (``w:tblLook``, as a flag or as bit 0x20 of its value)."""
    look = first(table, "./w:tblPr/w:tblLook")
    if look is None:
        return False
    flag = look.get(qualified("w:firstRow"))
    if flag is not None:
        return flag in {"1", "true", "on"}
    try:
        return bool(int(look.get(qualified("w:val"), "0"), 16) & 0x20)
    except ValueError:
        return False


def _is_bold(row: Any) -> bool:
    """Whether all words of a row are bold."""
    runs = find(row, ".//w:r[w:t]")
    return bool(runs) and all(first(run, "./w:rPr/w:b[not(@w:val='0' or @w:val='false')]") is not None for run in runs)


def _caption(table: Any) -> str:
    return " ".join((first(table, "./w:tblPr/w:tblCaption/@w:val") or "").split())


def _count(element: Any, path: str, default: int) -> int:
    value = first(element, path)
    number = int(value) if value is not None and value.isdecimal() else default
    return min(max(number, default), _MAX_SPAN)
