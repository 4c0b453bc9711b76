"""Fusion of ranked lists. It always runs here, never in a backend, so that one query has one answer everywhere.

Every formula adds up what each list gives a candidate. A list that does not hold a candidate gives it nothing, by every
formula; one that holds it never gives it less than that. Order: score descending, ties by key ascending. A key that stands
twice in a list counts at its first place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

RRF_K = 60
"""The constant of the paper: it keeps a first place in one list from outweighing good places in several."""


@dataclass(frozen=True, slots=True)
class Fused:
    """A fused candidate. ``terms`` maps each leg that returned it to its contribution; they add up to ``score``."""

    key: bytes
    score: float
    ranks: Mapping[str, int]
    terms: Mapping[str, float]


def reciprocal_rank_fusion(
    lists: Mapping[str, Sequence[bytes]],
    *,
    k: int = RRF_K,
    weights: Mapping[str, float] | None = None,
    shares: Mapping[str, Sequence[float]] | None = None,
    limit: int | None = None,
) -> list[Fused]:
    """Reciprocal rank fusion of ranked lists of keys: the ``limit`` best (``None`` = all), best first.

    ``score(d) = sum over lists l that hold d of weight(l) * share_l(d) / (k + rank_l(d))``, ranks from 1. ``shares`` has a
    factor for each key of each list (1 where it is not given), for example :func:`relative_scores`. Source: Cormack, Clarke and
    Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods", SIGIR 2009, without weights
    and shares.
    """
    terms: dict[str, list[float]] = {}
    for leg, keys in lists.items():
        factors = None if shares is None else shares.get(leg)
        weight = 1.0 if weights is None else weights.get(leg, 1.0)
        places = range(k + 1, k + 1 + len(keys))
        if factors is None:
            terms[leg] = [weight / place for place in places]
        else:
            terms[leg] = [weight * factor / place for factor, place in zip(factors, places, strict=False)]
    return _added_up(lists, terms, limit)


def convex_fusion(
    lists: Mapping[str, Sequence[bytes]],
    shares: Mapping[str, Sequence[float]],
    *,
    weights: Mapping[str, float] | None = None,
    limit: int | None = None,
) -> list[Fused]:
    """A convex combination of scores that were brought to one scale: the ``limit`` best (``None`` = all), best first.

    ``score(d) = sum over lists l that hold d of weight(l) * share_l(d) / sum of all weights``, from 0 to 1. ``shares`` has for
    each key of each list its score on the common scale, from 0 to 1: :func:`min_max` or :func:`distribution_based`. With
    weights that add up to 0 every score is 0. Source: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
    Retrieval", ACM TOIS 42(1), 2023, equation 1.
    """
    weight = {leg: 1.0 if weights is None else weights.get(leg, 1.0) for leg in lists}
    total = sum(weight.values()) or 1.0
    terms = {leg: [weight[leg] / total * share for share in shares[leg]] for leg in lists}
    return _added_up(lists, terms, limit)


def relative_scores(scores: Sequence[float]) -> list[float]:
    """Each score of a descending list as a share of the first, from 0 to 1; all 1 where the first is not above 0."""
    first = scores[0] if scores else 0.0
    if first <= 0:
        return [1.0] * len(scores)
    return [max(score, 0.0) / first for score in scores]


def min_max(scores: Sequence[float]) -> list[float]:
    """``(s - min) / (max - min)``, from 0 for the last candidate of the list to 1 for the first.

    The last one of a list thus gets no more than one that is absent from it. Where all are equal, and where there is but one,
    each gets 1, as in OpenSearch: nothing is known against them. Source: Lee, "Analyses of Multiple Evidence Combination",
    SIGIR 1997, section 3.1.
    """
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    if not high > low:
        return [1.0] * len(scores)
    return [(score - low) / (high - low) for score in scores]


def distribution_based(scores: Sequence[float]) -> list[float]:
    """``(s - (mean - 3 sd)) / (6 sd)`` with the sample standard deviation, cut to 0 to 1; where all are equal, or but one, 0.5.

    Source: Mazzeo, "Distribution-Based Score Fusion (DBSF), a new approach to Vector Search Ranking", 2023, in the form of
    Qdrant (documentation, "Hybrid Queries"; lone and equal scores 0.5). Qdrant does not cut: beyond three deviations a
    candidate could be worth less than one that is absent.
    """
    if len(scores) < 2 or not max(scores) > min(scores):
        return [0.5] * len(scores)
    values = np.asarray(scores, np.float64)
    deviation = float(values.std(ddof=1))
    shares: list[float] = ((values - values.mean()) / (6 * deviation) + 0.5).clip(0.0, 1.0).tolist()
    return shares


def _ranks(keys: Sequence[bytes]) -> dict[bytes, int]:
    """The rank of each key, from 1. Built from the end, so that a key's first place is the one that stays."""
    return dict(zip(reversed(keys), range(len(keys), 0, -1), strict=True))


def _added_up(lists: Mapping[str, Sequence[bytes]], terms: Mapping[str, Sequence[float]], limit: int | None) -> list[Fused]:
    """``terms`` has what each place of a list gives."""
    ranks = {leg: _ranks(keys) for leg, keys in lists.items()}
    scores: dict[bytes, float] = {}
    for leg, own in ranks.items():
        is_plain = len(own) == len(lists[leg])
        pairs = zip(lists[leg], terms[leg], strict=False) if is_plain else [(key, terms[leg][own[key] - 1]) for key in own]
        for key, term in pairs:
            scores[key] = scores.get(key, 0.0) + term
    # Only what reaches the last score that is wanted is put in order with its key: most of a search is none of that.
    least = sorted(scores.values())[-limit] if limit and limit < len(scores) else -inf
    best = sorted([(-score, key) for key, score in scores.items() if score >= least])[:limit]
    fused = []
    for negative, key in best:
        places = {leg: own[key] for leg, own in ranks.items() if key in own}
        fused.append(Fused(key, -negative, places, {leg: terms[leg][rank - 1] for leg, rank in places.items()}))
    return fused
