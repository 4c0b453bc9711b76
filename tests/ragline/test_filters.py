"""The filter language: one meaning, stated by tests."""

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
