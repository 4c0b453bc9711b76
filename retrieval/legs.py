"""The legs of a search: what each of them brings, on one snapshot."""

from collections.abc import Mapping

from indexes.embedders.base import Vectors
from indexes.snapshot import Candidates, Snapshot
from retrieval.fusion import Fused
from retrieval.fusion_rule import FusionRule
from retrieval.recall_watch import RecallWatch
from retrieval.request import SearchRequest
from retrieval.scope import Scope
from retrieval.stopwatch import Stopwatch


def run_legs(
    snapshot: Snapshot,
    request: SearchRequest,
    vector: Vectors | None,
    scope: Scope,
    depths: Mapping[str, int],
    recall: RecallWatch,
    watch: Stopwatch,
) -> dict[str, Candidates]:
    """What the legs of the request's mode bring, as many as ``depths`` says at most; no vector leg without a ``vector``."""
    legs: dict[str, Candidates] = {}
    if vector is not None:
        legs["vector"] = snapshot.vector_candidates(vector, depths["vector"], scope.mask)
        recall.offer(snapshot, vector, depths["vector"], scope.mask, legs["vector"])
        watch.lap("vector")
    if request.mode != "vector":
        legs["lexical"] = snapshot.lexical_candidates(request.query, depths["lexical"], scope.mask)
        watch.lap("lexical")
    return legs


def fuse(legs: Mapping[str, Candidates], rule: FusionRule, limit: int | None) -> list[Fused]:
    """The ``limit`` best of all candidates (``None`` = all of them); a leg that is alone keeps its own scores."""
    if len(legs) > 1:
        lists = {name: leg.chunk_ids.tolist() for name, leg in legs.items()}
        return rule.fuse(lists, {name: leg.scores.tolist() for name, leg in legs.items()}, limit)
    ((name, leg),) = legs.items()
    pairs = zip(leg.chunk_ids[:limit].tolist(), leg.scores[:limit].tolist(), strict=True)
    return [Fused(key, score, {name: rank}, {name: score}) for rank, (key, score) in enumerate(pairs, start=1)]


def formula(legs: Mapping[str, Candidates], rule: FusionRule) -> str:
    """How :func:`fuse` has come to a score, in words."""
    return rule.formula(list(legs)) if len(legs) > 1 else f"{next(iter(legs))} score"
