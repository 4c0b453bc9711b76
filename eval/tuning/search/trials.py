"""One trial: a point, and how well and how fast it did on a set of judged queries."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from eval.golden import GoldenSet
from eval.metrics.base import Metric
from eval.metrics.spans import SpanMetric
from eval.run import evaluate
from eval.tuning.search.dimensions import CHUNKING, Point
from eval.tuning.search.ground import Ground
from ragline.errors import RaglineError
from ragline.settings import Settings

GroundOf = Callable[[int | None], AbstractContextManager[Ground]]
"""The collection chunked by so many tokens, ``None`` = as it is."""


@dataclass(frozen=True, slots=True)
class Trial:
    """``quality`` is the mean of the metric, ``None`` where the trial failed, and ``error`` says why it did.

    ``scores`` are by query id. ``p50_ms`` and ``p95_ms`` are those of a whole search with nothing remembered; ``chunks`` were
    searched. ``number`` 0 is the point in use.
    """

    number: int
    point: Mapping[str, Any]
    quality: float | None
    p50_ms: float
    p95_ms: float
    chunks: int
    scores: Mapping[str, float] = field(default_factory=dict, repr=False)
    error: str = ""

    def json(self) -> dict[str, Any]:
        """The trial as plain values, without the scores."""
        return {
            "number": self.number,
            "point": dict(self.point),
            "quality": self.quality,
            "p50_ms": _finite(self.p50_ms),
            "p95_ms": _finite(self.p95_ms),
            "chunks": self.chunks,
            "error": self.error,
        }


@dataclass(slots=True)
class Tried:
    """Runs trials on the ground that each needs, which is made when the first one needs it.

    ``metric`` is what they are judged by. ``tick`` is called after every query, and may raise to end a trial.
    """

    grounds: GroundOf
    settings: Settings
    metric: Metric | SpanMetric
    stack: ExitStack
    tick: Callable[[], None] = lambda: None
    _made: dict[int | None, Ground] = field(default_factory=dict)

    def run(self, number: int, point: Point, golden: GoldenSet, *, remembers: bool = True) -> Trial:
        """The trial of a point. One that cannot be searched with makes a trial without a quality, which says why."""
        try:
            return self._measured(number, point, golden, remembers=remembers)
        except RaglineError as error:
            return Trial(number, dict(point), None, math.nan, math.nan, 0, error=str(error))

    def _measured(self, number: int, point: Point, golden: GoldenSet, *, remembers: bool) -> Trial:
        settings = replace(self.settings, **{name: value for name, value in point.items() if name != CHUNKING})
        ground = self._ground(point.get(CHUNKING))
        with ground.searcher(settings, remembers=remembers) as searcher:
            result = evaluate(golden, searcher, ks=(self.metric.k,), progress=lambda _: self.tick())
            times = list(searcher.milliseconds.values())
        errors = [row.error for row in result.rows if row.status == "error"]
        p50, p95 = np.percentile(times, (50, 95)).tolist() if times else (math.nan, math.nan)
        if errors:
            return Trial(
                number, dict(point), None, p50, p95, ground.chunks, error=f"{len(errors)} searches failed: {errors[0]}"
            )
        scores = {row.id: row.metrics[self.metric.name] for row in result.rows if self.metric.name in row.metrics}
        if not scores:
            reason = f"{self.metric.name} applies to none of the questions. Name another, or give them passages."
            return Trial(number, dict(point), None, p50, p95, ground.chunks, error=reason)
        return Trial(number, dict(point), float(np.mean(list(scores.values()))), p50, p95, ground.chunks, scores)

    def _ground(self, chunk_tokens: int | None) -> Ground:
        wanted = None if chunk_tokens == self.settings.chunk_tokens else chunk_tokens
        if wanted not in self._made:
            self._made[wanted] = self.stack.enter_context(self.grounds(wanted))
        return self._made[wanted]


@contextmanager
def trying(grounds: GroundOf, settings: Settings, metric: Metric | SpanMetric) -> Iterator[Tried]:
    """Trials, with their grounds until the end."""
    with ExitStack() as stack:
        yield Tried(grounds, settings, metric, stack)


def _finite(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
