"""The areas of a sheet as tables: titles above, header rows, rows, notes below; parts that gaps have cut off are joined."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingestion.parsers.grid import Merge
from ingestion.parsers.office.sheet_areas import sheet_areas
from ingestion.parsers.office.sheet_headers import header_rows
from ingestion.parsers.office.sheet_index import SheetIndex
from ingestion.parsers.office.sheets import Sheet


@dataclass(frozen=True, slots=True)
class Frame:
    """An area with its title rows and note rows taken off; ``is_named`` where the file itself calls it a table."""

    top: int
    left: int
    bottom: int
    right: int
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    header_rows: int = 0
    is_named: bool = False

    @property
    def area(self) -> Merge:
        return self.top, self.left, self.bottom, self.right

    @property
    def is_text(self) -> bool:
        """Whether it is no table: one column, or nothing but titles."""
        return self.left == self.right or self.top > self.bottom


def sheet_frames(sheet: Sheet, index: SheetIndex) -> Iterator[Frame]:
    """The frames from top to bottom, those side by side from left to right."""
    named = {table.area: table.header_rows for table in sheet.tables}
    frames = [_framed(sheet, index, area, named.get(area)) for area in sheet_areas(sheet)]
    at = 0
    while at < len(frames):
        frame = frames[at]
        at += 1
        while at < len(frames) and _goes_on(frame, frames[at]):
            frame = replace(frame, bottom=frames[at].bottom, notes=frames[at].notes)
            at += 1
        yield frame


def _framed(sheet: Sheet, index: SheetIndex, area: Merge, named_header: int | None) -> Frame:
    top, left, bottom, right = area
    if named_header is not None:
        return Frame(top, left, bottom, right, header_rows=named_header, is_named=True)
    titles: list[str] = []
    notes: list[str] = []
    while right > left and top <= bottom:
        text, last = index.lone_text(top, left, right)
        if not text:
            break
        titles.append(text)
        top = last + 1
    while top < bottom and not any(index.row(top, left, right)):
        top += 1  # the row between names and their columns, where the names were a title
    while right > left and bottom > top:
        text, last = index.lone_text(bottom, left, right)
        if not text or last > bottom:
            break
        notes.insert(0, text)
        bottom -= 1
    names = header_rows(sheet, index, (top, left, bottom, right)) if top < bottom and left < right else 0
    return Frame(top, left, bottom, right, tuple(titles), tuple(notes), names)


def _goes_on(above: Frame, below: Frame) -> bool:
    """Whether a frame is the rest of the one above: an empty row apart, in the same columns, without names of its own."""
    is_beneath = (below.left, below.right) == (above.left, above.right) and below.top == above.bottom + 2
    is_whole = not (above.is_text or above.notes or above.is_named)
    return is_beneath and is_whole and above.header_rows > 0 and not (below.titles or below.header_rows or below.is_named)
