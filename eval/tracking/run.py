"""A run as it is told to a tracker: figures and settings, and text only where that is asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from eval.comparison.comparison import Comparison
from eval.configuration import Setting
from eval.result import EvalResult, MetricValue
from eval.rows import QueryRow

Row = Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """What a tracker stores. ``figures`` are numbers by name, ``rows`` one for each query, ``files`` the reports by format.

    Without text ``rows`` hold ids and figures only, and there are no files: reports quote questions, answers and passages.
    """

    kind: Literal["evaluation", "comparison"]
    name: str
    started_at: str
    parameters: Mapping[str, Setting]
    figures: Mapping[str, float]
    tags: Mapping[str, str]
    rows: tuple[Row, ...]
    files: Mapping[str, Path] = field(default_factory=dict)


class Tracker(Protocol):
    """Stores runs."""

    def require_library(self) -> None:
        """Raises :class:`ragline.errors.MissingExtra` where what it stores runs with is not installed."""
        ...

    def record(self, run: TrackedRun) -> str:
        """Store ``run``, and say where it is to be found. Raises :class:`ragline.errors.BackendUnavailableError`."""
        ...


def run_of_evaluation(result: EvalResult, *, with_text: bool = False) -> TrackedRun:
    """An evaluation: each metric with its interval and counts, percentiles of latency, counts of queries."""
    figures = dict(_metrics({**result.metrics, **result.answers}))
    figures |= {
        f"{stage}.p{percent}_ms": value
        for stage, times in result.timings.items()
        for percent, value in ((50, times.p50_ms), (95, times.p95_ms), (99, times.p99_ms))
    }
    figures |= {name: float(count) for name, count in result.counts.items()} | {"seconds": result.seconds}
    if result.abstention is not None:
        rates = {"abstention.precision": result.abstention.precision, "abstention.recall": result.abstention.recall}
        figures |= {name: rate for name, rate in rates.items() if rate is not None}
    return TrackedRun(
        kind="evaluation",
        name=f"{result.golden_name} {result.fingerprint}",
        started_at=result.started_at,
        parameters=result.configuration,
        figures=figures,
        tags=_tags("evaluation", result.golden_name, result.golden_sha256) | {"ragline.fingerprint": result.fingerprint},
        rows=tuple(_row(row, with_text=with_text) for row in result.rows),
        files=result.files if with_text else {},
    )


def run_of_comparison(comparison: Comparison, *, with_text: bool = False) -> TrackedRun:
    """A comparison: each difference with its interval and p-values, wins and losses, and whether the gates hold."""
    figures: dict[str, float] = {}
    for name, metric in comparison.metrics.items():
        parts = {
            "": metric.difference,
            ".low": metric.low,
            ".high": metric.high,
            ".p": metric.p,
            ".p_holm": metric.p_holm,
            ".wins": metric.wins,
            ".losses": metric.losses,
            ".pairs": metric.pairs,
            ".unpaired": len(metric.unpaired),
        }
        figures |= {f"{name}{part}": float(value) for part, value in parts.items() if value is not None}
    sides = {"a": comparison.a, "b": comparison.b}
    tags = _tags("comparison", comparison.b.golden_name, comparison.b.golden_sha256)
    return TrackedRun(
        kind="comparison",
        name=f"{comparison.a.name} against {comparison.b.name}",
        started_at=comparison.b.started_at,
        parameters={f"{letter}.{name}": value for letter, side in sides.items() for name, value in side.configuration.items()},
        figures=figures,
        tags=tags
        | {f"ragline.fingerprint.{letter}": side.fingerprint for letter, side in sides.items()}
        | ({"ragline.gates": "passed" if comparison.passed else "failed"} if comparison.gates else {}),
        rows=tuple(
            {
                "id": query.id,
                **({"query": query.query} if with_text else {}),
                "outcome": query.outcome,
                **{f"gain.{name}": gain for name, gain in query.gains.items()},
            }
            for query in comparison.queries
        ),
        files=comparison.files if with_text else {},
    )


def _metrics(metrics: Mapping[str, MetricValue]) -> Iterator[tuple[str, float]]:
    for name, metric in metrics.items():
        values = {"": metric.value, ".low": metric.low, ".high": metric.high}
        counts = {".scored": float(metric.scored), ".total": float(metric.total)}
        yield from ((f"{name}{part}", value) for part, value in {**values, **counts}.items() if value is not None)


def _tags(kind: str, golden: str, sha256: str) -> dict[str, str]:
    return {"ragline.kind": kind, "ragline.golden": golden, "ragline.golden_sha256": sha256}


def _row(row: QueryRow, *, with_text: bool) -> Row:
    """The figures of a query; a reason for an error quotes what was asked, and is text."""
    found: dict[str, Setting] = {"id": row.id, "status": row.status, "answerable": row.answerable, "abstained": row.abstained}
    found |= {"milliseconds": row.milliseconds, "answer_milliseconds": row.answer_milliseconds}
    found |= row.metrics
    for name, score in row.scores.items():
        found |= {name: score.value, f"{name}.status": score.status}
    if with_text:
        found |= {"query": row.query, "answer": row.answer, "expected_answer": row.expected_answer, "error": row.error}
    return found
