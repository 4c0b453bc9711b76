"""A fragment: words that stand close beside each other on one line. What text layers, forms and OCR all give."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# Baselines nearer than this, in sizes of the smaller type, are one line: indices are raised by .35 of the larger size.
_SAME_LINE = 0.55
# Lines of neighbouring columns that are not level still stand beside each other.
_BESIDE = 0.95


@dataclass(slots=True)
class Fragment:
    """Words in reading order with their left and right edges, and those of all of them, in the upright coordinates of ``turn``.

    ``size`` is that of the type, in points. ``order`` counts the fragments of a page as the file has them. ``turn`` is ``None``
    for text that runs askew (watermarks); its coordinates are those of the page as it is shown. ``block`` is what stands at the
    place of a whole table that was taken out.
    """

    words: list[str]
    lefts: list[float]
    rights: list[float]
    left: float
    right: float
    baseline: float
    size: float
    order: int
    turn: int | None = 0
    is_bold: bool = False
    is_mono: bool = False
    block: Any = None

    @property
    def text(self) -> str:
        return " ".join(self.words)


Row = list[Fragment]
"""Fragments on one line, from left to right."""


def rows_of(fragments: Iterable[Fragment]) -> list[Row]:
    """The lines that ``fragments`` make, from top to bottom."""
    rows: list[Row] = []
    for fragment in sorted(fragments, key=lambda each: (each.baseline, each.left)):
        if rows:
            anchor = rows[-1][0]
            if fragment.baseline - anchor.baseline <= _SAME_LINE * min(fragment.size, anchor.size):
                rows[-1].append(fragment)
                continue
        rows.append([fragment])
    for row in rows:
        if len(row) > 1:
            row.sort(key=lambda each: each.left)
    return rows


def bands_of(rows: Iterable[Row]) -> list[Row]:
    """``rows``, joined where they stand beside each other without being level."""
    bands: list[Row] = []
    for row in rows:
        if bands:
            band = bands[-1]
            near = row[0].baseline - band[0].baseline <= _BESIDE * max(row[0].size, band[0].size)
            if near and not any(a.left < b.right and b.left < a.right for a in row for b in band):
                bands[-1] = sorted(band + row, key=lambda each: each.left)
                continue
        bands.append(row)
    return bands
