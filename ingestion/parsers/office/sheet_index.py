"""A sheet's cells and merged cells by row, so that looking at an area costs what lies in it."""

from collections.abc import Iterator

from ingestion.parsers.grid import Merge
from ingestion.parsers.office.sheets import Cell, Sheet


class SheetIndex:
    """Looks into the areas of one sheet. An area is top, left, bottom and right, all inclusive."""

    def __init__(self, sheet: Sheet) -> None:
        self._cells = sheet.cells
        self._rows: dict[int, list[int]] = {}
        for row, column in sorted(sheet.cells):
            self._rows.setdefault(row, []).append(column)
        self._merges: dict[int, list[Merge]] = {}
        for merge in sheet.merges:
            self._merges.setdefault(merge[0], []).append(merge)

    def __len__(self) -> int:
        return len(self._cells)

    def row(self, row: int, left: int, right: int) -> list[Cell | None]:
        """The places of a row, in order."""
        return [self._cells.get((row, column)) for column in range(left, right + 1)]

    def cells(self, area: Merge) -> Iterator[tuple[int, int, Cell]]:
        """What is not empty, row by row."""
        top, left, bottom, right = area
        for row in range(top, bottom + 1):
            for column in self._rows.get(row, ()):
                if left <= column <= right:
                    yield row, column, self._cells[row, column]

    def merges(self, area: Merge) -> Iterator[Merge]:
        """The merged cells that lie in an area as a whole."""
        top, left, bottom, right = area
        for row in range(top, bottom + 1):
            for merge in self._merges.get(row, ()):
                if merge[2] <= bottom and left <= merge[1] and merge[3] <= right:
                    yield merge

    def lone_text(self, row: int, left: int, right: int) -> tuple[str, int]:
        """The text of a row that holds nothing but one at its left end or across it, and the last row that it spans.

        An empty text for any other row.
        """
        cell = self._cells.get((row, left))
        if cell is None or cell.is_value or any(left < column <= right for column in self._rows.get(row, ())):
            return "", row
        last = max((merge[2] for merge in self._merges.get(row, ()) if merge[1] == left), default=row)
        is_alone = not any(left < column <= right for below in range(row + 1, last + 1) for column in self._rows.get(below, ()))
        return (" ".join(cell.text.split()), last) if is_alone else ("", row)
