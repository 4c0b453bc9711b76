"""Writes the hostile set: every file that the design names, and some more, each with what must become of it."""

import io
import os
import random
import socket
import stat
import struct
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

MIB = 1 << 20
TYPES = (
    "<?xml version='1.0' encoding='UTF-8'?><Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'>"
    "<Default Extension='rels' ContentType='application/vnd.openxmlformats-package.relationships+xml'/>"
    "<Override PartName='/{part}' ContentType='application/vnd.openxmlformats-officedocument.{kind}.main+xml'/></Types>"
)
RELATIONS = (
    "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
    "<Relationship Id='rId1' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument' "
    "Target='{part}'/></Relationships>"
)
MAIN = {
    "docx": ("word/document.xml", "wordprocessingml.document"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation"),
}
LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'>{}]><l>&i;</l>".format(
    "".join(f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcdefgh", "bcdefghi", strict=True))
)
WORDS = "The pump stops with error E-4012 when its inlet is blocked.\n"

Pieces = Iterable[bytes]


def pack(parts: dict[str, bytes | Pieces]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as file:
        for name, content in parts.items():
            with file.open(name, "w", force_zip64=True) as entry:
                for piece in [content] if isinstance(content, bytes) else content:
                    entry.write(piece)
    return buffer.getvalue()


def office(kind: str, **parts: bytes | Pieces) -> bytes:
    """An office file whose main part, and others, are what is given; ``__`` in a name stands for a slash."""
    part, content_type = MAIN[kind]
    named = {name.replace("__", "/"): content for name, content in parts.items()}
    return pack(
        {
            "[Content_Types].xml": TYPES.format(part=part, kind=content_type).encode(),
            "_rels/.rels": RELATIONS.format(part=part).encode(),
            part: named.pop("main", b"<a/>"),
            **named,
        }
    )


def overlapping() -> bytes:
    """Many entries for one stored stream (Fifield, "A better zip bomb", 2019)."""
    whole = pack({"word/a.xml": random.Random(7).randbytes(100_000)})
    directory, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    entries = whole[directory:end] * 5_000
    return whole[:directory] + entries + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 5000, 5000, len(entries), directory, 0)


def nested(depth: int) -> bytes:
    data = pack({"word/document.xml": [bytes(MIB)] * 16})
    for level in range(depth):
        data = pack({f"{name}{level}.zip": data for name in "abcdefgh"})
    return data


def mail(names: Iterable[str]) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Report", "a@example.com", "b@example.com"
    message.set_content(WORDS)
    data = message.as_bytes()
    boundary = b"=-=-="
    parts = [b"--" + boundary + b"\r\nContent-Type: text/plain\r\n\r\n" + WORDS.encode()]
    for name in names:
        head = b'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="' + name.encode() + b'"\r\n\r\n'
        parts.append(b"--" + boundary + b"\r\n" + head + b"attached words\r\n")
    head = data.split(b"\n\n", 1)[0].replace(b"text/plain", b'multipart/mixed; boundary="' + boundary + b'"')
    return head + b"\n\n" + b"\r\n".join([*parts, b"--" + boundary + b"--\r\n"])


def pdf(pages: int) -> bytes:
    """A PDF with a line of text on every page, written by hand: libraries take a minute for ten thousand."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for number in range(1, pages + 1):
        text = f"BT /F1 12 Tf 72 700 Td (Page {number}: the pump stops.) Tj ET".encode()
        kids.append(len(objects) + 1)
        page = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {len(objects) + 2} 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
        )
        objects += [page.encode(), b"<</Length %d>>\nstream\n" % len(text) + text + b"\nendstream"]
    objects[1] = b"<</Type/Pages/Count %d/Kids[" % pages + b" ".join(b"%d 0 R" % kid for kid in kids) + b"]>>"
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(out + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))


def _cells() -> Pieces:
    """Cells that pack well, but not suspiciously well: 160 MiB of them."""
    chance = random.Random(7)
    for _ in range(160):
        unit = b"".join(b"<c r='A%d'><v>%d</v></c>" % (at, chance.randrange(10)) for at in range(1000))
        yield (unit * (MIB // len(unit) + 1))[:MIB]


FILES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    # name: (content, status, what its reason says)
    "bomb.docx": (lambda: office("docx", main=[bytes(MIB)] * 512), "failed", "inflates to more than 200 times"),
    "bomb.xlsx": (lambda: office("xlsx", main=b"<a/>", xl__s=_cells()), "failed", "of more than 128 MB"),
    "parts.pptx": (
        lambda: office("pptx", **{f"ppt__m{n}": [random.Random(n).randbytes(8 << 10) * 128] * 48 for n in range(6)}),
        "failed",
        "inflates to more than 256 MB",
    ),
    "entries.docx": (lambda: office("docx", **{f"word__{n}": b"" for n in range(10_001)}), "failed", "more than 10000 entries"),
    "nested.docx": (lambda: office("docx", word__a=nested(3)), "failed", "nested more than 2 deep"),
    "overlap.docx": (overlapping, "failed", "overlap"),
    "quotes.docx": (lambda: office("docx", main=LAUGHS.encode()), "failed", "declares a document type"),
    "laughs.xlsx": (lambda: office("xlsx", main=LAUGHS.encode()), "failed", "declares a document type"),
    "laughs.pptx": (lambda: office("pptx", main=LAUGHS.encode("utf-16")), "failed", "declares a document type"),
    "drawing.docx": (lambda: office("docx", word__media__a=LAUGHS.encode("utf-16-le")), "failed", "declares a document type"),
    "laughs.svg": (lambda: LAUGHS.encode(), "skipped", "not supported"),
    "laughs.xml": (lambda: LAUGHS.encode(), "skipped", "not supported"),
    "laughs.html": (lambda: LAUGHS.encode() + b"<p>The end.", "added", ""),
    "slip.docx": (lambda: office("docx", **{"..__..__..__evil.txt": b"evil"}), "failed", "leaves the archive"),
    "absolute.docx": (lambda: office("docx", **{"__tmp__evil.txt": b"evil"}), "failed", "leaves the archive"),
    "attached.eml": (
        lambda: mail(["../../evil.txt", "/tmp/evil.txt", "..\\..\\evil.txt", "a\0b.txt", "x" * 5000 + ".txt", "C:\\evil.txt"]),
        "added",
        "",
    ),
    "pages.pdf": (lambda: pdf(10_000), "degraded", "pages were read"),
    "deep.html": (lambda: b"<div>" * 100_000 + b"x", "failed", "nested so deeply"),
    "deep.json": (lambda: b"[" * 100_000 + b"]" * 100_000, "failed", "nested too deeply"),
    "deep.md": (lambda: b">" * 100_000 + b" The end.", "added", ""),
    "brackets.md": (lambda: b"[" * 100_000 + b" The end.", "added", ""),
    "columns.csv": (lambda: b",".join(b"c%d" % number for number in range(1_000_000)), "failed", "more than 16384"),
    "growing.csv": (lambda: b"n" * 500_000 + b",b\n" + b"1,2\n" * 20_000, "failed", "8 times as long as the file"),
    "growing.json": (
        lambda: b'{"' + b"k" * 500_000 + b'":{' + b",".join(b'"%d":1' % number for number in range(50_000)) + b"}}",
        "failed",
        "8 times as long as the file",
    ),
    "program.md": (lambda: b"\x7fELF\x02\x01\x01" + bytes(100), "failed", "binary content"),
    "page.txt": (lambda: b"<!DOCTYPE html><html><p>The end.", "degraded", "unlike its suffix"),
    "pages.txt": (lambda: pdf(2), "degraded", "unlike its suffix"),
}


def write_files(folder: Path, names: Iterable[str]) -> None:
    """Write those of the set, and two plain documents beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pump.md").write_text(f"# Pump\n\n{WORDS}")
    (folder / "zz-last.txt").write_text(WORDS)
    for name in names:
        (folder / name).write_bytes(FILES[name][0]())


def write_odd_names(folder: Path) -> dict[str, str]:
    """Files with names that are legal and awkward, and what becomes of each; names as reports print them."""
    expected = {}
    for name in (
        "new\nline.md",
        "tab\t.md",
        "\u202eevil.md",
        "-rf.md",
        "$(touch evil).md",
        "%s{0}.md",
        "a" * 250 + ".md",
        "'\".md",
    ):
        (folder / name).write_text(f"The end of {name!r}.")
        expected[name] = "added"
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9\n.md")).write_text("words")
    expected["caf\\xe9\n.md"] = "skipped"
    return expected


def write_links(folder: Path) -> dict[str, str]:
    """Links that lead round, out and nowhere, and one that stays inside."""
    links = {
        "one.md": ("two.md", "skipped"),
        "two.md": ("one.md", "skipped"),
        "passwd.md": ("/etc/passwd", "skipped"),
        "outside.md": ("../outside.md", "skipped"),
        "nothing.md": ("missing.md", "skipped"),
        "etc": ("/etc", "skipped"),
        "round": (".", "skipped"),
        "inside.md": ("pump.md", "added"),
    }
    (folder.parent / "outside.md").write_text("secret words from outside")
    for name, (target, _) in links.items():
        (folder / name).symlink_to(target)
    return {name: status for name, (_, status) in links.items()}


def write_specials(folder: Path) -> dict[str, str]:
    """A pipe, a socket and, where that is allowed, a device, all with names of documents."""
    os.mkfifo(folder / "pipe.md")
    os.mkfifo(folder / ".ragline-report")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s.md"))
    expected = {"pipe.md": "skipped", "s.md": "skipped"}
    with suppress(PermissionError):
        os.mknod(folder / "zero.md", stat.S_IFCHR | 0o666, os.makedev(1, 5))
        expected["zero.md"] = "skipped"
    return expected


def write_lines(folder: Path) -> None:
    """Lines of a gigabyte, which take no room on the disk."""
    for suffix in ("txt", "csv", "json", "jsonl", "md", "html"):
        with (folder / f"line.{suffix}").open("wb") as file:
            file.write(b"The pump ")
            os.truncate(file.fileno(), 1 << 30)
