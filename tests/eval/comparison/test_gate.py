"""Gates: what lets a change through."""

from collections.abc import Callable

import pytest

from eval.comparison.compare import compare_results
from eval.comparison.gate import Gate, GateVerdict, parse_gates
from eval.judges.base import Score
from eval.result import EvalResult
from ragline.errors import InputError

MakeResult = Callable[..., EvalResult]
Judge = Callable[..., dict[str, dict[str, Score]]]


def verdict(a: EvalResult, b: EvalResult, text: str, **options: object) -> GateVerdict:
    (found,) = compare_results(a, b, gates=parse_gates(text), **options).gates  # type: ignore[arg-type]
    return found


def test_gates_are_read() -> None:
    assert parse_gates("nDCG@10:-0.01, faithfulness:-0.02") == (Gate("nDCG@10", -0.01), Gate("faithfulness", -0.02))
    assert parse_gates("") == ()


@pytest.mark.parametrize("text", ["nDCG@10", "nDCG@10:", "nDCG@10:x", "nDCG@10:-2", "nDCG@10:nan", ",", "a:0,A:0", "a:1..2"])
def test_what_is_no_gate_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_gates(text)


def test_a_metric_that_neither_measures_is_an_error_and_not_a_pass(make_result: MakeResult) -> None:
    a = make_result({"q1": 1.0})
    with pytest.raises(InputError, match="faithfulness"):
        verdict(a, a, "faithfulness:-0.02")


def test_the_mean_decides_and_a_bound_that_is_reached_is_passed(make_result: MakeResult) -> None:
    a, b = make_result({"q1": 0.5, "q2": 0.5}), make_result({"q1": 0.49, "q2": 0.49})
    assert verdict(a, b, "nDCG@10:-0.01").passed
    failed = verdict(a, b, "ndcg@10:-0.0099")
    assert not failed.passed
    assert "-0.0100 is below -0.0099" in failed.reason
    assert not compare_results(a, b, gates=parse_gates("nDCG@10:0.01")).passed, "a bound above 0 asks for a gain"


def test_the_interval_decides_where_that_is_asked_for(make_result: MakeResult) -> None:
    noisy = {f"q{n}": 0.5 + (0.3 if n % 2 else -0.34) for n in range(20)}
    a, b = make_result(dict.fromkeys(noisy, 0.5)), make_result(noisy)
    assert not verdict(a, b, "nDCG@10:-0.01").passed
    assert verdict(a, b, "nDCG@10:-0.01", rule="significant").passed
    assert not verdict(a, b, "nDCG@10:-0.01", rule="non-inferior").passed
    worse = make_result(dict.fromkeys(noisy, 0.4))
    assert not verdict(a, worse, "nDCG@10:-0.01", rule="significant").passed
    assert verdict(a, a, "nDCG@10:-0.01", rule="non-inferior").passed


def test_law_a_score_that_is_missing_fails_the_gate(make_result: MakeResult) -> None:
    a = make_result({f"q{n}": 0.5 for n in range(10)})
    b = make_result({f"q{n}": 0.9 if n else None for n in range(10)})
    failed = verdict(a, b, "nDCG@10:-0.01")
    assert not failed.passed
    assert failed.missing == pytest.approx(0.1)
    assert failed.reason == "1 of 10 queries have no score on both sides"
    assert verdict(a, b, "nDCG@10:-0.01", max_missing=0.1).passed
    assert not verdict(b, a, "nDCG@10:-0.9").passed, "nor may it lack on the side before"


def test_law_a_metric_without_a_pair_fails_the_gate(make_result: MakeResult) -> None:
    scores = {"q1": 1.0, "q2": 1.0}
    judged = {name: {"faithfulness": Score(0.9, "scored")} for name in scores}
    down = {name: {"faithfulness": Score(None, "failed", "timeout")} for name in scores}
    silent = {name: {"faithfulness": Score(None, "refusal")} for name in scores}
    for other in (down, silent, None):
        failed = verdict(make_result(scores, answers=judged), make_result(scores, answers=other), "faithfulness:-0.5")
        assert not failed.passed
        assert failed.reason == "no query has a score on both sides"
    both = make_result(scores, answers=silent)
    assert not verdict(both, both, "faithfulness:-0.5", max_missing=0.99).passed


def test_less_noise_is_a_gain(make_result: MakeResult) -> None:
    quiet, loud = (
        make_result({"q1": 1.0}, answers={"q1": {"noise_sensitivity": Score(value, "scored")}}) for value in (0.1, 0.4)
    )
    assert verdict(loud, quiet, "noise_sensitivity:-0.02").passed
    assert not verdict(quiet, loud, "noise_sensitivity:-0.02").passed


def test_a_gate_is_tested_beside_the_metrics_that_were_named(make_result: MakeResult) -> None:
    judged = {"q1": {"faithfulness": Score(0.9, "scored")}}
    a = make_result({"q1": 1.0}, answers=judged)
    found = compare_results(a, a, metrics=["nDCG@10"], gates=parse_gates("faithfulness:0"))
    assert [metric.name for metric in found.metrics.values() if metric.is_tested] == ["nDCG@10", "faithfulness"]


@pytest.mark.parametrize("options", [{"rule": "median"}, {"max_missing": 1.0}, {"max_missing": -0.1}])
def test_options_that_make_no_sense_are_refused(make_result: MakeResult, options: dict[str, object]) -> None:
    a = make_result({"q1": 1.0})
    with pytest.raises(InputError):
        verdict(a, a, "nDCG@10:0", **options)
