"""Bytes to text: byte-order marks, broken UTF-8, binary content, line ends.

No byte of a text file is lost: what is not valid UTF-8 is read as Windows-1252, the encoding that stray bytes come from
most often, and the place of the first one is named in a warning.
"""

import codecs
import re
from dataclasses import dataclass

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
# Only encodings that documents are written in; Python also knows codecs that are not for reading text.
_LEGACY = re.compile(r"(?:iso-?8859|windows-|cp\d|koi8|shift|sjis|euc|gb|big5|tis|mac)", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """Text with line ends as ``\\n``; ``warnings`` is not empty when bytes had to be read in a fallback encoding."""

    text: str
    warnings: tuple[str, ...] = ()


def decode(data: bytes, *, declared: str | None = None) -> DecodedText:
    """The text of ``data``.

    A byte-order mark decides; then UTF-8; then the encoding that the document declares about itself; then UTF-8 with every
    invalid byte read as Windows-1252, with a warning that names the offset of the first one. Raises :class:`ParseError`
    for NUL bytes without a byte-order mark, for more than 30 % control characters and for the signatures of binary formats.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_marked(data[len(mark) :], encoding)
    _refuse_binary(data, _MAX_CONTROL_SHARE)
    try:
        return DecodedText(normalize_newlines(data.decode("utf-8")))
    except UnicodeDecodeError as error:
        first_bad = error.start
    _refuse_binary(data, _MAX_CONTROL_SHARE_NOT_UTF8)
    text = _decode_declared(data, declared)
    if text is not None:
        return DecodedText(normalize_newlines(text))
    return DecodedText(normalize_newlines(_decode_mixed(data)), (_fallback_warning(data, first_bad),))


def normalize_newlines(text: str) -> str:
    """``text`` with every line end as ``\\n``."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def replace_surrogates(text: str) -> str:
    """``text`` with lone surrogates, which no encoding can store, as U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _decode_marked(data: bytes, encoding: str) -> DecodedText:
    try:
        return DecodedText(normalize_newlines(data.decode(encoding)))
    except UnicodeDecodeError as error:
        text = _decode_mixed(data) if encoding == "utf-8" else data.decode(encoding, "replace")
        warning = f"not valid {encoding.upper()} at byte {error.start} after the byte-order mark; save the file again as UTF-8"
        return DecodedText(normalize_newlines(text), (warning,))


def _refuse_binary(data: bytes, max_share: float) -> None:
    if b"\0" in data or data.startswith(_SIGNATURES):
        raise ParseError(BINARY_CONTENT)
    control = len(data) - len(data.translate(None, _CONTROL))
    if control > max_share * len(data):
        raise ParseError(BINARY_CONTENT)


def _decode_declared(data: bytes, declared: str | None) -> str | None:
    if declared is None or not _LEGACY.match(declared):
        return None
    # Browsers read "iso-8859-1" as Windows-1252 (WHATWG Encoding Standard, section 4.2), and pages are written for browsers.
    encoding = "cp1252" if declared.lower() in {"iso-8859-1", "iso8859-1"} else declared
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        return None


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


def _fallback_warning(data: bytes, offset: int) -> str:
    return f"not valid UTF-8: byte 0x{data[offset]:02X} at offset {offset} read as Windows-1252; save the file as UTF-8"
