"""By which formula the legs of one search are fused, and with which weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from retrieval.fusion import (
    RRF_K,
    Fused,
    convex_fusion,
    distribution_based,
    min_max,
    reciprocal_rank_fusion,
    relative_scores,
)

_SCALES: Mapping[str, tuple[Callable[[Sequence[float]], list[float]], str]] = {
    "min-max": (min_max, "(score - min) / (max - min)"),
    "dbsf": (distribution_based, "(score - (mean - 3 sd)) / (6 sd)"),
}


@dataclass(frozen=True, slots=True)
class FusionRule:
    """``method`` is a value of the setting ``fusion``; ``weights`` maps legs to theirs, 1 where none is given; ``k`` is RRF's.

    A further leg of a query ("lexical:parts.1") has the weight of its kind ("lexical") times that of its origin (":parts").
    """

    method: str = "rrf"
    weights: Mapping[str, float] = field(default_factory=dict)
    k: int = RRF_K

    def fuse(
        self, lists: Mapping[str, Sequence[bytes]], scores: Mapping[str, Sequence[float]], limit: int | None = None
    ) -> list[Fused]:
        """The ``limit`` best of ranked lists of keys with their raw scores; see :mod:`retrieval.fusion` for the formulas."""
        weights = {leg: self.weight(leg) for leg in lists}
        if self.method in _SCALES:
            scale, _ = _SCALES[self.method]
            return convex_fusion(lists, {leg: scale(scores[leg]) for leg in lists}, weights=weights, limit=limit)
        shares = {leg: relative_scores(scores[leg]) for leg in lists} if self.method == "score-rrf" else None
        return reciprocal_rank_fusion(lists, k=self.k, weights=weights, shares=shares, limit=limit)

    def weight(self, leg: str) -> float:
        """What a leg counts."""
        kind, colon, origin = leg.partition(":")
        weight = self.weights.get(kind, 1.0)
        return weight * self.weights.get(f":{origin.partition('.')[0]}", 1.0) if colon else weight

    def formula(self, legs: Sequence[str]) -> str:
        """The formula in words, with the weights of these legs where they are not all 1."""
        weights = {leg: self.weight(leg) for leg in legs}
        is_weighted = any(weight != 1 for weight in weights.values())
        said = f", weights {', '.join(f'{leg} {weight:g}' for leg, weight in weights.items())}" if is_weighted else ""
        if self.method in _SCALES:
            return f"mean of {_SCALES[self.method][1]} over the legs{said}"
        share = "score / best score of the leg" if self.method == "score-rrf" else "1"
        return f"sum of {share} / ({self.k} + rank){said}"
