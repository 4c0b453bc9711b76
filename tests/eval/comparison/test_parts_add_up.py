"""Whatever two evaluations hold, the parts of their comparison add up, and turning it round turns its signs."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eval.comparison.compare import compare_results
from eval.comparison.gate import parse_gates
from eval.judges.base import Score
from eval.result import EvalResult

MakeResult = Callable[..., EvalResult]
SCORES = st.sampled_from([None, 0.0, 0.5, 1.0]) | st.floats(0, 1)
JUDGED = st.sampled_from(["failed", "refusal", "no_context", None]) | st.floats(0, 1)
SIDES = st.lists(st.tuples(SCORES, SCORES, JUDGED, JUDGED), min_size=1, max_size=12)


def side(make_result: MakeResult, scores: list[float | None], judged: list[float | str | None]) -> EvalResult:
    answers = {
        f"q{number}": {"faithfulness": Score(value, "scored") if isinstance(value, float) else Score(None, value)}  # type: ignore[arg-type]
        for number, value in enumerate(judged)
        if value is not None
    }
    return make_result({f"q{number}": score for number, score in enumerate(scores)}, answers=answers)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SIDES)
def test_parts_add_up_and_the_other_way_round_is_the_opposite(make_result: MakeResult, drawn: list[tuple]) -> None:  # type: ignore[type-arg]
    first, second, judged_first, judged_second = (list(column) for column in zip(*drawn, strict=True))
    a, b = side(make_result, first, judged_first), side(make_result, second, judged_second)
    there, back = compare_results(a, b), compare_results(b, a)
    counts = there.counts
    assert counts["win"] + counts["loss"] + counts["tie"] + counts["unpaired"] == counts["queries"] == len(drawn)
    assert there.metrics.keys() == back.metrics.keys()
    for name, metric in there.metrics.items():
        other = back.metrics[name]
        assert metric.pairs + len(metric.unpaired) + metric.not_applicable == len(drawn), name
        assert metric.wins + metric.losses + metric.ties == metric.pairs
        assert (metric.wins, metric.losses, metric.ties) == (other.losses, other.wins, other.ties)
        assert (metric.difference is None) == (metric.pairs == 0)
        if metric.difference is not None and other.difference is not None:
            assert metric.difference == pytest.approx(-other.difference, abs=1e-12)
            assert metric.p is not None
            assert metric.p_holm is not None
            assert metric.p == pytest.approx(other.p)
            assert 0 < metric.p <= metric.p_holm <= 1
    scored = [name for name, metric in there.metrics.items() if metric.unpaired or not metric.pairs]
    for name in scored:
        assert not compare_results(a, b, gates=parse_gates(f"{name}:-1")).passed, "a score is missing"
