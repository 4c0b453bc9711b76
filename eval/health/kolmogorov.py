"""The two-sample test of Kolmogorov and Smirnov: the widest gap between two distributions."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np

LEVEL = 0.005
LEAST_GAP = 0.1
"""Of thousands of rows a gap is significant that nobody would notice: a tenth of the rows has to be elsewhere."""

_TERMS = 100


@dataclass(frozen=True, slots=True)
class Gap:
    """``statistic`` is the widest gap between the two distribution functions, from 0 to 1, and ``p`` how likely chance makes
    it.
    """

    statistic: float
    p: float

    @property
    def has_shifted(self) -> bool:
        """Whether the gap is neither chance nor negligible."""
        return self.p < LEVEL and self.statistic > LEAST_GAP


def kolmogorov(reference: Sequence[float], current: Sequence[float]) -> Gap:
    """``D = max over x of |F(x) - G(x)|``, and its p-value by the limiting distribution.

    ``p = 2 * sum over j = 1, 2, … of (-1)^(j-1) exp(-2 j^2 t^2)`` where ``t = (s + 0.12 + 0.11 / s) D`` and
    ``s = sqrt(n m / (n + m))``. Source: Smirnov, Annals of Mathematical Statistics 19, 1948; the correction for small windows
    is that of Stephens, JRSS B 32, 1970, as in "Numerical Recipes", section 14.3. Equal values make it conservative. Both
    windows hold at least one value.
    """
    old, new = np.sort(np.asarray(reference, np.float64)), np.sort(np.asarray(current, np.float64))
    every = np.concatenate((old, new))
    below = np.searchsorted(old, every, side="right") / len(old) - np.searchsorted(new, every, side="right") / len(new)
    statistic = float(np.abs(below).max())
    root = sqrt(len(old) * len(new) / (len(old) + len(new)))
    return Gap(statistic, _tail((root + 0.12 + 0.11 / root) * statistic))


def _tail(t: float) -> float:
    if t < 0.3:
        return 1.0
    total = 2 * sum((-1.0) ** (j - 1) * exp(-2 * j * j * t * t) for j in range(1, _TERMS))
    return float(min(1.0, max(0.0, total)))
