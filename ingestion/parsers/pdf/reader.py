"""From the bytes of a PDF to the layouts of its pages, one page in memory at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ingestion.parsers.pdf.annotations import AnnotationReader
from ingestion.parsers.pdf.fragments import Fragment
from ingestion.parsers.pdf.frames import PageFrame, page_frame
from ingestion.parsers.pdf.layout import PageLayout, add_notes, layout
from ingestion.parsers.pdf.ocr import Recogniser
from ingestion.parsers.pdf.outline import Outline, read_outline
from ingestion.parsers.pdf.rules import read_rules
from ingestion.parsers.pdf.scanned import has_picture, is_unreadable
from ingestion.parsers.pdf.textlayer import TextLayerReader
from ragline.errors import InputError, ParseError

_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD of fpdfview.h
MAX_PAGES = 5_000
"""Pages that are read; larger than any manual. What is behind them is reported as left out."""
REFUSED_PAGES = 20_000
"""A file with more pages is generated or hostile."""


@dataclass(slots=True)
class Content:
    """What was read. ``scanned``, ``recognised`` and ``broken`` are numbers of pages, from 1."""

    pages: list[PageLayout] = field(default_factory=list)
    outline: Outline = field(default_factory=dict)
    title: str = ""
    links: dict[str, None] = field(default_factory=dict)
    scanned: list[int] = field(default_factory=list)
    recognised: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    page_count: int = 0
    pages_read: int = 0


def page_limit(option: str | None) -> int:
    """How many pages are read at most: what the option says, as far as that is no more than is ever opened."""
    if option is None:
        return MAX_PAGES
    if not (option.isascii() and option.isdecimal()) or int(option) < 1:
        raise InputError(f"pages={option!r} is no number of pages; give one from 1 to {REFUSED_PAGES}")
    return min(int(option), REFUSED_PAGES)


def read_content(data: bytes, recogniser: Recogniser | None, most: int | None = None) -> Content:
    """The first ``most`` pages (:data:`MAX_PAGES` unless given).

    Those without a text layer go through ``recogniser`` where there is one.

    Raises :class:`ParseError` for a file that is damaged, locked or has more than :data:`REFUSED_PAGES` pages.
    """
    with _opened(data) as document:
        count = len(document)
        if count > REFUSED_PAGES:
            raise ParseError(f"{count:,} pages; split the file into parts of at most {MAX_PAGES:,}")
        title = document.get_metadata_dict().get("Title", "")
        content = Content(title=title, page_count=count, pages_read=min(count, most or MAX_PAGES))
        content.outline = read_outline(document.raw)
        reader = _PageReader(document, recogniser, content)
        for number in range(1, content.pages_read + 1):
            reader.read(number)
    return content


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD_ERROR:
            raise ParseError("encrypted PDF: it asks for a password; save a copy without one") from error
        raise ParseError("damaged PDF: its structure cannot be read; open it in a viewer and save it again") from error
    try:
        yield document
    finally:
        document.close()


class _PageReader:
    """Reads one page after the other into ``content``."""

    def __init__(self, document: Any, recogniser: Recogniser | None, content: Content) -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._document = document
        self._recogniser = recogniser
        self._content = content
        self._layers = TextLayerReader()
        document.init_forms()
        self._annotations = AnnotationReader(document.raw, document.formenv.raw if document.formenv else None)

    def read(self, number: int) -> None:
        page = self._raw.FPDF_LoadPage(self._document.raw, number - 1)
        if not page:
            self._content.broken.append(number)
            return
        try:
            self._read_page(page, number)
        finally:
            self._raw.FPDF_ClosePage(page)

    def _read_page(self, page: Any, number: int) -> None:
        content, frame = self._content, self._frame(page)
        fragments, text = self._layers.read(page, frame)
        beside = self._annotations.read(page, frame, len(fragments))
        content.links.update(dict.fromkeys(beside.links))
        if is_unreadable(text):
            fragments = []
        if not fragments and (text.strip() or has_picture(page)):
            fragments = self._recognised(page, number, frame)
        fragments += beside.fragments
        if fragments or beside.notes:
            found = layout(number, frame, fragments, lambda turn: read_rules(page, frame, turn))
            add_notes(found, beside.notes)
            content.pages.append(found)

    def _recognised(self, page: Any, number: int, frame: PageFrame) -> list[Fragment]:
        fragments = self._recogniser.read(page, frame) if self._recogniser is not None else None
        if fragments is None:
            self._content.scanned.append(number)
            return []
        self._content.recognised.append(number)
        return fragments

    def _frame(self, page: Any) -> PageFrame:
        box = self._raw.FS_RECTF()
        self._raw.FPDF_GetPageBoundingBox(page, box)
        return page_frame(box.left, box.bottom, box.right, box.top, self._raw.FPDFPage_GetRotation(page))
