"""False alarms where two systems do not differ: simulated with scores that have the shapes and ties of real ones.

`python -m benchmarks comparison_null` does the same with the scores of real searches.
"""

import numpy as np
import pytest

from benchmarks.null_simulation import Scores, balanced, false_alarms, swapped


@pytest.fixture(scope="module")
def scores() -> Scores:
    """nDCG and hit rate of two systems, shape (300, 2, 2): half of the queries are found alike, most others at near ranks."""
    generator = np.random.default_rng(11)
    ranks = generator.choice([1, 1, 1, 2, 3, 5, 8, 20], size=(300, 2))
    ranks[:, 1] = np.where(generator.random(300) < 0.5, ranks[:, 0], ranks[:, 1])
    gains = np.where(ranks <= 10, 1 / np.log2(ranks + 1), 0.0)
    return np.stack([gains, (ranks <= 10).astype(float)], axis=1)


def test_the_false_alarm_rate_is_5_percent(scores: Scores) -> None:
    found = false_alarms(scores, swapped, queries=60, simulations=1000, rounds=999)
    assert 0.5 < found.ties < 0.8
    assert found.test == pytest.approx(0.05, abs=0.015)
    assert found.interval == pytest.approx(0.05, abs=0.02)
    assert found.family <= 0.065


def test_few_queries_raise_fewer_alarms_and_never_more(scores: Scores) -> None:
    found = false_alarms(scores, swapped, queries=10, simulations=500, rounds=999)
    assert found.test <= 0.05
    assert found.family <= 0.05


def test_means_that_are_equal_by_other_differences_raise_about_as_many(scores: Scores) -> None:
    assert false_alarms(scores, balanced, queries=100, simulations=400, rounds=999).test == pytest.approx(0.05, abs=0.03)


def test_a_simulation_repeats(scores: Scores) -> None:
    first, again = (false_alarms(scores, swapped, queries=20, simulations=20, rounds=99, seed=4) for _ in range(2))
    assert first == again
