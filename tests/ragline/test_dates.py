"""Dates and times in their ISO forms, and the condition on them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragline.date_range import BOUNDS, DateRange
from ragline.dates import span_of
from ragline.errors import FilterError
from ragline.filters import parse_filter

DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2024", "2024-01-01T00:00Z"),
        ("2024-05", "2024-05-01"),
        ("20240517", "2024-05-17"),
        ("2024-138", "2024-05-17"),
        ("2024138", "2024-05-17"),
        ("2024-W20-5", "2024-05-17"),
        ("2024W205", "2024-05-17"),
        ("2024-W20", "2024-05-13"),
        ("2024-05-17T10", "2024-05-17T10:00:00.000Z"),
        ("2024-05-17 10:30", "2024-05-17T10:30Z"),
        ("20240517T103000Z", "2024-05-17T10:30Z"),
        ("2024-05-17t10:30z", "2024-05-17T10:30Z"),
        ("2024-05-17T12:30+02:00", "2024-05-17T10:30Z"),
        ("2024-05-17T12:30+0200", "2024-05-17T10:30Z"),
        ("2024-05-17T05-05", "2024-05-17T10:00Z"),
        ("2024-05-17T10,5", "2024-05-17T10:30Z"),
        ("0001-01-01T00:00+14:00", "0001-01-01T00:00+1400"),
    ],
)
def test_one_moment_in_many_forms(text: str, same: str) -> None:
    one, other = span_of(text), span_of(same)
    assert one is not None
    assert other is not None
    assert one.start == other.start


@pytest.mark.parametrize(
    "text",
    ["", "May 2024", "2024-13", "2024-02-30", "2024-00", "0000", "24", "20245", "2024-W54", "2024-05T10:00", "2024-05-17T25:00",
     "2024-05-17T10:60", "2024-05-17T", "2024-05-17T10:30+25:00", "2024-05-17T10:3", "12:30", "2024-366x", "2023-366"],
)  # fmt: skip
def test_what_is_no_date_names_no_span(text: str) -> None:
    assert span_of(text) is None
    assert span_of(2024) is None


@pytest.mark.parametrize(
    ("text", "length"),
    [("2024", 366 * DAY), ("2023", 365 * DAY), ("2024-02", 29 * DAY), ("2024-W20", 7 * DAY), ("2024-05-17", DAY),
     ("2024-05-17T10", DAY // 24), ("2024-05-17T10:30", 60_000_000), ("2024-05-17T10:30:15", 1_000_000),
     ("2024-05-17T10:30:15.250", 1_000), ("9999-12-31", DAY)],
)  # fmt: skip
def test_a_span_is_as_long_as_what_is_written(text: str, length: int) -> None:
    span = span_of(text)
    assert span is not None
    assert span.end - span.start == length


def test_a_zone_holds_for_what_has_no_offset_and_knows_summer_time() -> None:
    day = span_of("2024-03-31", "Europe/Berlin")  # the day on which clocks go forward
    assert day is not None
    assert day.end - day.start == 23 * DAY // 24
    assert span_of("2024-05-17T12:30", "Europe/Berlin") == span_of("2024-05-17T10:30")
    assert span_of("2024-05-17T12:30Z", "Europe/Berlin") == span_of("2024-05-17T12:30Z")


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=11))])))
def test_every_moment_of_python_is_understood(moment: datetime) -> None:
    span = span_of(moment)
    assert span is not None
    assert span == span_of(moment.isoformat(" ")) == span_of(moment.isoformat().replace(":", ""))
    since = moment - datetime(1, 1, 1, tzinfo=moment.tzinfo)
    assert span.start == (since - (moment.utcoffset() or timedelta())) // timedelta(microseconds=1)


stamps = st.one_of(
    st.integers(2023, 2025).map(str),
    st.dates(date(2023, 1, 1), date(2025, 12, 31)).map(str),
    st.dates(date(2023, 1, 1), date(2025, 12, 31)).map(lambda day: day.strftime("%Y-%m")),
)


@given(stamps, stamps)
def test_every_value_is_before_within_or_after_a_bound(value: str, bound: str) -> None:
    met = {name for name in BOUNDS if DateRange("d", **{name: bound}).matches({"d": value})}
    assert met in ({"lt", "lte"}, {"on", "lte", "gte"}, {"gt", "gte"})


def test_bounds_go_by_whole_spans() -> None:
    may = {"d": "2024-05-31T23:59"}
    assert DateRange("d", on="2024-05").matches(may)
    assert DateRange("d", lte="2024-05").matches(may)
    assert not DateRange("d", gt="2024-05").matches(may)
    assert not DateRange("d", on="2024-05", zone="Europe/Berlin").matches({"d": "2024-05-31T23:59Z"})
    assert DateRange("d", gte=date(2024, 5, 31), lt=datetime(2024, 6, 1, tzinfo=UTC)).matches(may)


def test_one_item_of_a_list_meets_all_bounds_and_what_is_no_date_meets_none() -> None:
    june = DateRange("d", gte="2024-06", lt="2024-07")
    assert june.matches({"d": ["2023", "2024-06-05"]})
    assert not june.matches({"d": ["2024-05-31", "2024-07-01"]})
    for value in (2024, 20240605, True, None, "soon", ["soon"]):
        assert not june.matches({"d": value})
    assert not june.matches({})


def test_the_json_form() -> None:
    assert parse_filter({"d": {"date": "2024-05"}}) == DateRange("d", on="2024-05")
    given = parse_filter({"d": {"date": {"gte": "2024-05", "lt": "2025", "zone": "+02:00"}}})
    assert given == DateRange("d", gte="2024-05", lt="2025", zone="+02:00")
    assert DateRange("d", gte="20240517") == DateRange("d", gte="2024-05-17") != DateRange("d", gte="2024-05")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({}, "has no bound|have no bound"),
        ({"gte": None}, "not understood"),
        ({"gte": "soon"}, "'soon', which is no date or time"),
        ({"gte": 2024}, "2024, which is no date or time"),
        ({"since": "2024"}, "not understood"),
        ({"gte": "2024", "zone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        ({"gte": "2024", "zone": "../etc/passwd"}, "no time zone"),
        (["2024"], "not understood"),
    ],
)
def test_what_is_not_understood_is_refused(condition: object, message: str) -> None:
    with pytest.raises(FilterError, match=message):
        parse_filter({"d": {"date": condition}})
