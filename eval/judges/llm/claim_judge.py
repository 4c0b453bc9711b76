"""Faithfulness by a language model: one claim a call, and yes, no or none for an answer.

The claims are the sentences of the answer, split in code. So no reply can be cut off in the middle of a list of verdicts, none
can judge other claims than those that are there, and what cannot be read voids one claim, whose answer then counts as failed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from eval.configuration import Setting
from eval.judges.base import JudgedClaim, Score
from eval.judges.batch import Asked
from eval.judges.llm.asking import Asks, judge_fingerprint
from eval.judges.llm.claims import PROMPT_ID, Claim, ClaimReply, claim_messages, claims_of
from ragline.errors import BackendUnavailableError, InputError
from retrieval.prompts.template import Message


@dataclass(frozen=True, slots=True)
class Said:
    """What came back for a claim; ``supported`` is ``None`` where nothing could be read, and then ``problem`` says why."""

    supported: Literal["yes", "no", "none"] | None
    raw: str = ""
    problem: str = ""


class ClaimJudge:
    """A judge, and a judge of many: ``concurrency`` calls are under way at a time. ``heard`` is told of every claim's reply.

    A claim whose call or reply fails voids the score of its answer. Where the model refuses every request (its key or name is
    wrong) :class:`ragline.errors.InputError` is raised: that is no verdict on an answer.
    """

    name = "llm"

    def __init__(self, asks: Asks, *, concurrency: int = 1, heard: Callable[[Said], None] | None = None) -> None:
        self._asks = asks
        self._concurrency = concurrency
        self._heard = heard

    @property
    def fingerprint(self) -> Mapping[str, Setting]:
        return judge_fingerprint(self._asks.endpoint, PROMPT_ID)

    def judge(self, answer: str, contexts: Sequence[str], *, question: str = "") -> Score:
        return self.judge_all([(answer, contexts, question)])[0]

    def judge_all(self, asked: Sequence[Asked]) -> list[Score]:
        """The share of an answer's claims that are supported, of those that say something."""
        calls = claim_calls(asked)
        with ThreadPoolExecutor(max_workers=self._concurrency, thread_name_prefix="judge") as pool:
            futures = [pool.submit(self._ask, *call) for call in calls]
            try:
                replies = iter([future.result() for future in futures])
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        if (refusal := self._asks.refusal) is not None:
            raise refusal
        return [_score(answer, contexts, replies) for answer, contexts, _ in asked]

    def _ask(self, claim: Claim, answer: str, contexts: Sequence[str], question: str) -> Said:
        said = self._reply(claim_messages(claim.text, answer, contexts, question))
        if self._heard is not None:
            self._heard(said)
        return said

    def _reply(self, messages: Sequence[Message]) -> Said:
        try:
            reply, raw = self._asks.ask_for(messages, ClaimReply)
        except (BackendUnavailableError, InputError) as error:
            return Said(None, problem=str(error))
        except ValueError as error:
            return Said(None, problem=f"the judge's reply is no use: {error}")
        return Said(reply.supported, raw)


def claim_calls(asked: Sequence[Asked]) -> list[tuple[Claim, str, Sequence[str], str]]:
    """What a model is asked about ``asked``: each claim with its answer, contexts and question. Without context nothing is."""
    return [
        (claim, answer, contexts, question)
        for answer, contexts, question in asked
        if _has_text(contexts)
        for claim in claims_of(answer)
    ]


def _has_text(contexts: Sequence[str]) -> bool:
    return any(text.strip() for text in contexts)


def _score(answer: str, contexts: Sequence[str], replies: Iterator[Said]) -> Score:
    """The score of an answer; its replies are the next ones of ``replies``."""
    if not _has_text(contexts):
        return Score(None, "no_context", "the answer was written from no passage")
    judged = [(claim, next(replies)) for claim in claims_of(answer)]
    claims = tuple(_judged(claim, said) for claim, said in judged)
    raw = "\n".join(said.raw or said.problem for _, said in judged)
    if not judged:
        return Score(None, "not_applicable", "the answer holds no sentence")
    if problems := [said.problem for _, said in judged if said.supported is None]:
        return Score(None, "failed", f"{len(problems)} of {len(judged)} claims: {problems[0]}", claims, raw)
    verdicts = [said.supported for _, said in judged if said.supported != "none"]
    if not verdicts:
        return Score(None, "refusal", "the judge finds no claim in it", claims, raw)
    return Score(verdicts.count("yes") / len(verdicts), "scored", claims=claims, raw=raw)


def _judged(claim: Claim, said: Said) -> JudgedClaim:
    supported = {"yes": True, "no": False}.get(said.supported or "")
    reason = said.problem or ("it says nothing of the matter" if said.supported == "none" else "")
    return JudgedClaim(claim.text, claim.start, claim.end, supported, reason=reason)
