"""The filter language: one meaning, stated by tests."""

import json
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragline.errors import FilterError
from ragline.filters import And, Eq, Exists, Filter, In, Not, Or, Prefix, Range, check_fields, fields_of, parse_filter

FIELDS: dict[str, Any] = {
    "product": "HX-200",
    "year": 2025,
    "price": 12.5,
    "draft": False,
    "tags": ["sensor", "outdoor"],
    "section_path": ["Benefits", "Health", "Dental"],
    "owner": None,
    "date": "2025-03-01",
}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"product": "HX-200"}, True),
        ({"product": "hx-200"}, False),
        ({"tags": "outdoor"}, True),
        ({"tags": {"in": ["indoor", "sensor"]}}, True),
        ({"year": {"gte": 2025, "lt": 2026}}, True),
        ({"year": {"gt": 2025}}, False),
        ({"price": {"lte": 12.5}}, True),
        ({"date": {"gte": "2025-01-01"}}, True),
        ({"year": "2025"}, False),
        ({"year": 2025.0}, True),
        ({"draft": 0}, False),
        ({"draft": False}, True),
        ({"year": {"gte": "2000"}}, False),
        ({"section_path": {"prefix": "Benefits > Health"}}, True),
        ({"section_path": {"prefix": "Health"}}, False),
        ({"product": {"prefix": "HX"}}, True),
        ({"owner": {"exists": True}}, False),
        ({"owner": {"exists": False}}, True),
        ({"missing": {"exists": False}}, True),
        ({"missing": 1}, False),
        ({"not": {"missing": 1}}, True),
        ({"and": [{"year": 2025}, {"draft": False}]}, True),
        ({"or": [{"year": 1}, {"draft": False}]}, True),
        ({"or": []}, False),
        ({"and": []}, True),
        ({}, True),
        ({"year": 2025, "product": "HX-300"}, False),
    ],
)
def test_meaning(written: dict[str, Any], expected: bool) -> None:
    assert parse_filter(written).matches(FIELDS) is expected


@pytest.mark.parametrize(
    "written",
    [
        [],
        "product=HX",
        {"year": {"gte": 2024, "in": [1]}},
        {"year": {"near": 2024}},
        {"year": {}},
        {"year": None},
        {"year": [2024]},
        {"or": {"year": 1}},
        {"and": [1]},
        {"not": [{"a": 1}]},
        {"product": {"prefix": 3}},
        {"owner": {"exists": "yes"}},
        {"tags": {"in": "sensor"}},
        {3: 4},
    ],
)
def test_malformed_is_a_typed_error(written: Any) -> None:
    with pytest.raises(FilterError):
        parse_filter(written)


def test_unknown_field_lists_the_known_ones() -> None:
    with pytest.raises(FilterError, match=r"Unknown filter field 'yaer'.*product, year"):
        check_fields(parse_filter({"yaer": 2024}), frozenset({"year", "product"}))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Eq("year", [1]),  # type: ignore[arg-type]
        lambda: Eq("year", None),  # type: ignore[arg-type]
        lambda: Eq("year", {"a": 1}),  # type: ignore[arg-type]
        lambda: Eq("year", float("nan")),
        lambda: Eq(1, 1),  # type: ignore[arg-type]
        lambda: In("year", "2024"),  # type: ignore[arg-type]
        lambda: In("year", ([1],)),  # type: ignore[arg-type]
        lambda: In("year", 2024),  # type: ignore[arg-type]
        lambda: Range("year"),
        lambda: Range("year", gte=[1]),  # type: ignore[arg-type]
        lambda: Range("year", gte=float("nan")),
        lambda: Prefix("product", 3),  # type: ignore[arg-type]
        lambda: Prefix(3, "HX"),  # type: ignore[arg-type]
        lambda: Exists(3),  # type: ignore[arg-type]
        lambda: Exists("owner", "yes"),  # type: ignore[arg-type]
        lambda: And(Eq("year", 1)),  # type: ignore[arg-type]
        lambda: And(({"year": 1},)),  # type: ignore[arg-type]
        lambda: Or((1,)),  # type: ignore[arg-type]
        lambda: Not({"year": 1}),  # type: ignore[arg-type]
    ],
)
def test_typed_constructors_check_what_the_json_form_checks(make: Callable[[], Filter]) -> None:
    with pytest.raises(FilterError, match=r"Write e\.g\."):
        make()


def test_lists_are_taken_where_tuples_are_meant() -> None:
    assert In("year", [1, 2]) == In("year", (1, 2))  # type: ignore[arg-type]
    assert And([Eq("year", 1)]) == And((Eq("year", 1),))  # type: ignore[arg-type]
    assert hash(Or([Eq("year", 1)])) == hash(Or((Eq("year", 1),)))  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [lambda v: Eq("f", v), lambda v: In("f", (v,)), lambda v: Range("f", lte=v)])
def test_filters_are_equal_when_they_mean_the_same(make: Callable[[Any], Filter]) -> None:
    assert make(1) == make(1.0)
    assert hash(make(1)) == hash(make(1.0))
    assert len({make(True), make(1), make("1"), make(0), make(False)}) == 5


def test_nesting_is_bounded() -> None:
    written: dict[str, Any] = {"year": 1}
    for _ in range(5000):
        written = {"not": written}
    with pytest.raises(FilterError, match="nested"):
        parse_filter(written)


def test_a_long_list_of_values_costs_one_look_for_each_document() -> None:
    among = In("doc_id", tuple(f"d{number}" for number in range(100_000)))
    started = time.perf_counter()
    assert not any(among.matches({"doc_id": f"e{number}"}) for number in range(1000))
    assert time.perf_counter() - started < 5  # comparing with each value takes minutes


@pytest.mark.parametrize("value", [{"a": 1}, [{"a": 1}], [None], [["a"]]])
def test_values_that_are_no_metadata_match_nothing(value: Any) -> None:
    for condition in (Eq("f", "a"), In("f", ("a", 1)), Range("f", gte="a"), Range("f", lt=1)):
        assert not condition.matches({"f": value})


scalars = st.one_of(st.booleans(), st.integers(-3, 3), st.sampled_from(["a", "b", "ab"]), st.sampled_from([0.5, 1.0]))
names = st.sampled_from(["f", "g", "h"])
leaves: st.SearchStrategy[Filter] = st.one_of(
    st.builds(Eq, names, scalars),
    st.builds(In, names, st.lists(scalars, max_size=3).map(tuple)),
    st.builds(Range, names, gte=scalars, lt=st.none() | scalars),
    st.builds(Prefix, names, st.sampled_from(["", "a"])),
    st.builds(Exists, names, st.booleans()),
)
filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=8,
)
documents = st.dictionaries(names, st.one_of(scalars, st.none(), st.lists(st.sampled_from(["a", "b"]), max_size=2)))


@given(filters, documents)
def test_laws_of_logic_hold(value: Filter, fields: dict[str, Any]) -> None:
    result = value.matches(fields)
    assert Not(value).matches(fields) is not result
    assert And((value, Not(value))).matches(fields) is False
    assert Or((value, Not(value))).matches(fields) is True
    assert parse_filter(value) is value
    assert hash(value) == hash(value)
    assert fields_of(value) <= {"f", "g", "h"}


def written(value: Filter) -> dict[str, Any]:
    """The JSON form of a typed filter."""
    match value:
        case Eq(name, item):
            return {name: item}
        case In(name, items):
            return {name: {"in": list(items)}}
        case Range(name):
            bounds = {"gt": value.gt, "gte": value.gte, "lt": value.lt, "lte": value.lte}
            return {name: {key: bound for key, bound in bounds.items() if bound is not None}}
        case Prefix(name, prefix):
            return {name: {"prefix": prefix}}
        case Exists(name, present):
            return {name: {"exists": present}}
        case And(parts):
            return {"and": [written(part) for part in parts]}
        case Or(parts):
            return {"or": [written(part) for part in parts]}
        case Not(part):
            return {"not": written(part)}


def evaluated(form: dict[str, Any], fields: dict[str, Any]) -> bool:
    """The meaning of a JSON form, written down a second time, as plainly as can be."""
    ((key, item),) = form.items()
    if key in {"and", "or"}:
        return (all if key == "and" else any)([evaluated(part, fields) for part in item])
    if key == "not":
        return not evaluated(item, fields)
    stored = fields.get(key)
    items = [] if stored is None else stored if isinstance(stored, list) else [stored]
    condition = item if isinstance(item, dict) else {"in": [item]}
    if "exists" in condition:
        return (stored is not None) == condition["exists"]
    if "prefix" in condition:
        text = " > ".join(stored) if isinstance(stored, list) else stored
        return isinstance(text, str) and text[: len(condition["prefix"])] == condition["prefix"]
    if "in" in condition:
        return any(alike(one, other) and one == other for one in items for other in condition["in"])
    return any(all(alike(one, bound) and within(one, name, bound) for name, bound in condition.items()) for one in items)


def alike(one: Any, other: Any) -> bool:
    kinds = [bool if isinstance(value, bool) else str if isinstance(value, str) else float for value in (one, other)]
    return kinds[0] is kinds[1]


def within(one: Any, name: str, bound: Any) -> bool:
    return {"gt": one > bound, "gte": one >= bound, "lt": one < bound, "lte": one <= bound}[name]


@given(filters, documents)
def test_typed_and_json_form_mean_the_same(value: Filter, fields: dict[str, Any]) -> None:
    form = json.loads(json.dumps(written(value)))
    assert parse_filter(form) == value
    assert value.matches(fields) is evaluated(form, fields)


@given(filters, filters, documents)
def test_equal_filters_have_equal_results(one: Filter, other: Filter, fields: dict[str, Any]) -> None:
    if one == other:
        assert hash(one) == hash(other)
        assert one.matches(fields) is other.matches(fields)


days = st.integers(0, 800).map(lambda number: date(2024, 1, 1) + timedelta(days=number))


@given(days, days, days)
def test_iso_dates_compare_as_dates(stored: date, low: date, high: date) -> None:
    condition = parse_filter({"date": {"gte": low.isoformat(), "lt": high.isoformat()}})
    assert condition.matches({"date": stored.isoformat()}) is (low <= stored < high)


@given(st.lists(st.integers(0, 9), max_size=4), st.integers(0, 9), st.integers(0, 9))
def test_one_item_of_a_list_must_lie_within_all_bounds(stored: list[int], low: int, high: int) -> None:
    assert Range("f", gte=low, lt=high).matches({"f": stored}) is any(low <= item < high for item in stored)
