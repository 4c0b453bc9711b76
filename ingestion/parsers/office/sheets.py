"""A sheet of a workbook as the readers give it, whatever the file format."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingestion.parsers.grid import Merge
from ragline.types import Metadata

Place = tuple[int, int]
"""Row and column, 0-based."""


@dataclass(frozen=True, slots=True)
class Cell:
    """``text`` is what the program shows. ``is_value`` is true for numbers, dates and truth values, not for texts."""

    text: str
    is_value: bool = False
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A range that the file itself calls a table, with the number of its header rows."""

    area: Merge
    header_rows: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """``cells`` holds what is not empty.

    ``header_ends`` are rows (0-based) up to and with which something in the file says that names stand: above a frozen pane,
    in a filter, repeated on every printed page.
    """

    name: str
    cells: Mapping[Place, Cell]
    merges: tuple[Merge, ...] = ()
    tables: tuple[NamedTable, ...] = ()
    header_ends: frozenset[int] = frozenset()
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Workbook:
    """All sheets in order, what the file says of itself, and what could not be read."""

    sheets: tuple[Sheet, ...]
    properties: Metadata = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
