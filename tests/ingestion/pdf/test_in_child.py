"""Options of the parser where files are really read, in a child: asked for beside the file, or by the settings."""

import shutil
from pathlib import Path
from typing import Any

import pytest

import ragline

needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed (tesseract-ocr)")


@pytest.fixture
def folder(sheets: Any, tmp_path: Path) -> Path:
    """A folder with a scanned page."""
    from PIL import Image, ImageDraw, ImageFont
    from reportlab.lib.utils import ImageReader

    picture = Image.new("L", (1275, 1650), 255)
    ImageDraw.Draw(picture).text((150, 150), "The flux of the pump is nine", fill=0, font=ImageFont.load_default(40))
    sheet = sheets()
    sheet.canvas.drawImage(ImageReader(picture), 0, 0, 612, 792)
    place = tmp_path / "docs"
    place.mkdir()
    (place / "scan.pdf").write_bytes(sheet.page().data())
    return place


@needs_tesseract
def test_a_scan_with_a_sidecar_that_asks_for_recognition_is_found(folder: Path, tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        (row,) = [each for each in kb.ingest(folder).rows if each.source.endswith("scan.pdf")]
        assert row.status == "failed"
        assert "run text recognition" in row.reason
        (folder / "scan.pdf.meta.yaml").write_text("options:\n  ocr: eng\n")
        (row,) = [each for each in kb.ingest(folder).rows if each.source.endswith("scan.pdf")]
        assert (row.status, row.reason) == ("added", "")
        assert kb.search("flux of the pump")[0].chunk.page == 1


@needs_tesseract
def test_the_row_of_a_scan_names_the_setting_and_with_it_the_scan_is_found(folder: Path, tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        (row,) = kb.ingest(folder).rows
        assert row.status == "failed"
        assert "set ocr to the languages of the text" in row.reason
    with ragline.open(tmp_path / "kb", ocr="eng") as kb:
        (row,) = kb.ingest(folder).rows
        assert (row.status, row.reason) == ("added", "")
        assert kb.search("flux of the pump")[0].chunk.page == 1


def test_the_pages_of_a_file_have_a_limit(pages: Any, tmp_path: Path) -> None:
    file = tmp_path / "long.pdf"
    file.write_bytes(pages(2, b"BT /F1 12 Tf 72 700 Td (The pump stops here) Tj ET"))
    with ragline.open(tmp_path / "kb", embedder="light", parse_pages=1) as kb:
        (row,) = kb.ingest(file).rows
    reason = "only the first 1 of 2 pages were read; split the file or raise parse_pages"
    assert (row.status, row.reason) == ("degraded", reason)
    with ragline.open(tmp_path / "kb") as kb:
        (row,) = kb.ingest(file).rows
    assert (row.status, row.reason) == ("updated", "")
