"""The legs of a search: what each of them brings, on one snapshot."""

from collections.abc import Mapping

from indexes.embedders.base import Vectors
from indexes.snapshot import Candidates, Snapshot
from ragline.settings import Settings
from retrieval.fusion import Fused, reciprocal_rank_fusion, relative_scores
from retrieval.recall_watch import RecallWatch
from retrieval.request import SearchRequest
from retrieval.scope import Scope
from retrieval.stopwatch import Stopwatch


def run_legs(
    snapshot: Snapshot,
    request: SearchRequest,
    vector: Vectors | None,
    scope: Scope,
    depth: int,
    recall: RecallWatch,
    watch: Stopwatch,
) -> dict[str, Candidates]:
    """What the legs of the request's mode bring, at most ``depth`` candidates each; no vector leg without a ``vector``."""
    legs: dict[str, Candidates] = {}
    if vector is not None:
        legs["vector"] = snapshot.vector_candidates(vector, depth, scope.mask)
        recall.offer(snapshot, vector, depth, scope.mask, legs["vector"])
        watch.lap("vector")
    if request.mode != "vector":
        legs["lexical"] = snapshot.lexical_candidates(request.query, depth, scope.mask)
        watch.lap("lexical")
    return legs


def fuse(legs: Mapping[str, Candidates], settings: Settings, limit: int | None) -> list[Fused]:
    """The ``limit`` best of all candidates (``None`` = all of them); a leg that is alone keeps its own scores."""
    if len(legs) > 1:
        lists = {name: leg.chunk_ids.tolist() for name, leg in legs.items()}
        shares = None
        if settings.fusion == "score-rrf":
            shares = {name: relative_scores(leg.scores.tolist()) for name, leg in legs.items()}
        return reciprocal_rank_fusion(lists, k=settings.rrf_k, shares=shares, limit=limit)
    ((name, leg),) = legs.items()
    pairs = zip(leg.chunk_ids[:limit].tolist(), leg.scores[:limit].tolist(), strict=True)
    return [Fused(key, score, {name: rank}, {name: score}) for rank, (key, score) in enumerate(pairs, start=1)]


def formula(legs: Mapping[str, Candidates], settings: Settings) -> str:
    """How :func:`fuse` has come to a score, in words."""
    if len(legs) == 1:
        return f"{next(iter(legs))} score"
    share = "score / best score of the leg" if settings.fusion == "score-rrf" else "1"
    return f"sum of {share} / ({settings.rrf_k} + rank)"
