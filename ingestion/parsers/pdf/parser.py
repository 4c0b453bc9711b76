"""The parser of PDF files."""

import re
from threading import Lock
from typing import TYPE_CHECKING

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.links import links_metadata
from ragline.errors import ParseError
from ragline.types import MetadataValue

if TYPE_CHECKING:
    from ingestion.parsers.pdf.document import Written
    from ingestion.parsers.pdf.reader import Content

# PDFium is not thread-safe, not even for two different documents (pypdfium2, README, "Thread incompatibility").
_PDFIUM = Lock()
_MAGIC = b"%PDF-"
# Readers accept the signature anywhere in the first 1,024 bytes (PDF Reference 1.7, appendix H, note 13).
_MAGIC_WINDOW = 1024
_SET_OCR = "set ocr to the languages of the text, e.g. RAGLINE_OCR=eng (needs tesseract)"
_NOT_RECOGNISED = "not recognised: only the first {} scanned pages of a file are, none that takes over a minute; split the file"
_CONTROL = re.compile("[\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_NO_TITLE = re.compile(
    r"untitled|\(anonymous\)|\(unspecified\)|microsoft (?:word|powerpoint|excel) - |slide 1\Z|.*\.\w{2,5}\Z", re.IGNORECASE
)


class PdfParser:
    """Headings, paragraphs, lists, tables, code and captions in reading order, each with its page and box.

    Running heads, feet and page numbers are left out of the text; metadata ``running_heads`` lists them, ``#`` for numbers, and
    ``links`` the addresses that links point to. ``options["ocr"]``, languages of tesseract such as ``deu+eng``, asks for text
    recognition on pages without a text layer; metadata ``recognised_pages`` says which pages were read in this way.
    ``options["pages"]`` is how many pages are read.
    """

    name = "pdf"
    version = 3
    suffixes: tuple[str, ...] = (".pdf",)

    def parse(self, source: RawSource) -> ParsedDocument:
        if not source.data:
            raise ParseError("empty file (0 bytes); replace it by the document")
        if _MAGIC not in source.data[:_MAGIC_WINDOW]:
            raise ParseError("not a PDF: the signature %PDF- is missing; give the file the suffix of its real format")
        from ingestion.parsers.pdf import ocr
        from ingestion.parsers.pdf.document import write_document
        from ingestion.parsers.pdf.reader import page_limit, read_content

        languages = source.options.get("ocr", "")
        program = ocr.find_program() if languages else None
        recogniser = ocr.Recogniser(program, languages) if program else None
        with _PDFIUM:
            content = read_content(source.data, recogniser, page_limit(source.options.get("pages")))
        advice = _advice(languages, recogniser.failure if recogniser else None)
        if not any(page.items for page in content.pages):
            raise ParseError(f"no text layer (scanned?); {advice}")
        written = write_document(content.pages, content.outline)
        metadata: dict[str, MetadataValue] = {**links_metadata(content.links)}
        if written.running:
            metadata["running_heads"] = list(written.running)
        if content.recognised:
            metadata["recognised_pages"] = content.recognised
        title = _title(content.title) or _first_heading(written)
        is_recognised = recogniser is not None and not recogniser.failure
        warnings = _warnings(content, _NOT_RECOGNISED.format(ocr.MAX_RECOGNISED) if is_recognised else advice)
        return ParsedDocument(written.text, written.elements, title=title, metadata=metadata, warnings=warnings)


def is_pdf(data: bytes) -> bool:
    """True when ``data`` begins with the signature of PDF (blank space aside)."""
    return data[:_MAGIC_WINDOW].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_MAGIC)


def _advice(languages: str, failure: str | None) -> str:
    """What to do about pages without a text layer."""
    if failure:
        return f"text recognition failed ({failure}); correct the option ocr"
    if languages and failure is None:
        return "the option ocr needs the program tesseract: install it, or run text recognition (OCR) on the file"
    if languages:
        return f"text recognition in {languages} found no words; leave it out, or correct the languages"
    return f"run text recognition (OCR) on the file, or {_SET_OCR}"


def _title(title: str) -> str:
    title = " ".join(_CONTROL.sub("", title).split())
    return "" if _NO_TITLE.match(title) else title


def _first_heading(written: "Written") -> str:
    """The first heading of the highest level on page 1."""
    headings = (written.text[each.start : each.end] for each in written.elements if each.level == 1 and each.page == 1)
    return next(headings, "")


def _warnings(content: "Content", advice: str) -> tuple[str, ...]:
    from ingestion.parsers.pdf.scanned import page_ranges

    warnings = []
    if content.page_count > content.pages_read:
        read = f"only the first {content.pages_read:,} of {content.page_count:,} pages were read"
        warnings.append(f"{read}; split the file or raise parse_pages")
    if content.scanned:
        warnings.append(f"no text layer (scanned?) on {page_ranges(content.scanned)}; {advice}")
    if content.broken:
        warnings.append(f"{page_ranges(content.broken)} could not be read; open the file in a viewer and save it again")
    return tuple(warnings)
