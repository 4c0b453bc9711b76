"""Precision and recall of abstaining."""

from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.abstention import Abstention, abstention


def test_counts_and_shares() -> None:
    outcomes = (
        [(False, True)] * 6 + [(False, False)] * 2 + [(True, True)] * 3 + [(True, False)] * 9 + [(True, None), (False, None)]
    )
    counts = abstention(outcomes)
    assert counts == Abstention(6, 2, 3, 9, 2)
    assert counts.precision == 6 / 9
    assert counts.recall == 6 / 8
    assert counts.false_alarms == 3 / 12
    assert {name: found.mean for name, found in counts.intervals.items()} == {
        "precision": 6 / 9,
        "recall": 6 / 8,
        "false alarms": 3 / 12,
    }


def test_shares_of_nothing_are_none() -> None:
    assert abstention([]) == Abstention(0, 0, 0, 0, 0)
    assert abstention([(True, False)]).precision is None
    assert abstention([(False, True)]).false_alarms is None
    assert set(abstention([(False, True)]).intervals) == {"precision", "recall"}
    assert abstention([(True, True)]).recall is None
    assert abstention([(False, None)]).recall is None


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([True, False, None]))))
def test_the_counts_add_up(outcomes: list[tuple[bool, bool | None]]) -> None:
    counts = abstention(outcomes)
    assert counts.total == len(outcomes)
    for share in (counts.precision, counts.recall):
        assert share is None or 0 <= share <= 1
