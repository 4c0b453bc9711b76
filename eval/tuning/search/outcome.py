"""What a search over settings gives back: every trial, the choice, and what it was worth on queries that had no say in it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from math import ceil
from typing import Any, Literal

import numpy as np

from eval.bootstrap import mean_interval
from eval.randomisation import randomisation_p
from eval.tuning.search.trials import Trial

Stopped = Literal["trials", "time", "exhausted", "interrupted"]
NORMAL_95 = 1.96
POWER_80 = 0.84
"""Quantiles of the normal distribution for a two-sided test at 5 % and for 80 % power."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The choice against what is in use, on held-out queries that both were asked: means, and the mean ``gain``.

    ``low`` and ``high`` are the 95 % bootstrap interval of the gain, ``p`` is that of the paired randomisation test, ``better``
    and ``worse`` count queries. Times are in milliseconds of the clock. ``enough`` is how many held-out queries would show a
    gain like this one four times of five; 0 where there is none.
    """

    queries: int
    before: float
    after: float
    low: float
    high: float
    p: float
    better: int
    worse: int
    p95_before_ms: float
    p95_after_ms: float
    enough: int

    @property
    def gain(self) -> float:
        """The mean difference."""
        return self.after - self.before

    @property
    def is_real(self) -> bool:
        """Whether the interval of the gain is above 0."""
        return self.low > 0


def confirmation(before: Trial, after: Trial) -> Confirmation:
    """Compares two trials on the same queries, of which both have a score for each."""
    ids = [query_id for query_id in before.scores if query_id in after.scores]
    old, new = ([trial.scores[query_id] for query_id in ids] for trial in (before, after))
    differences = np.subtract(new, old)
    interval = mean_interval(differences.tolist())
    spread = float(differences.std(ddof=1)) if len(ids) > 1 else 0.0
    enough = ceil(((NORMAL_95 + POWER_80) * spread / interval.mean) ** 2) if interval.mean > 0 else 0
    return Confirmation(
        queries=len(ids),
        before=float(np.mean(old)),
        after=float(np.mean(new)),
        low=interval.low,
        high=interval.high,
        p=randomisation_p(differences.tolist()),
        better=int((differences > 0).sum()),
        worse=int((differences < 0).sum()),
        p95_before_ms=before.p95_ms,
        p95_after_ms=after.p95_ms,
        enough=enough,
    )


@dataclass(frozen=True, slots=True)
class SearchReport:
    """All ``trials`` on the train part, in the order in which they were made; ``chosen`` did best there, and fast enough.

    ``changes`` are its settings that differ from those in use. ``confirmation`` is ``None`` where nothing did better than
    what is in use, or the confirmation failed, which ``notes`` tell. ``stopped`` says what ended the search. ``split`` has
    the seed, the number of queries of each part and the SHA-256 of their ids. ``file`` is the settings file that was written.
    """

    golden: str
    golden_sha256: str
    metric: str
    trials: tuple[Trial, ...]
    chosen: Trial
    changes: Mapping[str, Any]
    confirmation: Confirmation | None
    stopped: Stopped
    sampler: str
    seed: int
    split: Mapping[str, Any]
    searched: Mapping[str, Sequence[Any]]
    measured_at: str
    seconds: float
    p95_goal_ms: float | None = None
    notes: tuple[str, ...] = ()
    file: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def recommended(self) -> bool:
        """Whether the choice is worth it: the interval of its gain on held-out queries is above 0, and it is fast enough."""
        found = self.confirmation
        if found is None or not found.is_real:
            return False
        return self.p95_goal_ms is None or found.p95_after_ms <= self.p95_goal_ms

    @property
    def front(self) -> tuple[Trial, ...]:
        """The trials that no other beats in quality and p50 at once (the Pareto front), by ascending time."""
        kept: list[Trial] = []
        done = [trial for trial in self.trials if trial.quality is not None]
        for trial in sorted(done, key=lambda each: (each.p50_ms, -(each.quality or 0.0), each.number)):
            if not kept or (trial.quality or 0.0) > (kept[-1].quality or 0.0):
                kept.append(trial)
        return tuple(kept)

    @property
    def verdict(self) -> str:
        """The outcome in a sentence or two, with what to do."""
        found = self.confirmation
        if found is None:
            reason = self.notes[-1] if self.changes and self.notes else "nothing that was tried did better on the train part"
            return f"Keep what you have: {reason}."
        changed = ", ".join(f"{name}={value}" for name, value in self.changes.items())
        figures = (
            f"{self.metric} on {found.queries} held-out queries {found.before:.4f} -> {found.after:.4f} ({found.gain:+.4f}, "
            f"95 % [{found.low:+.4f}, {found.high:+.4f}], p = {found.p:.3f}; {found.better} better, {found.worse} worse; p95 "
            f"{found.p95_before_ms:.1f} -> {found.p95_after_ms:.1f} ms)"
        )
        if self.recommended:
            return f"Worth it: {changed}: {figures}"
        if found.is_real:
            return f"Keep what you have: {changed} gains, but is slower than {self.p95_goal_ms:g} ms: {figures}"
        more = f" To show a gain like this would take about {found.enough:,} held-out queries." if found.enough else ""
        return f"Keep what you have: that {changed} is better could be chance: {figures}.{more}"

    def json(self) -> dict[str, Any]:
        """The report as plain values; trials without the scores of single queries."""
        plain = replace(self, trials=(), chosen=replace(self.chosen, scores={}))
        return {
            **asdict(plain),
            "recommended": self.recommended,
            "verdict": self.verdict,
            "trials": [trial.json() for trial in self.trials],
            "chosen": self.chosen.json(),
            "front": [trial.number for trial in self.front],
            "confirmation": None
            if self.confirmation is None
            else {**asdict(self.confirmation), "gain": self.confirmation.gain},
        }
