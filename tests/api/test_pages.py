"""Citations name the page that their quote is on."""

from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

import ragline

PAGES = (
    "The first page tells about the weather in the mountains and the valleys.",
    "The flux capacitor of the pump needs 1.21 gigawatts of power.",
    "The third page lists the telephone numbers of the branch offices.",
)


def test_a_citation_names_its_own_page(kb: ragline.Collection, tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "pump.pdf"))
    for text in PAGES:
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    kb.ingest(tmp_path / "pump.pdf")
    answer = kb.answer("How many gigawatts of power does the flux capacitor need?")
    assert [(citation.page, "1.21" in citation.quote) for citation in answer.citations] == [(2, True)]
    assert [chunk.page for chunk in kb.chunks(answer.citations[0].doc_id)] == [1, 2, 3]
