"""One question of a golden set, searched for and answered: from the hits to its row."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from eval.answered import written_from
from eval.evidence import Evidence, evidence_of
from eval.golden import GoldenItem
from eval.metrics.base import Metric
from eval.metrics.registry import span_metrics_at
from eval.metrics.spans import Span
from eval.result import AnswerContext, EvidencePlace, ExpectedDocument, QueryRow, RankedDocument
from eval.searcher import Answerer, Holding, Searcher, Staged
from eval.spending import of_answer
from ragline.errors import InputError
from ragline.types import Answer, Hit

CHUNKS_PER_DOCUMENT = 5  # hits asked for at first: enough where a good document shows up with several of its chunks
DEEPENING = 4  # how much deeper the next search goes while too few distinct documents were found
DEEPEST = 100_000  # hits; stops a searcher that never runs out of chunks of the same documents
SHOWN_DOCUMENTS = 10
EXCERPT_CHARACTERS = 240
ERROR_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Asking:
    """How every question is asked: with each of ``metrics``, at the cut-offs ``ks``, and with or without answers.

    With ``chunk_grades``, the grades of chunks by question, the metrics are of the ranking of chunks instead of documents.
    """

    searcher: Searcher
    metrics: Sequence[Metric]
    ks: Sequence[int]
    answers: bool
    chunk_grades: Mapping[str, Mapping[str, int]] | None = None

    def ask(self, item: GoldenItem) -> tuple[QueryRow, Answer | None]:
        """The row of ``item``, and the answer where there is one. What the searcher raises is the error of the row."""
        evidence, wanted = evidence_of(item), _wanted(item)
        row = QueryRow(
            id=item.id,
            query=item.query,
            tags=item.tags,
            answerable=item.answerable,
            status="ok",
            expected=_expected(item),
            spans=len(wanted),
            expected_answer=item.answer,
        )
        try:
            ranking = _search(self.searcher, item.query, first_depth(self.ks), self.ks[-1])
        except Exception as error:  # noqa: BLE001 - whatever a searcher raises is a counted row, not the end of the run
            return replace(row, status="error", error=reason_of("search", error)), None
        row = self._ranked(row, item, ranking, wanted, evidence)
        if not self.answers or not isinstance(self.searcher, Answerer):
            return row, None
        return _answered(row, self.searcher, evidence)

    def _ranked(
        self, row: QueryRow, item: GoldenItem, ranking: "_Ranking", wanted: Sequence[Span], evidence: Evidence
    ) -> QueryRow:
        """``row`` with its ranking and its scores."""
        grades, doc_ids = item.grades, list(ranking.best)
        deepest = self.ks[-1]  # no metric looks further, and each would go through all that it is given
        if self.chunk_grades is None:
            scores = {metric.name: metric.score(doc_ids[:deepest], grades) for metric in self.metrics}
        else:
            chunk_ids, judged = [hit.chunk.id for hit in ranking.hits[:deepest]], self.chunk_grades.get(item.id, {})
            scores = {metric.name: metric.score(chunk_ids, judged) for metric in self.metrics}
        passages = [Span(hit.doc_id, hit.chunk.start, hit.chunk.end) for hit in ranking.hits]
        if wanted:
            scores |= {metric.name: metric.score(passages, wanted) for metric in span_metrics_at(self.ks)}
        ranks = {doc_id: rank for rank, doc_id in enumerate(doc_ids, start=1)}
        shown = list(ranking.best.values())[:SHOWN_DOCUMENTS]
        numbers = {id(hit): number for number, hit in enumerate(ranking.hits, start=1)}
        given = self.searcher.answer_hits if self.answers and isinstance(self.searcher, Holding) else 0
        return replace(
            row,
            ranking=tuple(
                _document(rank, hit, numbers[id(hit)], grades.get(hit.doc_id)) for rank, hit in enumerate(shown, start=1)
            ),
            expected=tuple(replace(document, rank=ranks.get(document.doc_id)) for document in row.expected),
            metrics={name: score for name, score in scores.items() if score is not None},
            milliseconds=ranking.milliseconds,
            stages_ms=ranking.stages_ms,
            evidence=EvidencePlace(evidence.first_in(passages), len(passages), given) if evidence else None,
        )


@dataclass(frozen=True, slots=True)
class _Ranking:
    """The hits of a query, and the best hit of each document, best first."""

    hits: Sequence[Hit]
    best: Mapping[str, Hit]
    milliseconds: float
    stages_ms: Mapping[str, float]


def first_depth(ks: Sequence[int]) -> int:
    """How many hits are asked for at first, for the cut-offs ``ks``."""
    return max(ks) * CHUNKS_PER_DOCUMENT


def reason_of(stage: str, error: Exception) -> str:
    """What a row says of an error: the stage, the type and the message, cut where it is long."""
    return f"{stage}: {type(error).__name__}: {error}"[:ERROR_CHARACTERS]


def _search(searcher: Searcher, query: str, depth: int, documents: int) -> _Ranking:
    """Hits of at least ``documents`` distinct documents, unless there are no more. Only the first call is timed."""
    stages: Mapping[str, float] = {}
    begin = time.perf_counter()
    if isinstance(searcher, Staged):
        hits, stages = searcher.search_in_stages(query, k=depth)
    else:
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
    return _Ranking(hits, best, milliseconds, dict(stages))


def _document(rank: int, hit: Hit, number: int, grade: int | None) -> RankedDocument:
    chunk = hit.chunk
    return RankedDocument(rank, hit.doc_id, hit.score, chunk.id, _excerpt(hit.text), grade, chunk.start, chunk.end, number)


def _answered(row: QueryRow, answerer: Answerer, evidence: Evidence) -> tuple[QueryRow, Answer | None]:
    """``row`` with the answer to its query; the ranking and its scores stay when answering fails."""
    begin = time.perf_counter()
    try:
        answer = answerer.answer(row.query)
    except Exception as error:  # noqa: BLE001 - as above: the reason is reported in the row
        return replace(row, status="error", error=reason_of("answer", error)), None
    milliseconds = (time.perf_counter() - begin) * 1000
    row = replace(
        row,
        abstained=answer.abstained,
        answer=answer.text,
        answer_milliseconds=milliseconds,
        answer_stages_ms=dict(answer.usage.timings_ms),
        reason=answer.reason,
        contexts=tuple(_context(hit, evidence) for hit in written_from(answer)),
        citations=answer.citations,
        model=answer.usage.model,
        spending=of_answer(answer),
    )
    return row, answer


def _context(hit: Hit, evidence: Evidence) -> AnswerContext:
    passage = Span(hit.doc_id, hit.chunk.start, hit.chunk.end)
    return AnswerContext(
        hit.doc_id, hit.chunk.id, passage.start, passage.end, _excerpt(hit.text), bool(evidence) and evidence.is_in(passage)
    )


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


def _excerpt(text: str) -> str:
    # twice as many characters hold enough, but for texts that are mostly white space; none is read to its end for this
    flat = " ".join(text[: 2 * EXCERPT_CHARACTERS].split())
    return flat if len(flat) <= EXCERPT_CHARACTERS else flat[: EXCERPT_CHARACTERS - 1].rstrip() + "…"
