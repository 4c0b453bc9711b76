"""Zip-based files (docx, xlsx, pptx, odt, epub, zip) are inflated once, and counted, before any parser opens them.

What a zip says of itself is not believed: every entry is inflated in small pieces, and reading ends where a limit is passed.
Peak memory is the file, one archive inside it, and the directory of names.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ingestion.guard.xml_prolog import PROLOG_BYTES, check_prolog, looks_like_xml
from ragline.errors import ParseError

MAX_TOTAL_BYTES = 256 * 2**20
"""All entries inflated, archives inside included: four times the largest file that is read, and what a parser builds from it
stays below the memory of a child."""
MAX_ENTRY_BYTES = 128 * 2**20
"""One entry inflated. The XML of a sheet with a million rows is about 100 MB; parsers hold such a part whole."""
MAX_ENTRIES = 10_000
"""Entries, archives inside included. A deck of 1,000 slides with their notes, layouts and pictures has about 6,000."""
MAX_RATIO = 200
"""Inflated bytes for each stored byte of an entry. Sheets of equal numbers reach 100; deflate cannot pass 1,032 (RFC 1951), and
bombs are near that."""
RATIO_FLOOR_BYTES = 2**20
"""Smaller entries may be packed as well as they like: an empty style sheet does no harm."""
MAX_DEPTH = 2
"""Archives in archives: a document with a workbook embedded in it is two deep, and no parser reads deeper."""
MAX_NAME_CHARS = 4_096
"""The longest path that operating systems take (PATH_MAX of Linux)."""

_PIECE = 65_536
_LOCAL_HEADER = struct.Struct("<4s2xHH16xHH")  # signature, flags, method, lengths of name and extra field (APPNOTE 4.3.7)
_LOCAL_SIGNATURE = b"PK\x03\x04"
_DIRECTORY_SIGNATURE = b"PK\x01\x02"
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container around an encrypted office file (MS-OFFCRYPTO 2.3.4)
_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000  # APPNOTE 4.4.4: encrypted, strong encryption, directory encrypted
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_SHOWN_CHARS = 80
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
_SEPARATOR = re.compile(r"[/\\]")


@dataclass(slots=True)
class _Count:
    """What has been met so far, in all archives of the file together."""

    inflated: int = 0
    entries: int = 0


def check_archive(data: bytes, name: str) -> None:
    """Nothing when the zip-based file ``data`` is safe to hand to a parser. ``name`` stands in messages.

    Raises :class:`ParseError` for one that is damaged, inflates beyond the limits above, holds encrypted or overlapping
    entries, links, absolute paths or paths with ``..``, compression other than deflate, archives nested too deeply, or XML with
    a document type declaration (see :mod:`ingestion.guard.xml_prolog`).
    """
    _check(data, name, 1, _Count())


def _check(data: bytes, name: str, depth: int, count: _Count) -> None:
    if data.startswith(_OLE2):
        raise ParseError(f"{name} is encrypted, or of an old binary format; save a copy in today's format without a password")
    if depth > MAX_DEPTH:
        raise ParseError(f"{name} holds archives nested more than {MAX_DEPTH} deep; unpack them first")
    # Before the directory is read into memory: each of its entries begins with this signature.
    count.entries += data.count(_DIRECTORY_SIGNATURE)
    if count.entries > MAX_ENTRIES:
        raise ParseError(f"{name} holds more than {MAX_ENTRIES} entries; split it")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
            directory = archive.start_dir
    except (zipfile.BadZipFile, ValueError, struct.error, OverflowError, NotImplementedError) as error:
        raise ParseError(f"{name} is a damaged archive ({error}); open it in its program and save it again") from error
    names = {entry.filename for entry in entries}
    is_epub = "META-INF/container.xml" in names and "[Content_Types].xml" not in names
    previous_end = 0
    for entry in entries:
        _check_entry(entry, name)
        start, end = _stored_span(data, entry, directory, previous_end, name)
        previous_end = end
        if not entry.is_dir():
            _check_content(memoryview(data)[start:end], entry, name, depth, count, is_epub=is_epub)


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    """What the directory says of an entry, its sizes aside."""
    path, shown = entry.orig_filename, _shown(entry)
    if len(path) > MAX_NAME_CHARS or "\0" in path or _ABSOLUTE.match(path) or ".." in _SEPARATOR.split(path):
        raise ParseError(f"{name} holds the path {shown!r}, which leaves the archive; pack it again with relative paths")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise ParseError(f"{name} holds a link or device, {shown!r}; pack it again with plain files")
    if entry.flag_bits & _ENCRYPTED_FLAGS:
        raise ParseError(f"{name} is encrypted ({shown!r}); save a copy without a password")
    if entry.compress_type not in _METHODS:
        raise ParseError(f"{name} is packed by method {entry.compress_type} ({shown!r}); pack it again with deflate")


def _stored_span(data: bytes, entry: zipfile.ZipInfo, directory: int, previous_end: int, name: str) -> tuple[int, int]:
    """Where an entry's stored bytes are.

    Entries that share bytes inflate to more than any sum of their sizes says (zip quines; Fifield, "A better zip bomb", 2019).
    """
    start = entry.header_offset
    header = data[start : start + _LOCAL_HEADER.size] if start >= 0 else b""
    if len(header) < _LOCAL_HEADER.size:
        raise _damaged(name, entry)
    signature, flags, method, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    if signature != _LOCAL_SIGNATURE or method != entry.compress_type or flags & _ENCRYPTED_FLAGS:
        raise _damaged(name, entry)
    content = start + _LOCAL_HEADER.size + name_length + extra_length
    end = content + entry.compress_size
    if start < previous_end or end > directory:
        raise ParseError(f"{name} holds entries that overlap ({_shown(entry)!r}), as bombs do; pack it again")
    return content, end


def _check_content(stored: memoryview, entry: zipfile.ZipInfo, name: str, depth: int, count: _Count, *, is_epub: bool) -> None:
    """Inflates one entry, counts it, and looks at what it is."""
    head = bytearray()
    size = checksum = 0
    inner: io.BytesIO | None = None
    for piece in _inflated(stored, entry, name):
        size += len(piece)
        checksum = zlib.crc32(piece, checksum)
        count.inflated += len(piece)
        _check_size(size, len(stored), entry, name, count)
        if inner is None and size == len(piece) and piece.startswith(_LOCAL_SIGNATURE):
            inner = io.BytesIO()
        if inner is not None:
            inner.write(piece)
        if len(head) < PROLOG_BYTES:
            head += piece[: PROLOG_BYTES - len(head)]
    if size != entry.file_size or checksum != entry.CRC:
        raise _damaged(name, entry)
    inner_name = f"{name}: {_shown(entry)}"
    if inner is not None:
        _check(inner.getvalue(), inner_name, depth + 1, count)
    elif looks_like_xml(bytes(head)):
        check_prolog(bytes(head), inner_name, allow_external=is_epub)


def _check_size(size: int, stored: int, entry: zipfile.ZipInfo, name: str, count: _Count) -> None:
    if size > RATIO_FLOOR_BYTES and size > MAX_RATIO * stored:
        raise ParseError(f"{name} is a bomb: {_shown(entry)!r} inflates to more than {MAX_RATIO} times its size; leave it out")
    if size > MAX_ENTRY_BYTES:
        raise ParseError(f"{name} holds {_shown(entry)!r} of more than {MAX_ENTRY_BYTES >> 20} MB; split it")
    if count.inflated > MAX_TOTAL_BYTES:
        raise ParseError(f"{name} inflates to more than {MAX_TOTAL_BYTES >> 20} MB; split it")


def _inflated(stored: memoryview, entry: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    """The entry's content in pieces of at most 64 KiB, up to the end of its stream, whatever size it declares."""
    if entry.compress_type == zipfile.ZIP_STORED:
        for at in range(0, len(stored), _PIECE):
            yield bytes(stored[at : at + _PIECE])
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(0, len(stored), _PIECE):
            waiting = bytes(stored[at : at + _PIECE])
            while waiting and not inflater.eof:
                if piece := inflater.decompress(waiting, _PIECE):
                    yield piece
                waiting = inflater.unconsumed_tail
        while not inflater.eof and (piece := inflater.decompress(b"", _PIECE)):
            yield piece
    except zlib.error as error:
        raise _damaged(name, entry) from error
    if not inflater.eof:
        raise _damaged(name, entry)


def _damaged(name: str, entry: zipfile.ZipInfo) -> ParseError:
    return ParseError(f"{name} is damaged at {_shown(entry)!r}; open it in its program and save it again")


def _shown(entry: zipfile.ZipInfo) -> str:
    """An entry's name as it can be printed and stored."""
    return entry.filename[:_SHOWN_CHARS].encode("utf-8", "backslashreplace").decode("utf-8")
