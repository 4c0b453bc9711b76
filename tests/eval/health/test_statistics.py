"""The statistics of health: equal to references, calibrated where nothing changed, and awake where something did."""

from itertools import pairwise

import numpy as np
import pytest

from eval.health.domain_classifier import separation
from eval.health.kolmogorov import kolmogorov
from eval.health.percentiles import percentile
from eval.health.rates import Rate, difference, wilson
from eval.health.stability import stability

stats = pytest.importorskip("scipy.stats")


def test_the_index_is_the_sum_over_the_deciles() -> None:
    reference, current = np.arange(1000.0), np.arange(1000.0) ** 1.1
    edges = [-np.inf, *np.quantile(reference, np.arange(1, 10) / 10), np.inf]
    r, c = ([((x > low) & (x <= high)).sum() + 0.5 for low, high in pairwise(edges)] for x in (reference, current))
    shares = [(new / sum(c), old / sum(r)) for old, new in zip(r, c, strict=True)]
    assert stability(reference.tolist(), current.tolist()).psi == pytest.approx(sum((c - r) * np.log(c / r) for c, r in shares))


def test_equal_values_make_fewer_bins_and_no_index() -> None:
    found = stability([1.0] * 200, [1.0] * 200)
    assert (found.psi, found.has_shifted) == (pytest.approx(0.0), False)
    assert stability([1.0] * 200, [2.0] * 200).has_shifted


def test_what_chance_may_do_to_the_index_is_known() -> None:
    draw = np.random.default_rng(0)
    found = [stability(draw.normal(size=400).tolist(), draw.normal(size=150).tolist()) for _ in range(2000)]
    beyond = np.mean([each.psi > each.chance for each in found])
    assert 0 < beyond < 0.012, "5 in 1,000 are meant"


@pytest.mark.parametrize(("n", "m", "shift"), [(100, 150, 0.0), (300, 120, 0.2), (1000, 1000, 0.1), (200, 200, 1.0)])
def test_the_gap_is_that_of_scipy(n: int, m: int, shift: float) -> None:
    draw = np.random.default_rng(n)
    one, other = draw.normal(size=n), draw.normal(shift, size=m)
    found, known = kolmogorov(one.tolist(), other.tolist()), stats.ks_2samp(one, other, method="exact")
    assert found.statistic == pytest.approx(known.statistic)
    assert found.p == pytest.approx(known.pvalue, rel=0.25, abs=1e-6)


def test_the_interval_of_a_difference_is_the_published_one() -> None:
    """Newcombe 1998, table II, method 10, example (a): 56/70 and 48/80 give 0.0524 to 0.3339."""
    assert difference(Rate(48, 80), Rate(56, 70), z=1.959964) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_wilsons_interval_is_that_of_scipy() -> None:
    known = stats.binomtest(3, 50).proportion_ci(0.99, method="wilson")
    assert wilson(Rate(3, 50)) == pytest.approx((known.low, known.high), abs=1e-5)
    assert wilson(Rate(0, 0)) == (0.0, 1.0)


def test_the_interval_of_a_percentile_holds_it() -> None:
    draw = np.random.default_rng(0)
    true = float(np.exp(1.6448536))
    inside = [low.low <= true <= low.high for low in (percentile(draw.lognormal(size=300).tolist(), 0.95) for _ in range(1000))]
    assert np.mean(inside) > 0.975
    assert percentile([1.0, 2.0], 0.95).high == np.inf


@pytest.mark.parametrize("dim", [16, 256])
def test_two_samples_of_one_distribution_are_not_told_apart(dim: int) -> None:
    draw = np.random.default_rng(dim)
    found = [separation(*(draw.normal(size=(n, dim)).astype(np.float32) for n in (150, 120))) for _ in range(30)]
    assert sum(each.has_shifted for each in found) <= 1, "5 in 1,000 are meant"
    assert 0.45 < np.mean([each.auroc for each in found]) < 0.55


def test_a_third_about_something_new_is_told() -> None:
    draw = np.random.default_rng(1)
    old, new = draw.normal(size=(300, 64)), draw.normal(size=(300, 64))
    new[:100] += draw.normal(size=64) * 0.6
    found = separation(old.astype(np.float32), new.astype(np.float32))
    assert found.has_shifted
    assert separation(old.astype(np.float32), new.astype(np.float32)) == found, "the same every time"
