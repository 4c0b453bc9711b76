"""How a threshold of abstention that was chosen on a golden set does on questions that it was not chosen on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from eval.bootstrap import Interval, mean_interval
from eval.metrics.auroc import auroc_interval
from ragline.errors import InputError
from retrieval.answers.calibrate import calibrate

FOLDS = 5
LEAST = 10
"""Questions of each kind that a calibration needs: below that, each fold would be judged by one question or none."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A question of the golden set with its support score."""

    id: str
    answerable: bool
    score: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What abstaining did: precision and recall with 95 % intervals (``None`` where nothing counts), and how often it did."""

    precision: Interval | None
    recall: Interval
    abstained: int
    false_abstentions: int

    @property
    def f1(self) -> float:
        """``2 p r / (p + r)``; 0 where nothing was abstained from rightly."""
        precision = self.precision.mean if self.precision is not None else 0.0
        return 2 * precision * self.recall.mean / (precision + self.recall.mean) if self.recall.mean else 0.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """The threshold chosen on all questions, what the choosing does on those left out of it, and how well scores separate."""

    threshold: float
    held_out: Outcome
    auroc: Interval


def fit_threshold(questions: Sequence[Scored], *, min_precision: float | None = None) -> Fitted:
    """The threshold with the best F1 of abstaining, or the best recall at ``min_precision``; judged by cross-validation.

    For ``held_out`` the questions are dealt into :data:`FOLDS` parts, both kinds evenly, by the hash of their ids; each part is
    judged by the threshold chosen on the others. Raises :class:`InputError` for fewer than :data:`LEAST` questions of a kind.
    """
    answerable = [each for each in questions if each.answerable]
    others = [each for each in questions if not each.answerable]
    if len(answerable) < LEAST or len(others) < LEAST:
        raise InputError(
            f"The golden set has {len(answerable)} answerable and {len(others)} unanswerable questions that could be asked; a "
            f"threshold needs at least {LEAST} of each. Add questions of the missing kind."
        )
    chosen = calibrate(((each.score, each.answerable) for each in questions), min_precision=min_precision)
    parts = [[*_dealt(answerable)[fold::FOLDS], *_dealt(others)[fold::FOLDS]] for fold in range(FOLDS)]
    decided: list[tuple[bool, bool]] = []
    for fold, part in enumerate(parts):
        rest = ((each.score, each.answerable) for other, part in enumerate(parts) for each in part if other != fold)
        threshold = calibrate(rest, min_precision=min_precision).threshold
        decided += [(each.answerable, each.score < threshold) for each in part]
    area = auroc_interval([each.score for each in answerable], [each.score for each in others])
    return Fitted(chosen.threshold, outcome(decided), area)


def outcome_at(questions: Sequence[Scored], threshold: float) -> Outcome:
    """What abstaining below ``threshold`` does."""
    return outcome([(each.answerable, each.score < threshold) for each in questions])


def outcome(decided: Sequence[tuple[bool, bool]]) -> Outcome:
    """Of pairs of (answerable, abstained), with at least one unanswerable question among them."""
    right = [float(not answerable) for answerable, abstained in decided if abstained]
    found = [float(abstained) for answerable, abstained in decided if not answerable]
    return Outcome(mean_interval(right) if right else None, mean_interval(found), len(right), right.count(0.0))


def _dealt(questions: Sequence[Scored]) -> list[Scored]:
    return sorted(questions, key=lambda each: hashlib.sha256(each.id.encode()).digest())
