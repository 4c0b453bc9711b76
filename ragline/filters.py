"""Metadata filters: a small typed language with one meaning on every backend.

A filter is a value of this module, or its JSON form, which Python, the command line and HTTP share::

    {"product": "HX-200"}                        the field equals the value; a list field contains it
    {"year": {"gte": 2024, "lt": 2026}}          range: gt, gte, lt, lte
    {"product": {"in": ["HX-200", "HX-300"]}}    one of these
    {"section_path": {"prefix": "Benefits"}}     the text, or the list of headings joined by " > ", starts with it
    {"owner": {"exists": true}}                  the field is there and not null
    {"and": [...]}  {"or": [...]}  {"not": {...}}

Several fields in one object are joined by *and*. A condition on a field that a document does not have is false. Values of
different types are never equal (``1``, ``"1"`` and ``true`` are three values; ``1`` and ``1.0`` are one). A field that no
document of the collection has is an error, so that a typing mistake cannot look like an empty result.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ragline.errors import FilterError
from ragline.types import MetadataValue, Scalar

Fields = Mapping[str, MetadataValue]
SECTION_SEPARATOR = " > "
DOCUMENT_FIELDS = frozenset({"doc_id", "title", "source", "language"})
CHUNK_FIELDS = frozenset({"kind", "page", "section_path"})
"""Fields that differ between the chunks of one document."""

_HINT = 'Write e.g. {"year": {"gte": 2024}}; see ragline.filters for the language.'


@dataclass(frozen=True, slots=True)
class Eq:
    """The field equals ``value``, or is a list that contains it."""

    field: str
    value: Scalar

    def matches(self, fields: Fields) -> bool:
        return any(_same(item, self.value) for item in _items(fields.get(self.field)))


@dataclass(frozen=True, slots=True)
class In:
    """The field equals one of ``values``, or is a list that contains one of them."""

    field: str
    values: tuple[Scalar, ...]

    def matches(self, fields: Fields) -> bool:
        return any(_same(item, value) for item in _items(fields.get(self.field)) for value in self.values)


@dataclass(frozen=True, slots=True)
class Range:
    """The field lies in the range. Numbers compare with numbers, texts (ISO dates among them) with texts."""

    field: str
    gt: Scalar | None = None
    gte: Scalar | None = None
    lt: Scalar | None = None
    lte: Scalar | None = None

    def matches(self, fields: Fields) -> bool:
        return any(self._holds(item) for item in _items(fields.get(self.field)))

    def _holds(self, item: Any) -> bool:
        tests: tuple[tuple[Any, Callable[[Any, Any], bool]], ...] = (
            (self.gt, lambda a, b: a > b),
            (self.gte, lambda a, b: a >= b),
            (self.lt, lambda a, b: a < b),
            (self.lte, lambda a, b: a <= b),
        )
        return all(bound is None or (_comparable(item, bound) and test(item, bound)) for bound, test in tests)


@dataclass(frozen=True, slots=True)
class Prefix:
    """The text, or a list joined by ``" > "``, starts with ``prefix``."""

    field: str
    prefix: str

    def matches(self, fields: Fields) -> bool:
        value = fields.get(self.field)
        text = SECTION_SEPARATOR.join(map(str, value)) if isinstance(value, list | tuple) else value
        return isinstance(text, str) and text.startswith(self.prefix)


@dataclass(frozen=True, slots=True)
class Exists:
    """The field is there and not null (``present=True``), or the contrary."""

    field: str
    present: bool = True

    def matches(self, fields: Fields) -> bool:
        return (fields.get(self.field) is not None) is self.present


@dataclass(frozen=True, slots=True)
class And:
    """All of ``filters`` hold; an empty *and* is true."""

    filters: "tuple[Filter, ...]"

    def matches(self, fields: Fields) -> bool:
        return all(item.matches(fields) for item in self.filters)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of ``filters`` holds; an empty *or* is false."""

    filters: "tuple[Filter, ...]"

    def matches(self, fields: Fields) -> bool:
        return any(item.matches(fields) for item in self.filters)


@dataclass(frozen=True, slots=True)
class Not:
    """``filter`` does not hold."""

    filter: "Filter"

    def matches(self, fields: Fields) -> bool:
        return not self.filter.matches(fields)


Filter = Eq | In | Range | Prefix | Exists | And | Or | Not
FilterLike = Filter | Mapping[str, Any]


def parse_filter(value: FilterLike) -> Filter:
    """A typed filter from its JSON form; a typed filter comes back unchanged. Raises :class:`FilterError`."""
    if isinstance(value, Filter):
        return value
    if not isinstance(value, Mapping):
        raise FilterError(f"A filter is an object, not {type(value).__name__}. {_HINT}")
    parts = [_parse_entry(key, item) for key, item in value.items()]
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def fields_of(value: Filter) -> frozenset[str]:
    """The names of all fields that a filter looks at."""
    if isinstance(value, And | Or):
        return frozenset().union(*(fields_of(item) for item in value.filters))
    if isinstance(value, Not):
        return fields_of(value.filter)
    return frozenset({value.field})


def check_fields(value: Filter, known: frozenset[str]) -> None:
    """Raise :class:`FilterError` when the filter names a field that is not in ``known``."""
    unknown = fields_of(value) - known
    if unknown:
        raise FilterError(f"Unknown filter field {min(unknown)!r}. Fields of this collection: {', '.join(sorted(known))}.")


def _parse_entry(key: Any, item: Any) -> Filter:
    if not isinstance(key, str):
        raise FilterError(f"A filter's keys are texts, not {key!r}. {_HINT}")
    if key in {"and", "or"}:
        if not isinstance(item, list | tuple):
            raise FilterError(f"{key!r} takes a list of filters. {_HINT}")
        parts = tuple(parse_filter(part) for part in item)
        return And(parts) if key == "and" else Or(parts)
    if key == "not":
        return Not(parse_filter(item))
    if isinstance(item, Mapping):
        return _parse_condition(key, item)
    return Eq(key, _scalar(key, item))


def _parse_condition(field: str, item: Mapping[str, Any]) -> Filter:
    names = set(item)
    if names and names <= {"gt", "gte", "lt", "lte"}:
        return Range(field, **{name: _scalar(field, bound) for name, bound in item.items()})
    if names == {"eq"}:
        return Eq(field, _scalar(field, item["eq"]))
    if names == {"in"} and isinstance(item["in"], Sequence) and not isinstance(item["in"], str):
        return In(field, tuple(_scalar(field, value) for value in item["in"]))
    if names == {"prefix"} and isinstance(item["prefix"], str):
        return Prefix(field, item["prefix"])
    if names == {"exists"} and isinstance(item["exists"], bool):
        return Exists(field, item["exists"])
    raise FilterError(f"The condition {dict(item)!r} on field {field!r} is not understood. {_HINT}")


def _scalar(field: str, value: Any) -> Scalar:
    if isinstance(value, str | int | float | bool):
        return value
    raise FilterError(f"Field {field!r} is compared with {value!r}; give a text, a number or a truth value. {_HINT}")


def _items(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _same(left: Any, right: Any) -> bool:
    return _comparable(left, right) and bool(left == right)


def _comparable(left: Any, right: Any) -> bool:
    return _type_class(left) == _type_class(right)


def _type_class(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else "text"
