"""How far a share of counted things can be trusted, when they are few or when all or none of them count."""

from math import sqrt

from eval.bootstrap import Interval
from ragline.errors import InputError

Z = 1.959963984540054
"""The quantile of the normal distribution for 95 %."""


def proportion(part: int, whole: int) -> Interval:
    """``part / whole`` with its 95 % interval of Wilson; ``part <= whole``, and ``whole`` at least 1.

    ``(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)``. Unlike a bootstrap it has a width where all or none count: 5 of 5
    is 1.0, from .57. Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927; Brown,
    Cai and DasGupta, Statistical Science 2001, advise it for few observations. Raises :class:`InputError` for other counts.
    """
    if not 0 <= part <= whole or not whole:
        raise InputError(f"{part} of {whole} is no share. Count again.")
    share, slack = part / whole, Z * Z / whole
    middle = (share + slack / 2) / (1 + slack)
    reach = Z * sqrt(share * (1 - share) / whole + slack / (4 * whole)) / (1 + slack)
    return Interval(share, min(share, max(0.0, middle - reach)), max(share, min(1.0, middle + reach)))
