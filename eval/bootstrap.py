"""How far a mean can be trusted: the percentile bootstrap.

Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (the percentile interval). For retrieval
scores: Sakai, "Evaluating evaluation metrics based on the bootstrap", SIGIR 2006.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ragline.errors import InputError

RESAMPLES = 1000  # Efron and Tibshirani advise 1,000 or more for percentile intervals
CONFIDENCE = 0.95
SEED = 0
_BLOCK = 4_000_000  # numbers drawn at a time: 32 MB of indices, whatever the number of values
_KEPT = 1_000_000  # numbers kept for the next metric of as many queries: 8 MB; to draw them costs ten times their use


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the interval ``[low, high]`` around it."""

    mean: float
    low: float
    high: float


def mean_interval(
    values: Sequence[float], *, resamples: int = RESAMPLES, confidence: float = CONFIDENCE, seed: int = SEED
) -> Interval:
    """The mean of ``values`` and its percentile bootstrap interval; the same arguments always give the same interval.

    Draws ``resamples`` samples of ``len(values)`` with replacement; the interval runs between the ``(1 - confidence) / 2``
    and the ``(1 + confidence) / 2`` quantile of their means. One value, or equal ones, give an interval of width 0: it says
    nothing of values that were not seen. Raises :class:`InputError` without values or with a value that is not finite.
    """
    data = np.asarray(values, dtype=np.float64)
    if data.ndim != 1 or not data.size or not bool(np.isfinite(data).all()):
        raise InputError("The mean needs a list of one or more finite numbers. Leave out what could not be scored.")
    if resamples < 1 or not 0 < confidence < 1:
        raise InputError("Bootstrap needs resamples >= 1 and a confidence between 0 and 1. Use the defaults if unsure.")
    means = _resampled_means(data, resamples, seed)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(data.mean()), float(low), float(high))


def _resampled_means(data: NDArray[np.float64], resamples: int, seed: int) -> NDArray[np.float64]:
    """The means of the resamples, shape ``(resamples,)``."""
    rows = max(1, _BLOCK // data.size)
    if resamples * data.size <= min(_BLOCK, _KEPT):
        means: NDArray[np.float64] = data[_draws(data.size, resamples, seed)].mean(axis=1)
        return means
    generator = np.random.default_rng(seed)
    means = np.empty(resamples)
    for first in range(0, resamples, rows):
        block = means[first : first + rows]
        block[:] = data[generator.integers(data.size, size=(block.size, data.size))].mean(axis=1)
    return means


@lru_cache(maxsize=4)
def _draws(size: int, resamples: int, seed: int) -> NDArray[np.int64]:
    """The places of the values of each resample, shape ``(resamples, size)``. The metrics of a run share them."""
    draws = np.random.default_rng(seed).integers(size, size=(resamples, size))
    draws.flags.writeable = False
    return draws
