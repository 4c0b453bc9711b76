"""Evaluating a collection: binds a mode and a principal to it, and records what was measured."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

from api.calibrating import ANSWER_HITS
from api.judging import DEFAULT_JUDGE, Judging, judging
from api.timing import collected_stages
from eval.golden import GoldenSet, load_golden
from eval.golden_check import check_golden
from eval.golden_units import Unit, chunk_judgements
from eval.report_folder import report_folder
from eval.result import EvalResult
from eval.run import evaluate
from ragline.errors import InputError
from ragline.types import Answer, Hit, Principal, SearchMode

if TYPE_CHECKING:
    from api.collection import Collection
    from eval.judges.progress import Told
    from indexes.embedders.base import Embedder
    from indexes.vector.base import Vectors


GOLDEN_QUERIES = 500
"""Queries of a golden set that a new index is checked with; more would tell no more, and take seconds to embed."""


def golden_queries(golden: Path, embedder: Embedder) -> Vectors:
    """Vectors of the first queries of a golden set, float32 of shape ``(n, dim)``."""
    queries = [item.query for item in load_golden(golden).items[:GOLDEN_QUERIES]]
    vectors: Vectors = np.stack([embedder.embed_query(query) for query in queries])
    return vectors


@dataclass(frozen=True, slots=True)
class BoundCollection:
    """A collection asked in one mode by one principal."""

    collection: Collection
    mode: SearchMode
    principal: Principal | None

    def search(self, query: str, *, k: int) -> Sequence[Hit]:
        with self.collection.unlogged():
            return self.collection.search(query, k, mode=self.mode, principal=self.principal)

    def search_in_stages(self, query: str, *, k: int) -> tuple[Sequence[Hit], Mapping[str, float]]:
        with collected_stages() as stages:
            return self.search(query, k=k), stages

    def answer(self, query: str) -> Answer:
        with self.collection.unlogged():
            return self.collection.answer(query, mode=self.mode, principal=self.principal)

    @property
    def answer_hits(self) -> int:
        return ANSWER_HITS

    def holds(self, doc_id: str) -> bool:
        return self.collection.get(doc_id, principal=self.principal) is not None

    def explain(self, query: str, *, k: int) -> Sequence[Hit]:
        with self.collection.unlogged():
            return self.collection.search(query, k, mode=self.mode, principal=self.principal, explain=True)

    def why_not(self, query: str, doc_id: str, *, k: int) -> str:
        with self.collection.unlogged():
            return self.collection.why_not(query, doc_id, k, mode=self.mode, principal=self.principal).reason


def evaluate_collection(
    collection: Collection,
    golden: Path,
    *,
    mode: SearchMode,
    answers: bool,
    judge: str,
    ks: Sequence[int],
    principal: Principal | None,
    reports: str | os.PathLike[str] | None,
    progress: Callable[[int], None] | None,
    judge_progress: Told | None,
    unit: Unit = "document",
) -> EvalResult:
    """See :meth:`api.collection.Collection.evaluate`."""
    collection.check_access(principal)  # once, and not as the error of every question
    stats = collection.stats()
    settings = collection.settings
    if not answers and judge not in (DEFAULT_JUDGE, "none"):
        raise InputError(f"The judge {judge!r} needs answers to judge. Leave 'answers' on, or name no judge.")
    folder = None if reports is None else report_folder(Path(reports))
    judged = judging(collection, judge, folder=folder, told=judge_progress) if answers else Judging()
    questions, stale = _fitted(collection, load_golden(golden), principal)
    return evaluate(
        questions,
        BoundCollection(collection, mode, principal),
        ks=ks,
        answers=answers,
        configuration={
            "mode": mode,
            "embedder": stats["embedder"],
            "index": stats["index"],
            "chunk_tokens": stats["chunk_tokens"],
            "chunk_overlap": stats["chunk_overlap"],
            "analysis": stats["analysis"],
            "depth": settings.depth,
            "fusion": settings.fusion,
            "reranker": settings.reranker,
            "rrf_k": settings.rrf_k,
            "query_expansion": settings.query_expansion,
            "vector_weight": settings.vector_weight,
            "lexical_weight": settings.lexical_weight,
            "model": settings.model or "extractive",
            "documents": stats["documents"],
            "chunks": stats["chunks"],
        },
        scorers=judged.scorers,
        judge_check=judged.check,
        agreement=judged.agreement,
        freshness=collection.freshness(principal=principal),
        chunk_grades=None if unit == "document" else _chunk_grades(collection, questions, unit, principal),
        stale=stale,
        progress=progress,
        reports=folder,
    )


def _fitted(collection: Collection, golden: GoldenSet, principal: Principal | None) -> tuple[GoldenSet, list[str]]:
    """``golden`` with its quotes where they stand now, as far as ``principal`` may see them; and what is stale in it."""

    def text_of(doc_id: str) -> str | None:
        document = collection.get(doc_id, principal=principal)
        return None if document is None else document.text

    check = check_golden(golden, text_of, collection.document_ids(principal=principal))
    return replace(check.updated, sha256=golden.sha256), [str(finding) for finding in check.stale]


def _chunk_grades(
    collection: Collection, golden: GoldenSet, unit: str, principal: Principal | None
) -> Mapping[str, Mapping[str, int]]:
    if unit not in get_args(Unit):
        raise InputError(f"Nothing is ranked by {unit!r}. Choose one of {', '.join(get_args(Unit))}.")
    return chunk_judgements(golden.items, lambda doc_id: collection.chunks(doc_id, principal=principal))
