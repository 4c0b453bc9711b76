"""How often a yes-or-no verdict is right, when both answers count the same however many there are of each."""

from collections.abc import Sequence

import numpy as np

from eval.bootstrap import CONFIDENCE, RESAMPLES, SEED, Interval
from ragline.errors import InputError


def balanced_accuracy(positives: Sequence[bool], negatives: Sequence[bool]) -> Interval:
    """``(share of positives that are right + share of negatives that are right) / 2``, with its bootstrap interval.

    Each value says whether the verdict on it was right. 0.5 is what always saying yes, always saying no, and guessing give.
    Both kinds are resampled on their own, the same way every time. Source: Brodersen, Ong, Stephan and Buhmann, "The balanced
    accuracy and its posterior distribution", ICPR 2010. Raises :class:`InputError` unless there is at least one of each.
    """
    if not positives or not negatives:
        raise InputError(
            f"a balanced accuracy needs verdicts on both kinds, got {len(positives)} and {len(negatives)}. Add answers."
        )
    right, refused = np.asarray(positives, np.float64), np.asarray(negatives, np.float64)
    draw = np.random.default_rng(SEED)
    shares = [each[draw.integers(each.size, size=(RESAMPLES, each.size))].mean(axis=1) for each in (right, refused)]
    low, high = np.quantile((shares[0] + shares[1]) / 2, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(right.mean() + refused.mean()) / 2, float(low), float(high))
