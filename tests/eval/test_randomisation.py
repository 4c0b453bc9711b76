"""The paired randomisation test."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from eval.randomisation import randomisation_p
from ragline.errors import InputError


def test_it_agrees_with_all_signs() -> None:
    differences = [0.3, 0.1, -0.05, 0.2, 0.4, -0.1, 0.0, 0.25]
    real = abs(sum(differences))
    means = [
        abs(sum(sign * value for sign, value in zip(signs, differences, strict=True))) for signs in product((1, -1), repeat=8)
    ]
    exact = sum(mean >= real - 1e-12 for mean in means) / len(means)
    assert randomisation_p(differences, rounds=40_000) == pytest.approx(exact, abs=0.01)


def test_it_agrees_with_scipy() -> None:
    differences = np.random.default_rng(2).normal(0.03, 0.2, 200)
    theirs = stats.permutation_test(
        (differences,), lambda x: x.mean(), permutation_type="samples", n_resamples=9_999, rng=np.random.default_rng(1)
    ).pvalue
    assert randomisation_p(differences.tolist()) == pytest.approx(theirs, abs=0.02)


def test_no_difference_is_no_evidence() -> None:
    assert randomisation_p([0.0] * 10) == 1.0
    assert randomisation_p([0.1, -0.1]) == 1.0


def test_a_clear_difference_has_a_small_p_that_is_not_zero() -> None:
    assert randomisation_p([0.1] * 50) == pytest.approx(1 / 10_001)


def test_the_same_differences_give_the_same_p() -> None:
    differences = [0.1, -0.2, 0.3, 0.05]
    assert randomisation_p(differences) == randomisation_p(differences)


@pytest.mark.parametrize("differences", [[], [float("nan")], [0.1, float("inf")]])
def test_what_cannot_be_tested_is_refused(differences: list[float]) -> None:
    with pytest.raises(InputError):
        randomisation_p(differences)
