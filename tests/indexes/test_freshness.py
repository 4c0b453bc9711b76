"""How fresh a collection is, from the times at which its documents were changed."""

import pytest

from indexes.freshness import DAY_S, freshness

NOW = 1_800_000_000.0


def days_ago(*days: float) -> list[float]:
    return [NOW - day * DAY_S for day in days]


def test_the_newest_and_the_oldest_document() -> None:
    report = freshness({"a": days_ago(3, 10), "b": days_ago(1)}, now=NOW)
    assert (report.documents, report.newest_age) == (3, pytest.approx(1))
    assert [(row.source, row.documents) for row in report.sources] == [("a", 2), ("b", 1)]
    assert (report.sources[0].newest_age, report.sources[0].oldest_age) == (pytest.approx(3), pytest.approx(10))


def test_a_source_that_was_changed_weekly_and_is_silent_for_a_quarter_has_stopped() -> None:
    weekly = [90 + 7 * week for week in range(10)]
    (row,) = freshness({"news": days_ago(*weekly)}, now=NOW).sources
    assert row.usual_gap == 7
    assert row.has_stopped


def test_a_source_within_its_usual_gaps_has_not_stopped() -> None:
    yearly = [200 + 365 * year for year in range(4)]
    assert not freshness({"reports": days_ago(*yearly)}, now=NOW).sources[0].has_stopped
    assert not freshness({"busy": days_ago(20, 21, 22, 23)}, now=NOW).sources[0].has_stopped, "20 days are no silence"


def test_one_day_of_changes_tells_no_gap() -> None:
    (row,) = freshness({"once": days_ago(900, 900)}, now=NOW).sources
    assert row.usual_gap is None
    assert not row.has_stopped


def test_an_empty_collection() -> None:
    report = freshness({}, now=NOW)
    assert (report.documents, report.newest_age, report.sources) == (0, None, ())
