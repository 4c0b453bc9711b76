"""What a file is, told by its bytes alone."""

import io
import random
import struct
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.elements import RawSource
from ingestion.guard.content_type import ContentType, content_type
from ingestion.guard.ole2 import SIGNATURE
from ingestion.parsers.registry import parse, parser_for
from ragline.errors import ParseError


def packed(*names: str, first: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        if first:
            file.writestr(zipfile.ZipInfo("mimetype"), first)
        for name in names:
            file.writestr(name, "<a/>")
    return buffer.getvalue()


def compound(*names: str, sectors: int = 1) -> bytes:
    """An OLE2 file whose directory, spread over ``sectors`` sectors with others between them, has these entries."""
    entries = [each.encode("utf-16-le") for each in ("Root Entry", *names)]
    entries += [b""] * (4 * sectors - len(entries))
    places = [1 + 2 * number for number in range(sectors)]
    fat = [0xFFFFFFFD, *[0xFFFFFFFF] * 127]
    for place, following in zip(places, [*places[1:], 0xFFFFFFFE], strict=True):
        fat[place] = following
    body = {0: struct.pack("<128L", *fat)}
    for number, place in enumerate(places):
        group = entries[4 * number : 4 * number + 4]
        body[place] = b"".join(
            each.ljust(64, b"\0") + struct.pack("<H", len(each) + 2 if each else 0) + bytes(62) for each in group
        )
    header = bytearray(512)
    header[:8] = SIGNATURE
    header[30:32] = struct.pack("<H", 9)
    header[48:52] = struct.pack("<L", places[0])
    header[76:512] = struct.pack("<109L", 0, *[0xFFFFFFFF] * 108)
    return bytes(header) + b"".join(body.get(place, bytes(512)) for place in range(max(body) + 1))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\xef\xbb\xbf\r\n %PDF-1.4", "pdf"),
        (b"about %PDF-1.4", "text"),
        (packed("[Content_Types].xml", "word/document.xml"), "docx"),
        (packed("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        (packed("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
        (packed("[Content_Types].xml", "word\\document.xml"), "docx"),
        (packed("content.xml", first="application/vnd.oasis.opendocument.text"), "odt"),
        (packed("content.xml", first="application/vnd.oasis.opendocument.spreadsheet"), "ods"),
        (packed("META-INF/container.xml", first="application/epub+zip"), "epub"),
        (packed("META-INF/container.xml"), "epub"),
        (packed("a/word/document.xml"), "zip"),
        (packed(), "zip"),
        (b"PK\x03\x04 and no archive", "zip"),
        (compound("WordDocument"), "doc"),
        (compound("Other", "Workbook"), "xls"),
        (compound("Book"), "xls"),
        (compound("PowerPoint Document"), "ppt"),
        (compound("__properties_version1.0", "WordDocument"), "msg"),
        (compound(*["x"] * 12, "EncryptedPackage", sectors=4), "encrypted"),
        (compound("x"), "ole2"),
        (SIGNATURE, "ole2"),
        (b"{\\rtf1\\ansi words}", "rtf"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        (b"BM" + struct.pack("<L4xLL", 99, 54, 40), "bmp"),
        (b"BM is short for bookmark, and MZ for Mark Zbikowski", "text"),
        (b"MZ\x90\0\x03\0", "exe"),
        (b"\x7fELF\x02\x01", "elf"),
        (b"\xcf\xfa\xed\xfe\x07", "mach-o"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"BZh91AY&SY", "bzip2"),
        (b"BZh is no archive", "text"),
        (bytes(257) + b"ustar\x0000", "tar"),
        (b"SQLite format 3\0", "sqlite"),
        (b"\n<!DOCTYPE html>\n<html>", "html"),
        (b"<html lang='de'>", "html"),
        (b"<!-- saved --><HTML>", "html"),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x' 'y'>", "html"),
        (b"<htmlish>", "text"),
        (b"<?xml version='1.0'?><a/>", "xml"),
        (b"# Title\n\nwords", "text"),
        ("na\u00efve".encode("latin-1"), "text"),
        (b"\0\1\2\3" * 20, "binary"),
    ],
)
def test_kinds(data: bytes, kind: str) -> None:
    assert content_type(data).kind == kind


@pytest.mark.parametrize(("encoding", "named"), [("utf-16", "utf-16"), ("utf-32", "utf-32"), ("utf-8-sig", "utf-8-sig")])
def test_marks_of_encodings(encoding: str, named: str) -> None:
    assert content_type("words".encode(encoding)) == ContentType("text", named)
    assert content_type("<html>".encode(encoding)) == ContentType("html", named)


def test_wide_text_without_a_mark_is_no_binary() -> None:
    assert content_type("words and words".encode("utf-16-le")).kind == "text"
    assert content_type("<html><p>words".encode("utf-16-be")).kind == "html"


@given(st.binary(max_size=400) | st.binary(max_size=300).map(lambda data: SIGNATURE + data))
def test_any_bytes_have_a_type_with_a_name(data: bytes) -> None:
    assert content_type(data).name


@pytest.mark.parametrize("piece", [b"<!-- -->", b"<!-- -->\n", b"<!--", b"<?xml ", b"<?xml >", b"MZ", b"BM", b" ", b"\0"])
def test_no_pattern_takes_more_than_one_look(piece: bytes) -> None:
    started = time.process_time()
    content_type(piece * (1_000_000 // len(piece)))
    assert time.process_time() - started < 0.1


def test_damaged_compound_files_end() -> None:
    chance = random.Random(7)
    whole = compound(*["x"] * 12, sectors=4)
    for _ in range(2000):
        data = bytearray(whole[: chance.randint(8, len(whole))])
        for _ in range(8):
            data[chance.randrange(8, len(data)) if len(data) > 8 else 0] = chance.choice([0, 1, 3, 255])
        content_type(bytes(data))


def test_the_bytes_win_over_the_suffix() -> None:
    assert parser_for(RawSource("notes.txt", b"%PDF-1.7\n...")).name == "pdf"
    page = b"<!DOCTYPE html><html><h1>Prices</h1><p>words</p>"
    for name in ("report.txt", "report.md", "report.csv", "report.json", "report.pdf"):
        parsed = parse(RawSource(name, page))
        assert parsed.text == "Prices\n\nwords"
        suffix = name.removeprefix("report")
        assert parsed.warnings == (f"the file is a web page, unlike its suffix {suffix}, and was read as such; rename it",)


def test_what_fits_its_suffix_has_no_warning() -> None:
    assert parse(RawSource("a.html", b"<p>words")).warnings == ()
    assert parse(RawSource("a.md", b"<div align='center'>\n\n# Title\n\n</div>")).warnings == ()
    assert parse(RawSource("a.txt", b"<?xml version='1.0'?><a>words</a>")).warnings == ()


@pytest.mark.parametrize(
    "data",
    [b"\x7fELF\x02", b"\x1f\x8b\x08\0", b"SQLite format 3\0", b"MZ\x90\0", packed("a.txt")],
)
@pytest.mark.parametrize("suffix", [".md", ".txt", ".csv", ".html"])
def test_what_no_parser_reads_is_refused_by_what_it_is(data: bytes, suffix: str) -> None:
    with pytest.raises(ParseError, match=r"binary content: the file is a .*; convert it or leave it out"):
        parse(RawSource(f"report{suffix}", data))


def test_an_office_file_with_a_password() -> None:
    with pytest.raises(ParseError, match="asks for a password; save a copy without one"):
        parse(RawSource("salaries.txt", compound("EncryptedPackage")))


@pytest.mark.shared_data
def test_files_of_other_people(shared_data: Path) -> None:
    """Every office file, book, picture and PDF is what its suffix says, but for two that are not (Office opens those too)."""
    renamed = {"eng_spa_mult.doc": "docx", "eng_spa_mult.ppt": "pptx", "password_protected.xlsx": "encrypted"}
    same = {"jpg": "jpeg", "tif": "tiff"}
    kinds = {
        "docx",
        "xlsx",
        "pptx",
        "odt",
        "epub",
        "zip",
        "doc",
        "xls",
        "ppt",
        "msg",
        "rtf",
        "pdf",
        "png",
        "jpeg",
        "tiff",
        "bmp",
    }
    checked = 0
    for path in sorted((shared_data / "docs-unstructured").rglob("*")):
        suffix = same.get(path.suffix[1:], path.suffix[1:])
        if suffix in kinds:
            checked += 1
            assert content_type(path.read_bytes()).kind == renamed.get(path.name, suffix), path.name
    assert checked > 80
