"""What stands on a page beside its content: values of form fields, texts and notes of annotations, targets of links."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ingestion.parsers.canonical import Box
from ingestion.parsers.pdf.characters import clean
from ingestion.parsers.pdf.fragments import Fragment
from ingestion.parsers.pdf.frames import PageFrame, moved

# Kinds of annotations: fpdf_annot.h. Of form fields and of actions: fpdf_formfill.h, fpdf_doc.h.
_LINK, _FREE_TEXT, _WIDGET = 2, 3, 20
_NOTES = frozenset({1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14})
_CHECK_BOX, _RADIO_BUTTON, _COMBO_BOX, _LIST_BOX, _TEXT_FIELD = 2, 3, 4, 5, 6
_URI_ACTION = 3
_HIDDEN = 1 << 1
# More annotations on a page than a person makes.
_MAX_ANNOTATIONS = 5_000
_MAX_CHARS = 100_000
# Type in fields: its usual size in points, its share of a field's height, the width of a letter in sizes of type.
_FIELD_SIZE, _FIELD_SHARE, _LETTER = 12.0, 0.75, 0.5
_LINE = 1.2


@dataclass(slots=True)
class Beside:
    """``fragments`` belong into the text where they stand, ``notes`` behind it; ``links`` are addresses."""

    fragments: list[Fragment] = field(default_factory=list)
    notes: list[Fragment] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


class AnnotationReader:
    """Reads the annotations of a document's pages; ``form`` is the handle of its form, or ``None``."""

    def __init__(self, document: Any, form: Any) -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._document = document
        self._form = form

    def read(self, page: Any, frame: PageFrame, order: int) -> Beside:
        """What the annotations of ``page`` say, in their order; ``order`` is that of the first fragment."""
        beside = Beside()
        for index in range(min(self._raw.FPDFPage_GetAnnotCount(page), _MAX_ANNOTATIONS)):
            annotation = self._raw.FPDFPage_GetAnnot(page, index)
            if not annotation:
                continue
            try:
                self._read_one(annotation, frame, order + index, beside)
            finally:
                self._raw.FPDFPage_CloseAnnot(annotation)
        return beside

    def _read_one(self, annotation: Any, frame: PageFrame, order: int, beside: Beside) -> None:
        kind = self._raw.FPDFAnnot_GetSubtype(annotation)
        if kind == _LINK:
            beside.links += self._addresses(annotation)
        elif self._raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
            return
        elif kind == _WIDGET and self._form is not None:
            beside.fragments += self._placed(self._field(annotation), annotation, frame, order)
        elif kind == _FREE_TEXT:
            beside.fragments += self._placed(self._value(annotation, b"Contents"), annotation, frame, order)
        elif kind in _NOTES:
            beside.notes += self._placed(self._value(annotation, b"Contents"), annotation, frame, order)

    def _addresses(self, annotation: Any) -> Iterator[str]:
        link = self._raw.FPDFAnnot_GetLink(annotation)
        action = self._raw.FPDFLink_GetAction(link) if link else None
        if not action or self._raw.FPDFAction_GetType(action) != _URI_ACTION:
            return
        size = self._raw.FPDFAction_GetURIPath(self._document, action, None, 0)
        if 1 < size <= _MAX_CHARS:
            buffer = ctypes.create_string_buffer(size)
            self._raw.FPDFAction_GetURIPath(self._document, action, buffer, size)
            address = " ".join(buffer.value.decode("utf-8", "replace").split())
            if address:
                yield address

    def _field(self, annotation: Any) -> str:
        """The value of a form field as a reader sees it; a check box is empty or crossed."""
        kind = self._raw.FPDFAnnot_GetFormFieldType(self._form, annotation)
        if kind in {_CHECK_BOX, _RADIO_BUTTON}:
            return "☐" if self._value(annotation, b"AS") in {"", "Off"} else "☒"
        if kind not in {_TEXT_FIELD, _COMBO_BOX, _LIST_BOX}:
            return ""
        return self._string(lambda buffer, size: self._raw.FPDFAnnot_GetFormFieldValue(self._form, annotation, buffer, size))

    def _value(self, annotation: Any, key: bytes) -> str:
        return self._string(lambda buffer, size: self._raw.FPDFAnnot_GetStringValue(annotation, key, buffer, size))

    def _string(self, read: Any) -> str:
        size = read(None, 0)
        if not 2 < size <= 2 * _MAX_CHARS:
            return ""
        buffer = (ctypes.c_ushort * ((size + 1) // 2))()
        read(buffer, size)
        return bytes(buffer)[: size - 2].decode("utf-16-le", "replace")

    def _placed(self, text: str, annotation: Any, frame: PageFrame, order: int) -> list[Fragment]:
        """``text`` line by line, in the rectangle of its annotation."""
        rectangle = self._raw.FS_RECTF()
        lines = [[word for part in line.split() if (word := clean(part))] for line in text.splitlines()]
        lines = [line for line in lines if line]
        if not lines or not self._raw.FPDFAnnot_GetRect(annotation, rectangle):
            return []
        x0, y0 = moved(frame.shown, rectangle.left, rectangle.bottom)
        x1, y1 = moved(frame.shown, rectangle.right, rectangle.top)
        box = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
        return [_fragment(words, box, at, len(lines), order) for at, words in enumerate(lines)]


def _fragment(words: list[str], box: Box, at: int, count: int, order: int) -> Fragment:
    left, top, right, bottom = box
    size = max(4.0, min(_FIELD_SIZE, _FIELD_SHARE * (bottom - top) / count))
    # A single line stands in the middle of its field, several begin at the top.
    baseline = (top + bottom) / 2 + 0.35 * size if count == 1 else top + size + at * _LINE * size
    letter = min(_LETTER * size, max(right - left, 1.0) / max(1, len(" ".join(words))))
    lefts, rights = [], []
    x = left
    for word in words:
        lefts.append(x)
        rights.append(x + len(word) * letter)
        x = rights[-1] + letter
    return Fragment(words, lefts, rights, left, rights[-1], baseline, size, order)
