"""Measures a choice that was made on a part of the vectors once more, on the index over all of them.

A graph over more vectors finds less at the same breadth, and an inverted file has other cells: what was measured on a part is a
choice of the kind, and only a guess at its search settings.
"""

from dataclasses import replace

from eval.tuning.choice import choose
from eval.tuning.outcome import TuneReport
from eval.tuning.sample import Sample
from eval.tuning.sweep import Built, points_of
from indexes.vector.base import VectorIndex
from indexes.vector.registry import KINDS
from ragline.settings import Settings


class NotConfirmedError(Exception):
    """The index over all vectors does not meet the goals; ``report`` says which."""

    def __init__(self, report: TuneReport) -> None:
        super().__init__(report.verdict)
        self.report = report


def confirm(report: TuneReport, whole: Sample, index: VectorIndex, settings: Settings, *, build_s: float) -> TuneReport:
    """The report with the points of ``index``, which is over all vectors, in the place of those of its kind over a part.

    ``whole`` are all vectors, with the queries of the sample or as many of their own. The choice is among these. Raises
    :class:`NotConfirmedError` when none of them meets all goals.
    """
    of = Built(KINDS[index.kind], index, build_s)
    points = tuple(points_of(of, whole, settings))
    choice = choose(points, report.goals)
    others = tuple(point for point in report.points if point.kind != index.kind)
    confirmed = replace(
        report,
        points=(*others, *points),
        chosen=choice.chosen,
        nearest=choice.nearest,
        misses=choice.misses,
        notes=(*report.notes, f"The points of {index.kind} are those of the whole index."),
    )
    if not confirmed.met:
        raise NotConfirmedError(confirmed)
    return confirmed
