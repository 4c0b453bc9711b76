"""Abstaining: does the engine say "I don't know" when, and only when, the documents hold no answer?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eval.bootstrap import Interval
from eval.metrics.proportion import proportion


@dataclass(frozen=True, slots=True)
class Abstention:
    """Counts of what was done with each question; the four and ``unmeasured`` add up to the questions asked.

    ``correct_abstentions`` unanswerable and abstained; ``missed_abstentions`` unanswerable and answered all the same;
    ``false_abstentions`` answerable and abstained; ``answered`` answerable and answered; ``unmeasured`` gave an error.
    """

    correct_abstentions: int
    missed_abstentions: int
    false_abstentions: int
    answered: int
    unmeasured: int = 0

    @property
    def total(self) -> int:
        measured = self.correct_abstentions + self.missed_abstentions + self.false_abstentions + self.answered
        return measured + self.unmeasured

    @property
    def precision(self) -> float | None:
        """``correct abstentions / all abstentions``; ``None`` when it never abstained."""
        return _share(self.correct_abstentions, self.correct_abstentions + self.false_abstentions)

    @property
    def recall(self) -> float | None:
        """``correct abstentions / unanswerable questions measured``; ``None`` when there was none."""
        return _share(self.correct_abstentions, self.correct_abstentions + self.missed_abstentions)

    @property
    def false_alarms(self) -> float | None:
        """``false abstentions / answerable questions measured``; ``None`` when there was none."""
        return _share(self.false_abstentions, self.false_abstentions + self.answered)

    @property
    def intervals(self) -> Mapping[str, Interval]:
        """Precision, recall and false alarms with their 95 % intervals, those that are there."""
        counts = {
            "precision": (self.correct_abstentions, self.correct_abstentions + self.false_abstentions),
            "recall": (self.correct_abstentions, self.correct_abstentions + self.missed_abstentions),
            "false alarms": (self.false_abstentions, self.false_abstentions + self.answered),
        }
        return {name: proportion(*count) for name, count in counts.items() if count[1]}


def abstention(outcomes: Iterable[tuple[bool, bool | None]]) -> Abstention:
    """Counts pairs of (answerable, abstained); ``abstained`` is ``None`` where asking gave an error.

    Precision and recall as in any binary decision, with "abstain" as the positive class. Source of the task: Rajpurkar, Jia
    and Liang, "Know What You Don't Know: Unanswerable Questions for SQuAD", ACL 2018.
    """
    pairs = list(outcomes)
    return Abstention(
        correct_abstentions=pairs.count((False, True)),
        missed_abstentions=pairs.count((False, False)),
        false_abstentions=pairs.count((True, True)),
        answered=pairs.count((True, False)),
        unmeasured=sum(abstained is None for _, abstained in pairs),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
