"""The better of two answers by a language model: first, second or tie, and no other reply."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from eval.configuration import Setting
from eval.judges.llm.asking import Asks, fenced_passages, judge_fingerprint
from eval.judges.pairwise.base import Preference
from ragline.errors import BackendUnavailableError, InputError
from retrieval.answers.fence import fence_text, nonce_of
from retrieval.prompts.template import Message, load_prompt

PROMPT_ID = "judge-pair-v1"


class PairReply(BaseModel):
    """What a model may reply: nothing besides, and in these words."""

    model_config = ConfigDict(extra="forbid", strict=True)

    better: Literal["first", "second", "tie"]


class LlmPairJudge:
    """A :class:`eval.judges.pairwise.base.PairJudge`. What fails is no preference, with its reason."""

    name = "llm"

    def __init__(self, asks: Asks) -> None:
        self._asks = asks

    @property
    def fingerprint(self) -> Mapping[str, Setting]:
        return judge_fingerprint(self._asks.endpoint, PROMPT_ID)

    def prefer(self, question: str, contexts: Sequence[str], first: str, second: str) -> Preference:
        try:
            reply, raw = self._asks.ask_for(pair_messages(question, contexts, first, second), PairReply)
        except (BackendUnavailableError, InputError) as error:
            return Preference(None, str(error))
        except ValueError as error:
            return Preference(None, f"the judge's reply is no use: {error}")
        return Preference(reply.better, raw=raw)


def pair_messages(question: str, contexts: Sequence[str], first: str, second: str) -> tuple[Message, ...]:
    """The prompt for one pair in one order. Every text in it is fenced; the same texts always give the same prompt."""
    nonce = nonce_of(question, first, second, *contexts)
    values = {
        "nonce": nonce,
        "passages": fenced_passages(contexts, nonce),
        "question": fence_text("QUESTION", question, nonce),
        "first": fence_text("FIRST ANSWER", first, nonce),
        "second": fence_text("SECOND ANSWER", second, nonce),
    }
    return load_prompt(PROMPT_ID).render(values)
