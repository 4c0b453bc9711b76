"""How a JSON value is written as text: a line ``path: value`` for each leaf; objects of one shape as the rows of a table."""

import json
from collections.abc import Iterator, Sequence

from ingestion.elements import Table
from ingestion.parsers.canonical import CanonicalText
from ingestion.parsers.json_values import BrokenLine

_BLANK_LINE = "\n\n"
# A longer value is a text, and its object a record of its own rather than a row.
_MAX_CELL_CHARS = 200


def holds_objects(value: object) -> bool:
    """True for an object and for a list with an object or list in it."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value))


def add_items(canonical: CanonicalText, items: Sequence[object], section_path: tuple[str, ...]) -> None:
    """A table where all items are objects with the same keys and short values, else a record each."""
    columns = _columns(items)
    rows = [(text, item) for item in items if isinstance(item, dict) and (text := "\n".join(record_lines(item)))]
    if not columns or not rows:
        for item in items:
            add_record(canonical, item, section_path)
        return
    names = tuple(" ".join(name.split()) or "-" for name in columns)
    cells = tuple(tuple(" ".join(scalar_text(item[column]).split()) for column in columns) for _, item in rows)
    texts = [text for text, _ in rows]
    canonical.add_rows("table", texts, gap=_BLANK_LINE, section_path=section_path, table=Table(names, cells))


def add_record(canonical: CanonicalText, value: object, section_path: tuple[str, ...]) -> None:
    """The lines of a value; nothing for one without any."""
    if isinstance(value, BrokenLine):
        canonical.add("paragraph", value.text)
        return
    lines = record_lines(value)
    if lines:
        canonical.add_rows("record", lines, section_path=section_path)


def record_lines(record: object) -> list[str]:
    """``path: value`` for every leaf that holds anything, in the order of the source."""
    return [line for line in _lines(record) if line.strip()]


def scalar_text(value: object) -> str:
    """A text as it is, anything else as JSON writes it, nothing for null."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def _columns(items: Sequence[object]) -> list[str]:
    """The keys of objects that are rows of one table; none where they are not."""
    first = items[0] if len(items) > 1 else None
    if not isinstance(first, dict) or len(first) < 2:
        return []
    keys = first.keys()
    for item in items:
        if not isinstance(item, dict) or item.keys() != keys or not all(map(_is_cell, item.values())):
            return []
    return list(keys)


def _is_cell(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _MAX_CELL_CHARS and "\n" not in value.strip()
    return not isinstance(value, (dict, list))


def _lines(record: object) -> Iterator[str]:
    # A stack, not recursion: depth is in the author's hand.
    stack: list[tuple[str, object]] = [("", record)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            stack += [(f"{path}.{key}" if path else str(key), item) for key, item in reversed(value.items())]
        elif isinstance(value, list) and holds_objects(value):
            stack += [(f"{path}[{index}]", item) for index, item in reversed(list(enumerate(value)))]
        else:
            leaf = ", ".join(scalar_text(item) for item in value) if isinstance(value, list) else scalar_text(value)
            if leaf.strip():
                yield f"{path}: {leaf.strip()}" if path else leaf.strip()
