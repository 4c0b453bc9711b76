"""The tables of a sheet, and the texts between them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingestion.parsers.grid import CELL_GAP, Grid, filled_grid
from ingestion.parsers.office.sheet_frames import Frame, sheet_frames
from ingestion.parsers.office.sheet_index import SheetIndex
from ingestion.parsers.office.sheets import Sheet

# A title is short; what is longer explains something.
_MAX_TITLE_CHARS = 100
# Rows between a title and its table.
_MAX_TITLE_GAP = 2
# An area that is mostly empty is no table: written row by row it takes no more room than its cells.
_MAX_EMPTY_SHARE = 50
_MIN_SPARSE_CELLS = 10_000


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table, and the texts below it that belong to it."""

    grid: Grid
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Texts that stand alone, a row a line."""

    lines: tuple[str, ...]


def sheet_blocks(sheet: Sheet) -> Iterator[TableBlock | TextBlock]:
    """The blocks from top to bottom, those side by side from left to right. A short text right above a table is its title."""
    index = SheetIndex(sheet)
    waiting: TextBlock | None = None
    ends_at = -1
    for frame in sheet_frames(sheet, index):
        if frame.is_text:
            if waiting is not None:
                yield waiting
            waiting, ends_at = _text_block(index, frame), frame.bottom
            continue
        titled = frame
        if waiting is not None and _is_title(waiting, frame.top - ends_at - 1) and not frame.titles:
            titled = replace(frame, titles=waiting.lines)
        elif waiting is not None:
            yield waiting
        waiting = None
        yield _table_block(index, titled)
    if waiting is not None:
        yield waiting


def _is_title(block: TextBlock, gap: int) -> bool:
    return gap <= _MAX_TITLE_GAP and len(block.lines) == 1 and len(block.lines[0]) <= _MAX_TITLE_CHARS


def _table_block(index: SheetIndex, frame: Frame) -> TableBlock | TextBlock:
    height, width = frame.bottom - frame.top + 1, frame.right - frame.left + 1
    if height * width > max(_MIN_SPARSE_CELLS, _MAX_EMPTY_SHARE * len(index)):
        return _text_block(index, frame)
    rows = [[""] * width for _ in range(height)]
    for row, column, cell in index.cells(frame.area):
        rows[row - frame.top][column - frame.left] = cell.text
    merges = [
        (top - frame.top, left - frame.left, bottom - frame.top, right - frame.left)
        for top, left, bottom, right in index.merges(frame.area)
    ]
    grid = filled_grid(rows, merges, header_rows=frame.header_rows, caption="\n".join(frame.titles))
    return TableBlock(grid, frame.notes)


def _text_block(index: SheetIndex, frame: Frame) -> TextBlock:
    lines: dict[int, list[str]] = {}
    for row, _, cell in index.cells(frame.area):
        lines.setdefault(row, []).append(" ".join(cell.text.split()))
    return TextBlock((*frame.titles, *(CELL_GAP.join(words) for words in lines.values()), *frame.notes))
