"""OpenDocument, EPUB, RTF and Org through pandoc."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.office import pandoc
from ingestion.parsers.office.markup import EpubParser, OdtParser, RtfParser
from ragline.errors import MissingExtra, ParseError

pytest.importorskip("pypandoc", reason="needs the documents extra")
Read = Callable[[str, bytes], ParsedDocument]
Show = Callable[[ParsedDocument], list[tuple[str, str]]]

ORG = b"""#+TITLE: Pump rules
#+AUTHOR: Ann
* Start
See [[https://example.org/form][the form]] -- now...
- one
  - deeper
1. first
| Code | Text |
|------+------|
| E-1  | Flow |
#+BEGIN_SRC python
if x:
    go()
#+END_SRC
#+INCLUDE: "/etc/passwd"
"""
RTF = rb"""{\rtf1\ansi{\info{\title Log}{\author Ann}}
\pard Caf\'e9 {\b bold} {\field{\*\fldinst HYPERLINK "http://example.org"}{\fldrslt link}}\par
\trowd\cellx2000\cellx4000\intbl a\cell b\cell\row
\trowd\cellx2000\cellx4000\intbl c\cell d\cell\row}"""
ODT_NAMES = 'xmlns:dc="http://purl.org/dc/elements/1.1/"' + "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table", "meta", "style")
)


def odt() -> bytes:
    cell = "<table:table-cell{}><text:p>{}</text:p></table:table-cell>"
    covered = "<table:covered-table-cell/>"
    rows = (cell.format(' table:number-columns-spanned="2"', "Both") + covered, cell.format("", "a") + cell.format("", "b"))
    table = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    columns = '<table:table-column table:number-columns-repeated="2"/>'
    body = f'<text:h text:outline-level="1">Rules</text:h><text:p>Text</text:p><table:table>{columns}{table}</table:table>'
    text = f"<office:body><office:text>{body}</office:text></office:body>"
    content = f"<office:document-content {ODT_NAMES}>{text}</office:document-content>"
    fields = "<dc:title>Pump rules</dc:title><meta:initial-creator>Ann</meta:initial-creator><dc:creator>Bob</dc:creator>"
    meta = f"<office:document-meta {ODT_NAMES}><office:meta>{fields}</office:meta></office:document-meta>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", content)
        archive.writestr("meta.xml", meta)
        parts = "<office:font-face-decls/><office:styles/><office:automatic-styles/><office:master-styles/>"
        archive.writestr("styles.xml", f"<office:document-styles {ODT_NAMES}>{parts}</office:document-styles>")
    return out.getvalue()


def test_org(read: Read, pieces: Show) -> None:
    parsed = read("x.org", ORG)
    assert pieces(parsed) == [
        ("heading", "Start"),
        ("paragraph", "See the form (https://example.org/form) -- now..."),
        ("list", "- one\n  - deeper"),
        ("list", "1. first"),
        ("table", "Code | Text\nE-1 | Flow"),
        ("code", "if x:\n    go()"),
    ]
    assert (parsed.title, parsed.metadata["author"]) == ("Pump rules", "Ann")
    assert "root:" not in parsed.text


def test_rtf(read: Read, pieces: Show) -> None:
    parsed = read("x.rtf", RTF)
    assert pieces(parsed)[0] == ("paragraph", "Café bold link (http://example.org)")
    assert pieces(parsed)[1] == ("table", "a | b\nc | d")
    assert (parsed.title, parsed.metadata["author"]) == ("Log", "Ann")


def test_odt(read: Read, pieces: Show) -> None:
    parsed = read("x.odt", odt())
    assert pieces(parsed)[:2] == [("heading", "Rules"), ("paragraph", "Text")]
    table = parsed.elements[-1].table
    assert table is not None
    assert ("a", "b") in table.cells
    assert (parsed.title, parsed.metadata["author"]) == ("Pump rules", "Ann")


def test_epub(read: Read, samples: Path) -> None:
    parsed = read("x.epub", (samples / "documents/handbook/first-years.epub").read_bytes())
    assert (parsed.title, parsed.language, parsed.metadata["author"]) == (
        "Organ Air: The First Years of Varnholm",
        "en",
        "Ingrid Varnholm",
    )
    flood = next(element for element in parsed.elements if element.kind == "table")
    assert flood.section_path == (parsed.title, "The flood")
    assert "Part 1" not in parsed.text  # its contents


def test_a_book_of_several_hundred_pages_keeps_its_words(read: Read, shared_data: Path) -> None:
    parsed = read("x.epub", (shared_data / "docs-unstructured/winter-sports.epub").read_bytes())
    assert parsed.title == "Winter Sports in Switzerland"
    assert len(parsed.text) > 300_000
    assert sum(element.kind == "heading" for element in parsed.elements) > 20


@pytest.mark.parametrize(("parser", "name"), [(OdtParser(), "x.odt"), (EpubParser(), "x.epub"), (RtfParser(), "x.rtf")])
def test_other_content_is_refused(parser: OdtParser, name: str) -> None:
    with pytest.raises(ParseError, match="the file is text, not"):
        parser.parse(RawSource(name, b"plain"))


def test_broken_files_say_what_to_do_and_name_no_path(read: Read) -> None:
    with pytest.raises(ParseError, match="open it in its program and save it again") as caught:
        read("x.rtf", b"{\\rtf1 " + b"{" * 50)
    assert "/tmp" not in caught.value.reason


def test_without_the_binary_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pandoc._program.cache_clear()
    monkeypatch.setattr("pathlib.Path.is_file", lambda _: False)
    try:
        with pytest.raises(MissingExtra, match=r"pip install 'ragline\[documents\]'"):
            pandoc.convert(b"x", "org")
    finally:
        pandoc._program.cache_clear()
