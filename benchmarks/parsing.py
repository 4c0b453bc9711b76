"""How fast documents are read, in one process: Markdown, HTML and PDF, beside the libraries that others use for PDF.

A page of Markdown or HTML is 3,000 characters of text, about what a printed page holds. Times are those of the processor, which
other work on the machine disturbs least; the smallest of the runs counts, and imports are done before the clock runs.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpora import shared_folder
from benchmarks.figures import Figure
from benchmarks.workspace import Workspace
from ingestion.elements import RawSource
from ingestion.parsers.registry import parse
from ragline.errors import ParseError

_PAGE_CHARS = 3_000
_RUNS = 3
_QUICK_STEP = 5
# Others need seconds a page; these files show their rate.
_MAX_OTHERS_BYTES = 500_000


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
    sources = [each for each in _sources(["docs-pypdf-samples", "docs-unstructured"], ".pdf", step) if _read_bare(each)]
    ours, bare = _fastest(sources, _read_pdf), _fastest(sources, _read_bare)
    figures += [*_figures("PDF", ours), *_figures("PDF, pypdfium2 alone", bare)]
    note = "columns, tables and structure against bare text"
    figures.append(Figure("PDF / pypdfium2 alone", bare.seconds / ours.seconds, "x", note, ">= 0.333"))
    for name, read in _others():
        small = [each for each in sources if len(each.data) <= _MAX_OTHERS_BYTES]
        figures += _figures(f"PDF, {name}", _run(small, read))
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


def _others() -> Iterable[tuple[str, Callable[[RawSource], float]]]:
    """The readers of other systems that are installed."""
    from importlib.util import find_spec
    from io import BytesIO

    if find_spec("docling") is not None:
        from docling.datamodel.base_models import DocumentStream
        from docling.document_converter import DocumentConverter

        converter = DocumentConverter()

        def read_docling(source: RawSource) -> float:
            converter.convert(DocumentStream(name=source.name, stream=BytesIO(source.data)), raises_on_error=False)
            return _read_count(source)

        yield "docling", read_docling
    if find_spec("unstructured") is None or find_spec("en_core_web_sm") is None:  # without its model it would download one
        return
    try:
        from unstructured.partition.pdf import partition_pdf
    except ImportError:  # its extra for PDF is large and seldom installed
        return

    def read_unstructured(source: RawSource) -> float:
        partition_pdf(file=BytesIO(source.data), strategy="fast")
        return _read_count(source)

    yield "unstructured fast", read_unstructured
