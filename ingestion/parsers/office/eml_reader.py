"""Internet messages (RFC 5322 and MIME) with the standard library.

Read with the compatible policy: the newer one parses addresses while it reads, and raises on what real mail holds.
"""

import email.policy
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from mimetypes import guess_extension

from ingestion.decode import decode, normalize_newlines, replace_surrogates
from ingestion.parsers.office.mail_message import HEADERS, Attachment, Mail, safe_name
from ragline.errors import ParseError

_MORE_HEADERS = ("Message-ID", "In-Reply-To", "References", "List-Id", "Reply-To")
_KNOWN_CHARSET = re.compile(r"[\w.:-]{2,40}\Z")
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_ENCRYPTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
_PLACES = 20_000
"""Parts of one message that are looked at; no mail program makes more."""


def read_eml(data: bytes) -> Mail:
    """The message. Raises :class:`ParseError` for bytes without a single header of a message, and what the library raises."""
    message = BytesParser(policy=email.policy.compat32).parsebytes(_as_bytes(data))
    headers = {name.lower(): text for name in (*HEADERS, *_MORE_HEADERS) if (text := _header(message, name))}
    if not data.strip():
        raise ParseError("no text in the file; fill it or leave it out")
    if not headers and not message.get("Content-Type") and not message.get("Received"):
        raise ParseError(
            "has none of the headers of an e-mail (From, To, Subject, Date); give it the suffix of its real format"
        )
    if (sent := _date(headers.get("date", ""))) is not None:
        headers["sent"] = sent
    reader = _Parts()
    reader.read(message)
    return Mail(headers, reader.plain, reader.html, tuple(reader.attachments), tuple(dict.fromkeys(reader.warnings)))


class _Parts:
    """Sorts the parts of a message into bodies and attachments."""

    def __init__(self) -> None:
        self.plain = ""
        self.html = ""
        self.attachments: list[Attachment] = []
        self.warnings: list[str] = []

    def read(self, message: Message) -> None:
        for part in _leaves(message):
            kind = part.get_content_type()
            disposition = part.get_content_disposition()
            name = _file_name(part)
            if kind in _ENCRYPTED:
                self.warnings.append("the message is encrypted, and only its head was read; decrypt it and save it again")
            elif kind in {"text/plain", "text/html"} and disposition != "attachment" and not name:
                self._add_body(part, kind)
            elif kind.startswith("message/") and part.is_multipart():
                self._add_message(part, name)
            elif kind not in _SIGNATURES:
                self._add_file(part, kind, name)

    def _add_body(self, part: Message, kind: str) -> None:
        try:
            decoded = decode(_payload(part), declared=_charset(part))
        except ParseError:
            self.warnings.append("a part of the body is no text and was left out; save the message again")
            return
        self.warnings += decoded.warnings
        text = decoded.text
        if kind == "text/plain":
            text = _unfold(text, part) if part.get_param("format") == "flowed" else text
            self.plain = f"{self.plain}\n\n{text}" if self.plain else text
        else:
            self.html = f"{self.html}<hr>{text}" if self.html else text

    def _add_message(self, part: Message, name: str) -> None:
        inner = part.get_payload(0)
        if isinstance(inner, Message):
            name = safe_name(name or _header(inner, "Subject"), len(self.attachments) + 1)
            name = name if name.lower().endswith(".eml") else f"{name}.eml"
            self.attachments.append(Attachment(name, "message/rfc822", inner.as_bytes(policy=email.policy.compat32)))

    def _add_file(self, part: Message, kind: str, name: str) -> None:
        name = safe_name(name, len(self.attachments) + 1, guess_extension(kind) or "")
        is_shown = kind.startswith("image/") and (
            part.get_content_disposition() != "attachment" or bool(part.get("Content-ID"))
        )
        self.attachments.append(Attachment(name, kind, _payload(part), is_shown))


def _leaves(message: Message) -> Iterator[Message]:
    """The parts in order, without going into attached messages. Of alternatives all are given: the reader chooses."""
    waiting = [message]
    for _ in range(_PLACES):
        if not waiting:
            return
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting += [inner for inner in reversed(list(part.get_payload())) if isinstance(inner, Message)]
        else:
            yield part


def _as_bytes(data: bytes) -> bytes:
    """Messages saved in UTF-16, as mail programs on Windows do; their parts name charsets that no longer hold."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:64]:
        return decode(data).text.encode("utf-8")
    return data.removeprefix(b"\xef\xbb\xbf")


def _header(message: Message, name: str) -> str:
    """The text of a header, encoded words decoded; several of one name are joined."""
    # As they were read: the usual way gives bytes beyond ASCII as an object whose text has lost them.
    values = (value for key, value in message.raw_items() if key.lower() == name.lower())
    return ", ".join(text for value in values if (text := _decoded(str(value))))


def _decoded(value: str) -> str:
    try:
        text = str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError, AssertionError):
        text = value
    return " ".join(replace_surrogates(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")).split())


def _file_name(part: Message) -> str:
    try:
        return _decoded(part.get_filename() or "")
    except (ValueError, LookupError, TypeError):
        return ""


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Message) -> str | None:
    charset = part.get_content_charset()
    return charset if charset and _KNOWN_CHARSET.match(charset) else None


def _unfold(text: str, part: Message) -> str:
    """Text of flowing lines (RFC 3676): a line with a blank at its end goes on, but for the mark of a signature."""
    deletes = str(part.get_param("delsp") or "").lower() == "yes"
    lines: list[list[str]] = []
    flows = was_quoted = False
    for line in normalize_newlines(text).split("\n"):
        is_quoted = line.startswith(">")
        if flows and is_quoted == was_quoted:
            lines[-1].append(line.lstrip("> " if is_quoted else " "))
        else:
            lines.append([line])
        flows = line.endswith(" ") and line != "-- "
        if flows and deletes:
            lines[-1][-1] = lines[-1][-1][:-1]
        was_quoted = is_quoted
    return "\n".join("".join(parts) for parts in lines)


def _date(text: str) -> str | None:
    """The date in ISO 8601."""
    try:
        return parsedate_to_datetime(text).isoformat() if text else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
