"""Percentiles with intervals that hold whatever the distribution."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt

import numpy as np

Z_99 = 2.5758


@dataclass(frozen=True, slots=True)
class Percentile:
    """A percentile of some values, and its 99 % interval; infinite on a side where there are too few values for a bound."""

    value: float
    low: float
    high: float


def percentile(values: Sequence[float], share: float) -> Percentile:
    """The percentile at ``share`` (0.95 = p95), interpolated linearly between ranks, with its interval by order statistics.

    The number of values below the true percentile is binomial, so the ranks ``n p +- z sqrt(n p (1 - p))`` enclose it.
    Source: David and Nagaraja, "Order Statistics", 3rd edition, section 7.1, with the normal approximation. ``values`` holds
    at least one.
    """
    ordered = np.sort(np.asarray(values, np.float64))
    n = len(ordered)
    middle, half = n * share, Z_99 * sqrt(n * share * (1 - share))
    low, high = floor(middle - half) - 1, ceil(middle + half)
    return Percentile(
        float(np.quantile(ordered, share)),
        float(ordered[low]) if low >= 0 else -np.inf,
        float(ordered[high]) if high < n else np.inf,
    )
