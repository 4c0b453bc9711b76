"""From the ranking of one query to hits, each with its history."""

from collections.abc import Sequence

from indexes.snapshot import Snapshot
from ragline.types import Chunk, Explanation, Hit, LegScore
from retrieval.legs import formula
from retrieval.ranking import Ranking
from retrieval.request import SearchRequest
from retrieval.scope import Scope
from retrieval.stopwatch import Stopwatch


def hits_of(
    request: SearchRequest,
    found: Ranking,
    chunks: Sequence[Chunk],
    snapshot: Snapshot,
    scope: Scope,
    watch: Stopwatch,
) -> list[Hit]:
    """A hit for every item of the ranking, with the chunk that is shown for it."""
    how = formula(found.legs, request.fusion) if request.explain else ""
    plan = "; ".join([f"scope: {scope.plan}", *_plans(found, scope)]) if request.explain else ""
    hits = []
    groups = zip(found.items, found.shown, chunks, found.groups, strict=True)
    for rank, (item, shown, chunk, group) in enumerate(groups, start=1):
        scores = {name: LegScore(name, place, float(found.legs[name].scores[place - 1])) for name, place in item.ranks.items()}
        explanation = None
        if request.explain:
            explanation = Explanation(
                how,
                item.terms,
                plan,
                snapshot.lexical.matched_terms(request.query, f"{chunk.context}\n{chunk.text}"),
                0 if scope.is_controlled else snapshot.generation_number,
                0 if scope.is_controlled else snapshot.sequence,
                dict(watch.stages),
                len(group.others),
                tuple(key.decode() for key in found.displaced.get(item.key, ())),
                {name: found.legs[name].form for name in item.ranks if found.legs[name].form},
                "" if shown.key == item.key else item.key.decode(),
            )
        hits.append(Hit(chunk, item.score, rank, scores, explanation, group.doc_ids, found.reranked.get(item.key)))
    return hits


def _plans(found: Ranking, scope: Scope) -> list[str]:
    """How each part of the search was done; under access control without what would count rows that are hidden.

    How a leg searches goes by the share of all rows that it may look at, and by how many have come since the index was built.
    """
    if not scope.is_controlled:
        return found.plans
    forms = {name: f" for {leg.form!r}" if leg.form else "" for name, leg in found.legs.items()}  # made of what may be seen
    return [*(f"{name}: over what may be seen{form}" for name, form in forms.items()), *found.notes]
