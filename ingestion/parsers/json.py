"""JSON and JSON Lines: one record for each object, as lines ``path: value``."""

from ingestion.decode import decode
from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.canonical import CanonicalText, section_name
from ingestion.parsers.json_fields import FieldChoice, read_fields
from ingestion.parsers.json_records import add_items, add_record, holds_objects
from ingestion.parsers.json_values import check_paths, load_document, load_lines

_LINE_SUFFIXES = (".jsonl", ".ndjson")


class JsonParser:
    """Items of a top-level list are records, and so are the objects below each key of a top-level object.

    Records below a key have that key as section path; paths are relative to their record: ``address.city: Paris``,
    ``items[0].name: pump``, ``tags: red, small``. A list of objects with the same keys and short values is a table, each object
    a row. Where the options name fields (see :class:`~ingestion.parsers.json_fields.FieldChoice`), those are read instead.
    """

    name = "json"
    version = 5
    suffixes: tuple[str, ...] = (".json", *_LINE_SUFFIXES)

    def parse(self, source: RawSource) -> ParsedDocument:
        decoded = decode(source.data)
        if not decoded.text.strip():
            return ParsedDocument("", (), metadata=decoded.metadata, warnings=decoded.warnings)
        is_lines = source.name.lower().endswith(_LINE_SUFFIXES)
        value, notes = load_lines(decoded.text) if is_lines else load_document(decoded.text)
        check_paths(value, len(decoded.text))
        warnings = (*decoded.warnings, *notes)
        choice = FieldChoice.from_options(source.options)
        if choice is not None:
            return read_fields(value, choice, metadata=decoded.metadata, warnings=warnings)
        canonical = CanonicalText()
        if is_lines and isinstance(value, list):
            for item in value:
                add_record(canonical, item, ())
        else:
            _add_document(canonical, value)
        return ParsedDocument(canonical.text, tuple(canonical.elements), _title(value), decoded.metadata, warnings=warnings)


def _title(value: object) -> str:
    title = value.get("title") if isinstance(value, dict) else None
    return " ".join(title.split()) if isinstance(title, str) else ""


def _add_document(canonical: CanonicalText, value: object) -> None:
    if isinstance(value, list):
        add_items(canonical, value, ())
    elif isinstance(value, dict):
        nested = {key: item for key, item in value.items() if holds_objects(item)}
        add_record(canonical, {key: item for key, item in value.items() if key not in nested}, ())
        for key, item in nested.items():
            path = (section_name(key) or "-",)
            add_items(canonical, item if isinstance(item, list) else [item], path)
    else:
        add_record(canonical, value, ())
