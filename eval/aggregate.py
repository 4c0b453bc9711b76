"""From the rows of an evaluation to its figures."""

from collections.abc import Iterable, Sequence

import numpy as np

from eval.bootstrap import mean_interval
from eval.metrics.abstention import Abstention, abstention
from eval.metrics.registry import SPAN_FAMILIES
from eval.result import MetricValue, QueryRow, Slice, Timings

SPAN_FAMILY = "span_recall"


def span_metric(k: int) -> str:
    """The name of span recall at ``k``."""
    return f"{SPAN_FAMILY}@{k}"


def summarise(rows: Sequence[QueryRow], names: Iterable[str]) -> dict[str, MetricValue]:
    """The mean of each metric over the rows that it applies to: those with relevant documents, or with known spans.

    A row that a metric applies to and that has no score is counted in ``total`` and not in ``scored``.
    """
    return {name: _mean(name, [row for row in rows if _applies(name, row)]) for name in names}


def summarise_scores(rows: Sequence[QueryRow], names: Iterable[str]) -> dict[str, MetricValue]:
    """The mean of each metric of the answers over the rows that have a value; ``total`` counts them and those that failed.

    Refusals, answers without context and what a metric does not apply to are in neither: the rows tell how many there are.
    """
    means = {}
    for name in names:
        scores = [row.scores[name] for row in rows if name in row.scores]
        values = [score.value for score in scores if score.value is not None]
        means[name] = _metric_value(values, len(values) + sum(score.status == "failed" for score in scores))
    return means


def slices(rows: Sequence[QueryRow], names: Sequence[str]) -> dict[str, Slice]:
    """The same figures for the rows of each tag, tags in alphabetical order. A row counts in each of its tags."""
    by_tag: dict[str, list[QueryRow]] = {}
    for row in rows:
        for tag in row.tags:
            by_tag.setdefault(tag, []).append(row)
    return {tag: _slice(by_tag[tag], names) for tag in sorted(by_tag)}


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


def _applies(name: str, row: QueryRow) -> bool:
    return row.spans > 0 if name.partition("@")[0] in SPAN_FAMILIES else bool(row.expected)


def _mean(name: str, rows: Sequence[QueryRow]) -> MetricValue:
    return _metric_value([row.metrics[name] for row in rows if name in row.metrics], len(rows))


def _metric_value(values: Sequence[float], total: int) -> MetricValue:
    if not values:
        return MetricValue(None, None, None, 0, total)
    interval = mean_interval(values)
    return MetricValue(interval.mean, interval.low, interval.high, len(values), total)


def _slice(rows: Sequence[QueryRow], names: Iterable[str]) -> Slice:
    return Slice(len(rows), sum(row.status == "error" for row in rows), summarise(rows, names))


def _percentiles(values: Sequence[float]) -> Timings:
    p50, p95, p99 = np.percentile(values, [50, 95, 99])
    return Timings(float(p50), float(p95), float(p99), len(values))
