"""How well a score tells two kinds of question apart, whatever the threshold: the area under the ROC curve."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import CONFIDENCE, RESAMPLES, SEED, Interval
from ragline.errors import InputError


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """The probability that a positive scores above a negative, ties counted half: ``U / (n_positive n_negative)``.

    Source: Mann and Whitney, "On a test of whether one of two random variables is stochastically larger", 1947; Hanley and
    McNeil, Radiology 1982. Raises :class:`InputError` unless there is at least one of each.
    """
    above, below = np.asarray(positives, np.float64), np.sort(np.asarray(negatives, np.float64))
    if not above.size or not below.size:
        raise InputError(f"an AUROC needs scores of both kinds, got {above.size} and {below.size}. Add questions.")
    return _auroc(above, below)


def auroc_interval(positives: Sequence[float], negatives: Sequence[float]) -> Interval:
    """:func:`auroc` with its percentile bootstrap interval; both kinds are resampled on their own, the same way every time."""
    value = auroc(positives, negatives)
    above, below = np.sort(np.asarray(positives, np.float64)), np.sort(np.asarray(negatives, np.float64))
    draw = np.random.default_rng(SEED)
    areas = [
        _auroc(above[draw.integers(above.size, size=above.size)], np.sort(below[draw.integers(below.size, size=below.size)]))
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(areas, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(value, float(low), float(high))


def _auroc(above: NDArray[np.float64], below: NDArray[np.float64]) -> float:
    """``below`` is sorted."""
    wins = np.searchsorted(below, above, "left").sum() + np.searchsorted(below, above, "right").sum()
    return float(wins) / (2 * above.size * below.size)
