"""Bytes to text: the encoding found, binary content refused, line ends made one.

No byte of a text file is lost: where no encoding fits, what is not valid UTF-8 is read as Windows-1252, the encoding that stray
bytes come from most often, and the place of the first one is named in a warning.
"""

import codecs
import re
from dataclasses import dataclass

from ingestion.encodings import codec, declared_encoding, detected_encoding, wide_encoding
from ingestion.source_map import SourceMap, normalize
from ragline.errors import ParseError

BINARY_CONTENT = "binary content: the file is not text; give it the suffix of its real format or leave it out"

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Office files and archives, gzip, PNG, JPEG, ELF, OLE: small ones can come without a NUL byte.
_SIGNATURES = (b"PK\x03\x04", b"\x1f\x8b\x08", b"\x89PNG", b"\xff\xd8\xff", b"\x7fELF", b"\xd0\xcf\x11\xe0")
# Control characters that text files do hold: tab, line feed, vertical tab, form feed, carriage return, escape (terminal logs).
_CONTROL = bytes(set(range(32)) - {9, 10, 11, 12, 13, 27}) + b"\x7f"
_MAX_CONTROL_SHARE = 0.30
# Random bytes hold 11 % control characters, text in a legacy encoding none: 5 % separates them once UTF-8 has failed.
_MAX_CONTROL_SHARE_NOT_UTF8 = 0.05
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile("[\udc80-\udcff]")
_OUTSIDE_ASCII = re.compile("[^\x00-\x7f]")
# The escape sequences of ISO-2022-JP (RFC 1468), whose bytes are all ASCII.
_JAPANESE_ESCAPES = (b"\x1b$B", b"\x1b$@")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """Text with line ends as ``\\n`` and without a byte-order mark.

    ``encoding`` is Python's name of what the bytes were in. ``source_map`` leads back to the characters as they were before
    line ends were made one, ``None`` where nothing moved. ``warnings`` is not empty when characters may be wrong.
    """

    text: str
    warnings: tuple[str, ...] = ()
    encoding: str = "utf-8"
    source_map: SourceMap | None = None

    @property
    def metadata(self) -> dict[str, str]:
        """``{"encoding": name}`` for a document that is not in UTF-8, else nothing."""
        return {} if self.encoding == "utf-8" else {"encoding": self.encoding}


def decode(data: bytes, *, declared: str | None = None) -> DecodedText:
    """The text of ``data``.

    In this order: a byte-order mark; the zero bytes of UTF-16 and UTF-32; valid UTF-8; the encoding ``declared`` by whoever
    sent the bytes, then the one that the document itself names; mostly UTF-8 with stray bytes; the encoding that the letters
    speak for, with a warning where there are few of them; UTF-8 with every invalid byte read as Windows-1252, with a warning.
    Raises :class:`ParseError` for other zero bytes, for more than 30 % control characters and for binary formats.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_marked(data, mark, encoding)
    wide = wide_encoding(data)
    if wide is not None:
        return _decode_wide(data, wide)
    _refuse_binary(data, _MAX_CONTROL_SHARE)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _decode_legacy(data, declared, error.start)
    return _decode_japanese(data) or _decoded(text, "utf-8")


def normalize_newlines(text: str) -> str:
    """``text`` with every line end as ``\\n``."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def replace_surrogates(text: str) -> str:
    """``text`` with lone surrogates, which no encoding can store, as U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _decoded(source: str, encoding: str, *warnings: str) -> DecodedText:
    text, source_map = normalize(source)
    return DecodedText(text, warnings, encoding, source_map)


def _decode_marked(data: bytes, mark: bytes, encoding: str) -> DecodedText:
    try:
        return _decoded(data.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        text = _decode_mixed(data) if encoding == "utf-8" else data.decode(encoding, "replace")
        place = error.start - len(mark)
        warning = f"not valid {encoding.upper()} at byte {place} after the byte-order mark; save the file again as UTF-8"
        return _decoded(text, encoding, warning)


def _decode_wide(data: bytes, encoding: str) -> DecodedText:
    try:
        return _decoded(data.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        warning = f"not valid {encoding.upper()} at byte {error.start}; save the file again as UTF-8"
        return _decoded(data.decode(encoding, "replace"), encoding, warning)


def _decode_legacy(data: bytes, declared: str | None, first_bad: int) -> DecodedText:
    """The text of bytes that are not UTF-8."""
    _refuse_binary(data, _MAX_CONTROL_SHARE_NOT_UTF8)
    for name in (declared, declared_encoding(data)):
        encoding = codec(name) if name else None
        text = _decode_strictly(data, encoding)
        if text is not None and encoding is not None:
            return _decoded(text, encoding)
    if not _is_mostly_utf8(data):
        encoding, is_sure = detected_encoding(data)
        text = _decode_strictly(data, encoding)
        if text is not None and encoding is not None:
            return _decoded(text, encoding, *(() if is_sure else (_warning(data, first_bad, encoding),)))
    return _decoded(_decode_mixed(data), "utf-8", _warning(data, first_bad, "Windows-1252"))


def _decode_japanese(data: bytes) -> DecodedText | None:
    if not any(escape in data for escape in _JAPANESE_ESCAPES):
        return None
    text = _decode_strictly(data, "iso2022_jp")
    # A terminal log has escapes too, and no character to show for them.
    return None if text is None or text.isascii() else _decoded(text, "iso2022_jp")


def _decode_strictly(data: bytes, encoding: str | None) -> str | None:
    try:
        return None if encoding is None else data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_mostly_utf8(data: bytes) -> bool:
    """True where more characters outside ASCII are valid than bytes are not: UTF-8 with a few strays, no other encoding."""
    text = data.decode("utf-8", "surrogateescape")
    stray = len(_ESCAPED.findall(text))
    return len(_OUTSIDE_ASCII.findall(text)) - stray > stray


def _refuse_binary(data: bytes, max_share: float) -> None:
    if b"\0" in data or data.startswith(_SIGNATURES):
        raise ParseError(BINARY_CONTENT)
    control = len(data) - len(data.translate(None, _CONTROL))
    if control > max_share * len(data):
        raise ParseError(BINARY_CONTENT)


def _decode_mixed(data: bytes) -> str:
    """UTF-8 where it is valid; each other byte as Windows-1252, or Latin-1 where that leaves the byte undefined."""
    return data.decode("utf-8", "surrogateescape").translate(_escaped_bytes())


def _escaped_bytes() -> dict[int, str]:
    # The error handler "surrogateescape" stands byte b in as U+DC00 + b (PEP 383).
    table = {}
    for byte in range(0x80, 0x100):
        raw = bytes([byte])
        try:
            table[0xDC00 + byte] = raw.decode("cp1252")
        except UnicodeDecodeError:
            table[0xDC00 + byte] = raw.decode("latin-1")
    return table


def _warning(data: bytes, offset: int, encoding: str) -> str:
    return f"not valid UTF-8: byte 0x{data[offset]:02X} at offset {offset} read as {encoding}; save the file as UTF-8"
