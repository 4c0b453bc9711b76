"""States of an answer in which a metric has no value, with the reason that a report shows."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from eval.judges.base import AnsweredQuestion, Score

ABSTAINED = Score(None, "refusal", "the engine abstained")
NO_CONTEXT = Score(None, "no_context", "the answer was written from no passage")
UNANSWERABLE = Score(None, "not_applicable", "the documents hold no answer to this question")

Scores = Mapping[str, Score]


def not_applicable(reason: str) -> Score:
    return Score(None, "not_applicable", reason)


def share(part: float, whole: float, reason: str = "") -> Score:
    """``part / whole``, as a score in [0, 1]."""
    return Score(part / whole, "scored", reason)


def each_scored(
    questions: Sequence[AnsweredQuestion],
    metrics: Iterable[str],
    scored: Callable[[AnsweredQuestion], Scores],
    progress: Callable[[int], None] | None,
) -> list[Scores]:
    """What ``scored`` says of every answer; of an abstention, and one that was written from nothing, only that it is one."""
    found: list[Scores] = []
    for question in questions:
        state = ABSTAINED if question.abstained else None if question.contexts else NO_CONTEXT
        found.append(scored(question) if state is None else dict.fromkeys(metrics, state))
        if progress is not None:
            progress(1)
    return found
