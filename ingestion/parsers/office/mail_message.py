"""An e-mail as the readers give it, whatever the file format."""

import re
from dataclasses import dataclass, field

HEADERS = ("From", "To", "Cc", "Bcc", "Date", "Subject")
"""What is shown of the head, in this order."""

_PATH = re.compile(r".*[/\\]", re.DOTALL)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MAX_NAME_CHARS = 120


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message. ``data`` is ``None`` where it is no file. ``is_shown`` for parts of the body's look."""

    name: str
    media_type: str
    data: bytes | None
    is_shown: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """``headers`` maps the names of :data:`HEADERS` and others in lower case to texts. A body is empty where there is none."""

    headers: dict[str, str]
    plain: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    warnings: tuple[str, ...] = field(default_factory=tuple)


def safe_name(name: str, number: int, suffix: str = "") -> str:
    """The last part of a file name, without folders and without characters that could mislead a reader.

    ``attachment-3`` and ``suffix`` for the third one where nothing is left.
    """
    bare = _UNPRINTABLE.sub("", _PATH.sub("", name)).strip(" .")
    bare = " ".join(bare.split())
    if len(bare) > _MAX_NAME_CHARS:
        stem, dot, end = bare.rpartition(".")
        bare = bare[:_MAX_NAME_CHARS] if not dot or len(end) > 8 else f"{stem[: _MAX_NAME_CHARS - len(end) - 1]}.{end}"
    return bare or f"attachment-{number}{suffix}"
