"""Whether two systems differ on the same queries: Fisher's paired randomisation test.

Source: Smucker, Allan and Carterette, "A Comparison of Statistical Significance Tests for Information Retrieval Evaluation",
CIKM 2007, which finds it the test of choice.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ragline.errors import InputError

ROUNDS = 10_000
SEED = 0
_BLOCK = 4_000_000  # signs drawn at a time


def randomisation_p(differences: Sequence[float], *, rounds: int = ROUNDS, seed: int = SEED) -> float:
    """The two-sided p-value of the mean of paired ``differences``; the same arguments always give the same value.

    Where the systems do not differ, each difference could as well have the other sign: p is the share of all signs whose mean
    is as far from 0 as the real one. Where these are more than ``rounds``, so many random ones stand for them, and the real one
    counts as one more, so that p is never 0. Differences of 0 count for nothing: they are as they are with either sign. Raises
    :class:`InputError` without differences, or with one that is not finite.
    """
    data = np.asarray(differences, dtype=np.float64)
    if data.ndim != 1 or not data.size or not bool(np.isfinite(data).all()):
        raise InputError("The test needs one or more finite differences. Leave out what could not be scored.")
    data = data[data != 0]  # a sign changes nothing of them
    if 2**data.size <= rounds:
        return _exact_p(data)
    generator = np.random.default_rng(seed)
    real, as_far, left = abs(float(data.sum())), 0, rounds
    while left:
        count = min(left, max(1, _BLOCK // max(data.size, 1)))
        signs = generator.integers(0, 2, size=(count, data.size), dtype=np.int8) * 2.0 - 1.0
        as_far += int(np.count_nonzero(np.abs(signs @ data) >= real - 1e-12))
        left -= count
    return (as_far + 1) / (rounds + 1)


def _exact_p(data: NDArray[np.float64]) -> float:
    """The p-value over all signs of ``data``, of which there are few."""
    sums = np.zeros(1)
    for value in data:
        sums = np.concatenate([sums + value, sums - value])
    return float(np.mean(np.abs(sums) >= abs(float(data.sum())) - 1e-12))
