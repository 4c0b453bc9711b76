"""The lines that are drawn on a page: rules of tables, as strokes, as thin boxes, and as edges of boxes."""

import ctypes
from dataclasses import dataclass
from typing import Any

from ingestion.parsers.pdf.frames import Affine, PageFrame, chain, moved

# Kinds of page objects and of path segments, and drawing modes: fpdf_edit.h of PDFium.
_PATH_OBJECT, _FORM_OBJECT = 2, 5
_LINE_TO, _MOVE_TO = 0, 2
_NO_FILL = 0
# Rules are thinner than this, and longer than that (points).
_THIN = 3.0
_SHORT = 6.0
# Pieces of one rule may be this far apart, along it and across it.
_ALONG, _ACROSS = 4.0, 1.5
# A box smaller than this is no cell; a path needs three segments for two edges, and five are a box.
_SHORTEST_CELL = 15.0
_MIN_SEGMENTS, _BOX_SEGMENTS = 3, 5
# More objects or segments than any table has: a drawing.
_MAX_OBJECTS = 20_000
_MAX_SEGMENTS = 2_000
_MAX_RULES = 3_000


@dataclass(frozen=True, slots=True)
class Rule:
    """A line at height ``at`` from ``start`` to ``end``, or, as a vertical one, at ``at`` from top to bottom."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Rules:
    """In upright coordinates, each kind in order of ``at``."""

    horizontal: tuple[Rule, ...] = ()
    vertical: tuple[Rule, ...] = ()


def read_rules(page: Any, frame: PageFrame, turn: int) -> Rules:
    """The rules on ``page``, a handle of PDFium; none on a page that is a drawing."""
    edges = _Edges(frame.upright(turn))
    edges.add_page(page)
    if len(edges.found) > _MAX_RULES:
        return Rules()
    horizontal, vertical = [], []
    for x0, y0, x1, y1 in edges.found:
        if abs(y1 - y0) <= abs(x1 - x0):
            horizontal.append(Rule((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        else:
            vertical.append(Rule((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    return Rules(_joined(horizontal), _joined(vertical))


class _Edges:
    """Collects straight upright edges as (x0, y0, x1, y1)."""

    def __init__(self, upright: Affine) -> None:
        from pypdfium2 import raw

        self.found: list[tuple[float, float, float, float]] = []
        self._raw = raw
        self._upright = upright
        self._sides = [ctypes.c_float() for _ in range(4)]
        self._segments = 0

    def add_page(self, page: Any) -> None:
        count = self._raw.FPDFPage_CountObjects(page)
        if count > _MAX_OBJECTS:
            return
        kind_of = self._raw.FPDFPageObj_GetType
        for index in range(count):
            item = self._raw.FPDFPage_GetObject(page, index)
            kind = kind_of(item)
            if kind == _PATH_OBJECT:
                self._add_path(item, self._upright)
            elif kind == _FORM_OBJECT:
                self._add_form(item)

    def _add_form(self, form: Any) -> None:
        """Some producers wrap the whole page into a form; what is nested deeper is a drawing."""
        matrix = self._raw.FS_MATRIX()
        count = self._raw.FPDFFormObj_CountObjects(form)
        if not 0 < count <= _MAX_OBJECTS or not self._raw.FPDFPageObj_GetMatrix(form, matrix):
            return
        way = chain((matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f), self._upright)
        for index in range(count):
            item = self._raw.FPDFFormObj_GetObject(form, index)
            if self._raw.FPDFPageObj_GetType(item) == _PATH_OBJECT:
                self._add_path(item, way)

    def _add_path(self, path: Any, way: Affine) -> None:
        left, bottom, right, top = self._sides
        if not self._raw.FPDFPageObj_GetBounds(path, left, bottom, right, top):
            return
        width, height = right.value - left.value, top.value - bottom.value
        if width < _SHORT and height < _SHORT:
            return
        if width <= _THIN or height <= _THIN:
            x0, y0 = moved(way, left.value, bottom.value)
            x1, y1 = moved(way, right.value, top.value)
            if abs(x1 - x0) > abs(y1 - y0):
                self.found.append((x0, (y0 + y1) / 2, x1, (y0 + y1) / 2))
            else:
                self.found.append(((x0 + x1) / 2, y0, (x0 + x1) / 2, y1))
        elif max(width, height) >= _SHORTEST_CELL:
            self._add_outline(path, way)

    def _add_outline(self, path: Any, way: Affine) -> None:
        count = self._raw.FPDFPath_CountSegments(path)
        self._segments += count
        if count < _MIN_SEGMENTS or self._segments > _MAX_SEGMENTS:
            return
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        self._raw.FPDFPath_GetDrawMode(path, fill, stroke)
        if not stroke.value and fill.value == _NO_FILL:
            return
        # Points of a path are in the coordinates of its object.
        matrix = self._raw.FS_MATRIX()
        self._raw.FPDFPageObj_GetMatrix(path, matrix)
        way = chain((matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f), way)
        x, y = ctypes.c_float(), ctypes.c_float()
        begin = last = (0.0, 0.0)
        for index in range(count):
            segment = self._raw.FPDFPath_GetPathSegment(path, index)
            self._raw.FPDFPathSegment_GetPoint(segment, x, y)
            point = moved(way, x.value, y.value)
            kind = self._raw.FPDFPathSegment_GetType(segment)
            if kind == _MOVE_TO:
                begin = point
            elif kind == _LINE_TO and _is_rule(last, point):
                self.found.append((*last, *point))
            elif kind == _LINE_TO and count <= _BOX_SEGMENTS:
                return  # a box that is none
            if self._raw.FPDFPathSegment_GetClose(segment) and _is_rule(point, begin):
                self.found.append((*point, *begin))
            last = point


def _is_rule(a: tuple[float, float], b: tuple[float, float]) -> bool:
    width, height = abs(a[0] - b[0]), abs(a[1] - b[1])
    return min(width, height) < 1.0 and max(width, height) >= _SHORT


def _joined(rules: list[Rule]) -> tuple[Rule, ...]:
    """Pieces that go on each other as one."""
    levels: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda each: each.at):
        if levels and rule.at - levels[-1][0].at <= _ACROSS:
            levels[-1].append(rule)
        else:
            levels.append([rule])
    joined = []
    for level in levels:
        at = sum(rule.at for rule in level) / len(level)
        level.sort(key=lambda each: each.start)
        start, end = level[0].start, level[0].end
        for rule in level[1:]:
            if rule.start - end > _ALONG:
                joined.append(Rule(at, start, end))
                start, end = rule.start, rule.end
            else:
                end = max(end, rule.end)
        joined.append(Rule(at, start, end))
    return tuple(joined)
