"""JSON and JSON Lines: one record for each object, as lines ``path: value``."""

import json
from collections.abc import Iterator

from ingestion.decode import decode, replace_surrogates
from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.canonical import CanonicalText
from ragline.errors import ParseError

_LINE_SUFFIXES = (".jsonl", ".ndjson")


class JsonParser:
    """Items of a top-level list are records, and so are the objects below each key of a top-level object.

    Records below a key have that key as section path; paths are relative to their record: ``address.city: Paris``,
    ``items[0].name: pump``, ``tags: red, small``.
    """

    name = "json"
    version = 2
    suffixes: tuple[str, ...] = (".json", *_LINE_SUFFIXES)

    def parse(self, source: RawSource) -> ParsedDocument:
        decoded = decode(source.data)
        canonical = CanonicalText()
        warnings = list(decoded.warnings)
        title = ""
        if not decoded.text.strip():
            return ParsedDocument("", (), warnings=decoded.warnings)
        if source.name.lower().endswith(_LINE_SUFFIXES):
            warnings += _add_lines(canonical, decoded.text)
        else:
            value, broken = _load_document(decoded.text)
            title = _title(value)
            _add_document(canonical, value)
            warnings += broken
        text = canonical.text
        if replace_surrogates(text) != text:
            text = replace_surrogates(text)
            warnings.append("lone surrogates read as U+FFFD; write characters outside the basic plane as pairs")
        return ParsedDocument(text, tuple(canonical.elements), title, decoded.metadata, warnings=tuple(warnings))


def _load_document(text: str) -> tuple[object, list[str]]:
    try:
        return _load(text), []
    except ParseError as error:
        # JSON Lines often come under the suffix .json.
        lines = [line for line in text.split("\n") if line.strip()]
        try:
            records = [_load(line) for line in lines]
        except ParseError:
            raise error from None
        return records, []


def _load(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        reason = f"not valid JSON at line {error.lineno}, column {error.colno} ({error.msg}); correct the file"
        raise ParseError(reason) from error
    except RecursionError as error:
        raise ParseError("JSON is nested too deeply; flatten it") from error
    except ValueError as error:
        raise ParseError(f"JSON holds a number that cannot be read ({error}); write it as a string") from error


def _title(value: object) -> str:
    title = value.get("title") if isinstance(value, dict) else None
    return " ".join(replace_surrogates(title).split()) if isinstance(title, str) else ""


def _add_lines(canonical: CanonicalText, text: str) -> list[str]:
    """One record for each line. A line that is not JSON stays as text."""
    broken = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            _add_record(canonical, _load(line), ())
        except ParseError:
            broken.append(number)
            canonical.add("paragraph", line.strip())
    if not broken:
        return []
    return [f"{len(broken)} lines are not valid JSON, the first is line {broken[0]}; kept as text, correct them"]


def _add_document(canonical: CanonicalText, value: object) -> None:
    if isinstance(value, list):
        for item in value:
            _add_record(canonical, item, ())
    elif isinstance(value, dict):
        nested = {key: item for key, item in value.items() if _holds_objects(item)}
        _add_record(canonical, {key: item for key, item in value.items() if key not in nested}, ())
        for key, item in nested.items():
            path = (" ".join(replace_surrogates(key).split()) or "-",)
            for record in item if isinstance(item, list) else [item]:
                _add_record(canonical, record, path)
    else:
        _add_record(canonical, value, ())


def _holds_objects(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value))


def _add_record(canonical: CanonicalText, value: object, section_path: tuple[str, ...]) -> None:
    lines = [line for line in _lines(value) if line.strip()]
    if lines:
        canonical.add_rows("record", lines, section_path=section_path)


def _lines(record: object) -> Iterator[str]:
    """``path: value`` for every leaf, in the order of the source. A stack, not recursion: depth is in the author's hand."""
    stack: list[tuple[str, object]] = [("", record)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            stack += [(f"{path}.{key}" if path else str(key), item) for key, item in reversed(value.items())]
        elif isinstance(value, list) and _holds_objects(value):
            stack += [(f"{path}[{index}]", item) for index, item in reversed(list(enumerate(value)))]
        else:
            leaf = ", ".join(_scalar(item) for item in value) if isinstance(value, list) else _scalar(value)
            if leaf.strip():
                yield f"{path}: {leaf.strip()}" if path else leaf.strip()


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)
