"""What an evaluation returns. All values are frozen; nothing that failed or does not apply is hidden in a mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from eval.configuration import Setting, fingerprint_of
from eval.judges.base import JudgeCheck, Score
from eval.metrics.abstention import Abstention

RowStatus = Literal["ok", "error"]


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
    """The metrics over the queries that carry one tag. ``errors`` of the ``queries`` raised."""

    queries: int
    errors: int
    metrics: Mapping[str, MetricValue]


@dataclass(frozen=True, slots=True)
class Timings:
    """Percentiles of wall time in milliseconds over ``count`` calls, interpolated linearly between ranks."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    count: int


@dataclass(frozen=True, slots=True)
class RankedDocument:
    """A document at its place in a ranking, shown by its best chunk.

    ``grade`` is its judgement, ``None`` where it has none. ``excerpt`` is the beginning of the chunk's text.
    """

    rank: int
    doc_id: str
    score: float
    chunk_id: str
    excerpt: str
    grade: int | None

    @property
    def is_relevant(self) -> bool:
        return self.grade is not None and self.grade > 0


@dataclass(frozen=True, slots=True)
class ExpectedDocument:
    """A relevant document. ``rank`` is its place in the ranking, ``None`` when it was not among the documents ranked."""

    doc_id: str
    grade: int
    rank: int | None
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryRow:
    """What became of one query.

    With ``status`` "error", ``error`` says why; whatever was measured before the failure is kept. ``ranking`` holds the
    first 10 documents, ``expected`` the relevant ones, best grade first, and ``spans`` is the number of their passages with
    a known place. ``abstained`` is ``None`` when no answer was asked for or asking failed. ``milliseconds`` is the wall time
    of the first search call, ``answer_milliseconds`` that of the answer; ``None`` where there was none. ``scores`` are the
    metrics of the answer, with what has no value and why.
    """

    id: str
    query: str
    tags: tuple[str, ...]
    answerable: bool
    status: RowStatus
    error: str = ""
    ranking: tuple[RankedDocument, ...] = ()
    expected: tuple[ExpectedDocument, ...] = ()
    spans: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)
    abstained: bool | None = None
    answer: str = ""
    expected_answer: str = ""
    milliseconds: float | None = None
    answer_milliseconds: float | None = None
    scores: Mapping[str, Score] = field(default_factory=dict)

    @property
    def relevant(self) -> tuple[str, ...]:
        """The ids of the relevant documents."""
        return tuple(document.doc_id for document in self.expected)

    @property
    def first_relevant_rank(self) -> int | None:
        """The rank of the best placed relevant document, ``None`` when none was ranked."""
        return min((document.rank for document in self.expected if document.rank is not None), default=None)


@dataclass(frozen=True, slots=True)
class EvalResult:
    """An evaluation: figures for all queries, for each tag, and one row for each query in the order of the golden set.

    ``ks`` are the cut-offs, ascending. ``configuration`` says what was measured; results are comparable when it and
    ``golden_sha256`` are known. ``abstention`` is ``None`` when no answers were asked for. ``timings`` is by stage
    ("search", "answer"). ``started_at`` is UTC in ISO 8601. ``files`` maps a report's format to its path. ``answers`` are the
    metrics of the answers by name, and ``judge`` how the judge behind them did on answers that are known.
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
    def headline(self) -> str:
        """The metric that queries are ordered by: nDCG at the deepest cut-off."""
        return f"nDCG@{self.ks[-1]}"

    def worst_first(self) -> list[QueryRow]:
        """The rows by how badly they went, ties in the order of the golden set.

        First those that raised; then by the headline metric, where an answer to an unanswerable question counts as 0; last
        those that no metric applies to.
        """
        return sorted(self.rows, key=self._badness)

    def _badness(self, row: QueryRow) -> tuple[int, float]:
        if row.status == "error":
            return 0, 0.0
        if not row.answerable and row.abstained is False:
            return 1, 0.0
        score = row.metrics.get(self.headline)
        return (2, 0.0) if score is None else (1, score)
