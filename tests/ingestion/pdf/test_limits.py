"""Files that are too long, too deep or not what they seem."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingestion.elements import RawSource
from ingestion.parsers.pdf import PdfParser, reader
from ragline.errors import ParseError

Pages = Callable[..., bytes]


def parse(data: bytes) -> Any:
    return PdfParser().parse(RawSource("x.pdf", data))


def test_ten_thousand_empty_pages(pages: Pages) -> None:
    with pytest.raises(ParseError, match="no text layer"):
        parse(pages(10_000))


def test_pages_behind_the_limit_are_left_out_and_reported(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_PAGES", 30)
    parsed = parse(pages(40, b"BT /F1 12 Tf 72 700 Td (Every page) Tj ET"))
    assert parsed.warnings == ("only the first 30 of 40 pages were read; split the file or raise parse_pages",)
    assert max(element.page for element in parsed.elements) == 30


def test_more_pages_than_any_book_has_are_refused(pages: Pages) -> None:
    with pytest.raises(ParseError, match=r"20,001 pages; split the file"):
        parse(pages(reader.REFUSED_PAGES + 1))


@pytest.mark.slow
def test_memory_is_bounded(pages: Pages, tmp_path: Path) -> None:
    text = b" ".join(b"1 0 0 1 72 %d Tm (Line %d of a page with some words of text) Tj" % (740 - 14 * n, n) for n in range(15))
    (tmp_path / "long.pdf").write_bytes(pages(10_000, b"BT /F1 10 Tf " + text + b" ET"))
    # Not ru_maxrss: a child begins with that of the process that started it.
    script = (
        "import pathlib, re, sys; from ingestion.elements import RawSource; from ingestion.parsers.pdf import PdfParser\n"
        "parsed = PdfParser().parse(RawSource('x.pdf', open(sys.argv[1], 'rb').read()))\n"
        "peak = int(re.search(r'VmHWM:\\s+(\\d+) kB', pathlib.Path('/proc/self/status').read_text())[1])\n"
        "print(len({element.page for element in parsed.elements}), peak // 1024)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "long.pdf")]
    out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]).stdout
    read, peak_mb = map(int, out.split())
    assert read == 5_000
    assert peak_mb < 500


def test_an_outline_without_an_end(sheets: Any, prose: Any) -> None:
    sheet = sheets(pageCompression=0)
    for name in "abc":
        sheet.canvas.bookmarkPage(name)
        sheet.canvas.addOutlineEntry(f"Title {name}", name, 0)
    data = sheet.text(72, 100, "Title a", size=16).lines(72, 140, prose("Word", 5)).data()
    first = data.index(b"/Next ")
    data = data.replace(data[first : data.index(b"R", first) + 1], b"/Next %s" % _self_reference(data, first))
    assert parse(data).elements


def _self_reference(data: bytes, place: int) -> bytes:
    number = data[: data.rindex(b" obj", 0, place)].rsplit(b"\n", 1)[-1].split()[0]
    return number + b" 0 R"


@pytest.mark.parametrize("cut", [lambda data: data[: len(data) // 2], lambda data: data[:-200], lambda data: data[300:]])
def test_damaged_files_are_read_or_refused(sheets: Any, prose: Any, cut: Callable[[bytes], bytes]) -> None:
    sheet = sheets()
    for page in range(5):
        sheet.lines(72, 100, prose(f"Page{page}", 30)).page()
    try:
        elements, reason = parse(cut(sheet.data())).elements, ""
    except ParseError as error:
        elements, reason = (), error.reason
    assert elements or ";" in reason
