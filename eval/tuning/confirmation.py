"""Measures a choice that was made on a part of the vectors once more, on the index over all of them.

A graph over more vectors finds less at the same breadth, and an inverted file has other cells: what was measured on a part is a
choice of the kind, and only a guess at its search settings.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eval.tuning.choice import choose
from eval.tuning.outcome import TuneReport
from eval.tuning.points import K
from eval.tuning.sample import TIE, Sample
from eval.tuning.sweep import Built, points_of
from indexes.vector.base import Rows, VectorHits, VectorIndex, Vectors
from indexes.vector.registry import KINDS
from ragline.errors import IncompatibleError
from ragline.settings import Settings


class NotConfirmedError(IncompatibleError):
    """The index over all vectors does not meet the goals; ``report`` says which."""

    def __init__(self, report: TuneReport) -> None:
        super().__init__(report.verdict)
        self.report = report


@dataclass(frozen=True, slots=True)
class Whole:
    """Queries with their truth by an index's own exact search; compressed kinds know their vectors in half precision."""

    queries: Vectors
    total: int
    own: Rows
    least: NDArray[np.float32]
    is_partial: bool = False

    def recall(self, number: int, hits: VectorHits) -> float:
        """The share of the true ten nearest of a query among its first hits; equally near rows count as found."""
        scores = hits.scores[hits.rows != self.own[number]][:K]
        return float((scores >= self.least[number] - TIE).sum()) / K


def confirm(report: TuneReport, sample: Sample, index: VectorIndex, settings: Settings, *, build_s: float) -> TuneReport:
    """The report with the points of ``index``, which is over all vectors, in the place of those of its kind over a part.

    The choice is among these. Raises :class:`NotConfirmedError` when none of them meets all goals.
    """
    of = Built(KINDS[index.kind], index, build_s)
    points = tuple(points_of(of, _asked(sample, index), settings))
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


def _asked(sample: Sample, index: VectorIndex) -> Whole:
    own = np.full(len(sample.queries), -1, np.int64)
    least = np.empty(len(sample.queries), np.float32)
    for number, query in enumerate(sample.queries):
        hits = index.exact(query, K + 1)
        if sample.own[number] >= 0:  # it was taken from the vectors: nothing is nearer to it than itself
            own[number] = hits.rows[0]
        least[number] = hits.scores[hits.rows != own[number]][K - 1]
    return Whole(sample.queries, index.count, own, least)
