"""PDF files that the tests draw themselves."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.pdf import PdfParser

PROSE = "the pump moves water from a tank to the filter and back again day and night without any pause or noise at all"
WORDS = PROSE.split()


class Sheets:
    """A PDF in the making: 612 x 792 points, ``y`` from the top of the page."""

    height = 792

    def __init__(self, **options: Any) -> None:
        from reportlab.pdfgen.canvas import Canvas

        self._file = io.BytesIO()
        self.canvas = Canvas(self._file, pagesize=(612, self.height), invariant=1, **options)

    def text(self, x: float, y: float, text: str, *, size: float = 10, font: str = "Helvetica") -> "Sheets":
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, self.height - y, text)
        return self

    def lines(self, x: float, y: float, lines: Sequence[str], *, size: float = 10, font: str = "Helvetica") -> "Sheets":
        for number, line in enumerate(lines):
            self.text(x, y + 1.2 * size * number, line, size=size, font=font)
        return self

    def page(self) -> "Sheets":
        self.canvas.showPage()
        return self

    def data(self) -> bytes:
        self.canvas.save()
        return self._file.getvalue()

    def parse(self, **options: str) -> ParsedDocument:
        return PdfParser().parse(RawSource("file.pdf", self.data(), options))


@pytest.fixture
def sheets() -> Callable[..., Sheets]:
    """Begins a file."""
    return Sheets


@pytest.fixture
def prose() -> Callable[..., list[str]]:
    """So many lines of prose of about so many characters, no two of them alike; the first word tells where they come from."""

    def make(name: str, count: int, *, chars: int = 40) -> list[str]:
        lines = []
        at = len(name)
        for number in range(count):
            line = f"{name}{number}"
            while len(line) < chars - 5:
                line += " " + WORDS[at % len(WORDS)]
                at += 1
            lines.append(line)
        return lines

    return make


@pytest.fixture
def show() -> Callable[[ParsedDocument], list[tuple[str, str]]]:
    """Kind and text of every element, after the invariants of all elements have been checked."""

    def shown(parsed: ParsedDocument) -> list[tuple[str, str]]:
        for element in parsed.elements:
            assert element.page is not None
            assert element.box is not None
            left, top, right, bottom = element.box
            assert 0 <= left <= right
            assert 0 <= top <= bottom
        return [(element.kind, parsed.text[element.start : element.end]) for element in parsed.elements]

    return shown


@pytest.fixture
def pages() -> Callable[..., bytes]:
    """A file written by hand, for what a library would not write."""
    return written


def written(count: int, content: bytes = b"", font: bytes = b"", more: Sequence[bytes] = ()) -> bytes:
    """A file of so many pages that all show ``content``; ``more`` objects are numbered from ``5 + count`` on."""
    kids = b" ".join(b"%d 0 R" % (5 + number) for number in range(count))
    page = b"<< /Type /Page /Parent 2 0 R /Contents 3 0 R /Resources << /Font << /F1 4 0 R >> >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /MediaBox [0 0 612 792] /Count %d /Kids [%s] >>" % (count, kids),
        b"<< /Length %d >> stream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica %s >>" % font,
        *([page] * count),
        *more,
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return bytes(out) + b"trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
