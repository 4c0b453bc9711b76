"""The values in a JSON or JSON Lines text."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from ingestion.decode import replace_surrogates
from ingestion.guard.growth import allowed_chars, too_long
from ragline.errors import ParseError

_SHOWN_CHARS = 60
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line of JSON Lines that is no JSON, as it stands in the file."""

    text: str


def load_document(text: str) -> tuple[object, list[str]]:
    """The value and warnings. Raises :class:`ParseError` for what is neither JSON nor JSON Lines."""
    try:
        return _read(text)
    except ParseError as error:
        # JSON Lines often come under the suffix .json.
        values, warnings = load_lines(text)
        if any(isinstance(value, BrokenLine) for value in values):
            raise error from None
        return values, warnings


def load_lines(text: str) -> tuple[list[object], list[str]]:
    """The value of each line that is not blank, and warnings; a line that is no JSON is a :class:`BrokenLine`."""
    values: list[object] = []
    broken: list[int] = []
    mended: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value, warnings = _read(line)
        except ParseError:
            broken.append(number)
            value, warnings = BrokenLine(line.strip()), []
        values.append(value)
        mended = mended or warnings
    if broken:
        count = f"{len(broken)} lines are not valid JSON, the first is line {broken[0]}"
        mended = [f"{count}; kept as text, correct them", *mended]
    return values, mended


def check_paths(value: object, source_chars: int) -> None:
    """Raise :class:`ParseError` where the paths of the leaves, each written out, are out of proportion to the source."""
    left = allowed_chars(source_chars)
    pending = [(0, value)]
    while pending:
        length, each = pending.pop()
        if isinstance(each, dict):
            pending += [(length + len(key) + 1, item) for key, item in each.items()]
        elif isinstance(each, list):
            pending += [(length + 3, item) for item in each if isinstance(item, (dict, list))]
        left -= length
        if left < 0:
            raise too_long()


def _read(text: str) -> tuple[object, list[str]]:
    """The value of one JSON text, and warnings."""
    repeated: list[str] = []

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs) and not repeated:
            repeated.append(max(Counter(name for name, _ in pairs).items(), key=itemgetter(1))[0])
        return found

    value, warnings = _clean(_load(text, members), text)
    if repeated:
        name = replace_surrogates(repeated[0][:_SHOWN_CHARS])
        warnings.append(f"the name {name!r} comes twice in one object, and its last value is read; rename one")
    return value, warnings


def _load(text: str, members: Callable[[list[tuple[str, object]]], dict[str, object]] | None = None) -> object:
    try:
        return json.loads(text, object_pairs_hook=members)
    except json.JSONDecodeError as error:
        reason = f"not valid JSON at line {error.lineno}, column {error.colno} ({error.msg}); correct the file"
        raise ParseError(reason) from error
    except RecursionError as error:
        raise ParseError("JSON is nested too deeply; flatten it") from error
    except ValueError as error:
        raise ParseError(f"JSON holds a number that cannot be read ({error}); write it as a string") from error


def _clean(value: object, source: str) -> tuple[object, list[str]]:
    """The value without lone surrogates, which nothing can store and only escapes can bring."""
    if not _SURROGATE_ESCAPE.search(source):
        return value, []
    try:
        written = json.dumps(value, ensure_ascii=False)
    except RecursionError as error:
        raise ParseError("JSON is nested too deeply; flatten it") from error
    clean = replace_surrogates(written)
    if clean == written:
        return value, []
    return _load(clean), ["lone surrogates read as U+FFFD; write characters outside the basic plane as pairs"]
