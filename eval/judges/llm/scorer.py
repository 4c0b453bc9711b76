"""The judge that asks a model, in an evaluation: what it says is kept, its calls are estimated, counted and told of."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from eval.configuration import Setting
from eval.judges.base import AnsweredQuestion, Score
from eval.judges.faithfulness import FAITHFULNESS, FaithfulnessScorer, asked_of
from eval.judges.llm.asking import JudgeModel
from eval.judges.llm.claim_judge import ClaimJudge, Said, claim_calls
from eval.judges.llm.claims import ClaimReply, claim_messages
from eval.judges.progress import Estimate, Progress, Spent, Told
from eval.judges.ragas.estimate import BYTES_PER_TOKEN, wall_s
from retrieval.answers.completion import cost_usd

REPLY_TOKENS = 8
"""Tokens of a reply: a JSON object with one word."""


class LlmScorer:
    """Faithfulness by a model, one claim a call; a :class:`eval.judges.progress.RunScorer`. A judgement is one claim's."""

    metrics = (FAITHFULNESS,)

    def __init__(self, model: JudgeModel, *, concurrency: int = 4, told: Told | None = None) -> None:
        self._model = model
        self._concurrency = concurrency
        self._told = told
        self._tally: _Tally | None = None

    @cached_property
    def judge(self) -> ClaimJudge:
        """The same as a judge of single answers."""
        return ClaimJudge(self._model, concurrency=self._concurrency, heard=self._hear)

    @property
    def fingerprint(self) -> Mapping[str, Setting]:
        return {"judge": self.judge.name, **self.judge.fingerprint}

    @property
    def spent(self) -> Spent:
        """What the calls took, those of the check among them."""
        return self._model.spent

    def for_run(self, *, folder: Path | None, told: Told | None) -> "LlmScorer":
        """The same, with the same purse, which keeps its replies in ``folder`` and tells ``told`` how far it is."""
        return LlmScorer(replace(self._model, folder=folder), concurrency=self._concurrency, told=told)

    def score(
        self, questions: Sequence[AnsweredQuestion], progress: Callable[[int], None] | None = None
    ) -> Sequence[Mapping[str, Score]]:
        """See :class:`eval.judges.base.AnswerScorer`. An estimate is told before the first call.

        What the budget does not allow and what the model does not answer are failed scores; with the same folder, a later run
        asks only for them. Raises :class:`ragline.errors.InputError` where the model refuses every request.
        """
        told = self._estimate(questions)
        self._tally = _Tally(told.judgements, self._told, lambda: self._model.spent)
        if self._told is not None:
            self._told(told)
        return FaithfulnessScorer(self.judge).score(questions, progress)

    def _hear(self, said: Said) -> None:
        if self._tally is not None:
            self._tally.add(said)

    def _estimate(self, questions: Sequence[AnsweredQuestion]) -> Estimate:
        asked = [asked_of(question) for question in questions if not question.abstained]
        about = claim_calls(asked)
        prompts = [claim_messages(claim.text, answer, contexts, question) for claim, answer, contexts, question in about]
        calls = [messages for messages in prompts if not self._model.knows(messages, ClaimReply)]
        size = sum(len(message.content.encode("utf-8", "replace")) for messages in calls for message in messages)
        tokens, replies = size // BYTES_PER_TOKEN, REPLY_TOKENS * len(calls)
        seconds = wall_s(len(calls), replies, concurrency=self._concurrency, per_minute=self._model.pace.per_minute)
        cost = cost_usd(self._model.endpoint.model, tokens, replies) if calls else 0.0
        return Estimate(len(prompts), len(prompts) - len(calls), len(calls), tokens, replies, cost, seconds)


class _Tally:
    """Counts the claims that are decided, and tells of them. Called from several threads."""

    def __init__(self, total: int, told: Told | None, spent: Callable[[], Spent]) -> None:
        self._total = total
        self._told = told
        self._spent = spent
        self._lock = threading.Lock()
        self._scored = self._failed = 0
        self._begin = time.perf_counter()

    def add(self, said: Said) -> None:
        with self._lock:
            self._scored += said.supported is not None
            self._failed += said.supported is None
            done = self._scored + self._failed
            if self._told is not None:
                seconds = time.perf_counter() - self._begin
                left = seconds / done * (self._total - done)
                self._told(Progress(done, self._total, self._scored, self._failed, self._spent(), seconds, left))
