"""Text recognition where files are really read: in a child that may start no other program, asked for beside the file."""

import shutil
from pathlib import Path
from typing import Any

import pytest

import ragline


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed (tesseract-ocr)")
def test_a_scan_with_a_sidecar_that_asks_for_recognition_is_found(sheets: Any, tmp_path: Path) -> None:
    from PIL import Image, ImageDraw, ImageFont
    from reportlab.lib.utils import ImageReader

    picture = Image.new("L", (1275, 1650), 255)
    ImageDraw.Draw(picture).text((150, 150), "The flux of the pump is nine", fill=0, font=ImageFont.load_default(40))
    sheet = sheets()
    sheet.canvas.drawImage(ImageReader(picture), 0, 0, 612, 792)
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "scan.pdf").write_bytes(sheet.page().data())
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        (row,) = [each for each in kb.ingest(folder).rows if each.source.endswith("scan.pdf")]
        assert row.status == "failed"
        assert "run text recognition" in row.reason
        (folder / "scan.pdf.meta.yaml").write_text("options:\n  ocr: eng\n")
        (row,) = [each for each in kb.ingest(folder).rows if each.source.endswith("scan.pdf")]
        assert (row.status, row.reason) == ("added", "")
        assert kb.search("flux of the pump")[0].chunk.page == 1
