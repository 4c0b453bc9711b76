"""The condition on dates and times of :mod:`ragline.filters`."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ragline.dates import Span, span_of, zone_of
from ragline.errors import FilterError

Stamp = str | date
"""A text in an ISO 8601 form, or a :class:`datetime.date` or :class:`datetime.datetime`."""

BOUNDS = ("on", "gt", "gte", "lt", "lte")
_HOLDS: Mapping[str, Callable[[int, Span], bool]] = {
    "on": lambda moment, span: span.start <= moment < span.end,
    "gt": lambda moment, span: moment >= span.end,
    "gte": lambda moment, span: moment >= span.start,
    "lt": lambda moment, span: moment < span.start,
    "lte": lambda moment, span: moment < span.end,
}
_HINT = 'Write e.g. {"updated": {"date": {"gte": "2024-05", "lt": "2025"}}}.'


@dataclass(frozen=True, slots=True)
class DateRange:
    """The field, or one item of its list, is a date or time within all bounds given; one at least is needed.

    A bound names a span of time (see :mod:`ragline.dates`), and the field's value counts from the start of its own: ``on`` the
    bound is within it, ``gte`` and ``lt`` go by its start, ``gt`` and ``lte`` by its end, as in Elasticsearch. So all of May is
    ``on="2024-05"``, and 31 May 2024 is not ``gt="2024-05"``. ``zone`` holds for bounds and values that have no offset of their
    own. A value that is no date or time meets no bound; numbers are none.
    """

    field: str
    gt: Stamp | None = dataclasses.field(default=None, compare=False)
    gte: Stamp | None = dataclasses.field(default=None, compare=False)
    lt: Stamp | None = dataclasses.field(default=None, compare=False)
    lte: Stamp | None = dataclasses.field(default=None, compare=False)
    on: Stamp | None = dataclasses.field(default=None, compare=False)
    zone: str = "UTC"
    _bounds: tuple[tuple[str, Span], ...] = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.field, str):
            raise FilterError(f"A field's name is a text, not {self.field!r}. {_HINT}")
        object.__setattr__(self, "zone", _known_zone(self.zone))
        given = {name: getattr(self, name) for name in BOUNDS if getattr(self, name) is not None}
        if not given:
            raise FilterError(f"The dates of field {self.field!r} have no bound. {_HINT}")
        object.__setattr__(self, "_bounds", tuple((name, self._span(bound)) for name, bound in given.items()))

    def _span(self, bound: object) -> Span:
        span = span_of(bound, self.zone)
        if span is None:
            raise FilterError(f"Field {self.field!r} is compared with {bound!r}, which is no date or time in ISO form. {_HINT}")
        return span

    @property
    def bounds(self) -> dict[str, Stamp]:
        """The bounds that were given."""
        return {name: getattr(self, name) for name, _ in self._bounds}

    def matches(self, fields: Mapping[str, Any]) -> bool:
        value = fields.get(self.field)
        items = value if isinstance(value, list | tuple) else (value,)
        spans = (span_of(item, self.zone) for item in items)
        return any(all(_HOLDS[name](span.start, bound) for name, bound in self._bounds) for span in spans if span)


def parse_date_range(field: Any, item: Any) -> DateRange:
    """The condition from its JSON form: a stamp, or an object of bounds with or without a zone. Raises :class:`FilterError`."""
    if isinstance(item, str):
        return DateRange(field, on=item)
    if not isinstance(item, Mapping) or not item.keys() <= {*BOUNDS, "zone"} or None in item.values():
        raise FilterError(f"The dates {item!r} of field {field!r} are not understood. {_HINT}")
    return DateRange(field, **item)


def _known_zone(zone: object) -> str:
    try:
        zone_of(zone)
    except (ValueError, TypeError):
        raise FilterError(f"There is no time zone {zone!r}; write e.g. UTC, +02:00 or Europe/Berlin.") from None
    return str(zone)
