"""Reading order: columns are found by the strips of white between them.

A strip is a tall white rectangle with text on both sides of it in several lines. It parts columns when both sides read like
running text, or when the file itself has the one side before the other; the strips inside tables, with short cells that the
file has row by row, part nothing. What crosses a strip (a title, a wide figure, a footnote) ends it, and is read before or
after it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingestion.parsers.pdf.fragments import Row, bands_of, rows_of

# Narrowest gap between columns, in sizes of type: some journals set 10 points of white between columns of 10 point type.
_MIN_GUTTER = 0.75
_MIN_ROWS = 3
_MIN_ROWS_OF_TEXT = 4
# How far apart lines of one column stand, in sizes of type.
_NEXT_LINE = 1.7
# Columns are filled with text: share of their width, characters in a line, share of digits.
_FILLED = 0.6
_HALF_FILLED = 0.4
_MIN_CHARS = 18.0
_FEW_CHARS = 8.0
_MAX_DIGITS = 0.3
# Share of lines after which the file goes on in the same column.
_BY_COLUMN = 0.7
# On pages with more fragments than this (maps, drawings) the file's own order is as good as any.
_MAX_FRAGMENTS = 4_000
_MAX_DEPTH = 24


@dataclass(frozen=True, slots=True)
class _Strip:
    """White between ``left`` and ``right`` in bands ``first`` to ``last``; ``both`` are those with text on both sides."""

    first: int
    last: int
    left: float
    right: float
    both: tuple[int, ...]


def columns_of(rows: Sequence[Row], *, is_leftwards: bool = False) -> list[list[Row]]:
    """The regions of a page with these lines in reading order, each with its lines from top to bottom. Columns are regions.

    ``is_leftwards`` asks for columns from right to left.
    """
    if sum(map(len, rows)) > _MAX_FRAGMENTS:
        fragments = sorted((fragment for row in rows for fragment in row), key=lambda each: each.order)
        return [[[fragment] for fragment in fragments]]
    bands = bands_of(rows)
    parts = _split(bands, [], is_leftwards, 0)
    return [rows_of(fragment for band in part for fragment in band) for part in parts]


def _split(bands: list[Row], known: list[_Strip], is_leftwards: bool, depth: int) -> list[list[Row]]:
    strip = _best_strip(bands, known) if len(bands) > 1 and depth < _MAX_DEPTH else None
    if strip is None:
        return [bands] if bands else []
    middle = bands[strip.first : strip.last + 1]
    edge = (strip.left + strip.right) / 2
    sides = [
        [part for band in middle if (part := [each for each in band if (each.left < edge) == is_left])]
        for is_left in (True, False)
    ]
    if is_leftwards:
        sides.reverse()
    known = [*known, strip]
    parts = bands[: strip.first], *sides, bands[strip.last + 1 :]
    return [leaf for part in parts for leaf in _split(part, known, is_leftwards, depth + 1)]


def _best_strip(bands: list[Row], known: list[_Strip]) -> _Strip | None:
    """The strip with the most lines beside it, of those that part columns."""
    strips = sorted(_strips(bands), key=lambda strip: (-len(strip.both), strip.first, strip.left))
    for strip in strips:
        found = _column_strip(bands, strip, known)
        if found is not None:
            return found
    return None


def _strips(bands: list[Row]) -> Iterator[_Strip]:
    seen: set[tuple[int, int]] = set()
    for index, band in enumerate(bands):
        for gap, (a, b) in enumerate(pairwise(band)):
            narrowest = _MIN_GUTTER * min(a.size, b.size)
            if b.left - a.right < narrowest or (index, gap) in seen:
                continue
            strip = _extended(bands, index, a.right, b.left, narrowest)
            yield strip
            for other in strip.both:
                for place, (c, d) in enumerate(pairwise(bands[other])):
                    if c.right <= strip.left and d.left >= strip.right:
                        seen.add((other, place))


def _extended(bands: list[Row], index: int, left: float, right: float, narrowest: float) -> _Strip:
    """The strip through the gap of band ``index``, as far down and then up as it stays white."""
    both = [index]
    ends = []
    for way in (range(index + 1, len(bands)), range(index - 1, -1, -1)):
        end = index
        for other in way:
            narrowed = _narrowed(bands[other], left, right)
            if narrowed[1] - narrowed[0] < narrowest:
                break
            left, right = narrowed
            end = other
            if bands[other][0].left < left and bands[other][-1].right > right:
                both.append(other)
        ends.append(end)
    return _Strip(ends[1], ends[0], left, right, tuple(sorted(both)))


def _narrowed(band: Row, left: float, right: float) -> tuple[float, float]:
    """What ``band`` leaves white between ``left`` and ``right``: less than nothing where it stands in the middle or across."""
    for each in band:
        if each.right <= left or each.left >= right:
            continue
        if each.left <= left:
            left = each.right
        elif each.right >= right:
            right = each.left
        else:
            return right, left
    return left, right


def _column_strip(bands: list[Row], strip: _Strip, known: list[_Strip]) -> _Strip | None:
    """The part of ``strip`` that parts columns, ``None`` where it parts cells."""
    sides = [_sides(bands[index], strip) for index in strip.both]
    by_column = _is_by_column(sides)
    is_known = by_column and any(each.left < strip.right and strip.left < each.right for each in known)
    if not is_known and not _parts_text(sides, by_column=by_column):
        return None
    return _trimmed(bands, strip, by_column=by_column)


def _sides(band: Row, strip: _Strip) -> tuple[Row, Row]:
    return [each for each in band if each.right <= strip.left], [each for each in band if each.left >= strip.right]


def _is_by_column(sides: list[tuple[Row, Row]]) -> bool:
    """Whether the file has the next line of a side before this line of the other, as a rule: one column after the other."""
    if len(sides) < 2:
        return bool(sides) and abs(sides[0][1][0].order - sides[0][0][-1].order) > 1
    left_first = sum(below[0][-1].order < above[1][0].order for above, below in pairwise(sides))
    right_first = sum(below[1][-1].order < above[0][0].order for above, below in pairwise(sides))
    return max(left_first, right_first) >= _BY_COLUMN * (len(sides) - 1)


def _parts_text(sides: list[tuple[Row, Row]], *, by_column: bool) -> bool:
    if len(sides) < (_MIN_ROWS if by_column else _MIN_ROWS_OF_TEXT):
        return False
    for side in zip(*sides, strict=True):
        texts = ["".join(word for each in row for word in each.words) for row in side]
        chars = median(map(len, texts))
        digits = sum(map(str.isdigit, "".join(texts))) / max(1, sum(map(len, texts)))
        left, right = min(row[0].left for row in side), max(max(each.right for each in row) for row in side)
        filled = median(sum(each.right - each.left for each in row) for row in side) / max(1.0, right - left)
        if by_column:
            if chars < _FEW_CHARS or digits > 2 * _MAX_DIGITS or (filled < _HALF_FILLED and chars < _MIN_CHARS):
                return False
        elif chars < _MIN_CHARS or digits > _MAX_DIGITS or filled < _FILLED:
            return False
    return True


def _trimmed(bands: list[Row], strip: _Strip, *, by_column: bool) -> _Strip:
    """``strip`` without lines above and below that stand on one side of it and do not go on with the column there."""
    first, last = strip.both[0], strip.both[-1]
    while first > strip.first and _goes_on(bands[first - 1], bands[first], strip):
        first -= 1
    right_begins = min(each.order for index in strip.both for each in _sides(bands[index], strip)[1])
    is_last = strip.last == len(bands) - 1
    while last < strip.last:
        below = bands[last + 1]
        is_right = below[0].left >= strip.right
        is_before = by_column and below[-1].order < right_begins
        if not (is_right or is_before or (is_last and not by_column) or _goes_on(bands[last], below, strip)):
            break
        last += 1
    return _Strip(first, last, strip.left, strip.right, strip.both)


def _goes_on(above: Row, below: Row, strip: _Strip) -> bool:
    """Whether the lines of one side follow each other as lines of one paragraph do."""
    for a, b in zip(_sides(above, strip), _sides(below, strip), strict=True):
        if a and b:
            return b[0].baseline - a[0].baseline <= _NEXT_LINE * max(a[0].size, b[0].size)
    return False
