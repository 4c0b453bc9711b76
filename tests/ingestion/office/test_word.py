"""Word documents: what the styles say, and what lies deeper than the library looks."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.office.word import WordParser
from ragline.errors import ParseError

docx = pytest.importorskip("docx", reason="needs the documents extra")
Read = Callable[[str, bytes], ParsedDocument]
Show = Callable[[ParsedDocument], list[tuple[str, str]]]

NAMES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def xml(markup: str) -> Any:
    return docx.oxml.parse_xml(re.sub(r"\A<[\w:]+", rf"\g<0> {NAMES}", markup))


def with_body(*markup: str) -> bytes:
    """A document whose body is ``markup``."""
    document = docx.Document()
    for part in reversed(markup):
        document.element.body.insert(0, xml(part))
    return saved(document)


def paragraph(content: str) -> str:
    return f"<w:p>{content}</w:p>"


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_headings_lists_quotes_code_and_captions(read: Read, pieces: Show) -> None:
    document = docx.Document()
    document.core_properties.title = "Stale title"
    document.add_heading("Handbook", 0)
    document.add_paragraph("For everybody", style="Subtitle")
    document.add_heading("Leave", 1)
    document.add_heading("Sick leave", 2)
    document.add_paragraph("Call before nine.")
    for text, style in (
        ("one", "List Bullet"),
        ("deeper", "List Bullet 2"),
        ("first", "List Number"),
        ("second", "List Number"),
    ):
        document.add_paragraph(text, style=style)
    document.add_paragraph("To be or not.", style="Quote")
    document.add_paragraph("Figure 1", style="Caption")
    document.add_paragraph("if x:", style="macro")
    document.add_paragraph("    go()", style="macro")
    parsed = read("x.docx", saved(document))
    assert pieces(parsed) == [
        ("heading", "Handbook"),
        ("paragraph", "For everybody"),
        ("heading", "Leave"),
        ("heading", "Sick leave"),
        ("paragraph", "Call before nine."),
        ("list", "- one\n  - deeper\n1. first\n2. second"),
        ("quote", "To be or not."),
        ("caption", "Figure 1"),
        ("code", "if x:\n    go()"),
    ]
    assert parsed.title == "Handbook"
    assert parsed.elements[4].section_path == ("Leave", "Sick leave")
    assert [element.level for element in parsed.elements[:4]] == [1, 0, 1, 2]


def test_headings_of_own_styles_and_of_outline_levels(read: Read) -> None:
    document = docx.Document()
    style = document.styles.add_style("Corporate 3", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Heading 3"]
    document.add_paragraph("By its base", style="Corporate 3")
    outlined = document.add_paragraph("By its level")
    outlined._p.get_or_add_pPr().append(xml('<w:outlineLvl w:val="1"/>'))
    body = document.add_paragraph("Body text", style="Heading 1")
    body._p.get_or_add_pPr().append(xml('<w:outlineLvl w:val="9"/>'))
    document.add_heading("x" * 300, 1)
    parsed = read("x.docx", saved(document))
    levels = [(element.kind, element.level) for element in parsed.elements]
    assert levels == [("heading", 3), ("heading", 2), ("paragraph", 0), ("paragraph", 0)]


@pytest.mark.parametrize(
    "content",
    [
        f"<w:ins>{run('word')}</w:ins>",
        f"<w:moveTo>{run('word')}</w:moveTo>",
        f"<w:sdt><w:sdtContent>{run('word')}</w:sdtContent></w:sdt>",
        f'<w:fldSimple w:instr="DATE">{run("word")}</w:fldSimple>',
        f"<w:smartTag>{run('wo')}</w:smartTag>{run('rd')}",
        '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:r><m:t>word</m:t></m:r></m:oMath>',
        f"{run('word')}<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>",
        f"{run('word')}<w:moveFrom>{run('gone')}</w:moveFrom>",
        f"{run('word')}<w:r><w:rPr><w:vanish/></w:rPr><w:t>gone</w:t></w:r>",
    ],
)
def test_text_that_lies_deeper_is_kept_and_what_was_deleted_is_not(read: Read, pieces: Show, content: str) -> None:
    assert pieces(read("x.docx", with_body(paragraph(run("a ") + content + run(" b"))))) == [("paragraph", "a word b")]


def test_content_controls_around_blocks_and_tables(read: Read, pieces: Show) -> None:
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    first, second = (f"<w:tr>{cell.format(left)}{cell.format(right)}</w:tr>" for left, right in ("ab", "cd"))
    table = f"<w:tbl>{first}<w:sdt><w:sdtContent>{second}</w:sdtContent></w:sdt></w:tbl>"
    block = f"<w:sdt><w:sdtContent>{paragraph(run('inside'))}{table}</w:sdtContent></w:sdt>"
    assert pieces(read("x.docx", with_body(block))) == [("paragraph", "inside"), ("table", "a | b\nc | d")]


def test_the_table_of_contents_is_left_out(read: Read, pieces: Show) -> None:
    gallery = '<w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    contents = f"<w:sdt>{gallery}<w:sdtContent>{paragraph(run('Leave 3'))}</w:sdtContent></w:sdt>"
    assert pieces(read("x.docx", with_body(contents, paragraph(run("Text"))))) == [("paragraph", "Text")]


def test_text_boxes_stand_behind_their_paragraph_once(read: Read, pieces: Show) -> None:
    box = f"<w:txbxContent>{paragraph(run('boxed'))}</w:txbxContent>"
    both = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice Requires='wps'><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
        "</mc:AlternateContent>"
    )
    data = with_body(paragraph(run("anchor") + f"<w:r>{both}</w:r>"), paragraph(run("next")))
    assert pieces(read("x.docx", data)) == [("paragraph", "anchor"), ("paragraph", "boxed"), ("paragraph", "next")]


def test_links_name_their_address(read: Read) -> None:
    document = docx.Document()
    line = document.add_paragraph("See ")
    key = document.part.relate_to("https://example.org/form", docx.opc.constants.RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = xml(f"<w:hyperlink>{run('the form')}</w:hyperlink>")
    link.set(docx.oxml.ns.qn("r:id"), key)
    line._p.append(link)
    field = "".join(
        f"<w:r>{part}</w:r>"
        for part in (
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText> HYPERLINK "https://example.org/two" </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            "<w:t>second</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
        )
    )
    document.element.body.insert(1, xml(paragraph(field)))
    text = read("x.docx", saved(document)).text
    assert text == "See the form (https://example.org/form)\n\nsecond (https://example.org/two)"


def test_notes_stand_behind_the_paragraph_that_calls_them(read: Read) -> None:
    document = docx.Document()
    line = document.add_paragraph("Zero point")
    line._p.append(xml('<w:r><w:footnoteReference w:id="2"/></w:r>'))
    document.add_paragraph("Next.")
    separator = f'<w:footnote w:id="0" w:type="separator">{paragraph(run("-"))}</w:footnote>'
    note = f'<w:footnote w:id="2">{paragraph(run("Measured dry."))}</w:footnote>'
    notes = f"<w:footnotes {NAMES}>{separator}{note}</w:footnotes>"
    part = docx.opc.part.Part(
        docx.opc.packuri.PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        notes.encode(),
        document.part.package,
    )
    document.part.relate_to(part, docx.opc.constants.RELATIONSHIP_TYPE.FOOTNOTES)
    assert read("x.docx", saved(document)).text == "Zero point[1]\n\n[1] Measured dry.\n\nNext."


def test_tables_with_merged_cells_and_header_rows(read: Read) -> None:
    document = docx.Document()
    table = document.add_table(4, 3)
    for row, texts in enumerate((("City", "Car", ""), ("", "Name", "Seats"), ("Köln", "Möwe", "5"), ("", "Reiher", "9"))):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    for (top, left), (bottom, right) in (((0, 0), (1, 0)), ((0, 1), (0, 2)), ((2, 0), (3, 0))):
        text = table.cell(top, left).text
        table.cell(top, left).merge(table.cell(bottom, right)).text = text
    for row in table.rows[:2]:
        row._tr.get_or_add_trPr().append(docx.oxml.OxmlElement("w:tblHeader"))
    parsed = read("x.docx", saved(document))
    (element,) = parsed.elements
    assert parsed.text == "City | Car > Name | Car > Seats\nKöln | Möwe | 5\nKöln | Reiher | 9"
    assert element.table is not None
    assert element.table.columns == ("City", "Car > Name", "Car > Seats")
    assert [parsed.text[slice(*row)] for row in element.rows] == ["Köln | Möwe | 5", "Köln | Reiher | 9"]


def test_a_table_style_with_a_first_row_makes_a_header(read: Read) -> None:
    document = docx.Document()
    for style in ("Light Grid Accent 1", "Table Grid"):
        table = document.add_table(2, 2, style=style)
        for number, text in enumerate(("item", "colour", "ball", "red")):
            table.cell(number // 2, number % 2).text = text
        document.add_paragraph("between")
    headers = [element.header is not None for element in read("x.docx", saved(document)).elements if element.kind == "table"]
    assert headers == [True, False]


def test_nested_tables_and_tables_for_layout(read: Read, pieces: Show) -> None:
    document = docx.Document()
    outer = document.add_table(1, 2)
    outer.cell(0, 0).text = "left"
    inner = outer.cell(0, 1).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "in1", "in2"
    box = document.add_table(1, 1)
    box.cell(0, 0).text = "a box"
    layout = document.add_table(1, 2)
    layout.cell(0, 0).paragraphs[0].style = document.styles["Heading 1"]
    layout.cell(0, 0).paragraphs[0].add_run("Contact")
    layout.cell(0, 1).text = "by phone"
    assert pieces(read("x.docx", saved(document))) == [
        ("table", "left | in1; in2"),
        ("paragraph", "a box"),
        ("heading", "Contact"),
        ("paragraph", "by phone"),
    ]


def test_headers_and_footers_are_text_but_no_elements(read: Read, pieces: Show) -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Varnholm Instruments, SI-300-07"
    document.sections[0].footer.paragraphs[0].text = "Page 3 of 7"
    document.add_paragraph("Body.")
    parsed = read("x.docx", saved(document))
    assert parsed.text == "Varnholm Instruments, SI-300-07\n\nBody."
    assert pieces(parsed) == [("paragraph", "Body.")]


def test_pages_are_those_of_the_last_printing_also_behind_a_long_table(read: Read) -> None:
    document = docx.Document()
    document.add_paragraph("one")
    table = document.add_table(2, 2)
    for number, cell in enumerate(table.rows[1].cells):
        cell.paragraphs[0]._p.append(xml("<w:r><w:lastRenderedPageBreak/><w:t>x</w:t></w:r>"))
        table.rows[0].cells[number].text = "y"
    document.add_paragraph("two")
    assert [element.page for element in read("x.docx", saved(document)).elements] == [1, 1, 2]


def test_characters_for_private_use_stay_out_of_the_marks(read: Read) -> None:
    document = docx.Document()
    document.add_paragraph("a\ue001b\ue003c")
    assert read("x.docx", saved(document)).text == "a\ufffdb\ufffdc"


def test_the_same_file_reads_the_same_without_properties(read: Read, shared_data: Path) -> None:
    data = (shared_data / "docs-unstructured" / "teams_chat.docx").read_bytes()
    assert read("x.docx", data) == read("x.docx", data)
    assert read("x.docx", data).metadata == {}


@pytest.mark.parametrize("suffix", ["docx", "doc"])
def test_old_and_damaged_documents(read: Read, suffix: str) -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "WordDocument".encode("utf-16-le")
    with pytest.raises(ParseError):
        read(f"x.{suffix}", old)
    with pytest.raises(ParseError, match="not docx"):
        WordParser().parse(RawSource(f"x.{suffix}", b"plain text"))


def test_a_doc_that_is_a_docx_is_read(read: Read) -> None:
    assert read("x.doc", with_body(paragraph(run("new inside")))).text == "new inside"


def test_old_word_documents_say_what_to_do(read: Read, shared_data: Path) -> None:
    with pytest.raises(ParseError, match=r"old binary format.*; convert it to docx"):
        read("fake.doc", (shared_data / "docs-unstructured" / "fake.doc").read_bytes())
