"""Choosing the support threshold of abstention from questions with known answerability."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ragline.errors import InputError


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What abstaining below ``threshold`` gives. Positive is "abstained", right where the question is unanswerable.

    ``precision`` is 1.0 where nothing is abstained (no abstention was wrong); ``f1 = 2 p r / (p + r)``, 0.0 where recall is 0.
    """

    threshold: float
    precision: float
    recall: float
    f1: float
    abstained: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """The chosen point, and the whole curve by ascending threshold."""

    best: CurvePoint
    curve: tuple[CurvePoint, ...]

    @property
    def threshold(self) -> float:
        return self.best.threshold


def calibrate(scores: Iterable[tuple[float, bool]], *, min_precision: float | None = None) -> Calibration:
    """The threshold with the best F1 of abstaining, or with the best recall at ``min_precision`` and above.

    ``scores`` are pairs of a support score and whether the question is answerable. Thresholds lie halfway between two
    neighbouring scores, so that a new score near one of them is not decided by its last digit; the first abstains never.
    Ties go to the lowest threshold, which abstains least. Raises :class:`ragline.errors.InputError` unless there is at
    least one question of each kind, or where ``min_precision`` is not in [0, 1].
    """
    pairs = sorted(scores)
    unanswerable = sum(not answerable for _, answerable in pairs)
    if not 0 < unanswerable < len(pairs):
        raise InputError(
            f"a threshold needs answerable and unanswerable questions, got {len(pairs) - unanswerable} and {unanswerable}. "
            "Add questions of the missing kind to the golden set."
        )
    if min_precision is not None and not 0.0 <= min_precision <= 1.0:
        raise InputError(f"min_precision={min_precision} is not a share. Pass a number from 0 to 1.")
    values = sorted({score for score, _ in pairs})
    halfway = [(low + high) / 2 for low, high in pairwise(values)]
    curve = tuple(_point(pairs, unanswerable, threshold) for threshold in [values[0], *halfway, values[-1] + 1e-9])
    if min_precision is None:
        return Calibration(max(curve, key=lambda point: (point.f1, -point.threshold)), curve)
    precise = [point for point in curve if point.precision >= min_precision]
    return Calibration(max(precise, key=lambda point: (point.recall, -point.threshold)), curve)


def _point(pairs: list[tuple[float, bool]], unanswerable: int, threshold: float) -> CurvePoint:
    abstained = [answerable for score, answerable in pairs if score < threshold]
    right = sum(not answerable for answerable in abstained)
    precision = right / len(abstained) if abstained else 1.0
    recall = right / unanswerable
    f1 = 2 * precision * recall / (precision + recall) if recall else 0.0
    return CurvePoint(threshold, precision, recall, f1, len(abstained))
