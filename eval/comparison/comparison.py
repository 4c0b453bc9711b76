"""What a comparison of two evaluations says. A is the one before, B the one that may take its place. All values are frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from eval.comparison.direction import higher_is_better
from eval.comparison.gate import GateVerdict
from eval.comparison.hits import HitChange
from eval.configuration import Setting
from eval.result import Timings
from eval.rows import QueryRow

ALPHA = 0.05
"""The chance of a false alarm that is accepted, over all metrics together; the usual one."""

Outcome = Literal["win", "loss", "tie", "unpaired"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two evaluations. ``errors`` of its ``queries`` raised."""

    name: str
    golden_name: str
    golden_sha256: str
    configuration: Mapping[str, Setting]
    fingerprint: str
    started_at: str
    queries: int
    errors: int
    timings: Mapping[str, Timings]


@dataclass(frozen=True, slots=True)
class Unpaired:
    """A query that a metric cannot be compared on: ``a`` and ``b`` say what is missing on that side, empty where nothing is."""

    id: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class MetricDifference:
    """A metric over the ``pairs`` queries that both evaluations have a score for.

    ``a`` and ``b`` are the means over these, ``difference`` is b - a with its 95 % paired bootstrap interval, ``deviation`` the
    standard deviation of the single differences, ``p`` that of the paired randomisation test and ``p_holm`` the same after
    Holm's correction over all metrics tested, both ``None`` for one that is not; all ``None`` without pairs.

    ``wins`` counts the queries that B is better on, ``losses`` those that A is. ``unpaired`` are the queries with a score that
    one side lacks, or that failed on both; ``not_applicable`` counts those that the metric says nothing of on either.
    """

    name: str
    unpaired: tuple[Unpaired, ...]
    not_applicable: int
    pairs: int = 0
    a: float | None = None
    b: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    deviation: float | None = None
    p: float | None = None
    p_holm: float | None = None
    wins: int = 0
    losses: int = 0
    ties: int = 0

    @property
    def higher_is_better(self) -> bool:
        """Whether a positive ``difference`` is a gain."""
        return higher_is_better(self.name)

    @property
    def gain(self) -> float | None:
        """The difference towards the better: positive where B is better, whichever way the metric points."""
        return self.difference if self.difference is None or self.higher_is_better else -self.difference

    @property
    def gain_interval(self) -> tuple[float, float] | None:
        """The interval of ``gain``, lower end first."""
        if self.low is None or self.high is None:
            return None
        return (self.low, self.high) if self.higher_is_better else (-self.high, -self.low)

    @property
    def is_tested(self) -> bool:
        """Whether it is one of those that the correction is for."""
        return self.p is not None

    @property
    def is_significant(self) -> bool:
        """Whether the difference stands after the correction for the number of metrics."""
        return self.p_holm is not None and self.p_holm <= ALPHA


@dataclass(frozen=True, slots=True)
class QueryDifference:
    """One query on both sides; ``a`` or ``b`` is ``None`` where that side does not have it.

    ``gains`` are by metric, of those that both have a score for; ``hits`` what entered, left or moved in the ranking.
    ``outcome`` goes by the headline metric.
    """

    id: str
    query: str
    a: QueryRow | None
    b: QueryRow | None
    gains: Mapping[str, float]
    hits: tuple[HitChange, ...]
    outcome: Outcome

    @property
    def is_changed(self) -> bool:
        """Whether anything differs: a score, the ranking, or whether an answer was given."""
        both = self.a is not None and self.b is not None
        reacted = both and self.a is not None and self.b is not None and self.a.abstained != self.b.abstained
        return not both or reacted or bool(self.hits) or any(self.gains.values())


@dataclass(frozen=True, slots=True)
class Comparison:
    """Evaluation B against evaluation A.

    ``joined_by_id`` says that their golden sets differ and only queries with the same id and text were compared.
    ``notes`` say what else a reader should know before believing a difference. ``files`` maps a report's format to its path.
    """

    a: Side
    b: Side
    metrics: Mapping[str, MetricDifference]
    queries: tuple[QueryDifference, ...]
    headline: str
    joined_by_id: bool
    notes: tuple[str, ...] = ()
    gates: tuple[GateVerdict, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every gate lets B through; true without gates."""
        return all(gate.passed for gate in self.gates)

    @property
    def tested(self) -> int:
        """The number of metrics that were tested, which the correction is for."""
        return sum(metric.is_tested for metric in self.metrics.values())

    @property
    def changed_settings(self) -> dict[str, tuple[Setting, Setting]]:
        """What differs in the configurations, as ``(a, b)``; ``None`` where a side does not have it."""
        names = dict.fromkeys([*self.a.configuration, *self.b.configuration])
        pairs = {name: (self.a.configuration.get(name), self.b.configuration.get(name)) for name in names}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    @property
    def counts(self) -> dict[str, int]:
        """``win``, ``loss``, ``tie`` and ``unpaired`` add up to ``queries``; ``only_a`` and ``only_b`` are among the last."""
        outcomes = [query.outcome for query in self.queries]
        return {
            "queries": len(self.queries),
            "win": outcomes.count("win"),
            "loss": outcomes.count("loss"),
            "tie": outcomes.count("tie"),
            "unpaired": outcomes.count("unpaired"),
            "only_a": sum(query.b is None for query in self.queries),
            "only_b": sum(query.a is None for query in self.queries),
        }

    def most_changed_first(self) -> list[QueryDifference]:
        """The queries that anything changed on: the losses, worst first; the wins, best first; then the others."""
        changed = [query for query in self.queries if query.is_changed]
        order = {"loss": 0, "win": 1, "unpaired": 2, "tie": 3}
        return sorted(changed, key=lambda query: (order[query.outcome], -abs(query.gains.get(self.headline, 0.0))))
