"""Both orders of every pair: what depends on the order is a tie and is counted, and the places of winners are told."""

from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.judges.pairwise.base import Choice, Pair, Preference
from eval.judges.pairwise.comparing import compare

Prefer = Callable[[str, str], Choice | None]


class Judge:
    """Prefers by a rule; keeps what it was shown."""

    name = "rule"
    fingerprint: Mapping[str, str] = {"version": "1"}

    def __init__(self, rule: Prefer) -> None:
        self.rule = rule
        self.shown: list[tuple[str, str]] = []

    def prefer(self, question: str, contexts: Sequence[str], first: str, second: str) -> Preference:
        self.shown.append((first, second))
        choice = self.rule(first, second)
        return Preference(choice, "" if choice else "cut off")


def pairs(*texts: tuple[str, str]) -> list[Pair]:
    return [Pair(str(place), "Q?", ("c",), one, other) for place, (one, other) in enumerate(texts)]


def better(first: str, second: str) -> Choice:
    """The answer with more exclamation marks."""
    gap = first.count("!") - second.count("!")
    return "tie" if not gap else "first" if gap > 0 else "second"


def test_every_pair_is_shown_in_both_orders() -> None:
    judge = Judge(better)
    compare(judge, pairs(("a!", "b"), ("c", "d!!")))
    assert judge.shown == [("a!", "b"), ("b", "a!"), ("c", "d!!"), ("d!!", "c")]


def test_a_judge_that_sees_the_answers_has_winners_and_no_position_bias() -> None:
    report = compare(Judge(better), pairs(("a!", "b"), ("c", "d!!"), ("e", "f"), ("g!", "h")))
    assert (report.wins, report.losses, report.ties, report.failed, report.inconsistent) == (2, 1, 1, 0, 0)
    assert [row.winner for row in report.rows] == ["one", "other", "tie", "one"]
    assert report.score is not None
    assert report.score.mean == pytest.approx((2 + 0.5) / 4)
    assert report.position_bias == 0.0


@pytest.mark.parametrize(("choice", "bias"), [("first", 0.5), ("second", -0.5)])
def test_a_judge_that_goes_by_the_place_has_ties_only_and_its_bias_is_told(choice: Choice, bias: float) -> None:
    report = compare(Judge(lambda first, second: choice), pairs(("a", "b"), ("c", "d!")))
    assert (report.wins, report.losses, report.ties, report.inconsistent) == (0, 0, 2, 2)
    assert report.score is not None
    assert report.score.mean == 0.5
    assert report.position_bias == bias
    assert report.length_bias is None


def test_a_tie_in_one_order_only_is_a_tie_and_inconsistent() -> None:
    report = compare(Judge(lambda first, second: "first" if first == "a" else "tie"), pairs(("a", "b")))
    assert (report.ties, report.inconsistent, report.rows[0].consistent) == (1, 1, False)


def test_a_judge_that_likes_long_answers_is_found_out() -> None:
    def longer(first: str, second: str) -> Choice:
        return "first" if len(first) > len(second) else "second"

    report = compare(Judge(longer), pairs(("a", "b" * 9), ("a" * 9, "b"), ("a" * 100, "b" * 101)))
    assert report.length_bias == 0.5
    assert report.position_bias == 0.0


def test_a_failed_verdict_voids_its_pair_and_no_other() -> None:
    def fails(first: str, second: str) -> Choice | None:
        return None if second == "a" else better(first, second)

    report = compare(Judge(fails), pairs(("a", "b"), ("c!", "d")))
    assert (report.wins, report.failed, report.inconsistent) == (1, 1, 0)
    assert (report.rows[0].winner, report.rows[0].consistent, report.rows[0].backward.reason) == (None, None, "cut off")
    assert report.score is not None
    assert report.score.mean == 1.0


def test_where_all_fail_there_are_no_figures() -> None:
    report = compare(Judge(lambda first, second: None), pairs(("a", "b")))
    assert (report.failed, report.score, report.position_bias, report.length_bias) == (1, None, None, None)


def test_several_at_a_time_give_the_same_in_the_same_order() -> None:
    asked = pairs(*((f"{place}!", f"{place}") for place in range(40)))
    told: list[int] = []
    at_once = compare(Judge(better), asked, concurrency=8, progress=told.append)
    assert at_once == compare(Judge(better), asked)
    assert sum(told) == 40


@given(st.lists(st.tuples(st.sampled_from(["", "!", "!!"]), st.sampled_from(["", "!"])), max_size=8), st.integers(0, 3))
def test_the_counts_add_up(texts: list[tuple[str, str]], seed: int) -> None:
    rules: list[Prefer] = [
        better,
        lambda first, second: "first",
        lambda first, second: None if "!" in first else "tie",
        lambda first, second: "second" if first else "tie",
    ]
    report = compare(Judge(rules[seed]), pairs(*texts))
    assert report.wins + report.losses + report.ties + report.failed == len(report.rows) == len(texts)
    assert report.inconsistent <= report.ties
    assert report.position_bias is None or -0.5 <= report.position_bias <= 0.5
