"""The short form of filters: what it means, what it refuses and where, and that it says all that the typed form does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragline.date_range import BOUNDS, DateRange
from ragline.errors import FilterError
from ragline.filters import And, Eq, Exists, Filter, In, Not, Or, Prefix, Range
from ragline.where import format_where, parse_where


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("year >= 2024 and product in (HX-200, HX-300)", And((Range("year", gte=2024), In("product", ("HX-200", "HX-300"))))),
        ("year >= 2024 < 2026", Range("year", gte=2024, lt=2026)),
        ("a = 1 or b = 2 and not c = 3", Or((Eq("a", 1), And((Eq("b", 2), Not(Eq("c", 3))))))),
        ("(a = 1 or b = 2) AND NOT c != 3", And((Or((Eq("a", 1), Eq("b", 2))), Not(Not(Eq("c", 3)))))),
        ('section_path prefix "Benefits > Health"', Prefix("section_path", "Benefits > Health")),
        ("owner exists and team missing", And((Exists("owner"), Exists("team", present=False)))),
        ("product not in (A)", Not(In("product", ("A",)))),
        ("a in ()", In("a", ())),
        ("n = -1.5e3", Eq("n", -1500.0)),
        ("n=007", Eq("n", "007")),
        ("n = 2024-05", Eq("n", "2024-05")),
        ('n = "2024"', Eq("n", "2024")),
        ("n = TRUE", Eq("n", True)),
        (r'n = "say \"so\" \\"', Eq("n", 'say "so" \\')),
        ('"in" = x', Eq("in", "x")),
        ("metadata.kind = x", Eq("metadata.kind", "x")),
        ("date >= date(2024-05) < date(2025)", DateRange("date", gte="2024-05", lt="2025")),
        ("d = date(2024-05-17, Europe/Berlin)", DateRange("d", on="2024-05-17", zone="Europe/Berlin")),
        ('d != date("2024-05-17 10:30")', Not(DateRange("d", on="2024-05-17T10:30"))),
        ("d = date", Eq("d", "date")),
    ],
)
def test_what_the_short_form_means(text: str, expected: Filter) -> None:
    assert parse_where(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"at character 1: >>> \(its end\): expected the name of a field"),
        ("year >=", r"at character 8: year >=>>> \(its end\): expected a value"),
        ("year 2024", r"at character 6: year >>>2024: expected = !="),
        ("year = 1 b", 'at character 10: year = 1 >>>b: expected "and", "or" or the end'),
        ("a in (1, 2", r"at character 11: a in \(1, 2>>> \(its end\): expected ,"),
        ("a in (1 2)", "expected ,"),
        ("(a = 1", r"expected \)"),
        ('a = "x', 'at character 5: a = >>>"x: the text in quotes has no end'),
        ("a = 1 and", "expected the name of a field"),
        ("and = 1", "expected the name of a field"),
        ("a = or", "expected a value"),
        ("a > 1 > 2", "at character 7: a > 1 >>>> 2: > stands twice"),
        ("a > 1 < date(2024)", "both bounds of a range are dates"),
        ("a > date(2024, UTC) < date(2025, +02:00)", "both bounds of a range are dates of one zone"),
        ("a = date(soon)", r"at character 10: a = date\(>>>soon\): 'soon' is no date"),
        ("a = date(2024, Mars)", "There is no time zone 'Mars'"),
        ("a in (date(2024))", "a list holds no dates"),
        ("a ! 1", "'!' means nothing here"),
        ("not " * 100 + "a = 1", "nested deeper than 64 levels"),
        ("(" * 5000 + "a = 1" + ")" * 5000, "nested deeper than 64 levels"),
        ("a = " + "x" * 100_000, "at most 100000"),
    ],
)
def test_an_error_points_at_its_place(text: str, message: str) -> None:
    with pytest.raises(FilterError, match=message):
        parse_where(text)


texts = st.text(max_size=12) | st.sampled_from(
    ["and", "In", "date", "007", "1e5", "-3", "true", "HX-200", 'a"b', "\\", "a > b"]
)
scalars = texts | st.integers() | st.floats(allow_nan=False) | st.booleans()
bounds = st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte"]), scalars, min_size=1)
zones = st.sampled_from(["UTC", "+02:00", "Europe/Berlin"])
dates = st.dictionaries(
    st.sampled_from(BOUNDS), st.dates().map(str) | st.datetimes() | st.integers(1000, 9999).map(str), min_size=1
)
conditions: st.SearchStrategy[Filter] = st.one_of(
    st.builds(Eq, texts, scalars),
    st.builds(In, texts, st.lists(scalars, max_size=4)),
    st.builds(lambda name, given: Range(name, **given), texts, bounds),
    st.builds(Prefix, texts, texts),
    st.builds(Exists, texts, st.booleans()),
    st.builds(lambda name, given, zone: DateRange(name, **given, zone=zone), texts, dates, zones),
)
filters = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=8,
)


@given(filters)
def test_every_filter_comes_back_as_it_was(value: Filter) -> None:
    assert parse_where(format_where(value)) == value


@given(
    st.text()
    | st.lists(
        st.sampled_from(["a", "b", "(", ")", ",", "=", "!=", ">=", "<", "and", "or", "not", "in", "date", "exists", '"x"', "1"])
    ).map(" ".join)
)
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        found = parse_where(text)
    except FilterError:
        return
    assert parse_where(format_where(found)) == found


def test_a_join_of_nothing_has_no_short_form() -> None:
    with pytest.raises(FilterError, match="use its JSON form"):
        format_where(And(()))
    assert format_where(Or((Eq("a", 1),))) == "a = 1"
