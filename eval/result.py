"""What an evaluation returns. All values are frozen; nothing that failed or does not apply is hidden in a mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from eval.configuration import Setting, fingerprint_of
from eval.judges.base import HumanAgreement, JudgeCheck
from eval.metrics.abstention import Abstention
from eval.rows import (
    AnswerContext,
    Cause,
    Diagnosis,
    EvidencePlace,
    ExpectedDocument,
    ExplainedHit,
    QueryRow,
    RankedDocument,
    RowStatus,
    Verdict,
    headline,
    worst_first,
)
from eval.spending import Spending
from indexes.freshness import FreshnessReport

__all__ = [
    "AnswerContext",
    "Cause",
    "Diagnosis",
    "EvalResult",
    "EvidencePlace",
    "ExpectedDocument",
    "ExplainedHit",
    "MetricValue",
    "QueryRow",
    "RankedDocument",
    "RowStatus",
    "Slice",
    "StageTimings",
    "Timings",
    "Verdict",
    "headline",
    "worst_first",
]


LEAST_SCORED = 0.95
"""Below this share of scored questions an evaluation is incomplete: reports say so, and the command line exits with 2."""


@dataclass(frozen=True, slots=True)
class MetricValue:
    """The mean of a metric with its 95 % bootstrap interval, each ``None`` when no query could be scored.

    ``total`` counts the queries that the metric applies to, ``scored`` those that the mean is of; the rest are errors.
    """

    value: float | None
    low: float | None
    high: float | None
    scored: int
    total: int

    @property
    def worst(self) -> float | None:
        """The mean over all of ``total`` if what has no score were 0; ``None`` when the metric applies to no query."""
        return self._if_missing_were(0.0)

    @property
    def best(self) -> float | None:
        """The same if what has no score were 1."""
        return self._if_missing_were(1.0)

    def _if_missing_were(self, score: float) -> float | None:
        if not self.total:
            return None
        return ((self.value or 0.0) * self.scored + score * (self.total - self.scored)) / self.total


@dataclass(frozen=True, slots=True)
class Slice:
    """The metrics over the queries that carry one tag. ``errors`` of the ``queries`` raised.

    ``answers`` are the metrics of their answers; ``right``, ``wrong`` (missed ones among them) and the unmeasured add up.
    """

    queries: int
    errors: int
    metrics: Mapping[str, MetricValue]
    answers: Mapping[str, MetricValue] = field(default_factory=dict)
    right: int = 0
    wrong: int = 0


@dataclass(frozen=True, slots=True)
class Timings:
    """Percentiles of wall time in milliseconds over ``count`` calls, interpolated linearly between ranks."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    count: int


@dataclass(frozen=True, slots=True)
class StageTimings:
    """The same of one stage of ``count`` calls that had it, and the mean."""

    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    count: int


@dataclass(frozen=True, slots=True)
class EvalResult:
    """An evaluation: figures for all queries, for each tag, and one row for each query in the order of the golden set.

    ``ks`` are the cut-offs, ascending. ``configuration`` says what was measured; results are comparable when it and
    ``golden_sha256`` are known. ``abstention`` is ``None`` when no answers were asked for. ``timings`` is by stage
    ("search", "answer"), and ``stages`` the same for what these are made of. ``started_at`` is UTC in ISO 8601; ``parts_s`` are
    the seconds that the parts of the evaluation took. ``files`` maps a report's format to its path. ``answers`` are the metrics
    of the answers by name, ``judge`` how the judge behind them did on answers that are known, and ``agreement`` how it agrees
    with people. ``spending`` is by who spent: "answer", and each scorer that tells. ``freshness`` is of the collection when the
    evaluation began. ``stale`` are the judgements of the golden set that do not fit its documents any more, with what to do.
    """

    golden_name: str
    golden_sha256: str
    configuration: Mapping[str, Setting]
    ks: tuple[int, ...]
    metrics: Mapping[str, MetricValue]
    slices: Mapping[str, Slice]
    rows: tuple[QueryRow, ...]
    abstention: Abstention | None
    timings: Mapping[str, Timings]
    started_at: str
    seconds: float
    files: Mapping[str, Path] = field(default_factory=dict)
    answers: Mapping[str, MetricValue] = field(default_factory=dict)
    judge: JudgeCheck | None = None
    agreement: tuple[HumanAgreement, ...] = ()
    stages: Mapping[str, Mapping[str, StageTimings]] = field(default_factory=dict)
    parts_s: Mapping[str, float] = field(default_factory=dict)
    spending: Mapping[str, Spending] = field(default_factory=dict)
    freshness: FreshnessReport | None = None
    golden_version: str = ""
    stale: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that differ whenever the configuration does."""
        return fingerprint_of(self.configuration)

    @property
    def counts(self) -> dict[str, int]:
        """``ok`` and ``errors`` add up to ``queries``; so do ``answerable`` and ``unanswerable``.

        ``without_relevant`` counts the queries that ranking metrics do not apply to.
        """
        answerable = sum(row.answerable for row in self.rows)
        errors = sum(row.status == "error" for row in self.rows)
        return {
            "queries": len(self.rows),
            "ok": len(self.rows) - errors,
            "errors": errors,
            "answerable": answerable,
            "unanswerable": len(self.rows) - answerable,
            "without_relevant": sum(not row.expected for row in self.rows),
        }

    @property
    def scored_share(self) -> float:
        """Of all figures that should be there, metrics of rankings and of answers, the least share that is; 1.0 without any.

        What is missing for one metric is missing: 0.95 means that no metric lacks more than one query in twenty.
        """
        values = [*self.metrics.values(), *self.answers.values()]
        return min((value.scored / value.total for value in values if value.total), default=1.0)

    @property
    def unscored(self) -> tuple[str, ...]:
        """The metrics with a score of fewer than :data:`LEAST_SCORED` of what they apply to."""
        values = {**self.metrics, **self.answers}
        return tuple(name for name, value in values.items() if value.scored < LEAST_SCORED * value.total)

    @property
    def is_complete(self) -> bool:
        """Whether no metric lacks too many scores."""
        return not self.unscored

    @property
    def diagnoses(self) -> dict[Cause, int]:
        """How many questions went wrong by each cause; causes that did not occur are there with 0."""
        counts: dict[Cause, int] = dict.fromkeys(get_args(Cause), 0)
        for row in self.rows:
            if row.diagnosis.cause is not None:
                counts[row.diagnosis.cause] += 1
        return counts

    @property
    def verdicts(self) -> dict[Verdict, int]:
        """How many questions are right, wrong, missed and unmeasured; they add up to all."""
        counts: dict[Verdict, int] = dict.fromkeys(get_args(Verdict), 0)
        for row in self.rows:
            counts[row.diagnosis.verdict] += 1
        return counts

    @property
    def headline(self) -> str:
        """The metric that queries are ordered by: nDCG at the deepest cut-off."""
        return headline(self.ks)

    def worst_first(self) -> list[QueryRow]:
        """The rows by how badly they went: see :func:`eval.rows.worst_first`."""
        return worst_first(self.rows, self.headline)
