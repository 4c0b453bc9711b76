"""The characters of a text layer cut into words, and words into fragments of lines."""

import re
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from ingestion.parsers.pdf.characters import clean, is_special
from ingestion.parsers.pdf.frames import PageFrame

Array = np.ndarray[Any, Any]

# PDFium writes U+FFFE (older releases U+0002) for the hyphen and the line end of a word that goes on in the next line.
_BETWEEN = re.compile("([\\s\x00-\x1f\x7f\ufffe]+)")
_LINE_END = re.compile("[\n\r\x02\ufffe]")
_HYPHENATED = "\x02\ufffe"
_BLANK = " \t\r\n\xa0" + _HYPHENATED
# Words further apart than this, in heights of type, may belong to different columns or cells. Blanks are 0.2 to 0.35 wide, in
# justified lines seldom more than this.
_WIDE = 0.7


@dataclass(frozen=True, slots=True)
class Sides:
    """Edges of words in upright coordinates, and the boxes of their first characters."""

    lefts: Array
    rights: Array
    bottoms: Array
    heights: Array


def split_words(text: str) -> tuple[list[str], list[int], list[int], list[bool]]:
    """The words, the indices of their first and last characters, and whether the line ends behind each.

    A word that PDFium found hyphenated ends in a hyphen.
    """
    blank = len(text) - len(text.lstrip(_BLANK))
    parts = _BETWEEN.split(text.strip(_BLANK))
    starts = list(accumulate(map(len, parts), initial=blank))
    words, gaps = parts[0::2], parts[1::2]
    firsts = starts[0:-1:2]
    lasts = [end - 1 for end in starts[1::2]]
    breaks = [gap != " " and _LINE_END.search(gap) is not None for gap in gaps]
    breaks.append(True)
    if "\ufffe" in text or "\x02" in text:
        for at, gap in enumerate(gaps):
            if gap[0] in _HYPHENATED:
                words[at] += "-"
    if is_special(text):
        words = [clean(word) for word in words]
    if not all(words):
        for at in range(len(breaks) - 1, 0, -1):
            # A line that ended behind a word that is left out ends behind the word before it.
            breaks[at - 1] = breaks[at - 1] or (breaks[at] and not words[at])
        kept = [at for at, word in enumerate(words) if word]
        words, breaks = [words[at] for at in kept], [breaks[at] for at in kept]
        firsts, lasts = [firsts[at] for at in kept], [lasts[at] for at in kept]
    return words, firsts, lasts, breaks


def along(edges: Array, frame: PageFrame, turn: int) -> Sides:
    """The edges of words, given as left, bottom and so on of first and last characters, in upright coordinates of ``turn``."""
    a, b, c, d, e, f = frame.upright(turn)
    xs, ys = edges[:, 0::2], edges[:, 1::2]
    x = xs * a + ys * c + e if c else xs * a + e
    y = xs[:, :2] * b + ys[:, :2] * d + f if b else ys[:, :2] * d + f
    bottoms = y.max(axis=1)
    return Sides(x.min(axis=1), x.max(axis=1), bottoms, bottoms - y.min(axis=1))


def ends_of(sides: Sides, breaks: list[bool], rtl: Array | None) -> list[int]:
    """Where fragments end: at line ends, at wide gaps, and where the next word is not further on, or on another line."""
    gaps = sides.lefts[1:] - sides.rights[:-1]
    if rtl is not None:
        leftwards = sides.lefts[:-1] - sides.rights[1:]
        # Between words of both directions the nearer side counts.
        gaps = np.where(rtl[1:] & rtl[:-1], leftwards, np.where(rtl[1:] | rtl[:-1], np.maximum(gaps, leftwards), gaps))
    wide = _WIDE * np.maximum(sides.heights[1:], sides.heights[:-1]) + 1e-3
    cut = np.array(breaks)
    cut[:-1] |= (gaps > wide) | (gaps < -wide) | (np.abs(sides.bottoms[1:] - sides.bottoms[:-1]) > wide)
    ends: list[int] = (np.flatnonzero(cut) + 1).tolist()
    return ends
