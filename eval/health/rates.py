"""Shares of rows, and whether a share has changed between two windows."""

from dataclasses import dataclass
from math import sqrt

Z_99 = 2.5758
"""For two-sided intervals of 99 %: with seven checks at one side of each, one in thirty quiet weeks would raise an alarm at
most."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``count`` of ``total`` rows."""

    count: int
    total: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; ``None`` of no rows."""
        return self.count / self.total if self.total else None


def wilson(rate: Rate, z: float = Z_99) -> tuple[float, float]:
    """Wilson's score interval of a share, at 99 % unless another ``z`` is given; (0, 1) of no rows.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    if not rate.total:
        return 0.0, 1.0
    n, p = rate.total, rate.count / rate.total
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return middle - half, middle + half


def difference(reference: Rate, current: Rate, z: float = Z_99) -> tuple[float, float]:
    """The 99 % interval of ``current - reference``, by Newcombe's hybrid score method: right for shares near 0 and 1 too.

    Source: Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17, 1998,
    method 10. Both hold at least one row.
    """
    p, q = current.count / current.total, reference.count / reference.total
    (low_p, high_p), (low_q, high_q) = wilson(current, z), wilson(reference, z)
    low = p - q - sqrt((p - low_p) ** 2 + (high_q - q) ** 2)
    high = p - q + sqrt((high_p - p) ** 2 + (q - low_q) ** 2)
    return low, high
