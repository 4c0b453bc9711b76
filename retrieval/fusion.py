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
    limit: int | None = None,
) -> list[Fused]:
    """Reciprocal rank fusion of ranked lists of keys: the ``limit`` best (``None`` = all), best first.

    ``score(d) = sum over lists l that hold d of weight(l) / (k + rank_l(d))``, ranks from 1; a list that does not hold ``d``
    gives it nothing. Order: score descending, ties by key ascending. A key that stands twice in a list counts at its first
    place. Source: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
    Methods", SIGIR 2009.
    """
    weight = {leg: 1.0 if weights is None else weights.get(leg, 1.0) for leg in lists}
    # Built from the end, so that a key's first place is the one that stays.
    ranks = {leg: dict(zip(reversed(keys), range(len(keys), 0, -1), strict=True)) for leg, keys in lists.items()}
    scores: dict[bytes, float] = {}
    for leg, own in ranks.items():
        for key, rank in own.items():
            scores[key] = scores.get(key, 0.0) + weight[leg] / (k + rank)
    best = sorted(zip(map(neg, scores.values()), scores, strict=True))[:limit]
    fused = []
    for negative, key in best:
        places = {leg: own[key] for leg, own in ranks.items() if key in own}
        fused.append(Fused(key, -negative, places, {leg: weight[leg] / (k + rank) for leg, rank in places.items()}))
    return fused
