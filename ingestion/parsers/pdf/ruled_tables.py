"""Tables that are drawn: cells between crossing rules."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingestion.parsers.grid import Merge, is_number
from ingestion.parsers.pdf.fragments import Fragment, Row, rows_of
from ingestion.parsers.pdf.hyphens import join_lines
from ingestion.parsers.pdf.lines import TableBlock, words_of
from ingestion.parsers.pdf.rules import Rule, Rules

# Rules that miss each other by no more than this still meet (points).
_MEET = 6.0
# Rules nearer than this are one edge of cells: double lines, and borders of neighbouring cells.
_SAME_EDGE = 4.0
# A rule parts two cells when it runs along this much of their common edge.
_COVERS = 0.6
# What is drawn like a table and holds more text in a cell is a frame around text; with fewer filled cells it is a chart.
_MAX_CELL_CHARS = 1_000
_MAX_USUAL_CHARS = 160
_MIN_FILLED = 0.4
_MAX_CROSSINGS = 200_000
# White inside a ruled column parts columns that have no rule between them when so many rows stand on both sides of it.
_MIN_ROWS_BESIDE = 3
_WIDE = 0.7
# Lines in two cells beside each other may be one wrapped row; in this many cells they are rows.
_MIN_CELLS = 6
_MANY_LINES = 4
_MIN_NUMBERS = 3
# Longer lines beside each other are text in columns.
_MAX_ROW_CHARS = 25

Word = tuple[str, float, float, Fragment]


@dataclass(frozen=True, slots=True)
class _Grid:
    """The edges of columns and rows, and the rules between them. ``white`` are the edges where nothing is drawn."""

    xs: list[float]
    ys: list[float]
    rules: Rules
    white: frozenset[float] = frozenset()


def ruled_tables(fragments: Sequence[Fragment], rules: Rules) -> tuple[list[TableBlock], list[Fragment]]:
    """The tables that ``rules`` draw, and the fragments that are in none of them."""
    tables = []
    rest = list(fragments)
    for grid in _grids(rules):
        inside = [each for each in rest if _is_inside(each, grid)]
        table = _table(grid, inside) if inside else None
        if table is not None:
            tables.append(table)
            taken = set(map(id, inside))
            rest = [each for each in rest if id(each) not in taken]
    return tables, rest


def _grids(rules: Rules) -> list[_Grid]:
    """Groups of rules that meet, as grids of at least two rows and columns; the smallest first."""
    horizontal, vertical = rules.horizontal, rules.vertical
    if len(horizontal) < 2 or not vertical or len(horizontal) * len(vertical) > _MAX_CROSSINGS:
        return []
    group = list(range(len(horizontal) + len(vertical)))

    def root(index: int) -> int:
        while group[index] != index:
            group[index] = group[group[index]]
            index = group[index]
        return index

    for i, h in enumerate(horizontal):
        for j, v in enumerate(vertical, len(horizontal)):
            if h.start - _MEET <= v.at <= h.end + _MEET and v.start - _MEET <= h.at <= v.end + _MEET:
                group[root(j)] = root(i)
    members: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for index, rule in enumerate((*horizontal, *vertical)):
        members.setdefault(root(index), ([], []))[index >= len(horizontal)].append(rule)
    grids = []
    for hs, vs in members.values():
        xs = _edges([*(v.at for v in vs), *(end for h in hs for end in (h.start, h.end))])
        ys = _edges([*(h.at for h in hs), *(end for v in vs for end in (v.start, v.end))])
        if vs and len(xs) > 2 and len(ys) > 2:
            grids.append(_Grid(xs, ys, Rules(tuple(hs), tuple(vs))))
    return sorted(grids, key=lambda grid: (grid.xs[-1] - grid.xs[0]) * (grid.ys[-1] - grid.ys[0]))


def _edges(places: Iterable[float]) -> list[float]:
    edges: list[list[float]] = []
    for place in sorted(places):
        if edges and place - edges[-1][-1] <= _SAME_EDGE:
            edges[-1].append(place)
        else:
            edges.append([place])
    return [sum(each) / len(each) for each in edges]


def _is_inside(fragment: Fragment, grid: _Grid) -> bool:
    x = (fragment.left + fragment.right) / 2
    return grid.ys[0] < _middle(fragment) < grid.ys[-1] and grid.xs[0] - _SAME_EDGE < x < grid.xs[-1] + _SAME_EDGE


def _table(grid: _Grid, fragments: list[Fragment]) -> TableBlock | None:
    xs, ys = _white_columns(grid.xs, fragments), _white_rows(grid, fragments)
    grid = _Grid(sorted(grid.xs + xs), sorted(grid.ys + ys), grid.rules, frozenset(xs + ys))
    if _holds_columns(grid, fragments):
        return None
    cells, merges = _cells(grid, fragments)
    texts = [
        [join_lines([" ".join(word[0] for word in line) for line in _lines(cell)], gap=" ") for cell in row] for row in cells
    ]
    filled = [text for row in texts for text in row if text]
    places = sum(len(row) for row in texts) - sum((b - t + 1) * (r - c + 1) - 1 for t, c, b, r in merges)
    rows = sum(any(row) for row in texts)
    columns = sum(any(row[index] for row in texts) for index in range(len(grid.xs) - 1))
    if rows < 2 or columns < 2 or len(filled) < _MIN_FILLED * places or max(map(len, filled)) > _MAX_CELL_CHARS:
        return None
    if sum(map(len, filled)) > _MAX_USUAL_CHARS * len(filled):
        return None
    if rows * columns < _MIN_CELLS and not all(any(map(str.isalpha, text)) for text in filled):
        return None  # the axes of a chart, and its numbers
    box = grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1]
    first = min(fragments, key=lambda each: each.order)
    return TableBlock(texts, box, first.size, merges, _header_rows(cells, texts, merges), first.order, turn=first.turn)


def _white_columns(xs: list[float], fragments: list[Fragment]) -> list[float]:
    """Edges in the middle of white that runs through a column and has text on both sides in several rows.

    Few rows may cross it: names that span columns.
    """
    edges = []
    for left, right in pairwise(xs):
        rows = rows_of(each for each in fragments if left <= (each.left + each.right) / 2 < right)
        widest: Row = max(rows, key=len, default=[])
        for a, b in pairwise(widest):
            white = a.right, b.left
            beside = crossing = 0
            for row in rows:
                gaps = [(max(white[0], c.right), min(white[1], d.left)) for c, d in pairwise(row)]
                gap = max(gaps, key=lambda each: each[1] - each[0], default=(0.0, 0.0))
                if gap[1] - gap[0] > _WIDE / 2 * row[0].size:
                    beside, white = beside + 1, gap
                else:
                    crossing += any(each.left < white[0] and each.right > white[1] for each in row)
            if beside >= max(_MIN_ROWS_BESIDE, 3 * crossing):
                edges.append((white[0] + white[1]) / 2)
    return edges


def _white_rows(grid: _Grid, fragments: list[Fragment]) -> list[float]:
    """Edges between lines of numbers, and between lines that every column has alike, where no rule parts them."""
    edges = []
    for top, bottom in pairwise(grid.ys):
        rows = rows_of(each for each in fragments if top < _middle(each) < bottom)
        places = [{bisect_right(grid.xs, (each.left + each.right) / 2) for each in row} for row in rows]
        is_alike = len(rows) > 1 and len(places[0]) > 1 and len(set(map(frozenset, places))) == 1
        is_short = sum(len(each.text) for row in rows for each in row) <= _MAX_ROW_CHARS * sum(map(len, rows))
        if not (is_alike and is_short and len(rows) * len(places[0]) >= _MIN_CELLS):
            rows = [row for row in rows if sum(is_number(each.text) for each in row) >= _MIN_NUMBERS]
        edges += [below[0].baseline - below[0].size for below in rows[1:]]
    return edges


def _holds_columns(grid: _Grid, fragments: list[Fragment]) -> bool:
    """Whether a row holds many lines in several columns: rows that no rule parts, and that are not to be told apart here."""
    for top, bottom in pairwise(grid.ys):
        lines = Counter(
            bisect_right(grid.xs, (row[0].left + row[0].right) / 2)
            for column in pairwise(grid.xs)
            for row in rows_of(
                e for e in fragments if top < _middle(e) < bottom and column[0] <= (e.left + e.right) / 2 < column[1]
            )
        )
        if sum(count >= _MANY_LINES for count in lines.values()) > 2:
            return True
    return False


def _cells(grid: _Grid, fragments: list[Fragment]) -> tuple[list[list[list[Word]]], list[Merge]]:
    """The words of every cell, those of merged ones at their top left place, and the merged cells."""
    height, width = len(grid.ys) - 1, len(grid.xs) - 1
    cells: list[list[list[Word]]] = [[[] for _ in range(width)] for _ in range(height)]
    for word in words_of(fragments):
        row = bisect_right(grid.ys, _middle(word[3])) - 1
        column = bisect_right(grid.xs, (word[1] + word[2]) / 2) - 1
        cells[min(max(row, 0), height - 1)][min(max(column, 0), width - 1)].append(word)
    merges = []
    taken: set[tuple[int, int]] = set()
    for row in range(height):
        for column in range(width):
            if (row, column) in taken:
                continue
            bottom, right = _extent(grid, row, column, fragments)
            places = [(r, c) for r in range(row, bottom + 1) for c in range(column, right + 1)]
            if not taken.isdisjoint(places):
                bottom, right, places = row, column, [(row, column)]
            taken.update(places)
            if len(places) > 1:
                merges.append((row, column, bottom, right))
                cells[row][column] = [word for r, c in places for word in cells[r][c]]
                for r, c in places[1:]:
                    cells[r][c] = []
    return cells, merges


def _extent(grid: _Grid, row: int, column: int, fragments: Sequence[Fragment]) -> tuple[int, int]:
    """The last row and column of the cell that begins at ``row``, ``column``: up to a rule or to white that no text crosses."""
    xs, ys = grid.xs, grid.ys
    right, bottom = column, row
    while right + 2 < len(xs):
        edge = xs[right + 1]
        if edge in grid.white:
            if not any(e.left < edge - 1 and e.right > edge + 1 and ys[row] < _middle(e) < ys[row + 1] for e in fragments):
                break
        elif _is_ruled(grid.rules.vertical, edge, ys[row], ys[row + 1]):
            break
        right += 1
    while bottom + 2 < len(ys) and ys[bottom + 1] not in grid.white:
        if _is_ruled(grid.rules.horizontal, ys[bottom + 1], xs[column], xs[right + 1]):
            break
        bottom += 1
    return bottom, right


def _middle(fragment: Fragment) -> float:
    return fragment.baseline - 0.3 * fragment.size


def _is_ruled(rules: Sequence[Rule], at: float, start: float, end: float) -> bool:
    covered = sum(max(0.0, min(rule.end, end) - max(rule.start, start)) for rule in rules if abs(rule.at - at) <= _SAME_EDGE)
    return covered >= _COVERS * (end - start)


def _lines(cell: list[Word]) -> list[list[Word]]:
    """The words of a cell line by line."""
    lines: list[list[Word]] = []
    for word in sorted(cell, key=lambda each: each[3].baseline):
        if lines and word[3].baseline - lines[-1][0][3].baseline <= 0.5 * word[3].size:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def _header_rows(cells: list[list[list[Word]]], texts: list[list[str]], merges: list[Merge]) -> int | None:
    """The rows down to the one below the last name that spans columns; 1 when the first row alone is bold; else ``None``."""
    width = len(texts[0])
    spanning = {top for top, left, _, right in merges if 0 < right - left < width - 1}
    count = next(row for row in range(len(texts) + 1) if row not in spanning)
    if 0 < count < len(texts) - 1:
        return count + 1
    bold = [all(word[3].is_bold for cell in row for word in cell) for row, text in zip(cells, texts, strict=True) if any(text)]
    return 1 if bold and bold[0] and not any(bold[1:2]) else None
