"""Outlook messages (MS-OXMSG) through python-oxmsg, which ``unstructured`` brings."""

from typing import Any

from ingestion.decode import decode, replace_surrogates
from ingestion.parsers.office.damage import damage_reported
from ingestion.parsers.office.eml_reader import read_eml
from ingestion.parsers.office.mail_message import Attachment, Mail, safe_name
from ragline.errors import MissingExtra

_RECIPIENT_TYPE = 0x0C15
"""PidTagRecipientType (MS-OXPROPS 2.885): 1 for To, 2 for Cc, 3 for Bcc."""
_RECIPIENT_HEADERS = {1: "to", 2: "cc", 3: "bcc"}
_HTML = 0x1013
"""PidTagHtml (MS-OXPROPS 2.780), bytes in the code page of the body."""
_MESSAGE_ID = 0x1035
"""PidTagInternetMessageId (MS-OXPROPS 2.797)."""
_COMPRESSED_RTF = 0x1009
"""PidTagRtfCompressed (MS-OXPROPS 2.935)."""
_ENCRYPTED = "smime"


def read_msg(data: bytes) -> Mail:
    """The message. Raises :class:`MissingExtra` and :class:`ParseError`."""
    try:
        from oxmsg import Message
    except ImportError as error:
        raise MissingExtra("python-oxmsg", extra="documents", purpose="reading msg files") from error
    with damage_reported("Outlook"):
        return _mail(Message.load(data))


def _mail(message: Any) -> Mail:
    properties = message.properties
    headers = _headers(message)
    plain = _text(message.body)
    html = properties.binary_prop_value(_HTML)
    page = decode(html, declared=properties.body_encoding).text if html else _text(message.html_body)
    warnings = []
    if _ENCRYPTED in message.message_class.lower():
        warnings.append("the message is encrypted or signed as a whole, and only its head was read; save it decrypted")
    elif not plain.strip() and not page.strip() and properties.binary_prop_value(_COMPRESSED_RTF):
        warnings.append("the body is rich text only and was not read; save the message as eml")
    return Mail(headers, plain, page, _attachments(message), tuple(warnings))


def _headers(message: Any) -> dict[str, str]:
    """Those of the journey through the internet, filled up from what Outlook itself notes."""
    transport = "\n".join(f"{name}: {value}" for name, value in message.message_headers.items())
    headers = dict(read_eml(f"{transport}\n\n".encode("utf-8", "replace")).headers) if transport.strip() else {}
    found: dict[str, list[str]] = {}
    for recipient in message.recipients:
        kind = recipient.properties.int_prop_value(_RECIPIENT_TYPE)
        found.setdefault(_RECIPIENT_HEADERS.get(kind or 1, "to"), []).append(_address(recipient))
    sent = message.sent_date
    own = {
        "from": _text(message.sender),
        "subject": _text(message.subject),
        "message-id": _text(message.properties.str_prop_value(_MESSAGE_ID)),
        **{name: ", ".join(addresses) for name, addresses in found.items()},
    }
    if sent is not None:
        own |= {"date": sent.isoformat(" ", "seconds"), "sent": sent.isoformat()}
    return {**{name: text for name, text in own.items() if text}, **headers}


def _address(recipient: Any) -> str:
    name, address = _text(recipient.name), _text(recipient.email_address)
    return f"{name} <{address}>" if name and address and name != address else address or name


def _attachments(message: Any) -> tuple[Attachment, ...]:
    found = []
    for number, attachment in enumerate(message.attachments, 1):
        name = safe_name(_text(attachment.file_name), number)
        found.append(Attachment(name, _text(attachment.mime_type), attachment.file_bytes))
    return tuple(found)


def _text(value: object) -> str:
    text = replace_surrogates(str(value or "")).replace("\0", "")
    return text.replace("\r\n", "\n").replace("\r", "\n")
