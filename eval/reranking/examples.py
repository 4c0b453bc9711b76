"""Judged queries with their candidates: what the learned reranker is fitted to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eval.golden import GoldenItem, GoldenSet
from eval.metrics.ndcg import ndcg
from ragline.types import Principal
from retrieval.hybrid import HybridRetriever
from retrieval.rerankers.base import CandidatePool, Reranked, Reranker, Scores
from retrieval.rerankers.features import feedback, leg_features
from retrieval.rerankers.weights import Weights

CUT_OFF = 10
"""What is fitted and checked is nDCG at this rank: the first page."""

RetrieverWith = Callable[[Reranker], HybridRetriever]
"""The same collection and settings with another reranker."""


@dataclass(frozen=True)
class Example:
    """A query's candidates, and the ``grades`` of all judged documents. ``doc_ids`` are those of the candidates."""

    pool: CandidatePool
    doc_ids: Sequence[str]
    grades: Mapping[str, int]

    @cached_property
    def legs(self) -> Mapping[str, Scores]:
        """The features that do not depend on a weight."""
        return leg_features(self.pool)

    @cached_property
    def documents(self) -> NDArray[np.int64]:
        """A number for each candidate's document."""
        numbers: dict[str, int] = {}
        return np.array([numbers.setdefault(doc_id, len(numbers)) for doc_id in self.doc_ids], np.int64)

    @cached_property
    def gains(self) -> Scores:
        """Each candidate's gain, 0 where it is not relevant."""
        return np.array([max(self.grades.get(doc_id, 0), 0) for doc_id in self.doc_ids], np.float64)

    @cached_property
    def ideal(self) -> float:
        """The discounted gain of the best possible first page."""
        gains = sorted((grade for grade in self.grades.values() if grade > 0), reverse=True)[:CUT_OFF]
        return float(np.sum(np.array(gains) * discounts(np.arange(1, len(gains) + 1))))

    @cached_property
    def keys(self) -> NDArray[np.bytes_]:
        """The candidates' keys, which break ties."""
        return np.array([item.key for item in self.pool.items])

    def features(self, blend: float) -> NDArray[np.float64]:
        """All three features, shape ``(n, 3)``."""
        return np.stack([self.legs["vector"], self.legs["lexical"], feedback(self.pool, self.legs, blend)], axis=1)

    def order(self, scores: Scores) -> NDArray[np.int64]:
        """The best candidate of each document, best first."""
        order = np.lexsort((self.keys, -scores)).astype(np.int64)
        _, first = np.unique(self.documents[order], return_index=True)
        best: NDArray[np.int64] = order[np.sort(first)]
        return best

    def ndcg(self, scores: Scores) -> float:
        """nDCG@10 of the documents, each at its best candidate's place."""
        ranking = [self.doc_ids[place] for place in self.order(scores)]
        return ndcg(ranking, self.grades, CUT_OFF) or 0.0

    def scores(self, weights: Weights) -> Scores:
        """The candidates' scores by some weights."""
        scores: Scores = self.features(weights.blend) @ np.array([weights.vector, weights.lexical, weights.feedback])
        return scores


def discounts(ranks: NDArray[np.int64]) -> NDArray[np.float64]:
    """``1 / log2(rank + 1)`` down to the cut-off, and 0 below it."""
    values: NDArray[np.float64] = np.where(ranks <= CUT_OFF, 1 / np.log2(ranks + 1.0), 0.0)
    return values


def examples_of(
    golden: GoldenSet, retriever_with: RetrieverWith, *, depth: int, principal: Principal | None = None
) -> list[Example]:
    """An example for every question with a relevant document that has candidates of both legs, in the order of the set.

    ``depth`` is the most candidates of one. What further forms of a query would find has no part in it.
    """
    recorder = _Recorder(depth)
    with _closing(retriever_with(recorder)) as retriever:
        found = [_example(item, retriever, recorder, principal) for item in golden.items]
    return [example for example in found if example is not None]


def _example(
    item: GoldenItem, retriever: HybridRetriever, recorder: "_Recorder", principal: Principal | None
) -> Example | None:
    if not any(grade > 0 for grade in item.grades.values()):
        return None
    retriever.search(item.query, 1, mode="hybrid", principal=principal, collapse=False, rerank=True, expand="none")
    pool = recorder.taken()
    if pool is None or not all(len(leg.rows) for leg in pool.legs.values()):
        return None
    return Example(pool, [chunk.doc_id for chunk in pool.chunks], item.grades)


class _Recorder:
    """A reranker that keeps what it is given, and changes nothing."""

    name = "recorder"

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self._pool: CandidatePool | None = None

    def score(self, pool: CandidatePool) -> Reranked:
        self._pool = pool
        return Reranked(pool.fused)

    def taken(self) -> CandidatePool | None:
        """The pool of the last query; ``None`` where it had no candidates."""
        pool, self._pool = self._pool, None
        return pool


@contextmanager
def _closing(retriever: HybridRetriever) -> Iterator[HybridRetriever]:
    try:
        yield retriever
    finally:
        retriever.recall.close()
