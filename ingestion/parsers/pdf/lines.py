"""What a page is made of when its reading order is known: lines, and tables in their places."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingestion.parsers.canonical import Box
from ingestion.parsers.grid import Merge
from ingestion.parsers.pdf.fragments import Fragment, Row

# Above and below the baseline, in sizes of type: what letters take.
_ASCENT, _DESCENT = 0.8, 0.22
# A letter of fixed pitch is this wide, in sizes of type.
_PITCH = 0.6


@dataclass(slots=True)
class Line:
    """A line of one column, in upright coordinates of ``turn``. ``region`` numbers the columns of a page in reading order.

    ``spaced`` is the line of a fixed pitch font with its gaps as so many blanks, else empty. ``heading`` numbers the titles of
    the file's outline on a page (0 = none) and ``level`` is their level; ``is_repeated`` says that the line is a running head
    that was said before.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    region: int
    turn: int | None
    is_bold: bool
    is_mono: bool
    spaced: str = ""
    heading: int = 0
    level: int = 0
    is_repeated: bool = False

    @property
    def box(self) -> Box:
        return self.left, self.baseline - _ASCENT * self.size, self.right, self.baseline + _DESCENT * self.size


@dataclass(slots=True)
class TableBlock:
    """A table's cells as texts.

    ``merges`` are merged cells (top, left, bottom, right); the first ``header_rows`` rows name the columns, ``None`` where type
    says nothing. ``order`` is that of the first fragment.
    """

    cells: list[list[str]]
    box: Box
    size: float
    merges: list[Merge]
    header_rows: int | None
    order: int = 0
    region: int = 0
    turn: int | None = 0


def line_of(row: Row, region: int) -> Line:
    """The line that a row of fragments makes."""
    main = row[0] if len(row) == 1 else max(row, key=lambda each: each.right - each.left)
    words = [word for each in row for word in each.words] if len(row) > 1 else main.words
    is_mono = main.is_mono and all(each.is_mono for each in row)
    return Line(
        " ".join(words),
        row[0].left,
        main.right if len(row) == 1 else max(each.right for each in row),
        main.baseline,
        main.size,
        region,
        main.turn,
        main.is_bold and all(each.is_bold for each in row),
        is_mono,
        _spaced(row) if is_mono else "",
    )


def box_of(lines: Sequence[Line]) -> Box:
    """The smallest box around all ``lines``, from the letters of the topmost to those of the lowest."""
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    top = min(line.baseline - _ASCENT * line.size for line in lines)
    return left, top, right, max(line.baseline + _DESCENT * line.size for line in lines)


def fragment_box(fragment: Fragment) -> Box:
    """Where a fragment stands."""
    at, size = fragment.baseline, fragment.size
    return fragment.left, at - _ASCENT * size, fragment.right, at + _DESCENT * size


def pitch(line: Line) -> float:
    """The width of a letter of fixed pitch."""
    return max(1.0, _PITCH * line.size)


def words_of(fragments: Iterable[Fragment]) -> list[tuple[str, float, float, Fragment]]:
    """Every word with its left and right edge."""
    return [
        (word, left, right, each)
        for each in fragments
        for word, left, right in zip(each.words, each.lefts, each.rights, strict=True)
    ]


def _spaced(row: Sequence[Fragment]) -> str:
    text, end = "", row[0].left
    for word, left, right, each in words_of(row):
        gap = round((left - end) / max(1.0, _PITCH * each.size))
        text += " " * (max(1, gap) if text else 0) + word
        end = right
    return text
