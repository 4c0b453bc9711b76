"""Sample sizes, against SciPy's exact distributions and simulated tests."""

import math

import numpy as np
import pytest
from scipy import stats

from eval.live.preference import sign_test_p
from eval.live.sample_size import detectable_difference, paired_queries, preference_lists, proportion_users
from ragline.errors import InputError


def exact_power(count: int, effect: float, alpha: float = 0.05) -> float:
    """The power of the two-sided paired t-test, from the noncentral t distribution."""
    shift, freedom = effect * math.sqrt(count), count - 1
    bound = stats.t.ppf(1 - alpha / 2, freedom)
    return float(stats.nct.sf(bound, freedom, shift) + stats.nct.cdf(-bound, freedom, shift))


@pytest.mark.parametrize("effect", [0.05, 0.1, 0.2, 0.5, 0.8])
@pytest.mark.parametrize("power", [0.8, 0.9])
def test_paired_queries_are_those_of_the_t_test_to_one(effect: float, power: float) -> None:
    count = paired_queries(effect * 0.3, 0.3, power=power)
    exact = next(n for n in range(max(2, count - 40), count + 40) if exact_power(n, effect) >= power)
    assert abs(count - exact) <= 1


def test_the_randomisation_test_has_the_power_that_was_asked_for() -> None:
    from eval.randomisation import randomisation_p

    generator = np.random.default_rng(7)
    shape = np.array([0.0] * 6 + [0.3, -0.3, 0.5, -0.5])  # ties, as scores of searches have
    count = paired_queries(0.08, float(shape.std()))
    samples = generator.choice(shape, size=(400, count)) + 0.08
    found = sum(randomisation_p(sample.tolist(), rounds=999) <= 0.05 for sample in samples)
    assert pytest.approx(found / 400, abs=0.06) == 0.8


def test_the_least_difference_is_the_other_way_round() -> None:
    count = paired_queries(0.02, 0.25)
    assert detectable_difference(count, 0.25) == pytest.approx(0.02, rel=0.001)


@pytest.mark.parametrize(("a", "b", "ratio"), [(0.1, 0.15, 1.0), (0.5, 0.55, 1.0), (0.2, 0.3, 0.25), (0.9, 0.8, 4.0)])
def test_users_have_the_power_that_was_asked_for(a: float, b: float, ratio: float) -> None:
    n_a, n_b = proportion_users(a, b, ratio=ratio)
    assert n_b == pytest.approx(ratio * n_a, abs=max(1, ratio))
    generator = np.random.default_rng(1)
    shares = generator.binomial(n_a, a, 4000) / n_a, generator.binomial(n_b, b, 4000) / n_b
    pooled = (n_a * shares[0] + n_b * shares[1]) / (n_a + n_b)
    z = (shares[1] - shares[0]) / np.sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    assert np.mean(np.abs(z) > stats.norm.ppf(0.975)) == pytest.approx(0.8, abs=0.02)


def test_a_figure_of_the_textbooks() -> None:
    assert proportion_users(0.5, 0.4) == (388, 388)


@pytest.mark.parametrize("share", [0.53, 0.6, 0.75])
def test_lists_have_the_power_that_was_asked_for(share: float) -> None:
    count = preference_lists(share)
    wins = np.arange(count + 1)
    rejected = np.array([sign_test_p(int(won), int(count - won)) <= 0.05 for won in wins])
    power = float(stats.binom.pmf(wins, count, share)[rejected].sum())
    assert 0.7 <= power <= 0.86, "the exact test is discrete"
    assert preference_lists(share, ties=0.5) == pytest.approx(2 * count, abs=1)


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("inf")])
def test_a_ratio_that_shares_out_nobody_is_named(ratio: float) -> None:
    with pytest.raises(InputError, match="ratio"):
        proportion_users(0.1, 0.12, ratio=ratio)


@pytest.mark.parametrize(
    "call",
    [
        lambda: paired_queries(0, 0.3),
        lambda: paired_queries(0.1, 0),
        lambda: paired_queries(0.1, float("inf")),
        lambda: paired_queries(0.1, 0.3, alpha=0),
        lambda: paired_queries(0.1, 0.3, power=1),
        lambda: detectable_difference(1, 0.3),
        lambda: proportion_users(0.2, 0.2),
        lambda: proportion_users(0, 0.2),
        lambda: proportion_users(0.1, 0.2, ratio=0),
        lambda: preference_lists(0.5),
        lambda: preference_lists(0.6, ties=1.0),
    ],
)
def test_what_cannot_be_planned_is_refused(call: object) -> None:
    with pytest.raises(InputError):
        call()  # type: ignore[operator]
