"""Metadata filters: a small typed language with one meaning on every backend.

A filter is a value of this module, or its JSON form, which Python, the command line and HTTP share::

    {"product": "HX-200"}                        the field equals the value; a list field contains it
    {"year": {"gte": 2024, "lt": 2026}}          range: gt, gte, lt, lte
    {"product": {"in": ["HX-200", "HX-300"]}}    one of these
    {"section_path": {"prefix": "Benefits"}}     the text, or the list of headings joined by " > ", starts with it
    {"owner": {"exists": true}}                  the field is there and not null
    {"updated": {"date": "2024-05"}}             a date or time within May 2024, however it is written
    {"updated": {"date": {"gte": "2024-05"}}}    range of dates and times: on, gt, gte, lt, lte, and "zone"
    {"and": [...]}  {"or": [...]}  {"not": {...}}

Several fields in one object are joined by *and*. A condition on a field that a document does not have, or that is null, is
false (so that *not* of it is true). A field that holds a list meets ``eq``, ``in`` and a range when one of its items does, the
same item all bounds of a range; a list is never compared as a whole. Values of different types are never equal and lie in no
range of the other (``1``, ``"1"`` and ``true`` are three values; ``1`` and ``1.0`` are one). Texts compare by code points,
which puts ISO dates in order when they are written in one form; ``date`` (:class:`DateRange`) understands all forms and zones.

A chunk's own fields (:data:`CHUNK_FIELDS`) and the document's (:data:`DOCUMENT_FIELDS`) go before metadata of the same name,
which are reached as ``metadata.kind``. A field that no document has that the caller may see is an error, so that a typing
mistake cannot look like an empty result. :mod:`ragline.where` reads and writes filters in a short form for people.

Typed filters check what the JSON form checks, and raise :class:`ragline.errors.FilterError`. Filters that mean the same are
equal and hash alike; those whose values differ in type do not.
"""

import dataclasses
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ragline.date_range import DateRange, parse_date_range
from ragline.errors import FilterError
from ragline.types import MetadataValue, Scalar

Fields = Mapping[str, MetadataValue]
SECTION_SEPARATOR = " > "
DOCUMENT_FIELDS = frozenset({"doc_id", "title", "source", "language"})
CHUNK_FIELDS = frozenset({"kind", "page", "section_path", "injection"})
"""Fields that differ between the chunks of one document."""
OWN_FIELDS = DOCUMENT_FIELDS | CHUNK_FIELDS
MAX_DEPTH = 64
"""How deep a JSON filter may be nested. People write three levels; thousands, sent over HTTP, would exhaust Python's stack."""

_HINT = 'Write e.g. {"year": {"gte": 2024}}; see ragline.filters for the language.'
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_Key = tuple[str, Scalar]
"""A value with its type class: what equality goes by, as Python alone takes ``True``, ``1`` and ``1.0`` for equal."""


@dataclass(frozen=True, slots=True)
class Eq:
    """The field equals ``value``, or is a list that contains it."""

    field: str
    value: Scalar = dataclasses.field(compare=False)
    _key: _Key = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", _checked(_name(self.field), self.value))

    def matches(self, fields: Fields) -> bool:
        return any(_key(item) == self._key for item in _items(fields.get(self.field)))


@dataclass(frozen=True, slots=True)
class In:
    """The field equals one of ``values``, or is a list that contains one of them."""

    field: str
    values: tuple[Scalar, ...] = dataclasses.field(compare=False)
    _keys: frozenset[_Key] = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        name = _name(self.field)
        values: Any = self.values
        if not isinstance(values, Sequence) or isinstance(values, str | bytes):
            raise FilterError(f"Field {name!r} is compared with {values!r}; give a list of values. {_HINT}")
        object.__setattr__(self, "values", tuple(values))
        object.__setattr__(self, "_keys", frozenset(_checked(name, value) for value in values))

    def matches(self, fields: Fields) -> bool:
        return any(_key(item) in self._keys for item in _items(fields.get(self.field)))


@dataclass(frozen=True, slots=True)
class Range:
    """The field, or one item of its list, lies within all bounds given; ``None`` is no bound, and one at least is needed.

    Numbers compare with numbers, texts (ISO dates among them) with texts.
    """

    field: str
    gt: Scalar | None = dataclasses.field(default=None, compare=False)
    gte: Scalar | None = dataclasses.field(default=None, compare=False)
    lt: Scalar | None = dataclasses.field(default=None, compare=False)
    lte: Scalar | None = dataclasses.field(default=None, compare=False)
    _bounds: tuple[tuple[str, _Key], ...] = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        name = _name(self.field)
        given = {"gt": self.gt, "gte": self.gte, "lt": self.lt, "lte": self.lte}
        bounds = tuple((key, _checked(name, bound)) for key, bound in given.items() if bound is not None)
        if not bounds:
            raise FilterError(f"The range of field {name!r} has no bound. {_HINT}")
        object.__setattr__(self, "_bounds", bounds)

    def matches(self, fields: Fields) -> bool:
        return any(self._holds(item) for item in _items(fields.get(self.field)))

    def _holds(self, item: Any) -> bool:
        kind = _type_class(item)
        return all(kind == own and _COMPARE[key](item, bound) for key, (own, bound) in self._bounds)


@dataclass(frozen=True, slots=True)
class Prefix:
    """The text, or a list joined by ``" > "``, starts with ``prefix``."""

    field: str
    prefix: str

    def __post_init__(self) -> None:
        name = _name(self.field)
        if not isinstance(self.prefix, str):
            raise FilterError(f"Field {name!r} has the prefix {self.prefix!r}; give a text. {_HINT}")

    def matches(self, fields: Fields) -> bool:
        value = fields.get(self.field)
        text = SECTION_SEPARATOR.join(map(str, value)) if isinstance(value, list | tuple) else value
        return isinstance(text, str) and text.startswith(self.prefix)


@dataclass(frozen=True, slots=True)
class Exists:
    """The field is there and not null (``present=True``), or the contrary."""

    field: str
    present: bool = True

    def __post_init__(self) -> None:
        name = _name(self.field)
        if not isinstance(self.present, bool):
            raise FilterError(f"Whether field {name!r} exists is {self.present!r}; give true or false. {_HINT}")

    def matches(self, fields: Fields) -> bool:
        return (fields.get(self.field) is not None) is self.present


@dataclass(frozen=True, slots=True)
class And:
    """All of ``filters`` hold; an empty *and* is true."""

    filters: "tuple[Filter, ...]"

    def __post_init__(self) -> None:
        object.__setattr__(self, "filters", _parts(self.filters))

    def matches(self, fields: Fields) -> bool:
        return all(item.matches(fields) for item in self.filters)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of ``filters`` holds; an empty *or* is false."""

    filters: "tuple[Filter, ...]"

    def __post_init__(self) -> None:
        object.__setattr__(self, "filters", _parts(self.filters))

    def matches(self, fields: Fields) -> bool:
        return any(item.matches(fields) for item in self.filters)


@dataclass(frozen=True, slots=True)
class Not:
    """``filter`` does not hold."""

    filter: "Filter"

    def __post_init__(self) -> None:
        _parts((self.filter,))

    def matches(self, fields: Fields) -> bool:
        return not self.filter.matches(fields)


Filter = Eq | In | Range | Prefix | Exists | DateRange | And | Or | Not
FilterLike = Filter | Mapping[str, Any]


def parse_filter(value: FilterLike) -> Filter:
    """A typed filter from its JSON form; a typed filter comes back unchanged. Raises :class:`FilterError`."""
    return _parse(value, MAX_DEPTH)


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


def _parse(value: Any, depth: int) -> Filter:
    if isinstance(value, Filter):
        return value
    if not isinstance(value, Mapping):
        raise FilterError(f"A filter is an object, not {type(value).__name__}. {_HINT}")
    if depth == 0:
        raise FilterError(f"The filter is nested deeper than {MAX_DEPTH} levels. Write it flatter.")
    parts = [_parse_entry(key, item, depth - 1) for key, item in value.items()]
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _parse_entry(key: Any, item: Any, depth: int) -> Filter:
    if key in {"and", "or"}:
        if not isinstance(item, list | tuple):
            raise FilterError(f"{key!r} takes a list of filters. {_HINT}")
        parts = tuple(_parse(part, depth) for part in item)
        return And(parts) if key == "and" else Or(parts)
    if key == "not":
        return Not(_parse(item, depth))
    return _parse_condition(key, item) if isinstance(item, Mapping) else Eq(key, item)


def _parse_condition(name: Any, item: Mapping[str, Any]) -> Filter:
    keys = set(item)
    if keys and keys <= _COMPARE.keys() and not any(bound is None for bound in item.values()):
        return Range(name, **item)
    if keys == {"eq"}:
        return Eq(name, item["eq"])
    if keys == {"in"}:
        return In(name, item["in"])
    if keys == {"prefix"}:
        return Prefix(name, item["prefix"])
    if keys == {"exists"}:
        return Exists(name, item["exists"])
    if keys == {"date"}:
        return parse_date_range(name, item["date"])
    raise FilterError(f"The condition {dict(item)!r} on field {name!r} is not understood. {_HINT}")


def _name(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise FilterError(f"A field's name is a text, not {value!r}. {_HINT}")


def _checked(name: str, value: Any) -> _Key:
    """The key of a value that a field may be compared with. NaN is none: it equals nothing, not even itself."""
    key = _key(value)
    if key is None or value != value:
        raise FilterError(f"Field {name!r} is compared with {value!r}; give a text, a number or a truth value. {_HINT}")
    return key


def _parts(values: "Iterable[Filter]") -> "tuple[Filter, ...]":
    if not isinstance(values, list | tuple) or not all(isinstance(item, Filter) for item in values):
        raise FilterError(f"Typed filters are joined with typed filters, not {values!r}; see parse_filter. {_HINT}")
    return tuple(values)


def _items(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _key(value: Any) -> _Key | None:
    kind = _type_class(value)
    return None if kind is None else (kind, value)


def _type_class(value: Any) -> str | None:
    """``None`` stands for what is no scalar; it is compared with nothing."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else None
