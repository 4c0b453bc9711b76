"""Answers written by a language model from fenced passages, with citations that are checked."""

import re
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any, Literal

from ragline.errors import InputError
from ragline.types import Answer, Hit, Usage
from retrieval.answers.base import AnswerDelta, SentenceEmbedder, abstention, require_query
from retrieval.answers.citations import cite
from retrieval.answers.claims import check_claims
from retrieval.answers.completion import Completion, ModelEndpoint, complete, stream_completion
from retrieval.answers.fence import fence_passage, fence_passages, neutral_text, new_nonce
from retrieval.answers.models import ModelCalls, ModelChain
from retrieval.answers.output_checks import check_output, flagged_notes
from retrieval.answers.token_estimate import estimated_tokens
from retrieval.context import best_at_the_ends
from retrieval.prompts.template import Message, load_prompt

PROMPT_ID = "answer-v1"

NO_ANSWER = "NO_ANSWER"
"""What the prompt tells the model to reply where the passages do not answer."""

_BEFORE_WORDS = re.compile(r"\A\W+")
_NO_ANSWER = re.compile(rf"\W*{NO_ANSWER}\b")


@dataclass(frozen=True, slots=True)
class GenerativeAnswerer:
    """Answers with a model that litellm reaches, for example ``GenerativeAnswerer("openai/gpt-4o-mini")``.

    As many of the best hits are given as fit ``context_tokens`` (estimated, see ``token_estimate.py``); marker ``[n]`` is
    the n-th of them in the prompt. ``Answer.reason`` notes what is not perfect: sentences without a citation, dropped
    citations, hits that did not fit, a text cut at ``max_tokens``. An answer without any valid citation becomes an abstention.
    """

    model: str
    _: KW_ONLY
    api_base: str | None = None
    api_key: str | None = field(default=None, repr=False)
    temperature: float = 0.0
    max_tokens: int = 512
    timeout_s: float = 60.0
    retries: int = 2
    context_tokens: int = 3000
    order: Literal["rank", "ends"] = "rank"
    """Of the passages in the prompt: the best first, or the best at both ends (:func:`retrieval.context.best_at_the_ends`)."""
    name: str = "generative"
    chain: ModelChain | ModelCalls | None = field(default=None, repr=False)
    """Asked in the place of ``model`` alone, which is then the first of it; the calls of one answer share a budget."""

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise InputError("the model's name is empty. Pass a litellm name such as 'openai/gpt-4o-mini'.")
        for field_name in ("max_tokens", "timeout_s", "context_tokens"):
            if getattr(self, field_name) <= 0:
                raise InputError(f"{field_name}={getattr(self, field_name)} must be above 0. Pass a larger number.")
        if self.retries < 0:
            raise InputError(f"retries={self.retries} must not be negative. Pass 0 to try once only.")

    def answer(self, query: str, hits: Sequence[Hit], *, embedder: SentenceEmbedder) -> Answer:
        """The model's answer with checked citations. ``embedder`` compares meanings in the checks.

        Raises :class:`InputError` for a blank query or a refused request, :class:`BackendUnavailableError` where the
        model cannot be reached, :class:`MissingExtra` without litellm.
        """
        require_query(query)
        if not hits:
            return self._without_hits(query)
        begin = time.perf_counter()
        given = self.fitting(hits)
        completion = self.complete(_messages(query, given))
        answer = self._finished(query, hits, given, completion, time.perf_counter() - begin, embedder)
        return replace(answer, given=len(given))

    def stream(self, query: str, hits: Sequence[Hit], *, embedder: SentenceEmbedder) -> Iterator[AnswerDelta]:
        """The answer as it is written, then ``done``. A reply that may become ``NO_ANSWER`` is held back until it differs."""
        require_query(query)
        if not hits:
            yield AnswerDelta("", done=self._without_hits(query))
            return
        begin = time.perf_counter()
        given = self.fitting(hits)
        completion = yield from _deltas(self._pieces(_messages(query, given)))
        answer = self._finished(query, hits, given, completion, time.perf_counter() - begin, embedder)
        yield AnswerDelta("", done=replace(answer, given=len(given)))

    def complete(self, messages: Sequence[Message], *, response_format: Mapping[str, Any] | None = None) -> Completion:
        """What the model, or the first of the chain that answers, writes in reply."""
        if self.chain is None:
            return complete(self.endpoint(), messages, response_format=response_format)
        return self.chain.complete(messages, response_format=response_format)

    def for_one_answer(self) -> "GenerativeAnswerer":
        """The same, with one budget for all calls that an answer takes."""
        return replace(self, chain=self.chain.for_one_answer()) if isinstance(self.chain, ModelChain) else self

    def _pieces(self, messages: Sequence[Message]) -> Generator[str, None, Completion]:
        return stream_completion(self.endpoint(), messages) if self.chain is None else self.chain.stream(messages)

    def endpoint(self) -> ModelEndpoint:
        """Which model is called first, and how."""
        return ModelEndpoint(
            self.model, self.api_base, self.api_key, self.temperature, self.max_tokens, self.timeout_s, self.retries
        )

    def _without_hits(self, query: str) -> Answer:
        return abstention(query, (), "no passage was found", Usage(self.model), prompt_id=PROMPT_ID)

    def fitting(self, hits: Sequence[Hit]) -> list[Hit]:
        """The longest beginning of ``hits`` within the budget, in the :attr:`order` of the prompt."""
        used, given = 0, list[Hit]()
        for number, hit in enumerate(hits, start=1):
            used += estimated_tokens(fence_passage(hit, number, new_nonce()))
            if used > self.context_tokens:
                break
            given.append(hit)
        if not given:
            raise InputError(
                f"context_tokens={self.context_tokens} does not hold even the best passage (about {used} tokens). "
                f"Pass at least context_tokens={used} (the setting model_context_tokens), or widen passages less."
            )
        return best_at_the_ends(given) if self.order == "ends" else given

    def _finished(
        self,
        query: str,
        hits: Sequence[Hit],
        given: Sequence[Hit],
        completion: Completion,
        seconds: float,
        embedder: SentenceEmbedder,
    ) -> Answer:
        usage = Usage(
            completion.model or self.model,
            completion.prompt_tokens,
            completion.completion_tokens,
            completion.cost_usd,
            seconds,
            completion.attempts,
        )
        if _NO_ANSWER.match(completion.text):
            reason = f"the model found no answer in the {len(given)} passages given"
            return abstention(query, hits, reason, usage, prompt_id=PROMPT_ID)
        checked = check_output(completion.text, given, PROMPT_ID)
        cited = cite(checked.text, given)
        notes = [*checked.notes, *cited.notes, *flagged_notes(cited.citations, given)]
        if len(given) < len(hits):
            notes.append(
                f"{len(given)} of {len(hits)} passages fitted in context_tokens={self.context_tokens} (model_context_tokens)"
            )
        if completion.cut:
            notes.append(f"the answer was cut at max_tokens={self.max_tokens}")
        if completion.filtered:
            notes.append("the answer was cut by the provider's content filter")
        if not cited.citations:
            reason = "; ".join(["the model's answer cites none of the passages given", *notes])
            return abstention(query, hits, reason, usage, prompt_id=PROMPT_ID)
        claims = check_claims(cited.claims, cited.citations, given, embedder=embedder)
        if unsupported := sum(claim.verdict == "unsupported" for claim in claims):
            notes.append(f"{unsupported} of {len(claims)} sentences are not supported by what they cite")
        return Answer(query, cited.text, cited.citations, False, "; ".join(notes), tuple(hits), usage, PROMPT_ID, claims)


def _messages(query: str, given: Sequence[Hit]) -> tuple[Message, ...]:
    nonce = new_nonce()
    values = {"nonce": nonce, "passages": fence_passages(given, nonce), "question": neutral_text(query).strip()}
    return load_prompt(PROMPT_ID).render(values)


def _deltas(pieces: Generator[str, None, Completion]) -> Generator[AnswerDelta, None, Completion]:
    held: str | None = ""
    while True:
        try:
            piece = next(pieces)
        except StopIteration as stop:
            completion: Completion = stop.value
            if held and not _NO_ANSWER.match(held):
                yield AnswerDelta(held)
            return completion
        if held is None:
            yield AnswerDelta(piece)
            continue
        held += piece
        start = _BEFORE_WORDS.sub("", held)
        if not NO_ANSWER.startswith(start) and not start.startswith(NO_ANSWER):
            yield AnswerDelta(held)
            held = None
