"""Fusion of ranked lists. It always runs here, never in a backend, so that one query has one answer everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    lists: Mapping[str, Sequence[bytes]], *, k: int = RRF_K, weights: Mapping[str, float] | None = None
) -> list[Fused]:
    """Reciprocal rank fusion of ranked lists of keys, best first.

    ``score(d) = sum over lists l that hold d of weight(l) / (k + rank_l(d))``, ranks from 1; a list that does not hold ``d``
    gives it nothing. Order: score descending, ties by key ascending. A key that stands twice in a list counts at its first
    place. Source: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
    Methods", SIGIR 2009.
    """
    ranks: dict[bytes, dict[str, int]] = {}
    for leg, keys in lists.items():
        for rank, key in enumerate(keys, start=1):
            ranks.setdefault(key, {}).setdefault(leg, rank)
    fused = []
    for key, own in ranks.items():
        terms = {leg: (1.0 if weights is None else weights.get(leg, 1.0)) / (k + rank) for leg, rank in own.items()}
        fused.append(Fused(key, sum(terms.values()), own, terms))
    fused.sort(key=lambda item: (-item.score, item.key))
    return fused
