"""PDF: text layer, pages, headings by size, damaged and locked files. The files are made here."""

import io
import threading
from typing import Any

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.pdf import PdfParser, is_pdf
from ragline.errors import ParseError

LOREM = "The pump moves water from the tank to the filter and back again, day and night, without a pause. "


def parse(data: bytes) -> ParsedDocument:
    return PdfParser().parse(RawSource("file.pdf", data))


def pieces(parsed: ParsedDocument) -> list[tuple[str, int | None, str]]:
    return [(e.kind, e.page, parsed.text[e.start : e.end]) for e in parsed.elements]


def flowed(title: str | None = None) -> bytes:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer

    styles = getSampleStyleSheet()
    buffer = io.BytesIO()
    story: list[Any] = [
        Paragraph("Pump manual", styles["Heading1"]),
        Paragraph(LOREM * 4, styles["BodyText"]),
        Spacer(1, 14),
        Paragraph("Second paragraph. " + LOREM * 3, styles["BodyText"]),
        Paragraph("Cleaning", styles["Heading2"]),
        Paragraph("Clean it weekly. " + LOREM * 3, styles["BodyText"]),
        PageBreak(),
        Paragraph("On the next page. " + LOREM, styles["BodyText"]),
    ]
    SimpleDocTemplate(buffer, title=title).build(story)
    return buffer.getvalue()


def paged(*pages: str) -> bytes:
    """A page for each text, a line of it every 12 points."""
    from reportlab.pdfgen import canvas

    buffer = io.BytesIO()
    file = canvas.Canvas(buffer)
    for text in pages:
        for number, line in enumerate(text.split("|")):
            file.drawString(72, 720 - 12 * number, line)
        file.showPage()
    file.save()
    return buffer.getvalue()


def drawn(lines: list[tuple[float, float, str]], **options: Any) -> bytes:
    from reportlab.pdfgen import canvas

    buffer = io.BytesIO()
    page = canvas.Canvas(buffer, **options)
    for x, y, text in lines:
        page.drawString(x, y, text)
    page.showPage()
    page.save()
    return buffer.getvalue()


def test_paragraphs_headings_and_pages() -> None:
    parsed = parse(flowed())
    found = pieces(parsed)
    assert [(kind, page) for kind, page, _ in found] == [
        ("heading", 1),
        ("paragraph", 1),
        ("paragraph", 1),
        ("heading", 1),
        ("paragraph", 1),
        ("paragraph", 2),
    ]
    assert found[2][2].startswith("Second paragraph.")
    assert [e.section_path for e in parsed.elements][-1] == ("Pump manual", "Cleaning")
    assert parsed.title == "Pump manual"
    assert parsed.warnings == ()


@pytest.mark.parametrize(
    ("title", "expected"), [("Handbook", "Handbook"), ("Microsoft Word - x.doc", "Pump manual"), ("a.pdf", "Pump manual")]
)
def test_title_of_the_metadata_unless_it_is_a_file_name(title: str, expected: str) -> None:
    assert parse(flowed(title)).title == expected


def test_same_bytes_same_result() -> None:
    data = flowed()
    assert parse(data) == parse(data)


def test_hyphenation_at_line_ends_is_undone() -> None:
    parsed = parse(drawn([(72, 700, "the exam-"), (72, 688, "ple of COVID-"), (72, 676, "19 and E-4012")]))
    assert parsed.text.replace("\n", " ") == "the example of COVID-19 and E-4012"


def test_cells_beside_each_other_stay_in_their_line_order() -> None:
    parsed = parse(drawn([(72, 700, "code"), (300, 700, "meaning"), (72, 688, "E-1"), (300, 688, "dust")]))
    assert len(parsed.elements) == 1
    assert parsed.text.split() == ["code", "meaning", "E-1", "dust"]


def test_a_running_head_is_an_element_once_and_text_on_every_page() -> None:
    bodies = ("The first is about pumps.", "The second is about filters.", "The third is about tanks.")
    parsed = parse(paged(*(f"Manual of the pump, page {page}|{body}" for page, body in enumerate(bodies, 1))))
    assert [element.page for element in parsed.elements] == [1, 2, 3]
    shown = [parsed.text[element.start : element.end] for element in parsed.elements]
    assert [text.startswith("Manual") for text in shown] == [True, False, False]
    assert parsed.text.count("Manual of the pump, page 3") == 1


def test_encrypted() -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption

    with pytest.raises(ParseError, match="encrypted PDF"):
        parse(drawn([(72, 700, "secret")], encrypt=StandardEncryption("user", ownerPassword="owner")))


def test_encrypted_with_an_empty_password_can_be_read() -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption

    assert parse(drawn([(72, 700, "open to all")], encrypt=StandardEncryption("", ownerPassword="owner"))).text == "open to all"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", r"empty file \(0 bytes\)"),
        (b"%PDF-1.7 and nothing else", "damaged PDF"),
        (b"plain text", "not a PDF"),
    ],
)
def test_unreadable_files(data: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse(data)


def test_truncated_file_is_read_or_refused() -> None:
    data = flowed()
    refused = 0
    for size in range(0, len(data), len(data) // 20):
        try:
            assert parse(data[:size]).elements
        except ParseError:
            refused += 1
    assert refused > 0


def test_no_text_layer() -> None:
    with pytest.raises(ParseError, match="no text layer"):
        parse(drawn([]))


def test_single_pages_without_text_layer_are_named() -> None:
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen import canvas

    image = pytest.importorskip("PIL.Image", reason="needs Pillow, which reportlab brings")
    buffer = io.BytesIO()
    page = canvas.Canvas(buffer)
    page.drawString(72, 700, "text")
    page.showPage()
    page.drawImage(ImageReader(image.new("RGB", (8, 8))), 72, 600)
    page.showPage()
    page.showPage()  # a blank page is no scan
    page.save()
    (warning,) = parse(buffer.getvalue()).warnings
    assert warning.startswith("no text layer (scanned?) on page 2; run text recognition (OCR) on the file, or set ocr")


def test_threads_share_the_library() -> None:
    data = flowed()
    expected = parse(data)
    results: list[ParsedDocument] = []
    threads = [threading.Thread(target=lambda: results.append(parse(data))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4


def test_signature() -> None:
    assert is_pdf(b"\n %PDF-1.4")
    assert not is_pdf(b"about %PDF-1.4")
