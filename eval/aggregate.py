"""From the rows of an evaluation to its figures."""

from collections.abc import Iterable, Sequence

import numpy as np

from eval.bootstrap import mean_interval
from eval.metrics.abstention import Abstention, abstention
from eval.metrics.registry import SPAN_FAMILIES
from eval.result import MetricValue, QueryRow, Slice, StageTimings, Timings


def summarise(rows: Sequence[QueryRow], names: Iterable[str]) -> dict[str, MetricValue]:
    """The mean of each metric over the rows that it applies to: those with relevant documents, or with known spans.

    A row that a metric applies to and that has no score is counted in ``total`` and not in ``scored``.
    """
    return {name: _mean(name, [row for row in rows if _applies(name, row)]) for name in names}


def summarise_scores(rows: Sequence[QueryRow], names: Iterable[str]) -> dict[str, MetricValue]:
    """The mean of each metric of the answers over the rows that have a value; ``total`` counts them, those that failed, and the
    questions that gave an error instead of an answer.

    Refusals, answers without context and what a metric does not apply to are in neither: the rows tell how many there are.
    """
    means = {}
    for name in names:
        scores = [row.scores[name] for row in rows if name in row.scores]
        values = [score.value for score in scores if score.value is not None]
        failed = sum(score.status == "failed" for score in scores)
        unanswered = sum(row.status == "error" and name not in row.scores for row in rows)
        means[name] = _metric_value(values, len(values) + failed + unanswered)
    return means


def slices(rows: Sequence[QueryRow], names: Sequence[str], answers: Sequence[str] = ()) -> dict[str, Slice]:
    """The same figures for the rows of each tag, tags in alphabetical order. A row counts in each of its tags."""
    by_tag: dict[str, list[QueryRow]] = {}
    for row in rows:
        for tag in row.tags:
            by_tag.setdefault(tag, []).append(row)
    return {tag: _slice(by_tag[tag], names, answers) for tag in sorted(by_tag)}


def abstentions(rows: Iterable[QueryRow]) -> Abstention:
    """The counts of abstaining over all rows."""
    return abstention((row.answerable, row.abstained) for row in rows)


def timings(rows: Sequence[QueryRow]) -> dict[str, Timings]:
    """Percentiles of "search" and of "answer"; a stage that never ran is left out."""
    stages = {
        "search": [row.milliseconds for row in rows if row.milliseconds is not None],
        "answer": [row.answer_milliseconds for row in rows if row.answer_milliseconds is not None],
    }
    return {stage: _percentiles(values) for stage, values in stages.items() if values}


def stages(rows: Sequence[QueryRow]) -> dict[str, dict[str, StageTimings]]:
    """The same of the stages of "search" and of "answer", in the order in which they first ran; mean and percentiles."""
    told = {"search": [row.stages_ms for row in rows], "answer": [row.answer_stages_ms for row in rows]}
    found: dict[str, dict[str, StageTimings]] = {}
    for part, calls in told.items():
        names = dict.fromkeys(name for call in calls for name in call)
        times = {name: [call[name] for call in calls if name in call] for name in names}
        if times:
            found[part] = {name: _stage(values) for name, values in times.items()}
    return found


def _applies(name: str, row: QueryRow) -> bool:
    return row.spans > 0 if name.partition("@")[0] in SPAN_FAMILIES else bool(row.expected)


def _mean(name: str, rows: Sequence[QueryRow]) -> MetricValue:
    return _metric_value([row.metrics[name] for row in rows if name in row.metrics], len(rows))


def _metric_value(values: Sequence[float], total: int) -> MetricValue:
    if not values:
        return MetricValue(None, None, None, 0, total)
    interval = mean_interval(values)
    return MetricValue(interval.mean, interval.low, interval.high, len(values), total)


def _slice(rows: Sequence[QueryRow], names: Iterable[str], answers: Iterable[str]) -> Slice:
    verdicts = [row.diagnosis.verdict for row in rows]
    return Slice(
        queries=len(rows),
        errors=sum(row.status == "error" for row in rows),
        metrics=summarise(rows, names),
        answers=summarise_scores(rows, answers),
        right=verdicts.count("right"),
        wrong=verdicts.count("wrong") + verdicts.count("missed"),
    )


def _percentiles(values: Sequence[float]) -> Timings:
    p50, p95, p99 = np.percentile(values, [50, 95, 99])
    return Timings(float(p50), float(p95), float(p99), len(values))


def _stage(values: Sequence[float]) -> StageTimings:
    whole = _percentiles(values)
    return StageTimings(float(np.mean(values)), whole.p50_ms, whole.p95_ms, whole.p99_ms, whole.count)
