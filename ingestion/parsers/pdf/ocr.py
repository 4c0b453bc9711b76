"""Text recognition for pages without a text layer, by the program ``tesseract`` where it is installed and asked for.

It runs once a page, in a process of its own: the page as a grey picture goes in, words with their boxes come out, and they go
the way of any other words. Nothing is written to disk.
"""

import ctypes
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from statistics import median
from typing import Any

from ingestion.elements import ALLOWED_PROGRAMS
from ingestion.parsers.pdf.characters import clean
from ingestion.parsers.pdf.fragments import Fragment
from ingestion.parsers.pdf.frames import PageFrame
from ragline.errors import InputError

PROGRAM = "tesseract"
MAX_RECOGNISED = 500
"""Pages of one file that are recognised; each takes a second or more."""

# What tesseract is trained on; pages too large for it at that are drawn smaller.
_DOTS_PER_INCH = 300
_POINTS_PER_INCH = 72
_MAX_PIXELS = 30_000_000
_SECONDS_PER_PAGE = 60
# Kinds of bitmaps and flags of drawing: fpdfview.h.
_GREY, _WITH_ANNOTATIONS = 1, 1
_WHITE = 0xFFFFFFFF
# Columns of the tab separated answer: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
_COLUMNS = 12
_WORD = "5"
# Below this (of 100) it is specks and pictures rather than words.
_MIN_CONFIDENCE = 25.0
# Words with ascenders are .72 of the size of type high, and most lines have many; strokes of a frame among them are higher.
# Sizes this near to the usual one of the page are the usual one.
_HIGH_WORDS = 0.6
_SIZE = 1.3
_USUAL = (0.65, 1.5)
_WIDE = 0.9
_LANGUAGES = re.compile(r"[A-Za-z]\w*(?:\+[A-Za-z]\w*)*\Z")


class Recogniser:
    """Recognises pages with the given languages of tesseract, such as ``eng`` or ``deu+eng``.

    ``failure`` is what tesseract said when it could not work at all (an unknown language), else empty. Raises
    :class:`InputError` for anything that is no list of languages.
    """

    def __init__(self, program: str, languages: str) -> None:
        if not _LANGUAGES.match(languages):
            raise InputError(f"ocr={languages!r} names no languages; give tesseract's names, such as eng or deu+eng")
        ALLOWED_PROGRAMS.add(program)
        self._program = program
        self._languages = languages
        self._pages = 0
        self.failure = ""

    def read(self, page: Any, frame: PageFrame) -> list[Fragment] | None:
        """The fragments on ``page``, a handle of PDFium; ``None`` where it was not recognised."""
        if self.failure or self._pages >= MAX_RECOGNISED or min(frame.width, frame.height) <= 0:
            return None
        self._pages += 1
        scale = min(_DOTS_PER_INCH / _POINTS_PER_INCH, (_MAX_PIXELS / (frame.width * frame.height)) ** 0.5)
        answer = self._run(_picture(page, frame, scale), round(scale * _POINTS_PER_INCH))
        return None if answer is None else _fragments(answer, scale)

    def _run(self, picture: bytes, dots_per_inch: int) -> str | None:
        command = [self._program, "stdin", "stdout", "-l", self._languages, "--dpi", str(dots_per_inch)]
        # One thread: files are read in several processes side by side.
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        try:
            done = subprocess.run(  # noqa: S603 - a program found on the PATH, with checked arguments
                [*command, "-c", "tessedit_create_tsv=1"],
                input=picture,
                capture_output=True,
                check=False,
                timeout=_SECONDS_PER_PAGE,
                env=environment,
            )
        except subprocess.TimeoutExpired:
            return None
        if done.returncode != 0:
            self.failure = " ".join(done.stderr.decode("utf-8", "replace").split())[:200] or f"exit code {done.returncode}"
            return None
        return done.stdout.decode("utf-8", "replace")


def find_program() -> str | None:
    """The full path of tesseract, ``None`` where it is not installed."""
    return shutil.which(PROGRAM)


def _picture(page: Any, frame: PageFrame, scale: float) -> bytes:
    """The page as a grey picture in the format PGM, which needs no library."""
    from pypdfium2 import raw

    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    bitmap = raw.FPDFBitmap_CreateEx(width, height, _GREY, None, 0)
    try:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, _WHITE)
        raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, _WITH_ANNOTATIONS)
        stride = raw.FPDFBitmap_GetStride(bitmap)
        rows = ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), stride * height)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
    pixels = rows if stride == width else b"".join(rows[at : at + width] for at in range(0, stride * height, stride))
    return b"P5 %d %d 255\n" % (width, height) + pixels


def _fragments(answer: str, scale: float) -> list[Fragment]:
    lines = list(_lines(answer, scale))
    usual = median(line[0] for line in lines) if lines else 0.0
    fragments: list[Fragment] = []
    for height, words in lines:
        size = usual if _USUAL[0] * usual <= height <= _USUAL[1] * usual else height
        start = 0
        for end in range(1, len(words) + 1):
            if end == len(words) or words[end][1] - words[end - 1][2] > _WIDE * size:
                part = words[start:end]
                baseline = median(word[3] for word in part)
                texts, lefts, rights = [word[0] for word in part], [word[1] for word in part], [word[2] for word in part]
                fragments.append(Fragment(texts, lefts, rights, lefts[0], max(rights), baseline, size, len(fragments)))
                start = end
    return fragments


def _lines(answer: str, scale: float) -> Iterator[tuple[float, list[tuple[str, float, float, float]]]]:
    """For each line its size of type and its words with left, right and lower edge, in points."""
    lines: dict[tuple[str, ...], list[tuple[str, float, float, float, float]]] = {}
    for row in answer.splitlines():
        cells = row.split("\t", _COLUMNS - 1)
        if len(cells) < _COLUMNS or cells[0] != _WORD or float(cells[10]) < _MIN_CONFIDENCE:
            continue
        word = clean("".join(cells[11].split()))
        if word:
            left, top, width, height = (int(cell) / scale for cell in cells[6:10])
            lines.setdefault(tuple(cells[1:5]), []).append((word, left, left + width, top + height, height))
    for words in lines.values():
        heights = sorted(word[4] for word in words)
        yield _SIZE * heights[int(_HIGH_WORDS * len(heights))], [word[:4] for word in words]
