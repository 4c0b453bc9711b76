"""The population stability index: how differently a value is distributed in two windows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10
SHIFTED = 0.25
"""The rule of thumb of credit scoring: below .1 nothing has happened, above .25 the population is another one. Source: Siddiqi,
"Credit Risk Scorecards", 2006, chapter 6."""

Z_995 = 2.5758
"""The quantile of the normal distribution that 5 of 1,000 values exceed."""


@dataclass(frozen=True, slots=True)
class Stability:
    """``psi`` over ``bins``; of two windows of the same distribution 995 of 1,000 stay below ``chance``."""

    psi: float
    bins: int
    chance: float

    @property
    def threshold(self) -> float:
        """What ``psi`` has to exceed: the rule of thumb, or, in small windows, what chance alone may do."""
        return max(SHIFTED, self.chance)

    @property
    def has_shifted(self) -> bool:
        """Whether it does."""
        return self.psi > self.threshold


def stability(reference: Sequence[float], current: Sequence[float]) -> Stability:
    """``PSI = sum over bins of (c - r) * ln(c / r)`` with the shares ``r`` and ``c`` of the reference and the current window.

    The bins are the deciles of the reference; equal values fall into one bin, so there may be fewer. Half an observation is
    added to every bin of both, so that an empty one gives no infinity. Under the same distribution PSI is about ``(1/n +
    1/m)`` times a chi-squared variable with ``bins - 1`` degrees of freedom. Source: Yurdakul and Naranjo, "Statistical
    properties of the population stability index", Journal of Risk Model Validation 14(4), 2020. Its quantile is Wilson and
    Hilferty's approximation, PNAS 17, 1931. Both windows hold at least one value.
    """
    old, new = np.sort(np.asarray(reference, np.float64)), np.asarray(current, np.float64)
    edges = np.unique(np.quantile(old, np.linspace(0, 1, BINS + 1)[1:-1]))
    r, c = _shares(old, edges), _shares(new, edges)
    psi = float(np.sum((c - r) * np.log(c / r)))
    return Stability(psi, len(edges) + 1, (1 / len(old) + 1 / len(new)) * _chi_squared(len(edges)))


def _shares(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1) + 0.5
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares


def _chi_squared(degrees: int) -> float:
    if not degrees:
        return 0.0
    spread = 2 / (9 * degrees)
    return float(degrees * (1 - spread + Z_995 * np.sqrt(spread)) ** 3)
