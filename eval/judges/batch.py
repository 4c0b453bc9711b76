"""What a judge may offer beside judging one answer."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from eval.judges.base import Score

Asked = tuple[str, Sequence[str], str]
"""An answer, its contexts, and its question (empty where there is none)."""


@runtime_checkable
class BatchJudge(Protocol):
    """A judge that is faster when it is given many answers at once."""

    def judge_all(self, asked: Sequence[Asked]) -> Sequence[Score]:
        """A score for each of ``asked``, in order, as :meth:`eval.judges.base.Judge.judge` gives it."""
        ...
