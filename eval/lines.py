"""Reading JSON-lines files of an evaluation, with errors that name the file, the line and the field."""

import json
from collections.abc import Iterator
from pathlib import Path

from ragline.errors import GoldenSetError

JsonObject = dict[str, object]


def malformed(path: Path, line: int, problem: str, remedy: str, *, field: str = "") -> GoldenSetError:
    """The error for one bad line: where it is, what is wrong, what to do. ``line`` is 1-based."""
    where = f"{path}, line {line}" + (f", field {field!r}" if field else "")
    return GoldenSetError(f"{where}: {problem}. {remedy}.")


def numbered_lines(path: Path, *, blank: bool = False) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file, stripped, that are not blank, each with its 1-based number; with ``blank`` all as they are.

    Lines end at ``\\n`` only: JSON text may hold U+2028, which ``str.splitlines`` would split. Raises
    :class:`GoldenSetError` when the file cannot be read or is not UTF-8.
    """
    try:
        with path.open("rb") as stream:
            for number, raw in enumerate(stream, start=1):
                line = _decoded(path, number, raw)
                if blank:
                    yield number, line.removesuffix("\n")
                elif line.strip():
                    yield number, line.strip()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise GoldenSetError(f"{path}: cannot be read ({reason}). Check the path and its permissions.") from error


def json_objects(path: Path) -> Iterator[tuple[int, JsonObject]]:
    """The JSON objects of a file with one object a line, each with its 1-based line number."""
    for number, line in numbered_lines(path):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise malformed(path, number, f"not valid JSON ({error})", "Write one JSON object on each line") from error
        if not isinstance(value, dict):
            raise malformed(path, number, f"a JSON {type(value).__name__}, not an object", "Write one JSON object on each line")
        yield number, value


def text_field(path: Path, line: int, record: JsonObject, field: str, *, default: str | None = None) -> str:
    """The string at ``field``; ``default`` where it is missing or null.

    Without a ``default`` the field must be there and hold more than white space.
    """
    value = record.get(field)
    if value is None:
        value = default
    if not isinstance(value, str):
        found = "missing" if value is None else f"a {type(value).__name__}, not a string"
        raise malformed(path, line, found, "Give it a string", field=field)
    if default is None and not value.strip():
        raise malformed(path, line, "empty", "Give it text, or delete the line", field=field)
    return value


def _decoded(path: Path, number: int, raw: bytes) -> str:
    """One line as text; a byte order mark in front of the first is dropped."""
    try:
        return raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise malformed(path, number, f"not UTF-8 ({error.reason})", "Save the file as UTF-8") from error
