"""Points and reports made up for what is decided about them."""

from typing import Any

from eval.tuning.choice import choose
from eval.tuning.forecast import Forecast
from eval.tuning.goals import Goals
from eval.tuning.outcome import TuneReport, outcome
from eval.tuning.points import Point

_MIDDLE: dict[str, Any] = {
    "kind": "hnsw",
    "search": {"hnsw_ef_search": 150},
    "recall": 0.99,
    "recall_low": 0.985,
    "p50_ms": 1.0,
    "p95_ms": 1.5,
    "memory_bytes": 1_000,
    "mapped_bytes": 5_000,
    "resident_bytes": 1.0,
    "build_s": 1.0,
    "queries": 100,
}


def point(**values: Any) -> Point:
    """A point that is in the middle of everything but for ``values``."""
    return Point(**_MIDDLE | values)


def report(goals: Goals, *points: Point, **values: Any) -> TuneReport:
    """The report of a choice among ``points``."""
    facts: dict[str, Any] = {
        "goals": goals,
        "vectors": 1_000,
        "total": 1_000,
        "queries": 100,
        "source": "made up",
        "depth": 100,
        "measured_at": "2026-11-26T00:00:00+00:00",
        "seconds": 1.0,
        "forecasts": (Forecast("hnsw", 1_000, 8, 60_000, 12_000, 40_000, 0.5, 1_000),),
    }
    return outcome(choose(points, goals), points, **facts | values)
