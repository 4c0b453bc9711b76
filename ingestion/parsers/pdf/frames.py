"""Where things stand: from PDF's user space to the page as it is shown, and on to text that runs to the right.

All lengths are in points. A shown page has its origin top left, and y grows downwards. Directions are quarter turns, clockwise:
0 is text that runs to the right, 1 down, 2 to the left (upside down), 3 up.
"""

from dataclasses import dataclass
from math import hypot

from ingestion.parsers.canonical import Box

Affine = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f: x' = a x + c y + e, y' = b x + d y + f (PDF 32000-1, 8.3.3)."""

# Cosine of the angle up to which text counts as running along an axis (8 degrees: scans are crooked, watermarks are not).
_ALONG = 0.99


@dataclass(frozen=True, slots=True)
class PageFrame:
    """A page as it is shown: its size, and the way from user space to it."""

    width: float
    height: float
    shown: Affine

    def upright(self, turn: int) -> Affine:
        """From user space to coordinates in which text of direction ``turn`` runs to the right, and its lines downwards."""
        return chain(self.shown, _upright(turn, self.width, self.height))

    def size(self, turn: int) -> tuple[float, float]:
        """Width and height in the coordinates of ``upright(turn)``."""
        return (self.height, self.width) if turn % 2 else (self.width, self.height)

    def box(self, box: Box, turn: int) -> Box:
        """An upright box on the page as it is shown, rounded to a tenth of a point, inside the page."""
        left, top, right, bottom = box
        if turn:
            back = _upright(-turn, *self.size(turn))
            (x0, y0), (x1, y1) = moved(back, left, top), moved(back, right, bottom)
            left, top, right, bottom = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
        width, height = self.width, self.height
        left, right = min(max(left, 0.0), width), min(max(right, 0.0), width)
        top, bottom = min(max(top, 0.0), height), min(max(bottom, 0.0), height)
        return round(left, 1), round(top, 1), round(right, 1), round(bottom, 1)

    def turn_of(self, a: float, b: float) -> int | None:
        """The direction of text whose matrix begins with ``a``, ``b``; ``None`` when it runs askew."""
        x, y = self.shown[0] * a + self.shown[2] * b, self.shown[1] * a + self.shown[3] * b
        length = hypot(x, y)
        if not length:
            return 0
        if abs(x) >= _ALONG * length:
            return 0 if x > 0 else 2
        if abs(y) >= _ALONG * length:
            return 1 if y > 0 else 3
        return None


def page_frame(left: float, bottom: float, right: float, top: float, rotation: int) -> PageFrame:
    """The frame of a page with these edges in user space, shown after ``rotation`` quarter turns."""
    width, height = right - left, top - bottom
    if rotation % 2:
        width, height = height, width
    shown: dict[int, Affine] = {
        0: (1, 0, 0, -1, -left, top),
        1: (0, 1, 1, 0, -bottom, -left),
        2: (-1, 0, 0, 1, right, -bottom),
        3: (0, -1, -1, 0, top, right),
    }
    return PageFrame(width, height, shown[rotation % 4])


def union(*boxes: Box) -> Box:
    """The smallest box around all."""
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def _upright(turn: int, width: float, height: float) -> Affine:
    """From a page of this size to coordinates in which text of direction ``turn`` runs to the right."""
    ways: tuple[Affine, ...] = (
        (1, 0, 0, 1, 0, 0),
        (0, -1, 1, 0, 0, width),
        (-1, 0, 0, -1, width, height),
        (0, 1, -1, 0, height, 0),
    )
    return ways[turn % 4]


def chain(first: Affine, then: Affine) -> Affine:
    """One step that does ``first`` and ``then``."""
    a, b, c, d, e, f = first
    return (
        then[0] * a + then[2] * b,
        then[1] * a + then[3] * b,
        then[0] * c + then[2] * d,
        then[1] * c + then[3] * d,
        then[0] * e + then[2] * f + then[4],
        then[1] * e + then[3] * f + then[5],
    )


def moved(by: Affine, x: float, y: float) -> tuple[float, float]:
    """Where a point comes to stand."""
    return by[0] * x + by[2] * y + by[4], by[1] * x + by[3] * y + by[5]
