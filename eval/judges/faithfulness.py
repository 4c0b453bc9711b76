"""A judge as a scorer of an evaluation, and a scorer of faithfulness as a judge: each stands where the other is asked for."""

from collections.abc import Callable, Mapping, Sequence

from eval.configuration import Setting
from eval.judges.base import AnsweredQuestion, AnswerScorer, Judge, Passage, Score
from eval.judges.batch import Asked, BatchJudge
from ragline.errors import InputError

FAITHFULNESS = "faithfulness"
"""The share of an answer's claims that its contexts support."""

_AT_ONCE = 16
"""Answers after which a batch judge's progress is told."""


class FaithfulnessScorer:
    """``judge`` on every answer of an evaluation. Where the engine abstained, and where it had no context, it is not asked."""

    metrics = (FAITHFULNESS,)

    def __init__(self, judge: Judge) -> None:
        self.judge = judge

    @property
    def fingerprint(self) -> Mapping[str, Setting]:
        return {"judge": self.judge.name, **self.judge.fingerprint}

    def score(
        self, questions: Sequence[AnsweredQuestion], progress: Callable[[int], None] | None = None
    ) -> list[Mapping[str, Score]]:
        found = {place: state for place, each in enumerate(questions) if (state := _state(each)) is not None}
        if found and progress is not None:
            progress(len(found))
        rest = [place for place in range(len(questions)) if place not in found]
        for first in range(0, len(rest), _AT_ONCE):
            places = rest[first : first + _AT_ONCE]
            asked = [asked_of(questions[place]) for place in places]
            found |= dict(zip(places, judge_each(self.judge, asked), strict=True))
            if progress is not None:
                progress(len(places))
        return [{FAITHFULNESS: found[place]} for place in range(len(questions))]


class ScorerJudge:
    """The faithfulness of ``scorer`` as a judge: so a scorer is checked on known answers as any judge is."""

    def __init__(self, scorer: AnswerScorer, name: str) -> None:
        if FAITHFULNESS not in scorer.metrics:
            raise InputError(f"scorer {name!r} measures {', '.join(scorer.metrics)} and no faithfulness. Give one that does.")
        self._scorer = scorer
        self.name = name

    @property
    def fingerprint(self) -> Mapping[str, Setting]:
        return self._scorer.fingerprint

    def judge(self, answer: str, contexts: Sequence[str], *, question: str = "") -> Score:
        return self.judge_all([(answer, contexts, question)])[0]

    def judge_all(self, asked: Sequence[Asked]) -> list[Score]:
        """All in one run of the scorer, which may ask for several at a time."""
        questions = [_question(place, *each) for place, each in enumerate(asked)]
        return [scores[FAITHFULNESS] for scores in self._scorer.score(questions)]


def judge_each(judge: Judge, asked: Sequence[Asked]) -> Sequence[Score]:
    """A score for each of ``asked``, in order: at once where the judge can, else one after the other."""
    if isinstance(judge, BatchJudge):
        return judge.judge_all(asked)
    return [judge.judge(answer, contexts, question=question) for answer, contexts, question in asked]


def _state(question: AnsweredQuestion) -> Score | None:
    """What is known of an answer without a judge."""
    if question.abstained:
        return Score(None, "refusal", "the engine abstained")
    if not any(passage.text.strip() for passage in question.contexts):
        return Score(None, "no_context", "the answer was written from no passage")
    return None


def asked_of(question: AnsweredQuestion) -> Asked:
    """What a judge is asked of ``question``."""
    return question.answer, [passage.text for passage in question.contexts], question.question


def _question(place: int, answer: str, contexts: Sequence[str], question: str) -> AnsweredQuestion:
    """Every context is a document of its own, from its first character."""
    passages = tuple(Passage(f"context-{at}", f"context-{at}", 0, text) for at, text in enumerate(contexts))
    return AnsweredQuestion(id=str(place), question=question, answer=answer, contexts=passages)
