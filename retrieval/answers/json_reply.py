"""JSON out of a model's reply, and JSON with the place of every value.

Models put JSON into fences and talk around it. What is read is the JSON that they wrote, to the character: nothing is guessed
or closed for them, since a repaired value would be an invented one.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

_FENCED = re.compile(r"```[\w-]*\s*\n(.*?)```", re.DOTALL)

Span = tuple[int, int]


def object_in(reply: str) -> dict[str, Any] | None:
    """The first JSON object of ``reply``: the reply itself, one in a fence, or one among other words. ``None`` without one."""
    for text in (reply, *_FENCED.findall(reply)):
        try:
            value = json.loads(text, parse_constant=_refused, parse_float=_finite)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and _is_text(value):
            return value
    return next(_objects(reply), None)


def _objects(reply: str) -> Iterator[dict[str, Any]]:
    """JSON objects that begin at a brace of ``reply``."""
    decoder = json.JSONDecoder(parse_constant=_refused, parse_float=_finite)
    at = reply.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(reply, at)
        except (ValueError, RecursionError):
            at = reply.find("{", at + 1)
            continue
        if isinstance(value, dict) and _is_text(value):
            yield value
        at = reply.find("{", end)


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _finite(number: str) -> float:
    value = float(number)
    return value if math.isfinite(value) else _refused(number)


def _is_text(value: object) -> bool:
    """Whether it can be written: half of a surrogate pair, which ``\\ud800`` makes, is no character."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def placed_json(value: object) -> tuple[str, dict[str, Span]]:
    """``value`` as indented JSON, and for the JSON Pointer (RFC 6901) of every value in it the characters that hold it."""
    spans: dict[str, Span] = {}
    pieces: list[str] = []
    _write(value, "", 0, pieces, spans)
    return "".join(pieces), spans


def leaves(value: object, pointer: str = "") -> Iterator[tuple[str, str | int | float | bool]]:
    """The values of ``value`` that hold no other, with their pointers, in order; not ``null``, which says nothing."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from leaves(each, f"{pointer}/{_escaped(name)}")
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from leaves(each, f"{pointer}/{place}")
    elif isinstance(value, str | int | float):
        yield pointer, value


def _write(value: object, pointer: str, depth: int, pieces: list[str], spans: dict[str, Span]) -> None:
    start = sum(map(len, pieces))
    inner = "\n" + " " * (depth + 1)
    if isinstance(value, Mapping) and value:
        for number, (name, each) in enumerate(value.items()):
            pieces.append(f"{',' if number else '{'}{inner}{json.dumps(name, ensure_ascii=False)}: ")
            _write(each, f"{pointer}/{_escaped(name)}", depth + 1, pieces, spans)
        pieces.append("\n" + " " * depth + "}")
    elif isinstance(value, list) and value:
        for number, each in enumerate(value):
            pieces.append(f"{',' if number else '['}{inner}")
            _write(each, f"{pointer}/{number}", depth + 1, pieces, spans)
        pieces.append("\n" + " " * depth + "]")
    else:
        pieces.append(json.dumps(value, ensure_ascii=False))
    spans[pointer] = (start, sum(map(len, pieces)))


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
