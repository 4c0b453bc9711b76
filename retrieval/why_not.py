"""Why a document is not among the hits of a query: the stage at which it fell out, and by how much.

The search is run as it is, and what each stage made is looked at. Of a document's chunks the one that got furthest is told of.
Where no leg brought any, both are asked again for all that they have, by exact search, so that its true ranks are known.

A document that the principal may not see is absent, in the very words of one that is not there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from indexes.catalog.reader import CatalogReader
from indexes.embedders.base import Vectors
from indexes.snapshot import Candidates
from ragline.errors import FilterError
from ragline.filters import And, Filter, Or
from ragline.types import Chunk, Document, Hit
from ragline.where import format_where
from retrieval.access import Gate
from retrieval.hybrid import View
from retrieval.legs import fuse
from retrieval.ranking import Ranking, whole_ranking
from retrieval.request import SearchRequest
from retrieval.stopwatch import Stopwatch, Trace

Stage = Literal["absent", "empty", "quarantine", "filter", "legs", "fusion", "rerank", "collapse", "diversity", "found"]
"""The stage at which a document fell out, in the order in which they run; "found" where it did not."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LegPlace:
    """Where a leg has the document: its best chunk's ``rank`` (from 1) and raw ``score`` among all that may be found.

    Legs of further forms of the query are told of only where they brought it.

    ``depth`` is how many the leg brought. ``rank`` and ``score`` are ``None`` where the leg does not have it at all: no word of
    the query occurs in it.
    """

    leg: str
    depth: int
    rank: int | None = None
    score: float | None = None

    @property
    def is_within(self) -> bool:
        """Whether the leg brought it."""
        return self.rank is not None and self.rank <= self.depth


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What became of a document in a query.

    ``reason`` says it in words, with what would change it. ``rank`` and ``score`` are those of ``chunk_id``, its chunk that got
    furthest, at that stage; ``bound`` is the score of the last hit there, which it would have to pass. ``conditions`` are
    those of the filter that exclude it; ``into`` is the id of the document that it was collapsed into, where that is a hit.
    """

    query: str
    doc_id: str
    stage: Stage
    reason: str
    rank: int | None = None
    score: float | None = None
    bound: float | None = None
    chunk_id: str = ""
    legs: tuple[LegPlace, ...] = ()
    conditions: tuple[str, ...] = ()
    into: str = ""


class Searched(Protocol):
    """The retriever whose search is explained."""

    gate: Gate

    def run(self, request: SearchRequest, watch: Stopwatch) -> list[Hit]: ...


def why_not(retriever: Searched, catalog: CatalogReader, doc_id: str, request: SearchRequest) -> WhyNot:
    """What became of the document in this search. Raises as the search does."""
    trace = Trace()
    hits = retriever.run(request, trace)
    view: View = trace.made["scope"]
    with catalog.pinned():
        document, chunks = catalog.document(doc_id), catalog.document_chunks(doc_id)
        kept_out = len(catalog.document_chunks(doc_id, quarantined=True)) - len(chunks)
    told = WhyNot(request.query, doc_id, "absent", "")
    if document is None or not retriever.gate.may_see(document.acl, request.principal):
        return replace(told, reason="The collection has no such document, or none that may be seen.")
    rows = _rows(view, chunks)
    if not rows.size and kept_out:
        reason = f"All of its {kept_out} passages are in quarantine. Look at them: ragline quarantined; let them out: release."
        return replace(told, stage="quarantine", reason=reason)
    if not rows.size:
        return replace(told, stage="empty", reason="The document has no text to be found by, or has just been replaced.")
    if view.scope.mask is not None and not view.scope.mask[rows].any() and request.filters is not None:
        conditions = excluding(request.filters, _fields(catalog, view, rows))
        reason = f"The filter leaves it out: {'; '.join(conditions)}."
        return replace(told, stage="filter", reason=reason, conditions=conditions)
    own = {chunk.id.encode() for chunk in chunks}
    legs = _legs(view, request, trace.made["embed"], _last(trace), rows)
    return _stage(replace(told, legs=legs), document, hits, trace, request, own)


def excluding(filters: Filter, fields: Sequence[dict[str, object]]) -> tuple[str, ...]:
    """The smallest conditions of a filter that exclude all chunks with these fields, in words."""
    if isinstance(filters, And):
        parts = [part for part in filters.filters if not _matches(part, fields)]
        # Where each part lets some chunk through, and no chunk passes all, none of them does it alone.
        return tuple(text for part in parts for text in excluding(part, fields)) or (_words(filters),)
    if isinstance(filters, Or) and len(filters.filters) == 1:
        return excluding(filters.filters[0], fields)
    return (_words(filters),)


def _words(filters: Filter) -> str:
    """The short form of a filter, or, where something in it joins nothing and so has none, the value itself."""
    try:
        return format_where(filters)
    except FilterError:
        return repr(filters)


def _matches(part: Filter, fields: Sequence[dict[str, object]]) -> bool:
    return any(part.matches(each) for each in fields)  # type: ignore[arg-type]


def _rows(view: View, chunks: Sequence[Chunk]) -> Rows:
    """The rows of a document's chunks, in the view."""
    snapshot = view.snapshot
    ids = np.array([chunk.id.encode() for chunk in chunks], "S32")
    live = np.isin(snapshot.rows.chunk_ids(snapshot.count), ids)
    if snapshot.removed is not None:
        live &= ~snapshot.removed
    return np.flatnonzero(live)


def _fields(catalog: CatalogReader, view: View, rows: Rows) -> list[dict[str, object]]:
    numbers, doc_nos = view.snapshot.chunk_nos[rows].tolist(), view.snapshot.doc_nos[rows].tolist()
    documents, chunks = catalog.document_fields(doc_nos), catalog.chunk_fields(numbers)
    pairs = zip(numbers, doc_nos, strict=True)
    return [{**documents[doc_no].fields, **chunks[number]} for number, doc_no in pairs if doc_no in documents]


def _last(trace: Trace) -> Ranking:
    """The ranking of the last stage that ran."""
    return next(made for made in reversed(trace.made.values()) if isinstance(made, Ranking))


def _legs(view: View, request: SearchRequest, vector: Vectors | None, found: Ranking, rows: Rows) -> tuple[LegPlace, ...]:
    """Where each leg has the document, by exact search where it is not among what the leg brought."""
    every = view.snapshot.count

    def nearest() -> Candidates:
        return view.snapshot.vector_candidates(vector, every, view.scope.mask, exact=True)  # type: ignore[arg-type]

    def by_terms() -> Candidates:
        return view.snapshot.lexical_candidates(request.query, every, view.scope.mask)

    whole: dict[str, Callable[[], Candidates]] = {"vector": nearest, "lexical": by_terms}
    own = [_place(name, leg, rows, whole[name]) for name, leg in found.legs.items() if name in whole]
    further = [_place(name, leg, rows, None) for name, leg in found.legs.items() if name not in whole]
    return (*own, *(place for place in further if place.is_within))


def _place(name: str, leg: Candidates, rows: Rows, whole: Callable[[], Candidates] | None) -> LegPlace:
    """Its place in what a leg brought, or else in the ``whole`` of what it would bring, where that can be asked for."""
    depth, looked = len(leg.rows), leg
    places = np.flatnonzero(np.isin(leg.rows, rows))
    if not places.size and whole is not None:
        looked = whole()
        places = np.flatnonzero(np.isin(looked.rows, rows))
    if not places.size:
        return LegPlace(name, depth)
    rank = int(places[0]) + 1
    # An approximate leg may have missed what exact search ranks among the first: then it is behind its depth.
    return LegPlace(name, depth, rank if looked is leg else max(rank, depth + 1), float(looked.scores[places[0]]))


def _stage(
    told: WhyNot, document: Document, hits: Sequence[Hit], trace: Trace, request: SearchRequest, own: set[bytes]
) -> WhyNot:
    """The last stage that had it."""
    for hit in hits:
        if hit.doc_id == document.id:
            return replace(
                told,
                stage="found",
                reason=f"It is there, at rank {hit.rank}.",
                rank=hit.rank,
                score=hit.score,
                chunk_id=hit.chunk.id,
            )
    if not any(leg.is_within for leg in told.legs):
        return replace(told, stage="legs", reason=_too_deep(told.legs))
    legs = _last(trace).legs
    whole = whole_ranking(legs, fuse(legs, request.fusion, None))
    stages = {"fusion": whole} | {
        name: made for name, made in trace.made.items() if isinstance(made, Ranking) and name != "fusion"
    }
    return _fallen(told, stages, hits, request.k, own)


def _too_deep(legs: Sequence[LegPlace]) -> str:
    places = [
        f"the {leg.leg} leg has it at rank {leg.rank} and brought {leg.depth}"
        if leg.rank is not None
        else f"no word of the query that the {leg.leg} leg knows is in it"
        for leg in legs
        if ":" not in leg.leg
    ]
    ranks = [leg.rank for leg in legs if leg.rank is not None]
    way = f" A depth of {min(ranks)} would bring it: depths={{…}}, or the setting depth." if ranks else ""
    return f"No leg brought it: {'; '.join(places)}.{way}"


def _fallen(told: WhyNot, stages: dict[str, Ranking], hits: Sequence[Hit], k: int, own: set[bytes]) -> WhyNot:
    """Which of these stages, that had it to begin with, did not pass it on; its place is that before it fell."""
    before, places = "fusion", _places(stages["fusion"], own)
    for name in ("rerank", "collapse", "diversity"):
        if name not in stages:
            continue
        now = _places(stages[name], own)
        if name == "rerank" and places[0] < k and (not now or now[0] >= k):
            return _moved(told, stages, hits, k, places[0], now[0] if now else None)
        if not now and name == "collapse" and (into := _group_of(stages[before], stages[name], own)) is not None:
            at = _at(told, stages[before], places[0])
            key = stages[name].shown[into].key.decode()  # by its id: diversity may have put it elsewhere, or out
            hit = next((each for each in hits if each.chunk.id == key), None)
            if hit is None:
                reason = f"The chunk {key}, at rank {into + 1} after {name}, stands for it as a near-duplicate, and is no hit."
                return replace(at, stage="collapse", reason=reason)
            reason = f"It is a near-duplicate of {hit.doc_id}, at rank {hit.rank}, which stands for it."
            return replace(at, stage="collapse", reason=reason, into=hit.doc_id)
        if not now and name == "diversity" and places[0] < max(k, len(stages[before].items)):
            reason = (
                f"It was at rank {places[0] + 1}, and gave way to others: documents have their share "
                f"(max_per_document), or hits like it are before it (mmr_lambda)."
            )
            return replace(_at(told, stages[before], places[0]), stage="diversity", reason=reason)
        if now:
            before, places = name, now
    at = _at(told, stages[before], places[0])
    bound = hits[-1].score if hits else None
    if (said := stages[before].reranked.get(at.chunk_id.encode())) is not None and hits and hits[-1].rerank is not None:
        at, bound = replace(at, score=said.score), hits[-1].rerank.score
    missing = "" if bound is None or at.score is None else f"; its score is {at.score:.5f}, that of the last hit {bound:.5f}"
    reason = f"It is at rank {places[0] + 1} after {before}, and {k} were asked for{missing}. A greater k shows it."
    return replace(at, stage="fusion", reason=reason, bound=bound)


def _moved(told: WhyNot, stages: dict[str, Ranking], hits: Sequence[Hit], k: int, was: int, now: int | None) -> WhyNot:
    ranking = stages["rerank"]
    at = _at(told, stages["fusion"], was)
    said = ranking.reranked.get(at.chunk_id.encode())
    moved = "out of the list" if now is None else f"to rank {now + 1}"
    score = "" if said is None else f", to which it gave {said.score:.4f}"
    name = "The reranker" if said is None else f"The reranker {said.reranker}"
    reason = f"{name} moved it from rank {was + 1} {moved}{score}; {k} were asked for. rerank=False leaves it where it was."
    last = hits[-1].rerank if hits else None
    return replace(
        at,
        stage="rerank",
        reason=reason,
        rank=None if now is None else now + 1,
        score=None if said is None else said.score,
        bound=None if last is None else last.score,
    )


def _places(ranking: Ranking, own: set[bytes]) -> list[int]:
    """The places of the document's chunks, from 0, the best first."""
    return [
        place
        for place, (item, shown) in enumerate(zip(ranking.items, ranking.shown, strict=True))
        if {item.key, shown.key} & own
    ]


def _group_of(before: Ranking, after: Ranking, own: set[bytes]) -> int | None:
    """The place of the group that has taken a chunk of the document in."""
    for place, group in enumerate(after.groups):
        if any(before.items[other].key in own for other in group.others):
            return place
    return None


def _at(told: WhyNot, ranking: Ranking, place: int) -> WhyNot:
    item = ranking.items[place]
    return replace(told, rank=place + 1, score=item.score, chunk_id=item.key.decode())
