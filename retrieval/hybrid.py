"""The retriever: query -> scope -> vector leg and lexical leg -> fusion -> hits, all on one snapshot."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import index
from typing import get_args

import numpy as np

from indexes.embedders.base import Embedder
from indexes.snapshot import Candidates, Snapshot, StaleSnapshotError
from indexes.store import CollectionStore
from ragline.errors import CorruptIndexError, InputError
from ragline.filters import FilterLike
from ragline.settings import Settings
from ragline.types import Chunk, Explanation, Hit, LegScore, Principal, SearchMode
from retrieval.collapse import DEEPEST, Collapser
from retrieval.fusion import Fused, reciprocal_rank_fusion, relative_scores
from retrieval.ranking import Ranking, whole_ranking
from retrieval.recall_watch import RecallWatch
from retrieval.scope import Scope, ScopeBuilder

ATTEMPTS = 5
"""A query whose hits were replaced while it ran starts again on the newer view; five in a row means damage, not traffic."""


@dataclass(slots=True)
class Stopwatch:
    """Milliseconds per stage of one query."""

    stages: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.stages[stage] = self.stages.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now


class HybridRetriever:
    """Searches a collection. Safe to use from several threads. ``embedder`` is called when a query needs a vector."""

    def __init__(self, store: CollectionStore, embedder: Callable[[], Embedder], settings: Settings) -> None:
        self._store = store
        self._embedder = embedder
        self._settings = settings
        self._scopes = ScopeBuilder(store.catalog)
        self._collapser = Collapser(store.catalog)
        self.recall = RecallWatch(settings.recall_sample)

    def search(
        self,
        query: str,
        k: int,
        *,
        mode: SearchMode = "hybrid",
        filters: FilterLike | None = None,
        principal: Principal | None = None,
        explain: bool = False,
        collapse: bool | None = None,
    ) -> list[Hit]:
        """The ``min(k, matching)`` best chunks, best first; ties by chunk id.

        With ``collapse`` (``None`` = as the settings say) no two of them are near-duplicates; as many candidates are looked at
        as that takes. Each keeps the score and the ranks that it has among all candidates.

        Raises :class:`InputError` for an empty query, ``k < 1`` or an unknown mode, :class:`ragline.errors.FilterError` for a
        filter that is malformed or names an unknown field.
        """
        k = _check(query, k, mode)
        collapse = self._settings.collapse_duplicates if collapse is None else collapse
        watch = Stopwatch()
        vector = None if mode == "lexical" else self._embedder().embed_query(query)
        watch.lap("embed")
        for _ in range(ATTEMPTS):
            snapshot = self._store.snapshot()
            try:
                scope = self._scopes.build(snapshot, principal, filters)
                watch.lap("scope")
                found = self._find(snapshot, query, vector, mode, k, scope, watch, collapse=collapse)
            except StaleSnapshotError:
                continue
            numbers = found.chunk_nos(snapshot)
            chunks = self._store.catalog.chunks(numbers)
            watch.lap("read")
            if len(chunks) == len(numbers):
                read = [chunks[number] for number in numbers]
                return self._hits(query, found, read, snapshot, scope, watch if explain else None)
        raise CorruptIndexError(
            "The indexes name chunks that the catalog does not hold. Delete the folders lexical and generations in the "
            "collection and open it again: they are made anew from the catalog."
        )

    def _find(
        self,
        snapshot: Snapshot,
        query: str,
        vector: "np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None",
        mode: SearchMode,
        k: int,
        scope: Scope,
        watch: Stopwatch,
        *,
        collapse: bool,
    ) -> Ranking:
        """The ``k`` best candidates; with ``collapse`` the best of ``k`` groups, from legs as deep as that takes."""
        depth = max(k, self._settings.depth)
        while True:
            legs = self._legs(snapshot, query, vector, mode, depth, scope, watch)
            found = whole_ranking(legs, self._rank(legs, None if collapse else k))
            watch.lap("fusion")
            if not collapse:
                return found
            collapsed = self._collapser.collapse(found.chunk_nos(snapshot), k, by_links=not scope.hides)
            watch.lap("collapse")
            is_whole = all(len(leg.rows) < depth for leg in legs.values())
            if len(collapsed.groups) == k or is_whole or depth >= DEEPEST:
                return found.collapsed(collapsed)
            depth = min(2 * depth, DEEPEST)

    def _legs(
        self,
        snapshot: Snapshot,
        query: str,
        vector: "np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None",
        mode: SearchMode,
        depth: int,
        scope: Scope,
        watch: Stopwatch,
    ) -> dict[str, Candidates]:
        legs: dict[str, Candidates] = {}
        if vector is not None:
            legs["vector"] = snapshot.vector_candidates(vector, depth, scope.mask)
            self.recall.offer(snapshot, vector, depth, scope.mask, legs["vector"])
            watch.lap("vector")
        if mode != "vector":
            legs["lexical"] = snapshot.lexical_candidates(query, depth, scope.mask)
            watch.lap("lexical")
        return legs

    def _rank(self, legs: Mapping[str, Candidates], k: int | None) -> list[Fused]:
        """The ``k`` best of all candidates (``None`` = all of them)."""
        if len(legs) > 1:
            lists = {name: leg.chunk_ids.tolist() for name, leg in legs.items()}
            shares = None
            if self._settings.fusion == "score-rrf":
                shares = {name: relative_scores(leg.scores.tolist()) for name, leg in legs.items()}
            return reciprocal_rank_fusion(lists, k=self._settings.rrf_k, shares=shares, limit=k)
        ((name, leg),) = legs.items()
        pairs = zip(leg.chunk_ids[:k].tolist(), leg.scores[:k].tolist(), strict=True)
        return [Fused(key, score, {name: rank}, {name: score}) for rank, (key, score) in enumerate(pairs, start=1)]

    def _hits(
        self,
        query: str,
        found: Ranking,
        chunks: list[Chunk],
        snapshot: Snapshot,
        scope: Scope,
        watch: Stopwatch | None,
    ) -> list[Hit]:
        legs = found.legs
        share = "score / best score of the leg" if self._settings.fusion == "score-rrf" else "1"
        formula = f"sum of {share} / ({self._settings.rrf_k} + rank)" if len(legs) > 1 else f"{next(iter(legs))} score"
        plan = "; ".join([f"scope: {scope.plan}", *found.plans])
        hits = []
        for rank, (item, chunk, group) in enumerate(zip(found.items, chunks, found.groups, strict=True), start=1):
            scores = {name: LegScore(name, place, float(legs[name].scores[place - 1])) for name, place in item.ranks.items()}
            explanation = None
            if watch is not None:
                matched = snapshot.lexical.matched_terms(query, f"{chunk.context}\n{chunk.text}")
                generation = 0 if snapshot.generation is None else snapshot.generation.number
                explanation = Explanation(
                    formula,
                    item.terms,
                    plan,
                    matched,
                    generation,
                    snapshot.sequence,
                    dict(watch.stages),
                    len(group.others),
                )
            hits.append(Hit(chunk, item.score, rank, scores, explanation, group.doc_ids))
        return hits


def _check(query: object, k: object, mode: object) -> int:
    """``k`` as an int: anything that Python takes as an index is one (NumPy's integers are), but truth values are not."""
    if not isinstance(query, str) or not query.strip():
        raise InputError("The query is empty. Give at least one word.")
    try:
        number = 0 if isinstance(k, bool) else index(k)  # type: ignore[arg-type]
    except TypeError:
        number = 0
    if number < 1:
        raise InputError(f"k is {k!r}; ask for at least one hit.")
    if mode not in get_args(SearchMode):
        raise InputError(f"Unknown mode {mode!r}; choose one of {', '.join(get_args(SearchMode))}.")
    return number
