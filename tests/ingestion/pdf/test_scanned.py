"""Pages without a text layer: told from blank ones, named in the warning, and recognised where that is asked for."""

import shutil
from typing import Any

import pytest

from ingestion.elements import ALLOWED_PROGRAMS, RawSource
from ingestion.parsers.pdf import PdfParser, ocr
from ingestion.parsers.pdf.scanned import is_unreadable, page_ranges
from ragline.errors import InputError, ParseError

needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed (tesseract-ocr)")


def scan(sheet: Any, lines: list[str]) -> None:
    """A page that is a picture of ``lines``."""
    from PIL import Image, ImageDraw, ImageFont
    from reportlab.lib.utils import ImageReader

    picture = Image.new("L", (1275, 1650), 255)
    drawing = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        drawing.text((150, 150 + 60 * number), line, fill=0, font=ImageFont.load_default(36))
    sheet.canvas.drawImage(ImageReader(picture), 0, 0, 612, 792)
    sheet.page()


def test_pages_are_named_as_ranges() -> None:
    assert page_ranges([2]) == "page 2"
    assert page_ranges([3, 4, 5, 9]) == "pages 3-5, 9"
    assert page_ranges(list(range(1, 99, 2))).endswith(", 21, 23 and more")


def test_scanned_pages_are_named_in_one_warning(sheets: Any) -> None:
    sheet = sheets().text(72, 100, "The first page").page().page()
    for _ in range(3):
        scan(sheet, ["a picture"])
    parsed = sheet.text(72, 100, "The last page").parse()
    advice = "run text recognition (OCR) on the file, or set ocr to the languages of the text, e.g. RAGLINE_OCR=eng"
    assert parsed.warnings == (f"no text layer (scanned?) on pages 3-5; {advice} (needs tesseract)",)
    assert [element.page for element in parsed.elements] == [1, 6]


def test_a_file_of_pictures_alone_is_refused(sheets: Any) -> None:
    sheet = sheets()
    scan(sheet, ["a picture"])
    with pytest.raises(ParseError, match=r"no text layer \(scanned\?\); run text recognition"):
        sheet.parse()


def test_text_of_glyphs_without_a_meaning_is_no_text_layer(pages: Any) -> None:
    assert is_unreadable("\ue041\ue042\ue043" * 20 + " of it")
    assert not is_unreadable("Press \ue041 and \ue042 to stop the pump")
    table = b"begincmap 1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <20> <7e> <e020> endbfrange endcmap"
    stream = b"<< /Length %d >> stream\n%s\nendstream" % (len(table), table)
    data = pages(1, b"BT /F1 12 Tf 72 700 Td (These letters are not what they seem) Tj ET", b"/ToUnicode 6 0 R", [stream])
    with pytest.raises(ParseError, match="no text layer"):
        PdfParser().parse(RawSource("x.pdf", data))


def test_the_option_without_the_program_says_what_to_install(sheets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr.shutil, "which", lambda _: None)
    sheet = sheets().text(72, 100, "The first page").page()
    scan(sheet, ["a picture"])
    (warning,) = sheet.parse(ocr="eng").warnings
    assert warning.startswith("no text layer (scanned?) on page 2; the option ocr needs the program tesseract: install it")


@pytest.mark.parametrize("languages", ["-c x=y", "eng;rm", "../eng", "eng+", " "])
@needs_tesseract
def test_languages_are_names(sheets: Any, languages: str) -> None:
    with pytest.raises(InputError, match="names no languages"):
        sheets().text(72, 100, "Text").parse(ocr=languages)


@needs_tesseract
def test_recognised_pages_are_read_like_any_other(sheets: Any) -> None:
    sheet = sheets().text(72, 100, "The first page").page()
    scan(sheet, ["The pump must be cleaned", "every Monday and Friday."])
    data = sheet.data()
    without = PdfParser().parse(RawSource("x.pdf", data))
    assert without.warnings
    parsed = PdfParser().parse(RawSource("x.pdf", data, {"ocr": "eng"}))
    assert parsed.warnings == ()
    assert parsed.metadata["recognised_pages"] == [2]
    last = parsed.elements[-1]
    assert parsed.text[last.start : last.end] == "The pump must be cleaned\nevery Monday and Friday."
    assert last.page == 2
    assert last.box == pytest.approx((72, 75, 285, 122), abs=8)
    assert shutil.which("tesseract") in ALLOWED_PROGRAMS


@needs_tesseract
def test_a_language_that_is_not_installed_is_a_warning(sheets: Any) -> None:
    sheet = sheets().text(72, 100, "The first page").page()
    scan(sheet, ["a picture"])
    (warning,) = sheet.parse(ocr="tlh").warnings
    assert "text recognition failed (Error opening data file" in warning
    assert warning.endswith("correct the option ocr")


@needs_tesseract
def test_a_picture_without_words_says_that_recognition_found_none(sheets: Any) -> None:
    sheet = sheets()
    scan(sheet, [])
    with pytest.raises(ParseError, match="text recognition in eng found no words; leave it out, or correct the languages"):
        sheet.parse(ocr="eng")


@needs_tesseract
def test_pages_behind_the_limit_of_recognition_are_named(sheets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "MAX_RECOGNISED", 1)
    sheet = sheets()
    for number in (1, 2):
        scan(sheet, [f"The pump of page {number} must be cleaned"])
    (warning,) = sheet.parse(ocr="eng").warnings
    assert warning.startswith("no text layer (scanned?) on page 2; not recognised: only the first 1 scanned pages")
