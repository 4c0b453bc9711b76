"""Running a golden set through a searcher."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from eval.aggregate import abstentions, slices, summarise, summarise_scores, timings
from eval.answered import answered_question
from eval.bootstrap import CONFIDENCE, RESAMPLES, SEED
from eval.configuration import Setting
from eval.golden import GoldenItem, GoldenSet
from eval.judges.base import AnsweredQuestion, AnswerScorer, JudgeCheck, Score
from eval.metrics.base import Metric
from eval.metrics.registry import metrics_at, span_metrics_at
from eval.metrics.spans import Span
from eval.reports import write_reports
from eval.result import EvalResult, ExpectedDocument, QueryRow, RankedDocument
from ragline.errors import GoldenSetError, InputError
from ragline.types import Answer, Hit

CHUNKS_PER_DOCUMENT = 5  # hits asked for at first: enough where a good document shows up with several of its chunks
DEEPENING = 4  # how much deeper the next search goes while too few distinct documents were found
DEEPEST = 100_000  # hits; stops a searcher that never runs out of chunks of the same documents
SHOWN_DOCUMENTS = 10
EXCERPT_CHARACTERS = 240
ERROR_CHARACTERS = 500


class Searcher(Protocol):
    """What is evaluated. The mode, the filters and the principal of a search are bound in it beforehand."""

    def search(self, query: str, *, k: int) -> Sequence[Hit]:
        """Up to ``k`` hits, best first; fewer only when there are no more."""
        ...


@runtime_checkable
class Answerer(Protocol):
    """A searcher that also answers."""

    def answer(self, query: str) -> Answer: ...


def evaluate(
    golden: GoldenSet,
    searcher: Searcher,
    *,
    ks: Iterable[int] = (1, 3, 5, 10),
    answers: bool = False,
    configuration: Mapping[str, Setting] | None = None,
    scorers: Sequence[AnswerScorer] = (),
    judge_check: JudgeCheck | None = None,
    progress: Callable[[int], None] | None = None,
    reports: Path | None = None,
) -> EvalResult:
    """Search (and, with ``answers``, answer) every query of ``golden`` and measure the outcome at each cut-off of ``ks``.

    Documents are ranked by their best chunk. A query that raises becomes a row with status "error" and its reason: it is
    counted in the ``total`` of a metric, and has no part in the mean. ``configuration`` is recorded in the result with the
    settings of the evaluation itself. ``scorers`` are given all answers when the last one is there; ``judge_check`` is recorded
    with what they found. ``progress`` is told how many more queries are done. With ``reports`` the result is also written to
    that folder. Raises :class:`InputError` for a golden set without questions, cut-offs below 1, or a
    searcher that cannot answer when ``answers`` is asked for.
    """
    depths = _cut_offs(ks)
    if not golden.items:
        raise GoldenSetError(f"golden set {golden.name!r} holds no questions. Add at least one.")
    if scorers and not answers:
        raise InputError("Scorers judge answers. Ask for 'answers' too, or give no scorers.")
    if answers and not isinstance(searcher, Answerer):
        raise InputError(f"{type(searcher).__name__} has no method 'answer'. Leave 'answers' off, or give one that answers.")
    started_at, begin = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    metrics = metrics_at(depths)
    rows, answered = [], {}
    for item in golden.items:
        row, answer = _row(item, searcher, metrics, depths, answers)
        rows.append(row)
        if answer is not None:
            answered[item.id] = answered_question(item, answer)
        if progress is not None:
            progress(1)
    rows = _scored(rows, answered, scorers)
    names = [metric.name for metric in metrics]
    if any(row.spans for row in rows):
        names += [metric.name for metric in span_metrics_at(depths)]
    result = EvalResult(
        golden_name=golden.name,
        golden_sha256=golden.sha256,
        configuration={**(configuration or {}), **_own_settings(depths, answers), **_judges(scorers)},
        ks=depths,
        metrics=summarise(rows, names),
        slices=slices(rows, names),
        rows=tuple(rows),
        abstention=abstentions(rows) if answers else None,
        timings=timings(rows),
        started_at=started_at,
        seconds=time.perf_counter() - begin,
        answers=summarise_scores(rows, [name for scorer in scorers for name in scorer.metrics]),
        judge=judge_check,
    )
    return result if reports is None else replace(result, files=write_reports(result, reports))


def _cut_offs(ks: Iterable[int]) -> tuple[int, ...]:
    depths = tuple(sorted(set(ks)))
    if not depths or depths[0] < 1:
        raise InputError(f"Cut-offs {list(depths)} are not usable. Give one or more whole numbers of 1 or more.")
    return depths


def _own_settings(ks: Sequence[int], answers: bool) -> dict[str, Setting]:
    interval = f"percentile bootstrap {CONFIDENCE:.0%}, {RESAMPLES} resamples, seed {SEED}"
    return {"eval.ks": ", ".join(map(str, ks)), "eval.answers": answers, "eval.interval": interval}


def _judges(scorers: Sequence[AnswerScorer]) -> dict[str, Setting]:
    return {name: value for scorer in scorers for name, value in scorer.fingerprint.items()}


def _scored(
    rows: Sequence[QueryRow], answered: Mapping[str, AnsweredQuestion], scorers: Sequence[AnswerScorer]
) -> list[QueryRow]:
    """``rows`` with what each of ``scorers`` says of their answers."""
    scores: dict[str, dict[str, Score]] = {query_id: {} for query_id in answered}
    for scorer in scorers:
        for question, found in zip(answered.values(), scorer.score(list(answered.values())), strict=True):
            scores[question.id] |= found
    return [replace(row, scores=scores[row.id]) if row.id in scores else row for row in rows]


@dataclass(frozen=True, slots=True)
class _Ranking:
    """The hits of a query, and the best hit of each document, best first."""

    hits: Sequence[Hit]
    best: Mapping[str, Hit]
    milliseconds: float


def _row(
    item: GoldenItem, searcher: Searcher, metrics: Sequence[Metric], ks: Sequence[int], answers: bool
) -> tuple[QueryRow, Answer | None]:
    expected, wanted = _expected(item), _wanted(item)
    row = QueryRow(
        id=item.id,
        query=item.query,
        tags=item.tags,
        answerable=item.answerable,
        status="ok",
        expected=expected,
        spans=len(wanted),
        expected_answer=item.answer,
    )
    try:
        ranking = _search(searcher, item.query, max(ks))
    except Exception as error:  # noqa: BLE001 - whatever a searcher raises is a counted row, not the end of the run
        return replace(row, status="error", error=_reason("search", error)), None
    row = _ranked(row, item, ranking, metrics, ks, wanted)
    return _answered(row, searcher) if answers and isinstance(searcher, Answerer) else (row, None)


def _search(searcher: Searcher, query: str, documents: int) -> _Ranking:
    """Hits of at least ``documents`` distinct documents, unless there are no more. Only the first call is timed."""
    depth = documents * CHUNKS_PER_DOCUMENT
    begin = time.perf_counter()
    hits = searcher.search(query, k=depth)
    milliseconds = (time.perf_counter() - begin) * 1000
    while len({hit.doc_id for hit in hits}) < documents and len(hits) >= depth and depth < DEEPEST:
        depth = min(depth * DEEPENING, DEEPEST)
        hits = searcher.search(query, k=depth)
    best: dict[str, Hit] = {}
    for hit in hits:
        if not math.isfinite(hit.score):
            raise InputError(f"chunk {hit.chunk.id!r} has the score {hit.score}. Correct the searcher: scores are finite.")
        best.setdefault(hit.doc_id, hit)
    return _Ranking(hits, best, milliseconds)


def _ranked(
    row: QueryRow,
    item: GoldenItem,
    ranking: _Ranking,
    metrics: Sequence[Metric],
    ks: Sequence[int],
    wanted: Sequence[Span],
) -> QueryRow:
    """``row`` with its ranking and its scores."""
    grades, doc_ids = item.grades, list(ranking.best)
    scores = {metric.name: metric.score(doc_ids, grades) for metric in metrics}
    chunks = [Span(hit.doc_id, hit.chunk.start, hit.chunk.end) for hit in ranking.hits[: max(ks)]]
    scores |= {metric.name: metric.score(chunks, wanted) for metric in span_metrics_at(ks)}
    ranks = {doc_id: rank for rank, doc_id in enumerate(doc_ids, start=1)}
    shown = list(ranking.best.values())[:SHOWN_DOCUMENTS]
    return replace(
        row,
        ranking=tuple(
            RankedDocument(rank, hit.doc_id, hit.score, hit.chunk.id, _excerpt(hit.text), grades.get(hit.doc_id))
            for rank, hit in enumerate(shown, start=1)
        ),
        expected=tuple(replace(document, rank=ranks.get(document.doc_id)) for document in row.expected),
        metrics={name: score for name, score in scores.items() if score is not None},
        milliseconds=ranking.milliseconds,
    )


def _answered(row: QueryRow, answerer: Answerer) -> tuple[QueryRow, Answer | None]:
    """``row`` with the answer to its query; the ranking and its scores stay when answering fails."""
    begin = time.perf_counter()
    try:
        answer = answerer.answer(row.query)
    except Exception as error:  # noqa: BLE001 - as above: the reason is reported in the row
        return replace(row, status="error", error=_reason("answer", error)), None
    milliseconds = (time.perf_counter() - begin) * 1000
    return replace(row, abstained=answer.abstained, answer=answer.text, answer_milliseconds=milliseconds), answer


def _expected(item: GoldenItem) -> tuple[ExpectedDocument, ...]:
    quotes: dict[str, list[str]] = {}
    for judgement in item.relevant:
        if judgement.grade > 0 and judgement.quote:
            quotes.setdefault(judgement.doc_id, []).append(judgement.quote)
    relevant = sorted(((doc_id, grade) for doc_id, grade in item.grades.items() if grade > 0), key=lambda pair: -pair[1])
    return tuple(ExpectedDocument(doc_id, grade, None, tuple(quotes.get(doc_id, ()))) for doc_id, grade in relevant)


def _wanted(item: GoldenItem) -> list[Span]:
    relevant = [judgement for judgement in item.relevant if judgement.grade > 0]
    return [Span(judgement.doc_id, *judgement.span) for judgement in relevant if judgement.span is not None]


def _reason(stage: str, error: Exception) -> str:
    return f"{stage}: {type(error).__name__}: {error}"[:ERROR_CHARACTERS]


def _excerpt(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= EXCERPT_CHARACTERS else flat[: EXCERPT_CHARACTERS - 1].rstrip() + "…"
