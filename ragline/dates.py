"""Dates and times as they are written: from an ISO 8601 form to the span of time that it names.

``2024-05`` is all of May, ``2024-05-17T10:30`` a minute. Understood are years, months, days (``2024-05-17``, ``20240517``,
``2024-137``), weeks (``2024-W20``, ``2024-W20-5``), and a day with a time after ``T`` or a space: hours, minutes, seconds or a
fraction of these, with an offset (``Z``, ``+02:00``, ``+0200``, ``+02``) or without. Years run from 1 to 9999.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_EPOCH = datetime(1, 1, 1)  # noqa: DTZ001 - instants are counted from here in UTC
_MICROSECOND = timedelta(microseconds=1)
_DAY_US = 86_400_000_000
_YEAR_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?")
_WEEK = re.compile(r"\d{4}-?W\d{2}")
_ORDINAL = re.compile(r"\d{4}-?\d{3}")
_TIME = re.compile(r"(?P<clock>\d{2}(?::?\d{2}(?::?\d{2})?)?)(?P<fraction>[.,]\d+)?(?P<offset>Z|z|[+-]\d{2}(?::?\d{2})?)?")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})?")
_UNIT_US = {2: 3_600_000_000, 4: 60_000_000, 6: 1_000_000}
"""Digits of a clock time -> microseconds that it spans."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From ``start`` up to but not including ``end``, in microseconds since the year 1 in UTC."""

    start: int
    end: int


def span_of(value: object, zone: str = "UTC") -> Span | None:
    """The span that a text, :class:`datetime.date` or :class:`datetime.datetime` names; ``None`` where it names none.

    ``zone`` is that of texts and times without an offset of their own. Raises :class:`ValueError` for an unknown zone.
    """
    if isinstance(value, date):
        return _span(value.isoformat(), zone)
    return _span(value.strip(), zone) if isinstance(value, str) and len(value) <= _LONGEST else None


_LONGEST = 64  # characters; the longest form has half of that


@lru_cache(maxsize=100_000)
def _span(text: str, zone: str) -> Span | None:
    rules = zone_of(zone)
    day, separator, time = text.replace("t", "T").replace(" ", "T", 1).partition("T")
    try:
        first, after = _days(day)
        if not separator:
            return Span(_instant(first, rules), _instant(after, rules) if after else _instant(first, rules) + _DAY_US)
        return _timed(first, time, rules) if after is None or after - first == timedelta(days=1) else None
    except (ValueError, OverflowError):
        return None


def _days(text: str) -> tuple[datetime, datetime | None]:
    """The first moment of what a date names, and the first after it; ``None`` where that is past the last year."""
    if found := _YEAR_MONTH.fullmatch(text):
        year, month = int(found[1]), int(found[2] or 1)
        first = datetime(year, month, 1)  # noqa: DTZ001 - local to a zone that is applied later
        months = year * 12 + month - 1 + (1 if found[2] else 12)
        return first, datetime(months // 12, months % 12 + 1, 1) if months < 120_000 else None  # noqa: DTZ001
    if _ORDINAL.fullmatch(text):
        first = datetime(int(text[:4]), 1, 1) + timedelta(days=int(text[-3:]) - 1)  # noqa: DTZ001
        if first.year != int(text[:4]):
            raise ValueError(text)
        return _whole_days(first, 1)
    if _WEEK.fullmatch(text):
        return _whole_days(datetime.fromisoformat(f"{text}{'-' if '-' in text else ''}1"), 7)
    return _whole_days(datetime.combine(date.fromisoformat(text), datetime.min.time()), 1)


def _whole_days(first: datetime, count: int) -> tuple[datetime, datetime | None]:
    try:
        return first, first + timedelta(days=count)
    except OverflowError:
        return first, None


def _timed(day: datetime, text: str, rules: tzinfo) -> Span | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    digits = found["clock"].replace(":", "")
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4] or 0), int(digits[4:6] or 0)
    local = day.replace(hour=hours, minute=minutes, second=seconds)
    unit = _UNIT_US[len(digits)]
    part = 0
    if found["fraction"]:
        decimals = found["fraction"][1:]
        part = int(decimals) * unit // 10 ** len(decimals)
        unit = max(1, unit // 10 ** len(decimals))
    start = _instant(local, zone_of(found["offset"].upper()) if found["offset"] else rules) + part
    return Span(start, start + unit)


def _instant(local: datetime, rules: tzinfo) -> int:
    """Whole numbers, as the first and the last hours of the calendar have no date in every zone."""
    offset = local.replace(tzinfo=rules).utcoffset() or timedelta()
    return (local - _EPOCH) // _MICROSECOND - offset // _MICROSECOND


@lru_cache(maxsize=1024)
def zone_of(name: str) -> tzinfo:
    """The rules of ``UTC``, ``Z``, an offset such as ``+02:00``, or a zone such as ``Europe/Berlin``.

    Raises :class:`ValueError` where there is none of that name.
    """
    if name in {"UTC", "Z"}:
        return UTC
    if found := _OFFSET.fullmatch(name):
        size = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return timezone(-size if found[1] == "-" else size)
    try:
        return ZoneInfo(name)
    except (OSError, KeyError, ValueError) as error:  # no such file, no such zone, no proper name
        raise ValueError(f"There is no time zone {name!r}; write e.g. UTC, +02:00 or Europe/Berlin.") from error
