"""What tuning gives back, and the evidence that goes into the manifest of the index it chose."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from eval.tuning.choice import Choice
from eval.tuning.forecast import Forecast
from eval.tuning.goals import Goals, Miss
from eval.tuning.points import Point
from indexes.vector.recall import K


@dataclass(frozen=True, slots=True)
class TuneReport:
    """All ``points`` that were measured, and the choice among them by ``goals``.

    ``chosen`` is ``None`` when no point meets all goals: then ``misses`` say what ``nearest`` misses and by how much, and
    nothing was changed. ``vectors`` of the ``total`` were measured with ``queries`` queries from ``source``, each search
    ``depth`` deep.
    ``skipped`` has the reason for each kind that could not be measured. ``generation`` is the one that was built, 0 for none.
    ``notes`` are for the reader; ``files`` are the reports by format.
    """

    goals: Goals
    points: tuple[Point, ...]
    chosen: Point | None
    nearest: Point
    misses: tuple[Miss, ...]
    vectors: int
    total: int
    queries: int
    source: str
    depth: int
    measured_at: str
    seconds: float
    forecasts: tuple[Forecast, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    generation: int = 0
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether a point meets all goals."""
        return self.chosen is not None

    @property
    def verdict(self) -> str:
        """The outcome in one sentence, with what to do where no point meets all goals."""
        if self.chosen is not None:
            point = self.chosen
            return (
                f"{point.name}: recall@10 {point.recall:.4f} (at least {point.recall_low:.4f}), p50 {point.p50_ms:.3f} ms, "
                f"p95 {point.p95_ms:.3f} ms, {point.memory_bytes / 1e6:,.1f} MB in memory"
            )
        missed = "; ".join(map(str, self.misses))
        return f"No index meets all goals, and nothing is changed. Nearest is {self.nearest.name}: {missed}. Relax that goal."

    def json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {"met": self.met, "verdict": self.verdict, **asdict(self)}

    def evidence(self) -> dict[str, Any]:
        """What the manifest keeps: goals, choice, every point, and what was measured when. Only of a report with a choice."""
        return evidence(self, self.chosen or self.nearest, self.points)


def evidence(report: TuneReport, chosen: Point, points: tuple[Point, ...], *, vectors: int = 0) -> dict[str, Any]:
    """The evidence for ``chosen`` among ``points``; ``vectors`` that were measured, where not those of the report."""
    return {
        "goals": asdict(report.goals),
        "chosen": asdict(chosen),
        "recall_at_10": chosen.recall,
        "points": [asdict(point) for point in points],
        "vectors": vectors or report.vectors,
        "total": report.total,
        "queries": report.queries,
        "source": report.source,
        "depth": report.depth,
        "k": K,
        "measured_at": report.measured_at,
    }


def outcome(choice: Choice, points: tuple[Point, ...], **values: Any) -> TuneReport:
    """The report of a choice."""
    return TuneReport(points=points, chosen=choice.chosen, nearest=choice.nearest, misses=choice.misses, **values)
