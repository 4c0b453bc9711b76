"""The interval of a difference, against Student's t and by what it covers."""

import numpy as np
import pytest
from scipy import stats

from eval.bootstrap import mean_interval
from eval.comparison.interval import difference_interval, expanded_confidence, student_quantile


@pytest.mark.parametrize(("freedom", "error"), [(2, 0.04), (3, 0.005), (4, 0.001), (9, 1e-4), (300, 1e-9)])
def test_quantiles_of_t_are_those_of_scipy(freedom: int, error: float) -> None:
    assert student_quantile(0.975, freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=error)


def test_few_values_are_asked_for_more_and_many_for_the_same() -> None:
    assert expanded_confidence(5) > expanded_confidence(10) > expanded_confidence(100) > 0.95
    assert expanded_confidence(100_000) == pytest.approx(0.95, abs=1e-4)
    assert expanded_confidence(1) == 0.95


def test_it_covers_the_truth_where_the_plain_one_does_not() -> None:
    generator = np.random.default_rng(6)
    samples = generator.normal(0, 1, size=(600, 10))
    missed = {
        name: np.mean([not found.low <= 0 <= found.high for found in map(interval, samples.tolist())])
        for name, interval in (("expanded", difference_interval), ("plain", mean_interval))
    }
    assert missed["expanded"] == pytest.approx(0.05, abs=0.025)
    assert missed["plain"] > 0.08


def test_equal_differences_have_no_width_and_the_same_ones_the_same_interval() -> None:
    assert difference_interval([0.1] * 5).low == pytest.approx(0.1)
    assert difference_interval([0.1, -0.2, 0.3]) == difference_interval([0.1, -0.2, 0.3])
