"""Which point is taken: of those that meet all goals the fastest, and of equally fast ones the smallest."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from eval.tuning.goals import Goals, Miss
from eval.tuning.points import Point

EQUALLY_FAST = 1.1
"""Times that differ by less are the same: two measurements of one point on a machine in use are so far apart."""


@dataclass(frozen=True, slots=True)
class Choice:
    """``chosen`` meets all goals; where none does it is ``None``, and ``nearest`` misses what ``misses`` say."""

    chosen: Point | None
    nearest: Point
    misses: tuple[Miss, ...] = ()


def choose(points: Sequence[Point], goals: Goals) -> Choice:
    """The choice among ``points``, of which there is at least one.

    Nearest is the point with the least product of the factors by which it misses goals.
    """
    meeting = [point for point in points if not goals.misses(point)]
    if meeting:
        limit = min(point.p50_ms for point in meeting) * EQUALLY_FAST
        chosen = min((point for point in meeting if point.p50_ms <= limit), key=_size)
        return Choice(chosen, chosen)
    nearest = min(points, key=lambda point: (sum(log(miss.factor) for miss in goals.misses(point)), point.p50_ms))
    return Choice(None, nearest, goals.misses(nearest))


def front(points: Sequence[Point]) -> list[Point]:
    """The points that no other beats in recall, latency and memory at once (the Pareto front), by ascending recall."""
    kept = [point for point in points if not any(_beats(other, point) for other in points)]
    return sorted(kept, key=lambda point: (point.recall, point.p50_ms))


def _beats(one: Point, other: Point) -> bool:
    ours, theirs = ((-point.recall, point.p50_ms, point.memory_bytes) for point in (one, other))
    return ours != theirs and all(mine <= its for mine, its in zip(ours, theirs, strict=True))


def _size(point: Point) -> tuple[int, int, float]:
    return point.memory_bytes, point.mapped_bytes, point.p50_ms
