"""How well a score tells two kinds of text apart when their lengths cannot help it.

A judge that only likes short answers, or long ones, has a fine AUROC on data where true answers are shorter. Comparing each
text only with those of nearly its own length takes that away.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import CONFIDENCE, RESAMPLES, SEED, Interval

WITHIN = 0.1
"""Two lengths are nearly equal when they differ by at most this share of the longer."""

LEAST_PAIRS = 20
"""Pairs below which nothing is said: a share of fewer moves by more than 5 points with each of them."""

Measured = tuple[float, int]
"""A score, and the length of what was scored, in characters."""


def matched_auroc(positives: Sequence[Measured], negatives: Sequence[Measured], *, within: float = WITHIN) -> Interval | None:
    """The probability that a positive scores above a negative of nearly its length, ties counted half, with its interval.

    ``sum over matched pairs of [p > n] + [p = n] / 2, divided by the matched pairs``: the AUROC as a share of pairs (Hanley and
    McNeil, Radiology 1982), of pairs with ``|length(p) - length(n)| <= within * max(length(p), length(n))`` only. The interval
    is a bootstrap of the texts, both kinds on their own, not of the pairs, which are not independent. ``None`` with fewer than
    :data:`LEAST_PAIRS` pairs.
    """
    if not positives or not negatives:
        return None
    above, below = (np.asarray(each, np.float64).reshape(-1, 2) for each in (positives, negatives))
    scores = above[:, None, 0] - below[None, :, 0]
    wins = (scores > 0) + 0.5 * (scores == 0)
    lengths = np.abs(above[:, None, 1] - below[None, :, 1])
    matched = lengths <= within * np.maximum(above[:, None, 1], below[None, :, 1])
    if matched.sum() < LEAST_PAIRS:
        return None
    areas = _resampled(wins, matched)
    low, high = np.quantile(areas, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float((wins * matched).sum() / matched.sum()), float(low), float(high))


def _resampled(wins: NDArray[np.float64], matched: NDArray[np.bool_]) -> list[float]:
    """The areas of the resamples that have pairs at all."""
    draw = np.random.default_rng(SEED)
    rows, columns = wins.shape
    areas = []
    for _ in range(RESAMPLES):
        left = np.bincount(draw.integers(rows, size=rows), minlength=rows).astype(np.float64)
        right = np.bincount(draw.integers(columns, size=columns), minlength=columns).astype(np.float64)
        pairs = left @ matched @ right
        if pairs:
            areas.append(float(left @ (wins * matched) @ right / pairs))
    return areas
