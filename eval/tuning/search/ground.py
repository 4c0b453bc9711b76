"""The ground on which settings are tried: one collection, as it was when the search began, asked by one principal."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from eval.tuning.search.legs import LegMemory, RememberingExpander, remembering
from indexes.catalog.reader import CatalogReader
from indexes.embedders.base import Embedder
from indexes.snapshot import Generation, Snapshot
from indexes.vector.registry import KINDS
from ragline.settings import Settings
from ragline.types import Hit, Principal
from retrieval.access import Gate
from retrieval.hybrid import HybridRetriever
from retrieval.query.expander import QueryExpander
from retrieval.query_vectors import QueryVectors
from retrieval.rerankers.base import Reranker
from retrieval.rerankers.registry import load_reranker
from retrieval.rerankers.weights import NamedWeights
from retrieval.stopwatch import Stopwatch


@dataclass(frozen=True, slots=True)
class Frozen:
    """A store that serves one snapshot for ever."""

    view: Snapshot
    catalog: CatalogReader

    def snapshot(self) -> Snapshot:
        """That snapshot."""
        return self.view


@dataclass(slots=True)
class TimedSearcher:
    """Searches, and keeps in ``milliseconds`` what the first search for each query would take with nothing remembered."""

    retriever: HybridRetriever
    principal: Principal | None
    memory: LegMemory
    embed_s: float
    milliseconds: dict[str, float] = field(default_factory=dict)

    def search(self, query: str, *, k: int) -> Sequence[Hit]:
        """The hits."""
        self.memory.owed_s = 0.0
        started = time.perf_counter()
        request = self.retriever.request(query, k, {"principal": self.principal, "mode": "hybrid"})
        hits = self.retriever.run(request, Stopwatch())
        seconds = time.perf_counter() - started + self.memory.owed_s + self.embed_s
        self.milliseconds.setdefault(query, seconds * 1000)  # a search that an evaluation repeats deeper is none of its own
        return hits


@dataclass(frozen=True, slots=True)
class Ground:
    """``snapshot`` and ``catalog`` are the collection's, ``vectors`` those of the queries, shared by all grounds of a search.

    ``embed_s`` are the seconds that embedding a query takes.
    """

    snapshot: Snapshot
    catalog: CatalogReader
    embedder: Callable[[], Embedder]
    weights: Callable[[], NamedWeights]
    vectors: QueryVectors
    gate: Gate
    principal: Principal | None = None
    embed_s: float = 0.0
    memory: LegMemory = field(default_factory=LegMemory)
    rerankers: dict[tuple[str, int], Reranker | None] = field(default_factory=dict)

    @property
    def chunks(self) -> int:
        """Chunks that can be found."""
        return self.snapshot.live_count

    @property
    def approximate(self) -> tuple[str, ...]:
        """The settings by which the index searches more or less; none where every chunk is compared."""
        generation = self.snapshot.generation
        return () if generation is None else KINDS[generation.index.kind].searching

    @contextmanager
    def searcher(self, settings: Settings, *, remembers: bool = True) -> Iterator[TimedSearcher]:
        """A searcher by some settings. Without ``remembers`` every leg runs, and the times are those of the clock."""
        quiet = replace(settings, recall_sample=0.0)  # what is measured in the background would take time from the trials
        memory = self.memory if remembers else LegMemory()
        kind = (quiet.reranker, quiet.rerank_depth)
        if kind not in self.rerankers:  # a model is not loaded again for every trial
            self.rerankers[kind] = load_reranker(quiet, self.embedder, self.weights)
        reranker = self.rerankers[kind]
        view = replace(self.snapshot, generation=self._generation(quiet))
        expander: QueryExpander | None = None
        if remembers:
            searched = tuple(getattr(quiet, name) for name in self.approximate)
            view = remembering(view, memory, searched)
            plain = QueryExpander(self.catalog, self.embedder, quiet, self.vectors)
            depths = (quiet.depth, quiet.vector_depth, quiet.lexical_depth)
            expander = RememberingExpander(plain, memory, (searched, depths))
        retriever = HybridRetriever(
            Frozen(view, self.catalog),
            self.embedder,
            quiet,
            reranker=reranker,
            gate=self.gate,
            query_vectors=self.vectors,
            expander=expander,
        )
        try:
            yield TimedSearcher(retriever, self.principal, memory, self.embed_s)
        finally:
            retriever.recall.close()

    def _generation(self, settings: Settings) -> Generation | None:
        generation = self.snapshot.generation
        if generation is None or not self.approximate:
            return generation
        return replace(generation, index=generation.index.searched_with(settings))


def embed_queries(vectors: QueryVectors, queries: Sequence[str]) -> float:
    """Embed all queries, once for all trials; the mean seconds of one."""
    started = time.perf_counter()
    for query in queries:
        vectors.vector(query)
    return (time.perf_counter() - started) / max(1, len(queries))
