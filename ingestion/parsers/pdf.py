"""PDF: the text layer, page by page, read by PDFium. The canonical text is built here.

Paragraphs are told apart by the distance of lines, headings by their size; both are measured over the whole document, so
that generous line spacing or large print alone change nothing. A running head is an element on the first page that has it, and
only text on later ones.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from threading import Lock
from typing import Any

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.canonical import CanonicalText
from ingestion.parsers.running_heads import repeated_heads
from ragline.errors import ParseError

# PDFium is not thread-safe, not even for two different documents (pypdfium2, README, "Thread incompatibility").
_PDFIUM = Lock()
_MAGIC = b"%PDF-"
# Readers accept the signature anywhere in the first 1,024 bytes (PDF Reference 1.7, appendix H, note 13).
_MAGIC_WINDOW = 1024
_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD of fpdfview.h
_IMAGE_OBJECT = 3  # FPDF_PAGEOBJ_IMAGE of fpdf_edit.h
# Larger than any manual; a file with more pages is generated or hostile, and is reported as read in part.
_MAX_PAGES = 5_000
# A line that stands a quarter further away than lines usually do begins a paragraph.
_GAP = 1.25
# Sizes of lines of one paragraph vary by this much, because they are taken from the boxes of single letters' fonts.
_SAME_SIZE = 0.12
_HEADING_SIZE = 1.15
_MAX_HEADING_CHARS = 150
# Where more blocks than this look like headings, the sizes mean something else (a form, a slide, a poster).
_MAX_HEADING_SHARE = 0.4
# PDFium writes U+FFFE (older releases U+0002) where it joined a word that was hyphenated at the end of a line.
_HYPHEN = re.compile("[\ufffe\u0002]|\u00ad\\s*\n")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_NO_TITLE = re.compile(
    r"untitled|\(anonymous\)|\(unspecified\)|microsoft (?:word|powerpoint|excel) - |slide 1\Z|.*\.\w{2,5}\Z", re.IGNORECASE
)


class PdfParser:
    """One element for each paragraph, with its page."""

    name = "pdf"
    version = 2
    suffixes: tuple[str, ...] = (".pdf",)

    def parse(self, source: RawSource) -> ParsedDocument:
        if not source.data:
            raise ParseError("empty file (0 bytes); replace it by the document")
        if _MAGIC not in source.data[:_MAGIC_WINDOW]:
            raise ParseError("not a PDF: the signature %PDF- is missing; give the file the suffix of its real format")
        with _PDFIUM:
            content = _read(source.data)
        if not content.lines:
            raise ParseError("no text layer (scanned?); run text recognition (OCR) on the file first")
        canonical = _structure(content.lines)
        title = content.title or _first_heading(canonical)
        return ParsedDocument(canonical.text, tuple(canonical.elements), title=title, warnings=content.warnings)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the text layer; ``bottom`` and ``size`` are in points, of its first letter's font box."""

    text: str
    page: int
    bottom: float
    size: float
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Content:
    lines: tuple[_Line, ...]
    title: str
    warnings: tuple[str, ...]


def is_pdf(data: bytes) -> bool:
    """True when ``data`` begins with the signature of PDF (blank space aside)."""
    return data[:_MAGIC_WINDOW].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_MAGIC)


def _read(data: bytes) -> _Content:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD_ERROR:
            raise ParseError("encrypted PDF: it asks for a password; save a copy without one") from error
        raise ParseError("damaged PDF: its structure cannot be read; open it in a viewer and save it again") from error
    try:
        return _read_pages(document)
    finally:
        document.close()


def _read_pages(document: Any) -> _Content:
    import pypdfium2

    lines: list[_Line] = []
    scanned: list[int] = []
    broken: list[int] = []
    for index in range(min(len(document), _MAX_PAGES)):
        try:
            page = document[index]
        except pypdfium2.PdfiumError:
            broken.append(index + 1)
            continue
        try:
            found = list(_page_lines(page, index + 1))
            if not found and next(page.get_objects(filter=[_IMAGE_OBJECT], max_depth=2), None) is not None:
                scanned.append(index + 1)
            lines += found
        except pypdfium2.PdfiumError:
            broken.append(index + 1)
        finally:
            page.close()
    warnings = []
    if len(document) > _MAX_PAGES:
        warnings.append(f"only the first {_MAX_PAGES} of {len(document)} pages were read; split the file")
    if scanned and lines:
        warnings.append(f"no text layer (scanned?) on {_pages(scanned)}; run text recognition (OCR) on the file")
    if broken:
        warnings.append(f"{_pages(broken)} could not be read; open the file in a viewer and save it again")
    return _Content(tuple(lines), _title(document.get_metadata_dict().get("Title", "")), tuple(warnings))


def _page_lines(page: Any, number: int) -> Iterator[_Line]:
    from pypdfium2 import raw

    textpage = page.get_textpage()
    try:
        codes = [raw.FPDFText_GetUnicode(textpage, index) for index in range(textpage.count_chars())]
        text = "".join(map(chr, codes))
        for match in re.finditer(r"[^\r\n]+", text):
            words = match.group()
            lead = len(words) - len(words.lstrip())
            if lead < len(words):
                _, bottom, _, top = textpage.get_charbox(match.start() + lead, loose=True)
                yield _Line(_well_formed(words.strip()), number, bottom, top - bottom)
    finally:
        textpage.close()


def _well_formed(text: str) -> str:
    """Surrogate pairs, as some fonts give them, joined to characters."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _pages(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:10])) + (" ..." if len(numbers) > 10 else "")
    return f"{len(numbers)} pages ({shown})" if len(numbers) > 1 else f"page {shown}"


def _title(title: str) -> str:
    title = " ".join(_CONTROL.sub("", title).split())
    return "" if _NO_TITLE.match(title) else title


def _structure(lines: tuple[_Line, ...]) -> CanonicalText:
    repeated = repeated_heads([(line.page, line.text) for line in lines])
    lines = tuple(replace(line, is_repeated=index in repeated) for index, line in enumerate(lines))
    blocks = [(block, text) for block in _blocks(lines) if (text := _block_text(block))]
    sizes = _heading_sizes(blocks)
    canonical = CanonicalText()
    for block, text in blocks:
        size = round(block[0].size)
        if block[0].is_repeated:
            canonical.add_aside(text)
        elif size in sizes and _may_be_heading(text):
            canonical.add_heading(" ".join(text.split()), min(sizes.index(size) + 1, 6), page=block[0].page)
        else:
            canonical.add("paragraph", text, page=block[0].page)
    return canonical


def _first_heading(canonical: CanonicalText) -> str:
    """The first heading of the highest level on page 1."""
    text = canonical.text
    headings = (text[each.start : each.end] for each in canonical.elements if each.level == 1 and each.page == 1)
    return next(headings, "")


def _blocks(lines: tuple[_Line, ...]) -> list[list[_Line]]:
    """Lines that belong together. A page, a change of size, a gap or a jump upwards (a new column) begins a block.

    So does a running head, and what follows it.
    """
    leading = median([ratio for a, b in pairwise(lines) if 0.5 < (ratio := _distance(a, b)) < 4] or [1.0])
    blocks = [[lines[0]]]
    for above, line in pairwise(lines):
        distance = _distance(above, line)
        beside = abs(distance) < 0.5
        is_open = above.page == line.page and above.is_repeated == line.is_repeated
        if is_open and (beside or (0 < distance <= leading * _GAP and _same_size(above, line))):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


def _distance(above: _Line, line: _Line) -> float:
    """From one line down to the next, in line sizes."""
    if above.page != line.page:
        return 0.0
    return (above.bottom - line.bottom) / max(above.size, line.size, 1.0)


def _same_size(a: _Line, b: _Line) -> bool:
    return abs(a.size - b.size) <= _SAME_SIZE * max(a.size, b.size)


def _block_text(block: list[_Line]) -> str:
    text = "\n".join(line.text for line in block)
    return _CONTROL.sub("", _HYPHEN.sub(lambda match: _joined(text, match.end()), text)).strip()


def _joined(text: str, end: int) -> str:
    """Nothing inside a word; a hyphen before a capital or a digit, where it belongs to the name (``COVID-19``)."""
    return "" if text[end : end + 1].islower() else "-"


def _heading_sizes(blocks: list[tuple[list[_Line], str]]) -> list[int]:
    """The sizes that headings have, the largest first; empty where sizes do not tell headings from text."""
    weights: Counter[int] = Counter()
    for block, text in blocks:
        weights[round(block[0].size)] += len(text)
    if not weights:
        return []
    body = max(weights, key=lambda size: (weights[size], -size))
    headings = [(round(block[0].size), text) for block, text in blocks if _is_larger(block, body) and _may_be_heading(text)]
    if len(headings) > _MAX_HEADING_SHARE * len(blocks):
        return []
    return sorted({size for size, _ in headings}, reverse=True)


def _is_larger(block: list[_Line], body: int) -> bool:
    return round(block[0].size) >= _HEADING_SIZE * body and len(block) <= 3


def _may_be_heading(text: str) -> bool:
    return len(text) <= _MAX_HEADING_CHARS and any(char.isalpha() for char in text)
