"""Judges whose verdicts are known beforehand, to check the check with."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from eval.judges.base import Score
from eval.judges.check.known_answers import KnownAnswer, known_answers

Say = Callable[[KnownAnswer, str, Sequence[str]], Score]

YES, NO = Score(1.0, "scored"), Score(0.0, "scored")
REFUSAL, FAILED = Score(None, "refusal", "it makes no claim"), Score(None, "failed", "the reply was cut off")


@dataclass
class KnownJudge:
    """Says of an answer what ``say`` makes of it, of the answer as asked, and of the contexts; counts what it is asked."""

    say: Say
    name: str = "known"
    version: str = "1"
    asked: int = 0
    batches: list[int] = field(default_factory=list)

    @property
    def fingerprint(self) -> Mapping[str, str]:
        return {"judge.version": self.version}

    def judge(self, answer: str, contexts: Sequence[str], *, question: str = "") -> Score:
        self.asked += 1
        known = next(each for each in known_answers() if answer.startswith(each.answer) and each.contexts[0] in contexts)
        return self.say(known, answer, contexts)


class BatchedJudge(KnownJudge):
    """The same, many at a time."""

    def judge_all(self, asked: Sequence[tuple[str, Sequence[str], str]]) -> list[Score]:
        self.batches.append(len(asked))
        return [self.judge(answer, contexts, question=question) for answer, contexts, question in asked]


def truth(known: KnownAnswer, answer: str, contexts: Sequence[str]) -> Score:
    return REFUSAL if known.kind == "refusal" else YES if known.kind == "supported" else NO


def overlap(known: KnownAnswer, answer: str, contexts: Sequence[str]) -> Score:
    """The share of the answer's words that the contexts have, at the threshold that does best on the set."""
    said, there = (set(re.findall(r"\w+", text.lower())) for text in (answer, " ".join(contexts)))
    share = len(said & there) / len(said)
    return Score(min(1.0, share + 0.22), "scored")


def constant(score: Score) -> Say:
    return lambda known, answer, contexts: score
