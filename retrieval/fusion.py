"""Fusion of ranked lists. It always runs here, never in a backend, so that one query has one answer everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import neg

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

    ``score(d) = sum over lists l that hold d of weight(l) * share_l(d) / (k + rank_l(d))``, ranks from 1; a list that does not
    hold ``d`` gives it nothing. ``shares`` has a factor for each key of each list (1 where it is not given), for example
    :func:`relative_scores`. Order: score descending, ties by key ascending. A key that stands twice in a list counts at its
    first place. Source: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank
    Learning Methods", SIGIR 2009, without weights and shares.
    """
    weight = {leg: 1.0 if weights is None else weights.get(leg, 1.0) for leg in lists}
    # Built from the end, so that a key's first place is the one that stays.
    ranks = {leg: dict(zip(reversed(keys), range(len(keys), 0, -1), strict=True)) for leg, keys in lists.items()}
    terms: dict[str, dict[bytes, float]] = {}
    scores: dict[bytes, float] = {}
    for leg, own in ranks.items():
        factors = None if shares is None else shares.get(leg)
        terms[leg] = {
            key: weight[leg] * (1.0 if factors is None else factors[rank - 1]) / (k + rank) for key, rank in own.items()
        }
        for key, term in terms[leg].items():
            scores[key] = scores.get(key, 0.0) + term
    best = sorted(zip(map(neg, scores.values()), scores, strict=True))[:limit]
    fused = []
    for negative, key in best:
        places = {leg: own[key] for leg, own in ranks.items() if key in own}
        fused.append(Fused(key, -negative, places, {leg: terms[leg][key] for leg in places}))
    return fused


def relative_scores(scores: Sequence[float]) -> list[float]:
    """Each score of a descending list as a share of the first, from 0 to 1; all 1 where the first is not above 0."""
    first = scores[0] if scores else 0.0
    if first <= 0:
        return [1.0] * len(scores)
    return [max(score, 0.0) / first for score in scores]
