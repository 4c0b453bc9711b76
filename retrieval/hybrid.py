"""The retriever: query -> scope -> legs -> fusion -> rerank -> collapse -> diversity -> hits, all on one snapshot."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Unpack

from indexes.catalog.reader import CatalogReader
from indexes.embedders.base import Embedder, Vectors
from indexes.snapshot import Snapshot, StaleSnapshotError
from ragline.errors import BackendUnavailableError, CorruptIndexError
from ragline.settings import Settings
from ragline.types import Chunk, Hit
from retrieval.access import Gate
from retrieval.collapse import DEEPEST, Collapser
from retrieval.diversity import diversify
from retrieval.hits import hits_of
from retrieval.legs import fuse, run_legs
from retrieval.query.expander import QueryExpander, run_forms
from retrieval.query.forms import QueryForm
from retrieval.query_vectors import QueryVectors
from retrieval.ranking import Ranking, Verdict, whole_ranking
from retrieval.recall_watch import RecallWatch
from retrieval.request import SearchOptions, SearchRequest, Usual, search_request
from retrieval.rerankers.base import CandidatePool, Reranker
from retrieval.scope import Scope, ScopeBuilder
from retrieval.stopwatch import Stopwatch

ATTEMPTS = 5
"""A query whose hits were replaced while it ran starts again on the newer view; five in a row means damage, not traffic."""

logger = logging.getLogger(__name__)


class SnapshotSource(Protocol):
    """What is searched: a :class:`indexes.store.CollectionStore`, or what stands for one."""

    @property
    def catalog(self) -> CatalogReader: ...

    def snapshot(self) -> Snapshot:
        """The newest view."""
        ...


@dataclass(frozen=True, slots=True)
class View:
    """What one attempt at a query looks at: the snapshot, and the rows of it that may be seen."""

    snapshot: Snapshot
    scope: Scope


class HybridRetriever:
    """Searches a collection. Safe to use from several threads. ``embedder`` is called when a query needs a vector.

    ``query_vectors`` and ``expander`` are those of another retriever over the same embedder, where they are to be shared.
    """

    def __init__(
        self,
        store: SnapshotSource,
        embedder: Callable[[], Embedder],
        settings: Settings,
        *,
        reranker: Reranker | None = None,
        gate: Gate | None = None,
        query_vectors: QueryVectors | None = None,
        expander: QueryExpander | None = None,
    ) -> None:
        self._store = store
        self.query_vectors = query_vectors or QueryVectors(embedder, settings.query_cache)
        self._settings = settings
        self._usual = Usual(settings)
        self._reranker = reranker
        self.gate = gate or Gate(store.catalog, settings.access)
        self._scopes = ScopeBuilder(store.catalog, self.gate)
        self._collapser = Collapser(store.catalog)
        self._expander = expander or QueryExpander(store.catalog, embedder, settings, self.query_vectors)
        self.recall = RecallWatch(settings.recall_sample)

    def search(self, query: str, k: int, **options: Unpack[SearchOptions]) -> list[Hit]:
        """The ``min(k, matching)`` best chunks, best first; ties by chunk id.

        With ``collapse`` no two of them are near-duplicates; as many candidates are looked at as that takes. Each keeps the
        score and the ranks that it has among all candidates.

        Raises :class:`ragline.errors.AccessDeniedError` where a principal is demanded and missing,
        :class:`ragline.errors.InputError` for an empty query, ``k < 1`` or an unknown mode, :class:`ragline.errors.FilterError`
        for a filter that is malformed or names an unknown field.
        """
        return self.run(self.request(query, k, options), Stopwatch())

    def request(self, query: str, k: int, options: SearchOptions) -> SearchRequest:
        """A search with nothing left open, by a principal that is admitted. Raises as :meth:`search` does.

        Whoever answers it from a cache, and never runs it, has asked here first.
        """
        request = search_request(query, k, options, self._usual)
        return replace(request, admitted=self.gate.admit(request.principal))

    def run(self, request: SearchRequest, watch: Stopwatch) -> list[Hit]:
        """The hits of a request; ``watch`` hears of every stage. Raises as :meth:`search` does."""
        vector = None if request.mode == "lexical" else self.query_vectors.vector(request.query)
        watch.lap("embed", vector)
        return self._hits(request, vector, watch)

    def search_many(self, queries: Sequence[str], k: int, options: SearchOptions) -> list[list[Hit]]:
        """The hits of each query, exactly those of :meth:`search`; the queries are embedded together. Raises as that does.

        Every query is checked before the first is searched for.
        """
        requests = [self.request(query, k, options) for query in queries]
        if not requests:
            return []
        watch = Stopwatch()
        vectors: Sequence[Vectors | None] = [None] * len(requests)
        if requests[0].mode != "lexical":
            vectors = self.query_vectors.vectors([request.query for request in requests])
        watch.lap("embed")
        share = watch.stages["embed"] / len(requests)
        return [
            self._hits(request, vector, Stopwatch({"embed": share})) for request, vector in zip(requests, vectors, strict=True)
        ]

    def _hits(self, request: SearchRequest, vector: Vectors | None, watch: Stopwatch) -> list[Hit]:
        for _ in range(ATTEMPTS):
            snapshot = self._store.snapshot()
            try:
                view = View(snapshot, self._scopes.build(snapshot, request.principal, request.filters, request.admitted))
                watch.lap("scope", view)
                found = self._find(request, vector, view, watch)
                chunks = self._read(found, view)
            except StaleSnapshotError:
                continue
            watch.lap("read")
            return hits_of(request, found, chunks, snapshot, view.scope, watch)
        raise CorruptIndexError(
            "The indexes name chunks that the catalog does not hold. Delete the folders lexical and generations in the "
            "collection and open it again: they are made anew from the catalog."
        )

    def _find(self, request: SearchRequest, vector: Vectors | None, view: View, watch: Stopwatch) -> Ranking:
        """The ``k`` best candidates, or fewer where there are no more; from legs as deep as collapse and diversity take.

        However deep they get, forms of the query are made once, and the reranker is asked once, of what the legs brought first:
        what comes to fill the list stands behind.
        """
        reranker = self._reranker if request.rerank else None
        budget = 0 if reranker is None else reranker.depth
        depths, needed = request.depths, request.diversity.needed(request.k)
        limit = None if request.collapse or needed is None else max(needed, budget)
        forms: list[QueryForm] | None = None
        verdict: Verdict | None = None
        while True:
            legs = run_legs(view.snapshot, request, vector, view.scope, depths, self.recall, watch)
            if request.expand:
                if forms is None:
                    forms = self._expander.forms(request.expand, request.query, vector, view.snapshot, view.scope, legs)
                legs |= run_forms(forms, view.snapshot, view.scope, depths, legs)
                watch.lap("expand")
            found = whole_ranking(legs, fuse(legs, request.fusion, limit))
            watch.lap("fusion", found)
            if reranker is not None and found.items:
                verdict = verdict or self._verdict(reranker, request, vector, view, found)
                found = found.reordered(verdict)
                watch.lap("rerank", found)
            if request.collapse:
                chunk_nos = found.chunk_nos(view.snapshot)
                groups = self._collapser.collapse(chunk_nos, needed or len(chunk_nos), by_links=not view.scope.is_controlled)
                found = found.collapsed(groups)
                watch.lap("collapse", found)
            if not request.diversity.is_off:
                found = diversify(found, request.diversity, request.k, view.snapshot)
                watch.lap("diversity", found)
            limits = {name: depths[name.partition(":")[0]] for name in legs}
            is_whole = all(len(leg.rows) < limits[name] or limits[name] >= DEEPEST for name, leg in legs.items())
            if len(found.items) >= request.k or is_whole:
                return found.first(request.k)
            depths = {name: min(2 * depth, DEEPEST) for name, depth in depths.items()}

    def _verdict(
        self, reranker: Reranker, request: SearchRequest, vector: Vectors | None, view: View, found: Ranking
    ) -> Verdict:
        """What the reranker says of the first candidates; nothing where it does not answer, unless that is to raise."""
        items = found.items[: reranker.depth]
        keys = [item.key for item in items]
        pool = CandidatePool(request.query, vector, items, found.rows(items), found.legs, view.snapshot, self._store.catalog)
        try:
            return Verdict(reranker.name, keys, reranker.score(pool))
        except BackendUnavailableError as error:
            if self._settings.rerank_failure == "raise":
                raise
            logger.warning("the order is that of the fusion, since the reranker %s failed: %s", reranker.name, error)
            return Verdict(reranker.name, keys, None)

    def _read(self, found: Ranking, view: View) -> list[Chunk]:
        numbers = found.chunk_nos(view.snapshot)
        chunks = self._store.catalog.chunks(numbers)
        if len(chunks) != len(numbers):
            raise StaleSnapshotError
        return [chunks[number] for number in numbers]
