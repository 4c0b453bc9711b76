"""The one JSON object of a judge's reply, or the reason why it cannot be told.

Models fence their JSON, talk around it, quote with apostrophes and stop in the middle. What is read is what they wrote, to the
character; nothing is closed, completed or guessed, because a verdict that was not given must never count. Therefore:

- the object begins at the first brace. A later one may stand in a quotation, or in a draft that was withdrawn;
- it has its lines to itself: an object in the middle of one may be a quotation out of a reply whose ends are missing;
- no brace stands before it or after it. A second object might say something else, and a closing brace that is left over shows
  that an inner object was taken for the whole;
- no key occurs twice in an object;
- where it is no JSON it may be a Python literal (apostrophes, a comma too many), without comments.
"""

import ast
import io
import json
import math
import re
import tokenize
from typing import Any

_THOUGHT = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
"""What reasoning models write before their reply."""

_FENCE_START, _FENCE_END = re.compile(r"\s*(?:```\w*\s*)?"), re.compile(r"\s*(?:```\s*)?")
"""What may stand around an object that is to stand alone."""

_ODD_ESCAPE = re.compile(r"""\\[^\\'"nrtbfux]""")
"""Python warns of these, and means something else by some of them than JSON does."""

MAX_LITERAL, MAX_NESTING = 200_000, 20
"""Characters and depth of a Python literal that is read: its parser is built for programs, and a deep one can end the
process."""


class Unreadable(ValueError):  # noqa: N818 - a reply is unreadable; nothing is in error
    """A reply cannot be used; the message, a short phrase, says why."""


def object_of(reply: str, *, alone: bool = False) -> dict[str, Any]:
    """The one object of ``reply``. Raises :class:`Unreadable`, and nothing else, whatever the reply is.

    With ``alone`` nothing but a fence may stand around it: what is asked for in a word needs no words around it, and these
    could quote an object that is no verdict.
    """
    text = _THOUGHT.sub("", reply, count=1)
    start = text.find("{")
    if start < 0:
        raise Unreadable("it holds no JSON object")
    try:
        value, end = _json_at(text, start)
    except (ValueError, RecursionError) as error:
        value, end = _literal_at(text, start, error)
    if not isinstance(value, dict):
        raise Unreadable("it holds no JSON object")
    before, after = text[:start], text[end:]
    if any(brace in before + after for brace in "{}"):
        raise Unreadable("it holds more than one JSON object, or a part of one")
    if before.rpartition("\n")[2].strip() or after.partition("\n")[0].strip():
        raise Unreadable("its JSON object stands in the middle of a line")
    if alone and not (_FENCE_START.fullmatch(before) and _FENCE_END.fullmatch(after)):
        raise Unreadable("it holds more than the JSON object")
    if not _is_text(value):
        raise Unreadable("its JSON object holds half a character")
    return value


def _json_at(text: str, start: int) -> tuple[Any, int]:
    decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refused, parse_float=_finite)
    return decoder.raw_decode(text, start)


def _literal_at(text: str, start: int, problem: Exception) -> tuple[Any, int]:
    """The Python literal from ``start`` to the last brace; ``problem`` says why it is no JSON."""
    end = text.rfind("}") + 1
    literal = text[start:end]
    unread = Unreadable(f"its JSON cannot be read ({_short(problem)})")
    if not literal or len(literal) > MAX_LITERAL or _ODD_ESCAPE.search(literal) or "\0" in literal:
        raise unread from problem
    try:
        if _nesting(literal) > MAX_NESTING or _has_comment(literal):
            raise unread from problem
        tree = ast.parse(literal, mode="eval")
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                _unique([(key.value if isinstance(key, ast.Constant) else None, None) for key in node.keys])
        return ast.literal_eval(tree), end
    except Unreadable:
        raise
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise unread from error


def _unique(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    found = dict(pairs)
    if len(found) < len(pairs) or not all(isinstance(name, str) for name in found):
        raise Unreadable("its JSON says something twice")
    return found


def _nesting(literal: str) -> int:
    """The depth of brackets and signs, at most; those within quotes count too."""
    depth = deepest = 0
    for character in literal:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return max(deepest, max((len(run) for run in re.findall(r"[-+~\s]+", literal) if run.strip()), default=0))


def _has_comment(literal: str) -> bool:
    tokens = tokenize.generate_tokens(io.StringIO(literal).readline)
    return any(token.type == tokenize.COMMENT for token in tokens)


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _finite(number: str) -> float:
    value = float(number)
    return value if math.isfinite(value) else _refused(number)


def _is_text(value: object) -> bool:
    """Whether it can be written: half of a surrogate pair is no character."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def _short(problem: Exception) -> str:
    return " ".join(str(problem).split())[:80]
