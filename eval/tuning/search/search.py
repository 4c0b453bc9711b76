"""The search: trials on the train part within a budget, a choice among them, and its confirmation on the held-out part."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from eval.golden import GoldenSet
from eval.metrics.registry import parse
from eval.tuning.search.dimensions import CHUNKING, Dimension, Point, canonical, changes, current_point
from eval.tuning.search.outcome import Confirmation, SearchReport, Stopped, confirmation
from eval.tuning.search.samplers import Sampler, sampler_of
from eval.tuning.search.split import HELD_OUT, Split, split
from eval.tuning.search.trials import GroundOf, Trial, Tried, trying
from ragline.errors import InputError
from ragline.settings import Settings

TRIALS = 40
SECONDS = 600.0
REPEATS = 60
"""Proposals in a row that were tried before, after which there is nothing new to be found."""

MARGIN = 1.25
"""The confirmation is foreseen to take so many times the median search of both points for each question: some take longer."""

EQUAL = 1e-9
"""Means that differ by less are the same: what is left is the order in which numbers were added."""


@dataclass(frozen=True, slots=True)
class Budget:
    """At most ``trials`` points beside the one in use, and ``seconds`` of wall time, the confirmation included."""

    trials: int = TRIALS
    seconds: float = SECONDS

    def __post_init__(self) -> None:
        if self.trials < 1 or not self.seconds > 0:
            raise InputError(
                f"A budget of {self.trials} trials and {self.seconds:g} s tries nothing. Give 1 or more, and seconds."
            )


@dataclass(frozen=True, slots=True)
class SearchProgress:
    """``done`` trials of ``total`` at most; the best quality so far, and that of the point in use."""

    done: int
    total: int
    best: float
    current: float


ProgressCallback = Callable[[SearchProgress], None]


class _OutOfTimeError(Exception):
    """Ends a trial in the middle."""


@dataclass(slots=True)
class _Clock:
    """Whether there is time for another query; ``reserve_s`` is kept for the confirmation."""

    ends_at: float
    reserve_s: float = 0.0
    is_running: bool = True

    def tick(self) -> None:
        if self.is_running and time.perf_counter() > self.ends_at - self.reserve_s:
            raise _OutOfTimeError


@dataclass(slots=True)
class _Found:
    """The trials so far, each point once."""

    settings: Settings
    clock: _Clock
    held_out: int
    trials: list[Trial] = field(default_factory=list)
    known: dict[tuple[tuple[str, Any], ...], Trial] = field(default_factory=dict)

    def key(self, point: Point) -> tuple[tuple[str, Any], ...]:
        return tuple(sorted(canonical(point, self.settings).items()))

    def add(self, trial: Trial) -> None:
        self.trials.append(trial)
        self.known[self.key(trial.point)] = trial
        best = max(self.trials, key=lambda each: (each.quality or 0.0, -each.number))
        both_ms = MARGIN * (self.trials[0].p50_ms + best.p50_ms)
        self.clock.reserve_s = self.held_out * both_ms / 1000


def search(
    golden: GoldenSet,
    grounds: GroundOf,
    settings: Settings,
    dimensions: Sequence[Dimension],
    *,
    metric: str = "nDCG@10",
    budget: Budget | None = None,
    held_out: float = HELD_OUT,
    sampler: str = "auto",
    seed: int = 0,
    p95_ms: float | None = None,
    progress: ProgressCallback | None = None,
) -> SearchReport:
    """Try points of ``dimensions`` around ``settings``, which are in use, and confirm the best of them.

    The point in use is tried first. What is best on the train part is then put back to what is in use, setting by setting,
    where that loses nothing. Only that one point is compared with the one in use on the held-out part: a choice among several
    there would be as good as none. With ``p95_ms`` slower points are not chosen. An interrupt (``KeyboardInterrupt``) or the
    end of the budget ends the search, and what was found until then is confirmed.

    Raises :class:`ragline.errors.GoldenSetError` for too few questions, :class:`InputError` for a metric, a sampler or a
    share that cannot be, and where the point in use itself cannot be searched with.
    """
    started, measured_at = time.perf_counter(), datetime.now(UTC).isoformat(timespec="seconds")
    budget = budget or Budget()
    parts, judged = split(golden, held_out=held_out, seed=seed), parse(metric)
    source = sampler_of(sampler, dimensions, seed)
    clock = _Clock(started + budget.seconds)
    with trying(grounds, settings, judged) as tried:
        found = _Found(settings, clock, len(parts.held_out))
        current = tried.run(0, current_point(dimensions, settings), parts.train)
        if current.quality is None:
            raise InputError(f"What is in use cannot be measured: {current.error}. Mend that first.")
        found.add(current)
        source.tell(current.point, current.quality)
        tried.tick = clock.tick
        stopped = _tried_out(tried, found, source, parts.train, budget, progress, p95_ms)
        chosen, notes = _best(found.trials, p95_ms), list[str]()
        clock.is_running = False
        verdict: Confirmation | None = None
        if changes(chosen.point, settings):
            verdict, failure = _confirm(tried, current, chosen, parts)
            notes += [failure] if failure else []
    return SearchReport(
        golden=golden.name,
        golden_sha256=golden.sha256,
        metric=judged.name,
        trials=tuple(found.trials),
        chosen=chosen,
        changes=changes(chosen.point, settings),
        confirmation=verdict,
        stopped=stopped,
        sampler=source.name,
        seed=seed,
        split={"seed": seed, "train": len(parts.train), "held_out": len(parts.held_out), **parts.hashes},
        searched={each.setting: each.values for each in dimensions},
        measured_at=measured_at,
        seconds=time.perf_counter() - started,
        p95_goal_ms=p95_ms,
        notes=tuple(notes),
    )


def _tried_out(
    tried: Tried,
    found: _Found,
    source: Sampler,
    train: GoldenSet,
    budget: Budget,
    progress: ProgressCallback | None,
    p95_ms: float | None,
) -> Stopped:
    """Try what the sampler proposes, then what is simpler than the best, until the budget is spent."""
    try:
        stopped = _proposals(tried, found, source, train, budget, progress)
        _simplify(tried, found, train, p95_ms)
    except _OutOfTimeError:
        return "time"
    except KeyboardInterrupt:
        return "interrupted"
    return stopped


def _proposals(
    tried: Tried, found: _Found, source: Sampler, train: GoldenSet, budget: Budget, progress: ProgressCallback | None
) -> Stopped:
    repeats = 0
    while len(found.trials) <= budget.trials:
        if progress is not None:
            best = max(trial.quality or 0.0 for trial in found.trials)
            progress(SearchProgress(len(found.trials) - 1, budget.trials, best, found.trials[0].quality or 0.0))
        proposed = source.ask()
        if proposed is None or repeats > REPEATS:
            return "exhausted"
        known = found.known.get(found.key(proposed))
        repeats = 0 if known is None else repeats + 1
        if known is None:
            tried.tick()
            known = tried.run(len(found.trials), canonical(proposed, found.settings), train)
            found.add(known)
        source.tell(proposed, known.quality)
    return "trials"


def _simplify(tried: Tried, found: _Found, train: GoldenSet, p95_ms: float | None) -> None:
    """Put each changed setting of the best point back where that loses nothing: a change that gains nothing is no advice."""
    current = found.trials[0].point
    for name in current:
        best = _best(found.trials, p95_ms)
        if best.point[name] == current[name]:
            continue
        point = canonical({**best.point, name: current[name]}, found.settings)
        if found.key(point) not in found.known:
            tried.tick()
            found.add(tried.run(len(found.trials), point, train))


def _best(trials: Sequence[Trial], p95_ms: float | None) -> Trial:
    """The best that is fast enough; of equals the one with fewest changes, chunking last, and then the first.

    Where none is fast enough, the one in use.
    """
    current = trials[0]
    able = [trial for trial in trials if trial.quality is not None and (p95_ms is None or trial.p95_ms <= p95_ms)]
    if not able:
        return current
    top = max(trial.quality or 0.0 for trial in able)
    equal = [trial for trial in able if (trial.quality or 0.0) >= top - EQUAL]

    def cost(trial: Trial) -> tuple[bool, int, int]:
        changed = [name for name, value in trial.point.items() if value != current.point[name]]
        return CHUNKING in changed, len(changed), trial.number

    return min(equal, key=cost)


def _confirm(tried: Tried, current: Trial, chosen: Trial, parts: Split) -> tuple[Confirmation | None, str]:
    """Both points on the held-out part, with nothing remembered, so that the times are those of the clock."""
    before = tried.run(current.number, current.point, parts.held_out, remembers=False)
    after = tried.run(chosen.number, chosen.point, parts.held_out, remembers=False)
    for trial in (before, after):
        if trial.quality is None:
            return None, f"the confirmation failed: {trial.error}"
    return confirmation(before, after), ""
