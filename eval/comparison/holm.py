"""Many tests at once: Holm's step-down correction.

Source: Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6(2), 1979. It holds
the chance of even one false alarm among all tests at the level, whatever depends on what: nDCG@5 and nDCG@10 may go together.
"""

import math
from collections.abc import Sequence

from ragline.errors import InputError


def holm(p_values: Sequence[float]) -> list[float]:
    """The corrected p-value of each test, in the order given; one that is at most the level is significant among all of them.

    The smallest of ``m`` is multiplied by ``m``, the next by ``m - 1`` and so on, none is less than the one before it, and
    none more than 1. Raises :class:`InputError` for what is not in [0, 1].
    """
    if not all(math.isfinite(p) and 0 <= p <= 1 for p in p_values):
        raise InputError("A p-value lies between 0 and 1. Leave out what could not be tested.")
    corrected = [1.0] * len(p_values)
    least = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        least = max(least, min(1.0, p_values[index] * (len(p_values) - place)))
        corrected[index] = least
    return corrected
