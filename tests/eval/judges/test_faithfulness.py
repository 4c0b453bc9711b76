"""A judge scores an evaluation, and a scorer is checked as a judge; what needs no judge is not asked for."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from eval.judges.base import AnsweredQuestion, Passage, Score
from eval.judges.check.judge_check import check_judge
from eval.judges.faithfulness import FaithfulnessScorer, ScorerJudge
from ragline.errors import InputError
from tests.eval.judges.check.known_judges import BatchedJudge, KnownJudge, truth


class Shouting:
    """Judges by whether the answer stands in a context, and keeps what it was asked."""

    name = "shouting"
    fingerprint: Mapping[str, str] = {"judge.voice": "loud"}

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[str, ...], str]] = []

    def judge(self, answer: str, contexts: Sequence[str], *, question: str = "") -> Score:
        self.asked.append((answer, tuple(contexts), question))
        return Score(float(any(answer in text for text in contexts)), "scored")


def asked(name: str, answer: str, *texts: str, abstained: bool = False) -> AnsweredQuestion:
    passages = tuple(Passage("d", str(place), 0, text) for place, text in enumerate(texts))
    return AnsweredQuestion(name, f"What of {name}?", answer, passages, abstained=abstained)


def test_an_abstention_and_an_answer_from_nothing_are_states_of_their_own_and_cost_no_judgement() -> None:
    judge, told = Shouting(), list[int]()
    questions = [
        asked("a", "red", "it is red"),
        asked("b", "I don't know.", "it is red", abstained=True),
        asked("c", "blue"),
        asked("d", "blue", "  "),
        asked("e", "blue", "it is red"),
    ]
    found = [scores["faithfulness"] for scores in FaithfulnessScorer(judge).score(questions, told.append)]
    assert [score.status for score in found] == ["scored", "refusal", "no_context", "no_context", "scored"]
    assert [score.value for score in found] == [1.0, None, None, None, 0.0]
    assert judge.asked == [("red", ("it is red",), "What of a?"), ("blue", ("it is red",), "What of e?")]
    assert sum(told) == len(questions)


def test_the_judge_is_in_the_fingerprint() -> None:
    assert FaithfulnessScorer(Shouting()).fingerprint == {"judge": "shouting", "judge.voice": "loud"}


class Faithful:
    """A scorer of two metrics that asks the truth."""

    metrics = ("faithfulness", "tone")
    fingerprint: Mapping[str, str] = {"judge": "faithful"}

    def __init__(self) -> None:
        self.runs: list[int] = []

    def score(
        self, questions: Sequence[AnsweredQuestion], progress: Callable[[int], None] | None = None
    ) -> list[Mapping[str, Score]]:
        self.runs.append(len(questions))
        judge = KnownJudge(truth)
        scores = [judge.judge(each.answer, [passage.text for passage in each.contexts]) for each in questions]
        return [{"faithfulness": score, "tone": Score(0.0, "scored")} for score in scores]


def test_a_scorer_of_faithfulness_is_checked_as_a_judge_many_answers_at_a_time() -> None:
    scorer = Faithful()
    check = check_judge(ScorerJudge(scorer, "faithful"), biases=False)
    assert check.passed
    assert (check.judge, check.fingerprint["judge"]) == ("faithful", "faithful")
    assert scorer.runs == [40, 40, 40, 40]


def test_a_judge_is_the_same_after_both_adapters() -> None:
    judge = BatchedJudge(truth)
    there_and_back = ScorerJudge(FaithfulnessScorer(judge), judge.name)
    assert check_judge(there_and_back, biases=False).balanced_accuracy == check_judge(judge, biases=False).balanced_accuracy


def test_a_scorer_without_faithfulness_is_no_judge() -> None:
    class Tone(Faithful):
        metrics = ("tone", "length")

    with pytest.raises(InputError, match="no faithfulness"):
        ScorerJudge(Tone(), "tone")
