"""Zip-based files: what a parser may open is opened, and nothing else."""

import io
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.guard import archive
from ingestion.guard.archive import check_archive
from ragline.errors import ParseError

MIB = 2**20
DOCUMENT = "<w:document xmlns:w='x'><w:body/></w:document>"
PARTS: dict[str, str | bytes] = {
    "[Content_Types].xml": "<?xml version='1.0' encoding='UTF-8'?><Types/>",
    "word/document.xml": DOCUMENT,
}


def pack(parts: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def docx(**parts: str | bytes) -> bytes:
    return pack({**PARTS, **{f"word/{name}": content for name, content in parts.items()}})


def packed_entry(change: Callable[[zipfile.ZipInfo], None], content: bytes = b"words") -> bytes:
    entry = zipfile.ZipInfo("word/a.bin")
    entry.compress_type = zipfile.ZIP_DEFLATED
    change(entry)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(entry, content)
    return buffer.getvalue()


def named(name: str) -> bytes:
    """An archive with an entry of this name, which Python's own writer would change."""
    place = "a" * len(name.encode())
    return pack({place: b"words"}).replace(place.encode(), name.encode())


def refused(data: bytes) -> str:
    with pytest.raises(ParseError) as caught:
        check_archive(data, "report.docx")
    reason = caught.value.reason
    assert "report.docx" in reason
    assert ";" in reason
    reason.encode()
    return reason


def test_a_plain_document_passes() -> None:
    check_archive(docx(), "x.docx")
    check_archive(pack(PARTS, zipfile.ZIP_STORED), "x.docx")
    check_archive(pack({}), "x.zip")


def test_a_workbook_in_a_document_passes_and_an_archive_in_it_does_not() -> None:
    workbook = pack({"xl/workbook.xml": "<workbook/>"})
    check_archive(docx(**{"embeddings/a.xlsx": workbook}), "x.docx")
    assert "nested more than 2 deep" in refused(docx(**{"embeddings/a.xlsx": pack({"a.zip": workbook})}))


def test_what_inflates_beyond_the_ratio_is_a_bomb() -> None:
    assert "inflates to more than 200 times" in refused(docx(bomb=bytes(8 * MIB)))
    check_archive(docx(blank=bytes(MIB)), "x.docx")


def test_sizes_are_counted_not_believed() -> None:
    """The directory says 10 bytes; a reader that trusts it sees 10, one that does not inflates all."""
    honest = docx(bomb=bytes(8 * MIB))
    lying = honest.replace(struct.pack("<L", 8 * MIB), struct.pack("<L", 10))
    assert lying != honest
    assert "inflates to more than 200 times" in refused(lying)
    small = docx(part=b"words " * 100)
    assert "damaged" in refused(small.replace(struct.pack("<L", 600), struct.pack("<L", 10)))


@pytest.mark.parametrize(
    ("limit", "reason"), [("MAX_ENTRY_BYTES", "of more than 1 MB; split it"), ("MAX_TOTAL_BYTES", "inflates to more than 1 MB")]
)
def test_entries_and_their_sum_have_limits(monkeypatch: pytest.MonkeyPatch, limit: str, reason: str) -> None:
    monkeypatch.setattr(archive, limit, MIB)
    noise = random.Random(7).randbytes(700_000)
    data = docx(one=noise, two=noise) if limit == "MAX_TOTAL_BYTES" else docx(one=noise * 2)
    assert reason in refused(data)


def test_what_archives_inside_hold_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", MIB)
    inner = pack({"a": random.Random(7).randbytes(400_000)})
    check_archive(pack({"a.zip": inner}), "x.zip")
    assert "inflates to more than 1 MB" in refused(pack({"a.zip": inner, "b.zip": inner}))
    monkeypatch.setattr(archive, "MAX_ENTRIES", 5)
    small = pack({str(number): b"" for number in range(3)})
    check_archive(pack({"a.zip": small}), "x.zip")
    assert "more than 5 entries" in refused(pack({"a.zip": small, "b.zip": small}))


def test_many_entries_are_refused_before_the_directory_is_read() -> None:
    assert "more than 10000 entries" in refused(pack({str(number): b"" for number in range(10_001)}))


@pytest.mark.parametrize("copies", [2, 200])
def test_entries_that_overlap(copies: int) -> None:
    """Many names for one stored stream, as in the bombs without nesting."""
    whole = pack({"a": random.Random(7).randbytes(1000)})
    directory = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    entries = whole[directory:end] * copies
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, copies, copies, len(entries), directory, 0)
    assert "overlap" in refused(whole[:directory] + entries + tail)


def test_an_entry_that_reaches_into_the_directory() -> None:
    whole = bytearray(pack({"a": b"words"}, zipfile.ZIP_STORED))
    directory = whole.index(b"PK\x01\x02")
    for at in (18, 22, directory + 20, directory + 24):
        whole[at : at + 4] = struct.pack("<L", 40)
    assert "overlap" in refused(bytes(whole))


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../x", "word/../../x", "..\\x", "word\\..\\..\\x", "C:\\x", "\\\\server\\x", "a\0.xml", "a" * 5000]
)
def test_paths_that_leave_the_archive(name: str) -> None:
    assert "leaves the archive" in refused(named(name))


def test_names_with_dots_that_stay_inside() -> None:
    check_archive(pack({"a..b/...c": b"", "word\\document.xml": b"<a/>"}), "x.docx")


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o010666, 0o140777])
def test_links_and_devices(mode: int) -> None:
    def change(entry: zipfile.ZipInfo) -> None:
        entry.external_attr = mode << 16

    assert "link or device" in refused(packed_entry(change, b"/etc/passwd"))


def test_encrypted_entries_and_encrypted_office_files() -> None:
    data = bytearray(pack({"a": b"words"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "is encrypted" in refused(bytes(data))
    assert "without a password" in refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_than_deflate(method: int) -> None:
    """Python inflates these without a bound: 4 KB of bzip2 can be 4 GB."""
    assert "packed by method" in refused(pack({"a": b"words"}, method))


def test_a_local_header_that_says_otherwise() -> None:
    data = bytearray(pack({"a": b"words"}))
    data[8] = zipfile.ZIP_STORED
    assert "damaged" in refused(bytes(data))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no archive", docx()[:-30], docx()[40:], b"PK\x05\x06" + bytes(17)])
def test_damaged_archives(data: bytes) -> None:
    assert "damaged" in refused(data)


def test_damaged_streams() -> None:
    data = bytearray(docx(part=random.Random(7).randbytes(3000)))
    at = data.index(b"word/part") + 200
    data[at - 160 : at] = bytes(160)
    assert "damaged" in refused(bytes(data))


def test_any_change_of_a_byte_is_passed_or_refused() -> None:
    chance = random.Random(7)
    whole = docx(part="<a>words</a>", other=pack({"b": b"c" * 100}))
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            check_archive(bytes(data), "x.docx")
        except ParseError as error:
            error.reason.encode()


def test_xml_with_entities_in_any_part() -> None:
    laughs = "<!DOCTYPE lolz [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><lolz>&b;</lolz>"
    for part in ("media/image1.svg", "part.bin", "deep/er/sheet.xml"):
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
            assert "declares a document type" in refused(docx(**{part: laughs.encode(encoding)}))
    assert "declares a document type" in refused(docx(**{"embeddings/a.xlsx": pack({"xl/s.xml": laughs})}))


def test_a_dtd_elsewhere_is_named_by_epubs_only() -> None:
    ncx = '<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://x/ncx.dtd"><ncx/>'
    page = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://x/xhtml11.dtd"><html/>'
    epub: dict[str, str | bytes] = {"META-INF/container.xml": "<container/>", "toc.ncx": ncx, "a.xhtml": page}
    check_archive(pack(epub), "x.epub")
    check_archive(docx(**{"chunk.html": page}), "x.docx")
    assert "declares a document type" in refused(docx(**{"toc.ncx": ncx}))
    assert "declares" in refused(pack({**epub, "b.xhtml": "<!DOCTYPE html [<!ENTITY a 'b'>]><html/>"}))


@pytest.mark.slow
def test_memory_stays_bounded() -> None:
    """An archive at the limits: 128 MiB of an archive inside, with long names; and a bomb of a gigabyte."""
    code = f"""
import io, resource, sys, zipfile
sys.path[:0] = {sys.path!r}
from ingestion.guard.archive import check_archive
from ragline.errors import ParseError

def pack(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name, pieces in parts.items():
            with file.open(name, "w", force_zip64=True) as entry:
                for piece in pieces:
                    entry.write(piece)
    return buffer.getvalue()

blank = bytes(1 << 20)
bomb = pack({{"word/document.xml": [blank] * 1024}})
line = b"".join(b"<c r='%d'><v>%d</v></c>" % (n, n % 7) for n in range(40000))
big = pack({{"a.zip": [pack({{"xl/sheet.xml": [line] * 100}})], "b.xml": [line] * 100}})
names = pack({{f"{{n:05d}}" + "é" * 3000: [] for n in range(9000)}})
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for data in (bomb, big, names):
    try:
        check_archive(data, "x.docx")
    except ParseError as error:
        print(error.reason[:60], file=sys.stderr)
print(len(names) >> 20, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base >> 10)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    _, grown_mib = map(int, done.stdout.split())
    assert "of more than 128 MB" in done.stderr
    assert grown_mib < 300
