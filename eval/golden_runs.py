"""Runs out and in: the rankings of a searcher as a run of TREC, and a run of any system as an evaluation."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from eval.asking import CHUNKS_PER_DOCUMENT, DEEPENING, DEEPEST
from eval.configuration import Setting
from eval.formats.trec_run import Run, ScoredDocument
from eval.golden_types import GoldenSet, Relevance
from eval.reports import write_reports
from eval.result import EvalResult
from eval.run import Searcher, evaluate
from ragline.errors import GoldenSetError, InputError
from ragline.types import Chunk, Hit

DEPTH = 100
"""Documents a question, as most tracks ask for at least."""


def run_of(
    golden: GoldenSet,
    searcher: Searcher,
    *,
    depth: int = DEPTH,
    tag: str = "ragline",
    progress: Callable[[int], None] | None = None,
) -> Run:
    """The first ``depth`` documents of each question, ranked by their best chunk.

    The score of a document is ``depth - rank + 1``: the order is the result, and the scores of a fusion or of a reranker are
    not comparable from one question to the next. Raises :class:`InputError` for a depth below 1.
    """
    if depth < 1:
        raise InputError(f"A run of {depth} documents says nothing. Use 1 or more.")
    rankings = {}
    for item in golden.items:
        documents = _documents(searcher, item.query, depth)
        rankings[item.id] = tuple(ScoredDocument(doc_id, float(depth - place)) for place, doc_id in enumerate(documents))
        if progress is not None:
            progress(1)
    return Run(tag, {query_id: documents for query_id, documents in rankings.items() if documents})


def evaluate_run(
    golden: GoldenSet,
    run: Run,
    *,
    ks: Iterable[int] = (1, 3, 5, 10),
    configuration: Mapping[str, Setting] | None = None,
    reports: Path | None = None,
) -> EvalResult:
    """Measure a run of another system as if it had been searched: metrics with intervals, slices, a row a question, reports.

    A question that the run has no ranking for found nothing, and scores 0. A run names documents, so spans are not measured.
    Raises :class:`GoldenSetError` where the run has a ranking for none of the questions, or two for questions with one text.
    """
    if not run.rankings.keys() & {item.id for item in golden.items}:
        raise GoldenSetError(
            f"the run {run.tag!r} has none of the questions of {golden.name!r}; its first is {next(iter(run.rankings), '')!r}. "
            "Give the golden set that it was made for."
        )
    unknown = len(run.rankings.keys() - {item.id for item in golden.items})
    settings: dict[str, Setting] = {"run": run.tag, "run.queries": len(run.rankings), "run.queries_not_in_golden": unknown}
    placeless = [replace(item, relevant=tuple(map(_without_place, item.relevant))) for item in golden.items]
    result = evaluate(
        replace(golden, items=tuple(placeless)),
        _Replayed(golden, run),
        ks=ks,
        configuration={**settings, **(configuration or {})},
    )
    rows = tuple(replace(row, milliseconds=None) for row in result.rows)  # reading a file is no search
    result = replace(result, rows=rows, timings={}, stages={})
    return result if reports is None else replace(result, files=write_reports(result, reports))


def _documents(searcher: Searcher, query: str, depth: int) -> list[str]:
    """The first ``depth`` documents, for which as many chunks are asked for as it takes."""
    chunks = depth * CHUNKS_PER_DOCUMENT
    while True:
        hits = searcher.search(query, k=chunks)
        documents = list(dict.fromkeys(hit.doc_id for hit in hits))[:depth]
        if len(documents) == depth or len(hits) < chunks or chunks >= DEEPEST:
            return documents
        chunks = min(chunks * DEEPENING, DEEPEST)


def _without_place(judgement: Relevance) -> Relevance:
    return replace(judgement, start=None, end=None)


class _Replayed:
    """Gives for a question what the run has for it."""

    def __init__(self, golden: GoldenSet, run: Run) -> None:
        self._by_text: dict[str, tuple[ScoredDocument, ...]] = {}
        for item in golden.items:
            ranking = run.rankings.get(item.id, ())
            if self._by_text.setdefault(item.query, ranking) != ranking:
                raise GoldenSetError(
                    f"two questions read {item.query!r:.80}, and the run has another ranking for each. Change one of the texts."
                )

    def search(self, query: str, *, k: int) -> Sequence[Hit]:
        return [
            Hit(Chunk(document.doc_id, document.doc_id, "", 0, 0), document.score, rank)
            for rank, document in enumerate(self._by_text[query][:k], start=1)
        ]
