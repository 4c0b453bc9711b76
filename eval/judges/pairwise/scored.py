"""Comparing two answers by a judge that scores one: the higher score is preferred."""

from collections.abc import Mapping, Sequence

from eval.configuration import Setting
from eval.judges.base import Judge, Score
from eval.judges.pairwise.base import Preference

MARGIN = 0.05
"""Scores that differ by less are a tie: a twentieth is less than any judge can tell."""


class ScoredPairs:
    """A pairwise judge made of ``judge``. A refusal loses against a supported answer, and wins against one that is not.

    It sees one answer at a time, so that the order of the two cannot matter to it; each is judged once.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.name = judge.name
        self._scores: dict[tuple[str, tuple[str, ...], str], Score] = {}

    @property
    def fingerprint(self) -> Mapping[str, Setting]:
        return {**self._judge.fingerprint, "pairs": f"by score, margin {MARGIN}"}

    def prefer(self, question: str, contexts: Sequence[str], first: str, second: str) -> Preference:
        """By faithfulness; a refusal counts as a half."""
        scores = [self._score(question, contexts, answer) for answer in (first, second)]
        values = [_value(score) for score in scores]
        if values[0] is None or values[1] is None:
            failed = scores[0] if values[0] is None else scores[1]
            return Preference(None, failed.reason or failed.status)
        gap = values[0] - values[1]
        shown = f"{values[0]:.2f} against {values[1]:.2f}"
        return Preference("tie" if abs(gap) < MARGIN else "first" if gap > 0 else "second", shown)

    def _score(self, question: str, contexts: Sequence[str], answer: str) -> Score:
        key = (question, tuple(contexts), answer)
        if key not in self._scores:
            self._scores[key] = self._judge.judge(answer, contexts, question=question)
        return self._scores[key]


def _value(score: Score) -> float | None:
    return 0.5 if score.status == "refusal" else score.value
