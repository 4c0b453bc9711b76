"""Two evaluations, query by query."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from eval.comparison.compare import compare_results
from eval.comparison.comparison import Unpaired
from eval.comparison.hits import HitChange
from eval.golden import GoldenSet
from eval.judges.base import Score
from eval.randomisation import randomisation_p
from eval.result import EvalResult
from eval.run import Searcher, evaluate
from ragline.errors import GoldenMismatchError, InputError

MakeResult = Callable[..., EvalResult]


def faithful(**values: float | str) -> dict[str, dict[str, Score]]:
    """Scores of the metric faithfulness by query: a number, or the status of what has none."""
    scores = {
        name: Score(None, value, "no reply") if isinstance(value, str) else Score(value, "scored")  # type: ignore[arg-type]
        for name, value in values.items()
    }
    return {name: {"faithfulness": score} for name, score in scores.items()}


def test_a_difference_is_of_the_pairs_and_its_figures_are_those_of_the_field(make_result: MakeResult) -> None:
    a, b = make_result({"q1": 0.5, "q2": 1.0, "q3": 0.2}), make_result({"q1": 0.7, "q2": 1.0, "q3": 0.1})
    found = compare_results(a, b).metrics["nDCG@10"]
    assert (found.pairs, found.wins, found.losses, found.ties) == (3, 1, 1, 1)
    assert found.a == pytest.approx(1.7 / 3)
    assert found.b == pytest.approx(1.8 / 3)
    assert found.difference == pytest.approx(0.1 / 3)
    assert found.deviation == pytest.approx(float(np.std([0.2, 0.0, -0.1], ddof=1)))
    assert found.p == randomisation_p([0.2, 0.0, -0.1])
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.difference <= found.high


def test_the_other_direction_says_the_opposite(make_result: MakeResult) -> None:
    generator = np.random.default_rng(5)
    scores = {f"q{n}": generator.choice([0.0, 0.5, 1.0]) for n in range(60)}
    a, b = make_result(scores), make_result({name: min(1.0, score + 0.3) for name, score in scores.items()})
    there, back = compare_results(a, b).metrics["nDCG@10"], compare_results(b, a).metrics["nDCG@10"]
    assert there.difference == pytest.approx(-back.difference)
    assert (there.wins, there.losses, there.ties) == (back.losses, back.wins, back.ties)
    assert there.p == pytest.approx(back.p)
    assert there.is_significant
    assert back.is_significant


def test_an_evaluation_does_not_differ_from_itself(make_result: MakeResult) -> None:
    a = make_result({"q1": 0.5, "q2": 1.0}, rankings={"q1": ["x", "doc"]})
    comparison = compare_results(a, a)
    found = comparison.metrics["nDCG@10"]
    assert (found.difference, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)
    assert comparison.most_changed_first() == []
    assert comparison.changed_settings == {}


def test_less_is_better_for_noise_sensitivity(make_result: MakeResult) -> None:
    noise = [{name: {"noise_sensitivity": Score(value, "scored")} for name, value in side} for side in (
        [("q1", 0.6), ("q2", 0.4)], [("q1", 0.2), ("q2", 0.4)])]  # fmt: skip
    a, b = (make_result({"q1": 1.0, "q2": 1.0}, answers=side) for side in noise)
    found = compare_results(a, b).metrics["noise_sensitivity"]
    assert found.difference == pytest.approx(-0.2)
    assert found.gain == pytest.approx(0.2)
    assert (found.wins, found.losses) == (1, 0)
    assert found.gain_interval == pytest.approx((0.0, 0.4))


def test_law_only_queries_that_both_scored_enter_and_the_others_are_listed(make_result: MakeResult) -> None:
    a = make_result({"q1": 0.5, "q2": None, "q3": 0.4, "q4": None})
    b = make_result({"q1": 0.7, "q2": 1.0, "q3": None, "q4": None})
    found = compare_results(a, b).metrics["nDCG@10"]
    assert found.pairs == 1
    assert found.difference == pytest.approx(0.2)
    slow = "search: TimeoutError: too slow"
    assert found.unpaired == (Unpaired("q2", slow, ""), Unpaired("q3", "", slow), Unpaired("q4", slow, slow))


def test_a_failed_judgement_is_unpaired_and_a_refusal_on_both_sides_is_not_missing(make_result: MakeResult) -> None:
    scores = {"q1": 1.0, "q2": 1.0, "q3": 1.0, "q4": 1.0}
    a = make_result(scores, answers=faithful(q1=0.9, q2=0.8, q3="refusal", q4="refusal"))
    b = make_result(scores, answers=faithful(q1=0.7, q2="failed", q3="refusal", q4=0.5))
    found = compare_results(a, b).metrics["faithfulness"]
    assert (found.pairs, found.not_applicable) == (1, 1)
    assert found.unpaired == (Unpaired("q2", "", "no reply"), Unpaired("q4", "no reply", ""))


def test_a_metric_that_one_side_does_not_have_has_no_pair(make_result: MakeResult) -> None:
    a, b = make_result({"q1": 1.0}, answers=faithful(q1=0.9)), make_result({"q1": 1.0})
    found = compare_results(a, b).metrics["faithfulness"]
    assert (found.pairs, found.difference, found.p, found.p_holm) == (0, None, None, None)
    assert found.unpaired == (Unpaired("q1", "", "not measured"),)


def test_whether_the_right_reaction_came_is_compared_too(make_result: MakeResult) -> None:
    a = make_result({"q1": 1.0, "q2": 1.0}, answers=faithful(q1=0.9, q2=0.9))
    rows = (replace(a.rows[0], abstained=True), replace(a.rows[1], answerable=False))
    found = compare_results(a, replace(a, rows=rows)).metrics["abstention_accuracy"]
    assert (found.a, found.b) == (1.0, 0.0)


def test_the_correction_is_for_the_metrics_that_are_tested(make_result: MakeResult) -> None:
    scores = {f"q{n}": 0.5 for n in range(6)}
    answers = faithful(**dict.fromkeys(scores, 0.5))
    a = make_result(scores, answers=answers)
    b = make_result(dict.fromkeys(scores, 0.6), answers=answers)
    both = compare_results(a, b, metrics=["nDCG@10", "faithfulness"])
    assert both.tested == 2
    assert both.metrics["nDCG@10"].p_holm == pytest.approx(2 * 2 / 2**6)
    one = compare_results(a, b, metrics=["ndcg@10"])
    assert one.metrics["nDCG@10"].p_holm == pytest.approx(2 / 2**6)
    untested = one.metrics["faithfulness"]
    assert (untested.difference, untested.p, untested.p_holm, untested.is_significant) == (0.0, None, None, False)


def test_each_family_is_tested_once_at_the_deepest_cut_off_of_both(golden: GoldenSet, searcher: Searcher) -> None:
    a, b = (evaluate(golden, searcher, ks=ks) for ks in ((1, 5, 20), (1, 5, 10)))
    found = compare_results(a, b)
    tested = [metric.name for metric in found.metrics.values() if metric.is_tested]
    assert {name.partition("@")[2] for name in tested} == {"5"}
    assert found.metrics["nDCG@1"].difference == 0.0
    assert found.metrics["nDCG@20"].pairs == 0


def test_hits_that_entered_left_and_moved_are_told(make_result: MakeResult) -> None:
    a = make_result({"q1": 0.5}, rankings={"q1": ["x", "y", "doc"]})
    b = make_result({"q1": 0.6}, rankings={"q1": ["x", "doc", "z"]})
    (query,) = compare_results(a, b).queries
    expected = (HitChange("doc", 3, 2, True), HitChange("z", None, 3, False), HitChange("y", 2, None, False))
    assert query.hits == expected
    assert [hit.change for hit in query.hits] == ["moved", "entered", "left"]
    assert query.outcome == "win"


def test_losses_come_first_and_the_worst_of_them_before_the_others(make_result: MakeResult) -> None:
    a = make_result({"even": 0.5, "won": 0.2, "lost": 0.6, "lost more": 0.9, "gone": 0.4})
    b = make_result({"even": 0.5, "won": 0.3, "lost": 0.5, "lost more": 0.1, "gone": None})
    comparison = compare_results(a, b)
    assert [query.id for query in comparison.most_changed_first()] == ["lost more", "lost", "won"]
    assert comparison.counts == {
        "queries": 5, "win": 1, "loss": 2, "tie": 1, "unpaired": 1, "only_a": 0, "only_b": 0,
    }  # fmt: skip


def test_law_another_golden_set_is_refused_and_joined_by_id_on_demand(make_result: MakeResult) -> None:
    a = make_result({"q1": 0.5, "q2": 0.5, "q3": 0.1})
    b = make_result({"q1": 0.7, "q2": 0.7, "q4": 0.3}, sha256="6" * 64)
    with pytest.raises(GoldenMismatchError, match="by_id"):
        compare_results(a, b)
    other = replace(b, rows=(b.rows[0], replace(b.rows[1], query="another question"), b.rows[2]))
    comparison = compare_results(a, other, by_id=True)
    assert comparison.joined_by_id
    found = comparison.metrics["nDCG@10"]
    assert found.pairs == 1
    assert [(each.id, each.a, each.b) for each in found.unpaired] == [
        ("q2", "", "no such query"), ("q3", "", "no such query"), ("q2", "no such query", ""), ("q4", "no such query", ""),
    ]  # fmt: skip
    assert (comparison.counts["only_a"], comparison.counts["only_b"]) == (2, 2)


def test_nothing_in_common_is_refused(make_result: MakeResult) -> None:
    with pytest.raises(GoldenMismatchError, match="no query in common"):
        compare_results(make_result({"q1": 1.0}), make_result({"q2": 1.0}, sha256="6" * 64), by_id=True)


def test_a_metric_that_is_not_known_is_refused(make_result: MakeResult) -> None:
    a = make_result({"q1": 1.0})
    with pytest.raises(InputError, match="nDCG@11"):
        compare_results(a, a, metrics=["nDCG@11"])
    with pytest.raises(InputError, match="is a text"):
        compare_results(a, a, metrics="nDCG@10")


def test_rankings_of_documents_and_of_chunks_are_not_compared(make_result: MakeResult) -> None:
    a, b = (make_result({"q1": 1.0}, configuration={"eval.unit": unit}) for unit in ("document", "chunk"))
    with pytest.raises(InputError, match="unit"):
        compare_results(a, b)


def test_settings_that_differ_are_told(make_result: MakeResult) -> None:
    a = make_result({"q1": 1.0}, configuration={"mode": "hybrid", "rrf_k": 60})
    b = make_result({"q1": 1.0}, configuration={"mode": "hybrid", "rrf_k": 30, "depth": 100})
    assert compare_results(a, b).changed_settings == {"rrf_k": (60, 30), "depth": (None, 100)}
