"""Running a golden set through a searcher."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from eval.aggregate import abstentions, slices, stages, summarise, summarise_scores, timings
from eval.answered import answered_question
from eval.asking import Asking
from eval.bootstrap import CONFIDENCE, RESAMPLES, SEED
from eval.configuration import Setting
from eval.evidence import evidence_of
from eval.explaining import diagnosed, explained
from eval.golden import GoldenSet
from eval.judges.base import AnsweredQuestion, AnswerScorer, HumanAgreement, JudgeCheck, Score
from eval.metrics.registry import metrics_at, span_metrics_at
from eval.reports import write_reports
from eval.result import EvalResult, QueryRow
from eval.searcher import Answerer, Searcher
from eval.spending import Accounted, Spending, of_scorer, together
from indexes.freshness import FreshnessReport
from ragline.errors import GoldenSetError, InputError

__all__ = ["Answerer", "Searcher", "evaluate"]


def evaluate(
    golden: GoldenSet,
    searcher: Searcher,
    *,
    ks: Iterable[int] = (1, 3, 5, 10),
    answers: bool = False,
    configuration: Mapping[str, Setting] | None = None,
    scorers: Sequence[AnswerScorer] = (),
    judge_check: JudgeCheck | None = None,
    agreement: Sequence[HumanAgreement] = (),
    freshness: FreshnessReport | None = None,
    chunk_grades: Mapping[str, Mapping[str, int]] | None = None,
    stale: Sequence[str] = (),
    progress: Callable[[int], None] | None = None,
    reports: Path | None = None,
) -> EvalResult:
    """Search (and, with ``answers``, answer) every query of ``golden`` and measure the outcome at each cut-off of ``ks``.

    Documents are ranked by their best chunk. A query that raises becomes a row with status "error" and its reason: it is
    counted in the ``total`` of a metric, and has no part in the mean. ``configuration`` is recorded in the result with the
    settings of the evaluation itself. ``scorers`` are given all answers when the last one is there; ``judge_check``, the
    ``agreement`` of their judge with people and the ``freshness`` of the collection are recorded with what they found. Then it
    is told what went wrong with each question, and, where the searcher can tell, the hits of the worst are explained.

    With ``chunk_grades``, the grades of chunks by the id of the question (:func:`eval.golden_units.chunk_judgements`), chunks
    are ranked and not documents. ``stale`` says which judgements do not fit the documents any more; it is recorded.

    ``progress`` is told how many more queries are done. With ``reports`` the result is also written to that folder. Raises
    :class:`InputError` for a golden set without questions, cut-offs below 1, or a searcher that cannot answer when ``answers``
    is asked for.
    """
    depths = _cut_offs(ks)
    if not golden.items:
        raise GoldenSetError(f"golden set {golden.name!r} holds no questions. Add at least one.")
    if scorers and not answers:
        raise InputError("Scorers judge answers. Ask for 'answers' too, or give no scorers.")
    if answers and not isinstance(searcher, Answerer):
        raise InputError(f"{type(searcher).__name__} has no method 'answer'. Leave 'answers' off, or give one that answers.")
    started_at, begin = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    clock = _Parts()
    metrics = metrics_at(depths)
    with clock.part("searching and answering" if answers else "searching"):
        rows, answered = _asked(golden, Asking(searcher, metrics, depths, answers, chunk_grades), progress)
    with clock.part("judging"):
        rows = _scored(rows, answered, scorers)
    names = [metric.name for metric in metrics]
    if any(row.spans for row in rows):
        names += [metric.name for metric in span_metrics_at(depths)]
    scored_names = [name for scorer in scorers for name in scorer.metrics]
    with clock.part("diagnosing and explaining"):
        evidence = {item.id: evidence_of(item) for item in golden.items}
        rows = explained(diagnosed(rows, evidence, searcher, deepest=depths[-1]), searcher, depths)
    with clock.part("means and intervals"):
        result = EvalResult(
            golden_name=golden.name,
            golden_sha256=golden.sha256,
            configuration={
                **(configuration or {}),
                **_own_settings(depths, answers),
                "eval.unit": "document" if chunk_grades is None else "chunk",
                **_judges(scorers),
            },
            ks=depths,
            metrics=summarise(rows, names),
            slices=slices(rows, names, scored_names),
            rows=tuple(rows),
            abstention=abstentions(rows) if answers else None,
            timings=timings(rows),
            started_at=started_at,
            seconds=0.0,
            answers=summarise_scores(rows, scored_names),
            judge=judge_check,
            agreement=tuple(agreement),
            stages=stages(rows),
            spending=_spending(rows, scorers) if answers else {},
            freshness=freshness,
            golden_version=golden.version,
            stale=tuple(stale),
        )
    result = replace(result, seconds=time.perf_counter() - begin, parts_s=clock.seconds)
    return result if reports is None else replace(result, files=write_reports(result, reports))


class _Parts:
    """The seconds that each part took; a part that took none is left out of a report by whoever reads it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begin


def _asked(
    golden: GoldenSet, asking: Asking, progress: Callable[[int], None] | None
) -> tuple[list[QueryRow], dict[str, AnsweredQuestion]]:
    """The row of each question, in order, and the answers by its id."""
    rows, answered = [], {}
    for item in golden.items:
        row, answer = asking.ask(item)
        rows.append(row)
        if answer is not None:
            answered[item.id] = answered_question(item, answer)
        if progress is not None:
            progress(1)
    return rows, answered


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


def _spending(rows: Sequence[QueryRow], scorers: Sequence[AnswerScorer]) -> dict[str, Spending]:
    """What the answers took, and what the scorers did, as far as they tell."""
    spent = {"answer": together(row.spending for row in rows if row.spending is not None)}
    return spent | {", ".join(scorer.metrics): of_scorer(scorer) for scorer in scorers if isinstance(scorer, Accounted)}
