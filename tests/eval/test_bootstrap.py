"""The bootstrap interval: exact cases, determinism and coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.bootstrap import Interval, mean_interval
from ragline.errors import InputError


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_the_interval_holds_the_mean_and_lies_within_the_values(values: list[float]) -> None:
    interval = mean_interval(values, resamples=400)
    assert interval.mean == pytest.approx(np.mean(values))
    assert min(values) - 1e-12 <= interval.low <= interval.high <= max(values) + 1e-12


def test_one_value_and_equal_values_have_no_width() -> None:
    assert mean_interval([0.4]) == Interval(0.4, 0.4, 0.4)
    assert mean_interval([0.5] * 9) == Interval(0.5, 0.5, 0.5)


def test_the_same_arguments_give_the_same_interval() -> None:
    values = np.random.default_rng(1).random(40).tolist()
    assert mean_interval(values) == mean_interval(values)
    assert mean_interval(values) != mean_interval(values, seed=1)


def test_a_higher_confidence_and_fewer_values_widen_it() -> None:
    values = np.random.default_rng(2).random(200).tolist()
    wide, usual = mean_interval(values, confidence=0.99), mean_interval(values)
    assert wide.low < usual.low < usual.high < wide.high
    few = mean_interval(values[:20])
    assert few.high - few.low > usual.high - usual.low


def test_drawing_in_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(3).random(100).tolist()
    whole = mean_interval(values)
    monkeypatch.setattr("eval.bootstrap._BLOCK", 700)
    assert mean_interval(values) == whole


def test_about_19_of_20_intervals_hold_the_true_mean() -> None:
    generator = np.random.default_rng(4)
    samples = generator.beta(2, 1, size=(400, 60))  # mean 2/3, skewed as retrieval scores are
    intervals = [mean_interval(sample.tolist(), resamples=500) for sample in samples]
    coverage = np.mean([interval.low <= 2 / 3 <= interval.high for interval in intervals])
    assert 0.91 <= coverage <= 0.98


def test_it_agrees_with_the_normal_interval_on_many_values() -> None:
    values = np.random.default_rng(5).random(2000)
    interval = mean_interval(values.tolist())
    margin = 1.96 * values.std() / np.sqrt(values.size)
    assert interval.low == pytest.approx(values.mean() - margin, abs=margin / 10)
    assert interval.high == pytest.approx(values.mean() + margin, abs=margin / 10)


def test_a_single_resample_is_its_own_interval() -> None:
    interval = mean_interval([0.0, 1.0, 1.0, 0.0], resamples=1)
    assert interval.low == interval.high


def test_every_resample_is_drawn_when_values_are_more_than_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(6).random(30).tolist()
    whole = mean_interval(values)
    monkeypatch.setattr("eval.bootstrap._BLOCK", 10)
    assert mean_interval(values) == whole


@pytest.mark.parametrize("values", [[], [float("nan")], [1.0, float("inf")]])
def test_values_without_a_mean_are_refused(values: list[float]) -> None:
    with pytest.raises(InputError, match="Leave out what could not be scored"):
        mean_interval(values)


@pytest.mark.parametrize(("resamples", "confidence"), [(0, 0.95), (10, 0.0), (10, 1.0)])
def test_settings_out_of_range_are_refused(resamples: int, confidence: float) -> None:
    with pytest.raises(InputError, match="Use the defaults"):
        mean_interval([1.0], resamples=resamples, confidence=confidence)
