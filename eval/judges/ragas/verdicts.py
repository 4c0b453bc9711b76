"""Whether an object that a judge wrote is an answer to what it was asked.

Ragas takes any whole number for a verdict, any number of verdicts for any number of statements, and an empty list for an
answer. Here a verdict is 0 or 1, there is one for each statement, in order, none is empty, and nothing else is said.
"""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from eval.judges.ragas.reply import Unreadable, object_of

Model = TypeVar("Model", bound=BaseModel)

BINARY = frozenset({"verdict", "attributed", "noncommittal"})
"""The fields of ragas's replies that say yes or no."""

_VERDICTS: Mapping[tuple[type, object], int] = {
    (int, 0): 0,
    (int, 1): 1,
    (bool, False): 0,
    (bool, True): 1,
    (str, "0"): 0,
    (str, "1"): 1,
}

ALIKE = 0.8
"""Share of equal characters from which a repeated statement is the one asked about: models drop a full stop or an article."""


def read_reply(reply: str, model: type[Model], asked: Sequence[str] | None = None, *, alone: bool = False) -> Model:
    """``reply`` as a ``model``; ``asked`` are the statements that it must judge, in order, where there are such.

    With ``alone`` the object must stand alone (:func:`eval.judges.ragas.reply.object_of`).

    Raises :class:`Unreadable`, and nothing else, whatever the reply is.
    """
    value = object_of(reply, alone=alone)
    try:
        parsed = model.model_validate(_with_verdicts(value), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unreadable(f"its field {where or 'itself'} is wrong ({first['msg'][:80]})") from error
    except RecursionError as error:
        raise Unreadable("its JSON is too deep") from error
    _check_fields(parsed, value)
    _check_filled(parsed)
    if asked is not None:
        _check_aligned(parsed, asked)
    return parsed


def items_of(parsed: BaseModel) -> list[Any]:
    """The entries of the lists in ``parsed``: statements, or statements with verdicts."""
    return [entry for _, value in parsed if isinstance(value, list) for entry in value]


def verdicts_of(parsed: BaseModel) -> list[int]:
    """The verdicts in ``parsed``, in order."""
    own = [value for name, value in parsed if name in BINARY]
    return own + [verdict for entry in items_of(parsed) if isinstance(entry, BaseModel) for verdict in verdicts_of(entry)]


def _with_verdicts(value: Any, name: str = "") -> Any:
    """``value`` with 0 or 1 for what can only mean that; nothing else does."""
    if name in BINARY:
        key = (type(value), value) if isinstance(value, int | str) else (object, "")
        if key not in _VERDICTS:
            raise Unreadable(f"its field {name} is neither 0 nor 1")
        return _VERDICTS[key]
    if isinstance(value, dict):
        return {field: _with_verdicts(each, field) for field, each in value.items()}
    if isinstance(value, list):
        return [_with_verdicts(each) for each in value]
    return value


def _check_fields(parsed: BaseModel, value: Mapping[str, Any]) -> None:
    """Raise where ``value`` has a field that was not asked for: it may be a verdict under a name that was damaged."""
    unknown = value.keys() - type(parsed).model_fields.keys()
    if unknown:
        raise Unreadable(f"it has a field that was not asked for ({min(unknown)[:40]})")
    for name, each in parsed:
        for entry, given in zip(each, value[name], strict=True) if isinstance(each, list) else ():
            if isinstance(entry, BaseModel):
                _check_fields(entry, given)


def _check_filled(parsed: BaseModel) -> None:
    """Raise where a list is empty, or what is asked for is blank."""
    for name, value in parsed:
        if isinstance(value, list) and not value:
            raise Unreadable(f"its list {name} is empty")
        if name in ("question", "statement") and not str(value).strip():
            raise Unreadable(f"its field {name} is empty")
    for entry in items_of(parsed):
        if isinstance(entry, str) and not entry.strip():
            raise Unreadable("one of its statements is empty")
        if isinstance(entry, BaseModel):
            _check_filled(entry)


def _check_aligned(parsed: BaseModel, asked: Sequence[str]) -> None:
    """Raise unless there is a verdict for each of ``asked``, on that statement and no other."""
    entries = [entry for entry in items_of(parsed) if isinstance(entry, BaseModel)]
    if len(entries) != len(asked):
        raise Unreadable(f"it judges {len(entries)} statements of {len(asked)}")
    plain = [_plain(statement) for statement in asked]
    for place, entry in enumerate(entries):
        said = _plain(getattr(entry, "statement", ""))
        if said == plain[place]:
            continue
        alike = _alike(said, plain[place])
        if alike < ALIKE or any(_alike(said, other) > alike for other in plain):
            raise Unreadable(f"its verdict {place + 1} is on another statement")


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _plain(statement: str) -> str:
    return " ".join("".join(char if char.isalnum() else " " for char in statement.casefold()).split())
