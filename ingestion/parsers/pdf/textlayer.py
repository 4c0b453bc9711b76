"""The text layer of a page: words with their edges, cut into fragments of lines.

PDFium gives characters in the order of the file, with blanks and line ends where it sees gaps. Every question about a character
is a call into the library, so boxes are asked for at the ends of words only, and type where it can have changed.
"""

import ctypes
import re
from collections import Counter, deque
from dataclasses import dataclass
from itertools import repeat
from math import hypot
from typing import Any

import numpy as np

from ingestion.parsers.pdf.characters import reads_leftwards
from ingestion.parsers.pdf.fragments import Fragment
from ingestion.parsers.pdf.frames import PageFrame
from ingestion.parsers.pdf.words import Array, along, ends_of, split_words

# Flags of fonts: PDF 32000-1, table 123.
_FIXED_PITCH = 1
_FORCE_BOLD = 1 << 18
_BOLD_WEIGHT = 600
_BOLD_NAME = re.compile(rb"bold|black|heavy|cmbx|cmssbx|-bd|demi", re.IGNORECASE)
_MONO_NAME = re.compile(
    rb"cour|mono(?!type)|consol|menlo|monaco|typewriter|cmtt|sftt|inconsolata|fixed|terminal", re.IGNORECASE
)
_FONT_NAME_BYTES = 128
_DIRECTION_SAMPLES = 5
# A size of type outside this part of the height of its box is a number that some producers put there by mistake.
_PLAUSIBLE = (0.4, 2.5)
_SAME = 0.05

FontKey = tuple[bytes, int, bool]


@dataclass(frozen=True, slots=True)
class _Type:
    """What the characters of a fragment look like. ``descent`` leads from the baseline down to the bottom of their boxes."""

    height: float
    turn: int | None
    size: float
    descent: float
    baseline: float
    is_bold: bool
    is_mono: bool


class TextLayerReader:
    """Reads the text layers of a document's pages, one after the other; it keeps the buffers that PDFium writes to."""

    def __init__(self) -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._codes = (ctypes.c_ushort * 0)()
        self._boxes = (raw.FS_RECTF * 0)()
        self._pointers: list[Any] = []
        self._name = ctypes.create_string_buffer(_FONT_NAME_BYTES)
        self._styles: dict[FontKey, tuple[bool, bool]] = {}

    def read(self, page: Any, frame: PageFrame) -> tuple[list[Fragment], str]:
        """The fragments of ``page``, a handle of PDFium, in the order of the file, and all its characters.

        Glyphs without a meaning in Unicode, which PDFium leaves out, are replacement characters at the end.
        """
        layer = self._raw.FPDFText_LoadPage(page)
        if not layer:
            return [], ""
        try:
            count = self._raw.FPDFText_CountChars(layer)
            text = self._text(layer, count)
            missing = max(0, count - len(text))
            return self._fragments(layer, text, not missing, frame), text + "\ufffd" * missing
        finally:
            self._raw.FPDFText_ClosePage(layer)

    def _text(self, layer: Any, count: int) -> str:
        if count <= 0:
            return ""
        if count >= len(self._codes):
            self._codes = (ctypes.c_ushort * (2 * count))()
        written = self._raw.FPDFText_GetText(layer, 0, count, self._codes)
        # Some fonts give halves of surrogate pairs; those that do not meet are no characters.
        return ctypes.string_at(self._codes, 2 * max(written - 1, 0)).decode("utf-16-le", "replace")

    def _fragments(self, layer: Any, text: str, is_aligned: bool, frame: PageFrame) -> list[Fragment]:
        words, firsts, lasts, breaks = split_words(text)
        if not words:
            return []
        if not is_aligned:  # what has no meaning in Unicode is counted, but is not in the text
            index_of = self._raw.FPDFText_GetCharIndexFromTextIndex
            firsts, lasts = [index_of(layer, at) for at in firsts], [index_of(layer, at) for at in lasts]
        edges = self._edges(layer, firsts, lasts)
        turns = Counter(self._turn(layer, firsts[at], frame) for at in _samples(len(words)))
        turn = max((each for each in turns if each is not None), key=lambda each: turns[each], default=0)
        sides = along(edges, frame, turn)
        rtl = np.array([reads_leftwards(word) for word in words]) if reads_leftwards(text) else None
        lefts, rights, bottoms, heights = (each.tolist() for each in (sides.lefts, sides.rights, sides.bottoms, sides.heights))
        fragments: list[Fragment] = []
        start, look, level = 0, None, 0.0
        looks: dict[tuple[FontKey, float], _Type] = {}
        for end in ends_of(sides, breaks, rtl):
            # The middle word has the type of its line; the first one may be an index of a note.
            middle = (start + end) // 2
            bottom, height = bottoms[middle], heights[middle]
            is_same_line = start > 0 and not breaks[start - 1] and abs(bottom - level) < _SAME
            if look is None or look.turn != turn or not is_same_line or abs(height - look.height) > _SAME:
                font = self._font(layer, firsts[middle])
                look = looks.get((font, round(height, 1)))
                if look is None:
                    look = self._look(layer, firsts[middle], font, frame, turn, bottom, height)
                    if look.turn == turn:
                        looks[font, round(height, 1)] = look
            level = bottom
            if look.turn == turn:
                baseline, own = bottom - look.descent, (lefts[start:end], rights[start:end])
            else:
                other = along(edges[start:end], frame, look.turn or 0)
                baseline, own = look.baseline, (other.lefts.tolist(), other.rights.tolist())
            ends = (own[0][0], own[1][-1]) if rtl is None and look.turn == turn else (min(own[0]), max(own[1]))
            is_bold, is_mono = look.is_bold, look.is_mono
            if (is_bold or is_mono) and end - start > 1:  # emphasis in a line is not yet a title
                for index in (firsts[start], lasts[end - 1]):
                    style = self._style(self._font(layer, index))
                    is_bold, is_mono = is_bold and style[0], is_mono and style[1]
            fragments.append(
                Fragment(
                    words[start:end],
                    *own,
                    *ends,
                    baseline,
                    look.size,
                    len(fragments),
                    look.turn,
                    is_bold=is_bold,
                    is_mono=is_mono,
                )
            )
            start = end
        return fragments

    def _edges(self, layer: Any, firsts: list[int], lasts: list[int]) -> Array:
        """Left, top, right, bottom in user space of each word's first and last character: an array of (words, 8)."""
        wanted = 2 * len(firsts)
        if wanted > len(self._pointers):
            self._boxes = (self._raw.FS_RECTF * (2 * wanted))()
            self._pointers = [ctypes.pointer(box) for box in self._boxes]
        indices = [0] * wanted
        indices[0::2], indices[1::2] = firsts, lasts
        deque(map(self._raw.FPDFText_GetLooseCharBox, repeat(layer), indices, self._pointers), maxlen=0)
        return np.frombuffer(self._boxes, np.float32, 4 * wanted).reshape(-1, 8).astype(np.float64)

    def _turn(self, layer: Any, index: int, frame: PageFrame) -> int | None:
        matrix = self._raw.FS_MATRIX()
        self._raw.FPDFText_GetMatrix(layer, index, matrix)
        return frame.turn_of(matrix.a, matrix.b)

    def _look(
        self, layer: Any, index: int, font: FontKey, frame: PageFrame, page_turn: int, bottom: float, height: float
    ) -> _Type:
        """The type of a character whose box is ``height`` high and ends at ``bottom``."""
        raw = self._raw
        matrix, x, y = raw.FS_MATRIX(), ctypes.c_double(), ctypes.c_double()
        raw.FPDFText_GetMatrix(layer, index, matrix)
        raw.FPDFText_GetCharOrigin(layer, index, x, y)
        size = raw.FPDFText_GetFontSize(layer, index) * hypot(matrix.c, matrix.d)
        turn = frame.turn_of(matrix.a, matrix.b)
        if turn == page_turn and height > 0 and not _PLAUSIBLE[0] * height < size < _PLAUSIBLE[1] * height:
            size = height
        to = frame.upright(turn or 0)
        baseline = to[1] * x.value + to[3] * y.value + to[5]
        return _Type(height, turn, size, bottom - baseline, baseline, *self._style(font))

    def _font(self, layer: Any, index: int) -> FontKey:
        flags = ctypes.c_int()
        self._raw.FPDFText_GetFontInfo(layer, index, self._name, _FONT_NAME_BYTES, flags)
        return self._name.value, flags.value, self._raw.FPDFText_GetFontWeight(layer, index) >= _BOLD_WEIGHT

    def _style(self, font: FontKey) -> tuple[bool, bool]:
        """Bold, fixed pitch."""
        style = self._styles.get(font)
        if style is None:
            name, bits, is_heavy = font
            is_bold = is_heavy or bool(bits & _FORCE_BOLD) or _BOLD_NAME.search(name) is not None
            style = self._styles[font] = is_bold, bool(bits & _FIXED_PITCH) or _MONO_NAME.search(name) is not None
        return style


def _samples(count: int) -> list[int]:
    return sorted({count * part // _DIRECTION_SAMPLES for part in range(_DIRECTION_SAMPLES)})
