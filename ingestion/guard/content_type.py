"""What a file is by its bytes, whatever its name says.

A table of signatures of our own: of the libraries that were tried on the shared corpora, puremagic 1.30 takes every pptx and
odt for a docx and a text in UTF-16 for an INI file, and filetype 1.2 knows no msg and takes some Office files for plain
archives.
"""

import codecs
import io
import re
import zipfile
from dataclasses import dataclass

from ingestion.guard.archive import MAX_ENTRIES
from ingestion.guard.ole2 import SIGNATURE, ole2_kind

_WINDOW = 4096
_BLANK = b" \t\r\n\f"
_PDF = b"%PDF-"

# Where the signature stands, the signature, the kind. Of two that fit, the first is taken.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"{\\rtf", "rtf"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (8, b"WEBP", "webp"),
    (4, b"ftypheic", "heic"),
    (4, b"ftypheix", "heic"),
    (4, b"ftypmif1", "heic"),
    (4, b"ftypavif", "avif"),
    (0, b"8BPS\0\x01", "psd"),
    (4, b"ftyp", "mp4"),
    (0, b"RIFF", "riff"),
    (0, b"ID3", "mp3"),
    (0, b"OggS\0", "ogg"),
    (0, b"fLaC\0", "flac"),
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (0, b"\x7fELF", "elf"),
    (0, b"\xcf\xfa\xed\xfe", "mach-o"),
    (0, b"\xce\xfa\xed\xfe", "mach-o"),
    (0, b"\xfe\xed\xfa\xcf", "mach-o"),
    (0, b"\xfe\xed\xfa\xce", "mach-o"),
    (0, b"\xca\xfe\xba\xbe", "mach-o"),
    (0, b"\0asm", "wasm"),
    (0, b"SQLite format 3\0", "sqlite"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"\xfd7zXZ\0", "xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (257, b"ustar", "tar"),
    (0, b"wOFF", "font"),
    (0, b"wOF2", "font"),
    (0, b"\0\x01\0\0\0", "font"),
    (0, b"AT&TFORM", "djvu"),
    (0, b"\x93NUMPY", "numpy"),
)
_BZIP2 = re.compile(rb"BZh[1-9]1AY&SY")
# Two letters alone begin texts too ("BM", "MZ"); the fields behind them do not.
_BITMAP = re.compile(rb"BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3}", re.DOTALL)
_PROGRAM = re.compile(rb"MZ[^\0]{0,64}\0")
# Possessive throughout: 4 KB of comments must not be tried in every combination.
_HTML = re.compile(
    rb"(?:<\?xml[^>]{0,200}+>\s*+)?+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s++html|html)[\s>]", re.IGNORECASE | re.DOTALL
)
_XML = re.compile(rb"<\?xml\s")
_OPEN_DOCUMENT = {"text": "odt", "spreadsheet": "ods", "presentation": "odp", "graphics": "odg"}
_MIME = re.compile(rb"application/(?:vnd\.oasis\.opendocument\.(text|spreadsheet|presentation|graphics)|(epub\+zip))")
_WIDE_MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"))
_NARROW_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"))

_NAMES = {
    "pdf": "a PDF",
    "docx": "a Word document",
    "xlsx": "an Excel workbook",
    "pptx": "a PowerPoint presentation",
    "odt": "an OpenDocument text",
    "ods": "an OpenDocument spreadsheet",
    "odp": "an OpenDocument presentation",
    "odg": "an OpenDocument drawing",
    "epub": "an EPUB book",
    "zip": "a zip archive",
    "doc": "a Word document of the old binary format",
    "xls": "an Excel workbook of the old binary format",
    "ppt": "a PowerPoint presentation of the old binary format",
    "msg": "an Outlook message",
    "encrypted": "an office file with a password",
    "ole2": "a compound file of Windows",
    "rtf": "a rich text document (RTF)",
    "html": "a web page",
    "xml": "XML",
    "text": "text",
    "empty": "empty",
    "binary": "of no known format",
    "elf": "a program",
    "exe": "a program",
    "mach-o": "a program",
    "wasm": "a program",
    "sqlite": "a database",
}
_ARCHIVES = frozenset({"gzip", "bzip2", "xz", "7z", "rar", "zstd", "tar"})
IMAGES = frozenset({"png", "jpeg", "gif", "tiff", "webp", "heic", "avif", "psd", "bmp"})
ZIP_BASED = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp", "odg", "epub", "zip"})
TEXTS = frozenset({"text", "html", "xml"})
"""Kinds that any reader of text can make something of."""
SIGNED = ZIP_BASED | IMAGES | {"pdf", "rtf", "doc", "xls", "ppt", "msg"}
"""Kinds of documents that are known by their bytes: what has other bytes is none, whatever its name."""


@dataclass(frozen=True, slots=True)
class ContentType:
    """``kind`` is named like the usual suffix. ``encoding`` is set where a byte-order mark names it."""

    kind: str
    encoding: str | None = None

    @property
    def name(self) -> str:
        """What the file is, to stand behind "is" in a message."""
        if self.kind in _ARCHIVES:
            return f"a packed archive ({self.kind})"
        return _NAMES.get(self.kind, f"a picture ({self.kind})" if self.kind in IMAGES else f"a {self.kind} file")


def content_type(data: bytes) -> ContentType:
    """The type of a file. Only signatures, the first kilobytes and directories are read, nothing is unpacked."""
    if not data:
        return ContentType("empty")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return ContentType(_zip_kind(data))
    if data.startswith(SIGNATURE):
        return ContentType(ole2_kind(data))
    head = data[:_WINDOW]
    if head[:1024].lstrip(codecs.BOM_UTF8 + _BLANK).startswith(_PDF):
        return ContentType("pdf")
    kind = _signed_kind(head)
    return ContentType(kind) if kind else _text_type(head)


def _signed_kind(head: bytes) -> str | None:
    for at, signature, kind in _SIGNATURES:
        if head.startswith(signature, at):
            return kind
    if _BZIP2.match(head):
        return "bzip2"
    if _BITMAP.match(head):
        return "bmp"
    return "exe" if _PROGRAM.match(head) else None


def _text_type(head: bytes) -> ContentType:
    for mark, encoding in (*_WIDE_MARKS, *_NARROW_MARKS):
        if head.startswith(mark):
            text = head.decode(encoding, "ignore").encode("utf-8", "replace")
            return ContentType(_text_kind(text), encoding)
    # Wide characters without a mark are text to the decoder, which looks closer.
    if b"\0" in head:
        narrow = head.replace(b"\0", b"")
        return ContentType(_text_kind(narrow) if 2 * len(narrow) <= len(head) + 1 else "binary")
    return ContentType(_text_kind(head))


def _text_kind(head: bytes) -> str:
    head = head.lstrip(_BLANK)
    if _HTML.match(head):
        return "html"
    return "xml" if _XML.match(head) else "text"


def _zip_kind(data: bytes) -> str:
    """The kind of a zip-based file: the ``mimetype`` that comes first in OpenDocument and EPUB, else the folders of Office."""
    found = _MIME.match(_first_stored(data))
    if found:
        return _OPEN_DOCUMENT[found.group(1).decode()] if found.group(1) else "epub"
    if data.count(b"PK\x01\x02") > MAX_ENTRIES:
        return "zip"  # not worth reading: the guard refuses it
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {name.replace("\\", "/").lstrip("/") for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError):
        return "zip"
    if "[Content_Types].xml" in names:
        for folder, kind in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")):
            if any(name.startswith(folder) for name in names):
                return kind
    return "epub" if "META-INF/container.xml" in names else "zip"


def _first_stored(data: bytes) -> bytes:
    """The first bytes of the content of the entry that comes first, when that is called ``mimetype`` and not compressed."""
    name_length, extra_length = int.from_bytes(data[26:28], "little"), int.from_bytes(data[28:30], "little")
    if data[8:10] != b"\0\0" or data[30 : 30 + name_length] != b"mimetype":
        return b""
    start = 30 + name_length + extra_length
    return data[start : start + 100]
