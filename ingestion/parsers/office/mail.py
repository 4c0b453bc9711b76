"""E-mails: the head as a record, the body, and every attachment read by the parser for its own format."""

from dataclasses import dataclass, replace

from ingestion.elements import Element, ParsedDocument, RawSource
from ingestion.parsers.canonical import CanonicalText
from ingestion.parsers.html import HtmlParser
from ingestion.parsers.office.damage import damage_reported
from ingestion.parsers.office.links import spell_out_links
from ingestion.parsers.office.mail_message import HEADERS, Attachment, Mail
from ingestion.parsers.office.signatures import require_kind
from ingestion.parsers.text import parse_plain_text
from ragline.errors import ParseError, RaglineError
from ragline.types import ElementKind, MetadataValue

MAX_DEPTH = 3
"""Messages in messages that are opened; what lies deeper is named, not read."""
MAX_ATTACHMENTS = 100
"""Attachments that are read, those of attached messages included."""

_ADDRESSES = ("from", "to", "cc")
_METADATA = {"subject": "subject", "sent": "date", "message-id": "message_id", "in-reply-to": "in_reply_to"}
# What HTML says better than plain text, and how much more of it makes up for a plain text that only points to the page.
_RICH: frozenset[ElementKind] = frozenset({"table", "list", "heading", "code"})
_MORE_WORDS = 1.5
_FEWER_WORDS = 0.9


class EmlParser:
    """Messages as mail programs save them (RFC 5322). Needs nothing but what its attachments need."""

    name = "eml"
    version = 1
    suffixes: tuple[str, ...] = (".eml",)

    def parse(self, source: RawSource) -> ParsedDocument:
        from ingestion.parsers.office.eml_reader import read_eml

        with damage_reported("a mail program"):
            mail = read_eml(source.data)
        return _document(mail, _Budget(), 1)


class MsgParser:
    """Messages as Outlook saves them."""

    name = "msg"
    version = 1
    suffixes: tuple[str, ...] = (".msg",)

    def parse(self, source: RawSource) -> ParsedDocument:
        from ingestion.parsers.office.msg_reader import read_msg

        require_kind(source, "msg")
        return _document(read_msg(source.data), _Budget(), 1)


@dataclass(slots=True)
class _Budget:
    """What one file may still bring in, however its messages lie in each other."""

    attachments: int = MAX_ATTACHMENTS


def _document(mail: Mail, budget: _Budget, depth: int) -> ParsedDocument:
    out = CanonicalText()
    lines = [f"{name}: {text}" for name in HEADERS if (text := mail.headers.get(name.lower()))]
    names = [attachment.name for attachment in mail.attachments if not attachment.is_shown]
    if names:
        lines.append(f"Attachments: {', '.join(names[:MAX_ATTACHMENTS])}")
    if lines:
        out.add_rows("record", lines)
    body = _body(mail)
    out.add_document(body)
    warnings = [*mail.warnings, *body.warnings]
    acl = body.acl
    for attachment in mail.attachments:
        parsed = _read(attachment, budget, depth, warnings)
        if parsed is not None:
            out.add_heading(f"Attachment: {attachment.name}", 1, source=attachment.name)
            out.add_document(parsed, source=attachment.name)
            warnings += (f"attachment {attachment.name}: {warning}" for warning in parsed.warnings)
            acl = _joint(acl, parsed.acl)
    title = mail.headers.get("subject", "")
    elements, found = tuple(out.elements), _metadata(mail)
    return ParsedDocument(out.text, elements, title, found, body.language, acl, tuple(dict.fromkeys(warnings)))


def _metadata(mail: Mail) -> dict[str, MetadataValue]:
    """Addresses without names, so that a filter finds them: lists for those who receive."""
    from email.utils import getaddresses

    found: dict[str, MetadataValue] = {}
    for header in _ADDRESSES:
        pairs = getaddresses([mail.headers.get(header, "")])
        if addresses := [address.casefold() for _, address in pairs if address]:
            found[header] = addresses[0] if header == "from" else addresses
    return found | {name: text for header, name in _METADATA.items() if (text := mail.headers.get(header))}


def _body(mail: Mail) -> ParsedDocument:
    """The plain text, unless the page says more: structure that plain text has not, or many more words."""
    plain = _plain_body(mail.plain)
    if not mail.html.strip():
        return plain
    page = HtmlParser().parse(RawSource("body.html", spell_out_links(mail.html).encode("utf-8", "replace")))
    plain_words, page_words = len(plain.text.split()), len(page.text.split())
    is_richer = any(element.kind in _RICH for element in page.elements) and page_words >= _FEWER_WORDS * plain_words
    return page if is_richer or page_words >= _MORE_WORDS * plain_words else plain


def _plain_body(text: str) -> ParsedDocument:
    """Plain text, in which lines that begin with ``>`` are quoted."""
    parsed = parse_plain_text(text)
    parts = (_quotes(text, element) if element.kind == "paragraph" else [element] for element in parsed.elements)
    return replace(parsed, elements=tuple(part for each in parts for part in each))


def _quotes(text: str, element: Element) -> list[Element]:
    """The runs of quoted and other lines in a paragraph."""
    parts: list[Element] = []
    start = element.start
    for line in text[element.start : element.end].split("\n"):
        kind: ElementKind = "quote" if line.lstrip().startswith(">") else "paragraph"
        end = start + len(line)
        if parts and parts[-1].kind == kind:
            parts[-1] = replace(parts[-1], end=end)
        elif line.strip():
            parts.append(replace(element, kind=kind, start=start, end=end))
        start = end + 1
    return parts


def _read(attachment: Attachment, budget: _Budget, depth: int, warnings: list[str]) -> ParsedDocument | None:
    """The attachment's document; ``None``, and mostly a warning, where it cannot be read."""
    if attachment.is_shown:
        return None  # a picture in the signature
    name = attachment.name
    if attachment.data is None:
        warnings.append(f"attachment {name} is not in the file and was not read; add it to the folder")
        return None
    if budget.attachments == 0:
        warnings.append(f"more than {MAX_ATTACHMENTS} attachments: the others were not read; save them as files of their own")
        return None
    budget.attachments -= 1
    try:
        return _parse(RawSource(name, attachment.data), attachment.media_type, budget, depth)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a parser raises, the message and its other attachments are read
        reason = str(error) if isinstance(error, RaglineError) else f"damaged ({type(error).__name__}); repair or convert it"
        warnings.append(f"attachment {name} was not read: {reason}")
    return None


def _parse(source: RawSource, media_type: str, budget: _Budget, depth: int) -> ParsedDocument:
    from ingestion.guard.content_type import content_type
    from ingestion.parsers.office.eml_reader import read_eml
    from ingestion.parsers.office.msg_reader import read_msg
    from ingestion.parsers.registry import parse

    is_eml = media_type == "message/rfc822" or source.name.lower().endswith(".eml")
    is_msg = content_type(source.data).kind == "msg"
    if not (is_eml or is_msg):
        return parse(source)
    if depth >= MAX_DEPTH:
        raise ParseError(f"messages are nested more than {MAX_DEPTH} deep; save it as a file of its own")
    return _document(read_eml(source.data) if is_eml else read_msg(source.data), budget, depth + 1)


def _joint(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Who may see both: the text of all parts is one document."""
    if one is None or other is None:
        return one if other is None else other
    return tuple(name for name in one if name in other)
