import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragline.errors import InputError
from retrieval.answers.calibrate import calibrate

PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=40).filter(
    lambda pairs: len({answerable for _, answerable in pairs}) == 2
)


def test_separable_scores_are_separated_halfway() -> None:
    result = calibrate([(0.2, False), (0.4, False), (0.6, True), (0.9, True)])
    assert result.threshold == pytest.approx(0.5)
    assert (result.best.precision, result.best.recall, result.best.f1, result.best.abstained) == (1.0, 1.0, 1.0, 2)


def test_the_curve_runs_from_never_to_always() -> None:
    curve = calibrate([(0.2, False), (0.5, True), (0.7, False), (0.9, True)]).curve
    assert [point.abstained for point in curve] == [0, 1, 2, 3, 4]
    assert (curve[0].precision, curve[0].recall, curve[0].f1) == (1.0, 0.0, 0.0)
    assert (curve[-1].precision, curve[-1].recall) == (0.5, 1.0)
    assert curve[3].f1 == pytest.approx(0.8)


def test_a_stated_precision_is_kept_at_the_price_of_recall() -> None:
    pairs = [(0.1, False), (0.2, False), (0.3, True), (0.4, False), (0.5, False), (0.6, True)]
    assert calibrate(pairs).best.recall == 1.0
    strict = calibrate(pairs, min_precision=0.9)
    assert (strict.best.precision, strict.best.recall) == (1.0, 0.5)
    assert 0.2 < strict.threshold < 0.3


def test_equal_scores_are_decided_alike() -> None:
    assert [point.abstained for point in calibrate([(0.5, True), (0.5, False), (0.5, False)]).curve] == [0, 3]


@given(PAIRS, st.floats(0, 1))
def test_no_point_of_the_curve_is_better(pairs: list[tuple[float, bool]], min_precision: float) -> None:
    result = calibrate(pairs)
    assert result.best.f1 == max(point.f1 for point in result.curve)
    assert [point.threshold for point in result.curve] == sorted(point.threshold for point in result.curve)
    strict = calibrate(pairs, min_precision=min_precision)
    assert strict.best.precision >= min_precision
    assert strict.best.recall == max(point.recall for point in strict.curve if point.precision >= min_precision)


@given(PAIRS)
def test_the_point_says_what_the_threshold_does(pairs: list[tuple[float, bool]]) -> None:
    best = calibrate(pairs).best
    assert best.abstained == sum(score < best.threshold for score, _ in pairs)


@pytest.mark.parametrize("pairs", [[], [(0.5, True)], [(0.5, False), (0.6, False)]])
def test_both_kinds_of_question_are_needed(pairs: list[tuple[float, bool]]) -> None:
    with pytest.raises(InputError, match="Add questions"):
        calibrate(pairs)


def test_precision_is_a_share() -> None:
    with pytest.raises(InputError, match="from 0 to 1"):
        calibrate([(0.1, False), (0.2, True)], min_precision=95)
