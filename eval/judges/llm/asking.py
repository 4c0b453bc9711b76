"""How the judges of this folder ask: who is asked, what may come back, and what is under judgement, fenced."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import BaseModel

from eval.configuration import Setting
from eval.judges.progress import Spent
from eval.judges.ragas.asking import Asker, Said
from eval.judges.ragas.pace import Pace
from eval.judges.ragas.purse import JudgeBudget, Purse
from eval.judges.ragas.store import JudgementStore
from ragline.errors import InputError
from retrieval.answers.completion import ModelEndpoint, cost_usd
from retrieval.answers.fence import fence_text
from retrieval.prompts.template import Message, load_prompt

Reply = TypeVar("Reply", bound=BaseModel)

PROMPT_DIGITS = 12
"""Hexadecimal digits of a prompt's digest in a fingerprint: 48 bits tell two versions apart."""


class Asks(Protocol):
    """Asks a model for one object of a known form, again where its reply cannot be read."""

    @property
    def endpoint(self) -> ModelEndpoint: ...

    @property
    def refusal(self) -> InputError | None:
        """What the provider says to every request, where it refuses them all: its key or the model's name is wrong."""
        ...

    def ask_for(self, messages: Sequence[Message], form: type[Reply]) -> tuple[Reply, str]:
        """The reply as a ``form``, and the text that it was read from.

        Raises :class:`ragline.errors.RaglineError` where none came, and :class:`ValueError` where none could be read.
        """
        ...


@dataclass(frozen=True)
class JudgeModel:
    """Asks ``endpoint``'s model, at most two times more where its reply cannot be read. Safe to use from several threads.

    What it has said is kept in ``folder`` (``None`` = until the process ends), and not asked for again. ``purse`` holds the
    budget and ``pace`` the number of calls at a time; both can be shared. Raises :class:`InputError` without a model, and for
    a budget of money where the model has no known price.
    """

    endpoint: ModelEndpoint
    purse: Purse
    pace: Pace
    folder: Path | None = None

    def __post_init__(self) -> None:
        if not self.endpoint.model:
            raise InputError("the judge llm needs a model. Name one: judge_model=openai/gpt-4o-mini, --judge-model.")

    @classmethod
    def within(
        cls, endpoint: ModelEndpoint, budget: JudgeBudget | None = None, *, per_minute: float = 0.0, concurrency: int = 1
    ) -> "JudgeModel":
        """One with a purse of its own."""
        budget = budget or JudgeBudget()
        if budget.usd and endpoint.model and cost_usd(endpoint.model, 1, 1) is None:
            raise InputError(
                f"the price of model {endpoint.model!r} is not known, so judge_budget_usd cannot be kept. Set "
                "judge_budget_calls in its place, or name a model that LiteLLM has a price for."
            )
        return cls(endpoint, Purse(budget), Pace(per_minute, concurrency))

    @property
    def refusal(self) -> InputError | None:
        return self.purse.refusal

    @property
    def spent(self) -> Spent:
        """What the calls took up to now."""
        return self.purse.spent

    def ask_for(self, messages: Sequence[Message], form: type[Reply]) -> tuple[Reply, str]:
        said = Said()
        reply = self._asker.ask(messages, form, said)
        return reply, said.replies[-1]

    def knows(self, messages: Sequence[Message], form: type[BaseModel]) -> bool:
        """Whether it has replied to these messages before: asking costs nothing then."""
        return self._asker.knows(messages, form)

    @cached_property
    def _asker(self) -> Asker:
        return Asker(self.endpoint, JudgementStore(self.folder), self.purse, self.pace, alone=True)


def fenced_passages(contexts: Sequence[str], nonce: str) -> str:
    """The contexts, numbered from 1, each between boundary lines."""
    return "\n\n".join(fence_text(f"PASSAGE {number}", text, nonce) for number, text in enumerate(contexts, start=1))


def judge_fingerprint(endpoint: ModelEndpoint, prompt_id: str) -> Mapping[str, Setting]:
    """What pins a judge: its model, where that is, and the prompt with a digest of its words."""
    words = "\n".join(f"{section.role}: {section.content}" for section in load_prompt(prompt_id).sections)
    return {
        "judge.model": endpoint.model,
        "judge.api_base": endpoint.api_base,
        "judge.temperature": endpoint.temperature,
        "judge.prompt": prompt_id,
        "judge.prompt_sha256": hashlib.sha256(words.encode()).hexdigest()[:PROMPT_DIGITS],
    }
