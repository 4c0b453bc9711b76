"""What office files say of themselves (title, author, dates), under the same names whatever the format.

Read from the part itself: the libraries make up what is missing, with the time of today.
"""

import io
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from xml.etree import ElementTree as ET

from ingestion.decode import replace_surrogates
from ragline.types import MetadataValue

_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_CORE = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
# ISO 29500-2, part 11; the names are those of the first column of its table.
_OFFICE_PART = "docProps/core.xml"
_OFFICE = {
    f"{_DC}title": "title",
    f"{_DC}creator": "author",
    f"{_TERMS}created": "created",
    f"{_TERMS}modified": "modified",
    f"{_DC}subject": "subject",
    f"{_CORE}keywords": "keywords",
    f"{_CORE}category": "category",
    f"{_DC}language": "language",
}
# OpenDocument 1.2, part 1, 4.3.
_OPEN_DOCUMENT_PART = "meta.xml"
_OPEN_DOCUMENT = {
    f"{_DC}title": "title",
    f"{_META}initial-creator": "author",
    f"{_DC}creator": "editor",
    f"{_META}creation-date": "created",
    f"{_DC}date": "modified",
    f"{_DC}subject": "subject",
    f"{_META}keyword": "keywords",
    f"{_DC}description": "description",
    f"{_DC}language": "language",
}
# Programs and libraries write these where nobody has filled in the field.
_EMPTY = frozenset(
    {"", "untitled", "untitled document", "powerpoint presentation", "powerpoint-präsentation", "presentation", "word document"}
    | {"unknown", "python-docx", "python-pptx", "openpyxl"}
)


def office_properties(data: bytes) -> dict[str, MetadataValue]:
    """The core properties of a docx, pptx or xlsx file; nothing where they are missing or broken."""
    return properties(_read(data, _OFFICE_PART, _OFFICE))


def open_document_properties(data: bytes) -> dict[str, MetadataValue]:
    """The properties of an OpenDocument file. Without a first author, the last one is the one who is known."""
    found = _read(data, _OPEN_DOCUMENT_PART, _OPEN_DOCUMENT)
    editor = found.pop("editor", None)
    if editor is not None:
        found.setdefault("author", editor)
    return properties(found)


def properties(values: Mapping[str, object]) -> dict[str, MetadataValue]:
    """The values that say something: dates as ISO strings, one of a list as itself."""
    kept: dict[str, MetadataValue] = {}
    for name, value in values.items():
        if isinstance(value, (date, datetime)):
            kept[name] = value.isoformat()
        elif isinstance(value, (list, tuple)):
            texts = [text for item in value if (text := _text(item))]
            if texts:
                kept[name] = texts[0] if len(texts) == 1 else texts
        elif text := _text(value):
            kept[name] = text
    return kept


def _read(data: bytes, part: str, names: Mapping[str, str]) -> dict[str, object]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            root = ET.fromstring(archive.read(part))  # noqa: S314 - the archive guard refuses declarations
    except (KeyError, ET.ParseError, zipfile.BadZipFile, ValueError, OSError):
        return {}  # a document can be read without
    found: dict[str, list[str]] = {}
    for element in root.iter():
        name = names.get(element.tag)
        if name is not None and element.text and element.text.strip():
            found.setdefault(name, []).append(element.text)
    return dict(found)


def _text(value: object) -> str:
    words = " ".join(replace_surrogates(str(value)).split()) if value is not None else ""
    return "" if words.casefold() in _EMPTY else words
