"""How fast documents are read, in one process: Markdown, HTML and PDF, beside docling, unstructured and PDFium.

A page of Markdown or HTML is 3,000 characters of text, about what a printed page holds. Times are those of the processor, which
other work on the machine disturbs least; the smallest of the runs counts, and imports are done before the clock runs.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path

from benchmarks.corpora import shared_folder
from benchmarks.figures import Figure
from benchmarks.workspace import Workspace
from ingestion.elements import RawSource
from ingestion.parsers.office.offline import partition_docx
from ingestion.parsers.registry import parse
from ragline.errors import MissingExtra, ParseError

_PAGE_CHARS = 3_000
_RUNS = 3
_QUICK_STEP = 5
# Others need seconds a page; these files show their rate.
_MAX_OTHERS_BYTES = 500_000
_OTHERS_STEP = 4

Read = Callable[[RawSource], float]
"""Reads a source, and returns its pages."""


@dataclass(frozen=True, slots=True)
class _Rate:
    """What one run read: files, pages and bytes in so many seconds."""

    files: int
    pages: float
    size: int
    seconds: float

    @property
    def note(self) -> str:
        return f"{self.files} files, {self.pages:,.0f} pages, {self.size / 1e6:.1f} MB in {self.seconds:.2f} s"


def measure(workspace: Workspace) -> list[Figure]:
    """Pages and MB a second of our parsers; of PDF also the share of what PDFium alone does on the same files."""
    step = _QUICK_STEP if workspace.quick else 1
    figures = []
    for name, folder, suffix in (("Markdown", "docs-markdown", ".md"), ("HTML", "docs-unstructured", ".html")):
        sources = _sources([folder], suffix, step)
        figures += _figures(name, _fastest(sources, _read_text))
        figures += _beside(name, suffix, sources, workspace.quick)
    sources = [each for each in _sources(["docs-pypdf-samples", "docs-unstructured"], ".pdf", step) if _read_bare(each)]
    ours, bare = _fastest(sources, _read_pdf), _fastest(sources, _read_bare)
    figures += [*_figures("PDF", ours), *_figures("PDF, pypdfium2 alone", bare)]
    note = "columns, tables and structure against bare text"
    figures.append(Figure("PDF / pypdfium2 alone", bare.seconds / ours.seconds, "x", note, ">= 0.333"))
    figures += _beside("PDF", ".pdf", sources, workspace.quick)
    return figures


def _figures(name: str, rate: _Rate) -> list[Figure]:
    return [
        Figure(f"{name}: pages", rate.pages / rate.seconds, "1/s", rate.note),
        Figure(f"{name}: size", rate.size / 1e6 / rate.seconds, "MB/s"),
    ]


def _sources(folders: Iterable[str], suffix: str, step: int) -> list[RawSource]:
    paths: list[Path] = []
    for folder in folders:
        paths += sorted(path for path in shared_folder(folder).rglob(f"*{suffix}") if path.is_file())
    return [RawSource(path.name, path.read_bytes()) for path in paths[::step]]


def _fastest(sources: Sequence[RawSource], read: Callable[[RawSource], float]) -> _Rate:
    read(sources[0])
    return min((_run(sources, read) for _ in range(_RUNS)), key=lambda rate: rate.seconds)


def _run(sources: Sequence[RawSource], read: Callable[[RawSource], float]) -> _Rate:
    pages, size, seconds = 0.0, 0, 0.0
    for source in sources:
        started = time.process_time()
        pages += read(source)
        seconds += time.process_time() - started
        size += len(source.data)
    return _Rate(len(sources), pages, size, seconds)


def _read_text(source: RawSource) -> float:
    try:
        return len(parse(source).text) / _PAGE_CHARS
    except ParseError:
        return 0.0


def _read_pdf(source: RawSource) -> float:
    with suppress(ParseError):  # no text layer: every page was looked at
        parse(source)
    return _read_count(source)


def _read_count(source: RawSource) -> int:
    import pypdfium2

    document = pypdfium2.PdfDocument(source.data)
    count = len(document)
    document.close()
    return count


def _read_bare(source: RawSource) -> float:
    """The text of every page as PDFium gives it; 0 for a file that it does not open."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(source.data)
    except pypdfium2.PdfiumError:
        return 0.0
    count = len(document)
    for page in document:
        layer = page.get_textpage()
        layer.get_text_range()
        layer.close()
        page.close()
    document.close()
    return float(count)


def _docling(suffix: str) -> Read | None:
    """Docling; its reader of PDF needs models that it fetches, so there it reads only where they have been fetched."""
    try:
        from docling.datamodel.base_models import DocumentStream
        from docling.document_converter import DocumentConverter
    except ImportError:
        return None
    converter = DocumentConverter()

    def read(source: RawSource) -> float:
        stream = DocumentStream(name=f"{source.name}{suffix}", stream=BytesIO(source.data))
        found = converter.convert(stream, raises_on_error=suffix == ".pdf")
        return _read_count(source) if suffix == ".pdf" else len(found.document.export_to_text()) / _PAGE_CHARS

    return read


def _unstructured_fast(suffix: str) -> Read | None:
    """Unstructured, with the strategy that asks no model about the layout. It would fetch one to part words, and gets ours."""
    name = {".md": "md", ".html": "html", ".pdf": "pdf"}[suffix]
    try:
        partition_docx()  # puts the stand-in in the place of its tokenizer
        partition = getattr(import_module(f"unstructured.partition.{name}"), f"partition_{name}")
    except (ImportError, MissingExtra):  # its extra for PDF is large and seldom installed
        return None
    options = {"strategy": "fast"} if suffix == ".pdf" else {}

    def read(source: RawSource) -> float:
        elements = partition(file=BytesIO(source.data), **options)
        return _read_count(source) if suffix == ".pdf" else sum(len(each.text) for each in elements) / _PAGE_CHARS

    return read


_OTHERS: dict[str, Callable[[str], Read | None]] = {"docling": _docling, "unstructured fast": _unstructured_fast}


def _beside(kind: str, suffix: str, sources: Sequence[RawSource], quick: bool) -> list[Figure]:
    """The readers of other systems that are installed, on the smaller files; each of them only as far as it can read these."""
    small = [each for each in sources if len(each.data) <= _MAX_OTHERS_BYTES][:: _QUICK_STEP if quick else _OTHERS_STEP]
    figures = []
    for name, make in _OTHERS.items():
        read = make(suffix)
        if read is None:
            print(f"  {kind}, {name}: absent", flush=True)
            continue
        try:
            rate = _run(small, read)
        except Exception as error:  # noqa: BLE001 - of others' code any error means that it does not run here
            print(f"  {kind}, {name}: does not run here ({type(error).__name__}: {str(error)[:120]})", flush=True)
            continue
        figures += _figures(f"{kind}, {name}", rate)
    return figures
