"""JSON whose fields are named: which of them are text, title, id and metadata.

The names come with the source, as options ``{"text": "body", "title": "headline", "id": "sku", "metadata": "author, tags",
"records": "data.items"}``. Several fields stand with commas between them; a dot leads into an object.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingestion.elements import ParsedDocument
from ingestion.parsers.canonical import CanonicalText
from ingestion.parsers.front_matter import metadata_value
from ingestion.parsers.json_records import add_record, record_lines, scalar_text
from ingestion.parsers.json_values import BrokenLine
from ingestion.parsers.text import parse_plain_text
from ragline.types import Metadata, MetadataValue


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """Paths of fields. ``records`` leads to the list of records in the document; empty where that is the document itself."""

    text: tuple[str, ...] = ()
    title: str = ""
    id: str = ""
    metadata: tuple[str, ...] = ()
    records: str = ""

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> "FieldChoice | None":
        """The choice that options make, ``None`` where they name no field."""
        text, metadata = _names(options.get("text", "")), _names(options.get("metadata", ""))
        title, key, records = (options.get(name, "").strip() for name in ("title", "id", "records"))
        return cls(text, title, key, metadata, records) if text or metadata or title or key or records else None


def read_fields(value: object, choice: FieldChoice, *, metadata: Metadata, warnings: tuple[str, ...]) -> ParsedDocument:
    """The document of a value: one record, or a list of them.

    The text of a record is read as plain text; without text fields the record is its lines ``path: value``. A single record
    gives the document its title and metadata. Several are sections below their titles (ids, where they have none), each with
    its metadata as lines ``field: value``. A text field that no record has is a warning.
    """
    root = _at(value, choice.records) if choice.records else value
    records = root if isinstance(root, list) else [] if root is None else [root]
    canonical = CanonicalText()
    for record in records:
        _add_record(canonical, record, choice, is_one=len(records) == 1)
    missing = [name for name in (choice.records, *choice.text) if name and not _occurs(name, value, records, choice)]
    notes = tuple(f"no record has the field {name!r}; correct the name in the options" for name in missing)
    title = ""
    if len(records) == 1:
        title = _words(records[0], choice.title) or _words(records[0], choice.id)
        metadata = {**metadata, **_metadata(records[0], choice)}
    return ParsedDocument(canonical.text, tuple(canonical.elements), title, metadata, warnings=(*warnings, *notes))


def _add_record(canonical: CanonicalText, record: object, choice: FieldChoice, *, is_one: bool) -> None:
    title = _words(record, choice.title) or _words(record, choice.id)
    if title and not is_one:
        canonical.add_heading(title, 1)
    elif not is_one:
        canonical.sections.enter(1, "")
    if isinstance(record, BrokenLine) or not choice.text:
        add_record(canonical, record, canonical.sections.path)
        return
    for name in choice.text:
        text = "\n\n".join(_texts(_at(record, name)))
        canonical.add_document(parse_plain_text(text))
    if not is_one:
        fields = {name: found for name in (choice.id, *choice.metadata) if name and (found := _at(record, name)) is not None}
        add_record(canonical, fields, canonical.sections.path)


def _metadata(record: object, choice: FieldChoice) -> dict[str, MetadataValue]:
    names = dict.fromkeys(name for name in (choice.id, *choice.metadata) if name)
    return {name: metadata_value(found) for name in names if (found := _at(record, name)) is not None}


def _occurs(name: str, value: object, records: Sequence[object], choice: FieldChoice) -> bool:
    if name == choice.records:
        return _at(value, name) is not None
    return not records or any(_at(record, name) is not None for record in records)


def _texts(value: object) -> list[str]:
    """The texts of a field; a list of texts is a text each, anything else is written as lines."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [text for text in value if text.strip()]
    if isinstance(value, str):
        return [value] if value.strip() else []
    return ["\n".join(record_lines(value))] if value is not None else []


def _words(record: object, name: str) -> str:
    found = _at(record, name) if name else None
    return "" if isinstance(found, (dict, list)) else " ".join(scalar_text(found).split())


def _at(value: object, path: str) -> object:
    """The value at a dotted path, ``None`` where there is none. A key that itself holds dots goes before the path."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for key in path.split("."):
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
