"""How many queries, users or lists it takes to tell a difference.

All are for a two-sided test at ``alpha`` that finds a real difference with the probability ``power``; z(x) is the quantile of
the normal distribution. More precision than the inputs have is not to be expected: the deviation is itself an estimate.
"""

import math
from statistics import NormalDist

from ragline.errors import InputError

ALPHA, POWER = 0.05, 0.8
"""The usual choices: one false alarm in twenty, four of five real differences found (Cohen 1988)."""


def paired_queries(difference: float, deviation: float, *, alpha: float = ALPHA, power: float = POWER) -> int:
    """Queries that both systems answer, to tell a mean ``difference`` of a metric.

    ``deviation`` is the standard deviation of the differences of single queries, as a comparison reports it. The formula is
    ``n = ((z(1 - alpha/2) + z(power)) deviation / difference)^2 + z(1 - alpha/2)^2 / 2``: that of the z-test with the
    correction of Guenther ("Sample Size Formulas for Normal Theory T Tests", The American Statistician 35(4), 1981) for a
    deviation that is estimated from the same queries. Raises :class:`InputError` for a difference of 0, a deviation that is
    not above 0, and shares outside (0, 1).
    """
    z_alpha, z_power = _quantiles(alpha, power)
    if not difference or not math.isfinite(difference) or not math.isfinite(deviation) or deviation <= 0:
        raise InputError(
            f"A difference of {difference} with a deviation of {deviation} cannot be planned for. Give one that matters, "
            "such as 0.01, and the deviation of the differences of single queries: a comparison reports it."
        )
    count = ((z_alpha + z_power) * deviation / difference) ** 2 + z_alpha**2 / 2
    return max(2, math.ceil(count))


def detectable_difference(queries: int, deviation: float, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """The least mean difference that so many paired queries tell: :func:`paired_queries` the other way round."""
    z_alpha, z_power = _quantiles(alpha, power)
    left = queries - z_alpha**2 / 2
    if left <= 0:
        raise InputError(f"{queries} queries tell nothing at alpha={alpha:g}. Give {math.ceil(z_alpha**2 / 2) + 1} or more.")
    return (z_alpha + z_power) * deviation / math.sqrt(left)


def proportion_users(
    share_a: float, share_b: float, *, ratio: float = 1.0, alpha: float = ALPHA, power: float = POWER
) -> tuple[int, int]:
    """Users of A and of B, to tell a share of ``share_a`` (of satisfied users, say) from one of ``share_b``.

    ``ratio`` is how many users B gets for each of A. With ``p = (share_a + ratio share_b) / (1 + ratio)`` and ``q = 1 - p`` the
    formula is ``n_a = (z(1 - alpha/2) sqrt((1 + 1/ratio) p q) + z(power) sqrt(p_a q_a + p_b q_b / ratio))^2 / (p_a - p_b)^2``:
    Fleiss, Levin and Paik, "Statistical Methods for Rates and Proportions", third edition 2003, chapter 4, without the
    correction for continuity. Raises :class:`InputError` for equal shares, for some outside (0, 1), and for a ratio that is not
    above 0.
    """
    z_alpha, z_power = _quantiles(alpha, power)
    if not 0 < ratio < math.inf:
        raise InputError(f"A ratio of {ratio} gives one of the two no users. Give users of B for each of A, such as 1.")
    if not 0 < share_a < 1 or not 0 < share_b < 1 or share_a == share_b:
        raise InputError(f"Shares of {share_a} and {share_b} cannot be planned for. Give two different ones between 0 and 1.")
    pooled = (share_a + ratio * share_b) / (1 + ratio)
    under_null = math.sqrt((1 + 1 / ratio) * pooled * (1 - pooled))
    apart = math.sqrt(share_a * (1 - share_a) + share_b * (1 - share_b) / ratio)
    count = ((z_alpha * under_null + z_power * apart) / (share_a - share_b)) ** 2
    return math.ceil(count), math.ceil(ratio * count)


def preference_lists(share: float, *, ties: float = 0.0, alpha: float = ALPHA, power: float = POWER) -> int:
    """Interleaved lists (or users), to tell that ``share`` of those with a preference prefer one ranking.

    ``ties`` is the share without one. The formula is that of the test of one proportion against 1/2,
    ``n = (z(1 - alpha/2) / 2 + z(power) sqrt(share (1 - share)))^2 / (share - 1/2)^2``, over ``1 - ties``: Noether,
    "Sample Size Determination for Some Common Nonparametric Tests", JASA 82, 1987, with the deviation under the alternative.
    Raises :class:`InputError` for a share of 1/2 or outside (0, 1), or nothing but ties.
    """
    z_alpha, z_power = _quantiles(alpha, power)
    if not 0 < share < 1 or share == 0.5 or not 0 <= ties < 1:
        raise InputError(f"A preference of {share} with {ties} ties cannot be planned for. Give a share such as 0.55.")
    count = ((z_alpha / 2 + z_power * math.sqrt(share * (1 - share))) / (share - 0.5)) ** 2
    return math.ceil(count / (1 - ties))


def _quantiles(alpha: float, power: float) -> tuple[float, float]:
    """z(1 - alpha/2) and z(power)."""
    if not 0 < alpha < 1 or not 0 < power < 1:
        raise InputError(f"alpha={alpha} and power={power} must lie between 0 and 1. Usual are {ALPHA} and {POWER}.")
    return NormalDist().inv_cdf(1 - alpha / 2), NormalDist().inv_cdf(power)
