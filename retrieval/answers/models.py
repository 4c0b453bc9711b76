"""One completion from the first of several models that gives one, within a budget of money and time.

LiteLLM's Router does something like it; why this is not built on it is told in decision 0038.
"""

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ragline.errors import BackendUnavailableError, BudgetExceededError, InputError, RaglineError
from ragline.types import ModelAttempt
from retrieval.answers.breaker import Breaker, Clock
from retrieval.answers.completion import Completion, ModelEndpoint, complete, cost_usd, stream_completion
from retrieval.prompts.template import Message

BYTES_PER_TOKEN = 3
"""UTF-8 bytes of one token, a careful estimate for any model: what a call would cost is told before it is made."""

SHORTEST_S = 0.05
"""A call is not begun with less time left than this: no model answers within it."""

MAX_ERROR = 200
"""Characters of an error that are kept of an attempt."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What the calls for one answer may take together; 0 = any."""

    usd: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Guarded:
    """A model with its breaker."""

    endpoint: ModelEndpoint
    breaker: Breaker


class ModelChain:
    """Models in order of preference. Safe to use from several threads; breakers are shared by all queries.

    A model that fails for good (after its retries, or as its breaker opens) is followed by the next one at once. A refused
    request, such as a wrong key or name, is not: it would stay hidden. ``clock`` and ``sleep`` are in seconds.
    """

    def __init__(
        self,
        models: Sequence[Guarded],
        *,
        budget: Budget = Budget(),
        clock: Clock = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not models:
            raise InputError("a chain of models needs at least one. Name a model.")
        self.models = tuple(models)
        self._budget = budget
        self._clock = clock
        self._sleep = sleep

    @property
    def names(self) -> tuple[str, ...]:
        """The models, best first."""
        return tuple(model.endpoint.model for model in self.models)

    def for_one_answer(self) -> "ModelCalls":
        """The chain for all calls that one answer takes: they share the budget, which runs from the first of them."""
        return ModelCalls(self)

    def complete(self, messages: Sequence[Message], *, response_format: Mapping[str, Any] | None = None) -> Completion:
        """:meth:`ModelCalls.complete` of an answer that takes one call."""
        return self.for_one_answer().complete(messages, response_format=response_format)

    def stream(self, messages: Sequence[Message]) -> Generator[str, None, Completion]:
        """:meth:`ModelCalls.stream` of an answer that takes one call."""
        return self.for_one_answer().stream(messages)


@dataclass(slots=True)
class ModelCalls:
    """The calls of one answer so far: rewriting its question, writing it, writing it again. For one thread."""

    chain: ModelChain
    made: list[ModelAttempt] = field(default_factory=list)
    started: float | None = None
    call_started: float = 0.0
    told: RaglineError | None = None

    def complete(self, messages: Sequence[Message], *, response_format: Mapping[str, Any] | None = None) -> Completion:
        """The completion of the first model that gives one, with every attempt so far, in the form that is asked for.

        Raises :class:`BackendUnavailableError` where none does, :class:`BudgetExceededError` where the budget forbids the next
        call (both carry the attempts), :class:`InputError` where a request is refused, or has no known price and a budget.
        """
        for model in self.chain.models:
            if not self.admits(model):
                continue
            try:
                watch = _Watch(self, model, messages)
                completion = complete(model.endpoint, messages, response_format=response_format, watch=watch)
                return self.succeeded(model, completion)
            except BudgetExceededError:
                raise
            except BackendUnavailableError as error:
                self.note_unlisted(model, error)
        raise self.none_answered()

    def stream(self, messages: Sequence[Message]) -> Generator[str, None, Completion]:
        """The same in pieces. After the first piece there is no way back: what fails then, or goes on too long, fails."""
        for model in self.chain.models:
            if not self.admits(model):
                continue
            pieces = stream_completion(model.endpoint, messages, watch=_Watch(self, model, messages))
            begun = False
            try:
                while True:
                    try:
                        piece = next(pieces)
                    except StopIteration as stop:
                        return self.succeeded(model, stop.value)
                    begun = True
                    self.check_time()
                    yield piece
            except BudgetExceededError:
                raise
            except BackendUnavailableError as error:
                self.note_unlisted(model, error)
                if begun:
                    raise BackendUnavailableError(str(error), attempts=self.attempts()) from error
        raise self.none_answered()

    def attempts(self) -> tuple[ModelAttempt, ...]:
        return tuple(self.made)

    def admits(self, model: Guarded) -> bool:
        if model.breaker.admits():
            return True
        rest = model.breaker.rest_s()
        self.made.append(ModelAttempt(model.endpoint.model, f"not asked: it kept failing, and rests for {rest:.0f} s more"))
        return False

    def allow(self, endpoint: ModelEndpoint, messages: Sequence[Message]) -> float:
        """The time for the next call; raises :class:`BudgetExceededError` where there is not enough of time or money."""
        self._check_money(endpoint, messages)
        self.call_started = self.chain._clock()
        if self.started is None:
            self.started = self.call_started
        return min(endpoint.timeout_s, self._left_s())

    def check_time(self) -> None:
        """Raise :class:`BudgetExceededError` where the time is over."""
        self._left_s()

    def _check_money(self, endpoint: ModelEndpoint, messages: Sequence[Message]) -> None:
        limit = self.chain._budget.usd
        if not limit:
            return
        size = sum(len(message.content.encode("utf-8", "replace")) for message in messages)
        estimate = cost_usd(endpoint.model, size // BYTES_PER_TOKEN + 1, endpoint.max_tokens)
        if estimate is None:
            raise InputError(
                f"the price of model {endpoint.model!r} is not known, so model_budget_usd cannot be kept. Set model_budget_s "
                "in its place, or name a model that LiteLLM has a price for."
            )
        spent = sum(attempt.cost_usd or 0.0 for attempt in self.made)
        if spent + estimate > limit:
            raise self._over(f"a call of {endpoint.model!r} may cost {estimate:.4f} $, {spent:.4f} $ of {limit:g} $ are spent")

    def _left_s(self) -> float:
        limit = self.chain._budget.seconds
        if not limit:
            return float("inf")
        now = self.chain._clock()
        left = limit - (now - (now if self.started is None else self.started))
        if left < SHORTEST_S:
            raise self._over(f"the {limit:g} s for the answer are over")
        return left

    def wait(self, seconds: float) -> None:
        if seconds >= self._left_s():
            raise self._over(f"the next try is due in {seconds:.1f} s, and of {self.chain._budget.seconds:g} s less is left")
        self.chain._sleep(seconds)

    def failed(self, model: Guarded, error: RaglineError) -> bool:
        self.told = error
        self.made.append(
            ModelAttempt(model.endpoint.model, str(error)[:MAX_ERROR], seconds=self.chain._clock() - self.call_started)
        )
        if isinstance(error, BackendUnavailableError):
            model.breaker.failed()
        return not model.breaker.is_open

    def note_unlisted(self, model: Guarded, error: BackendUnavailableError) -> None:
        """A call that went wrong after it had an answer (no text, a stream that broke off) is a failed one too."""
        if error is not self.told:
            self.failed(model, error)

    def succeeded(self, model: Guarded, completion: Completion) -> Completion:
        model.breaker.succeeded()
        seconds = self.chain._clock() - self.call_started
        name = model.endpoint.model
        last = ModelAttempt(name, "", completion.prompt_tokens, completion.completion_tokens, completion.cost_usd, seconds)
        self.made.append(last)
        return replace(completion, model=name, attempts=self.attempts())

    def none_answered(self) -> BackendUnavailableError:
        tried = "; ".join(f"{attempt.model}: {attempt.error}" for attempt in self.made)
        return BackendUnavailableError(
            f"no model answered ({tried}). Check that one of them is up, or set model_fallback_extractive=true.",
            attempts=self.attempts(),
        )

    def _over(self, what: str) -> BudgetExceededError:
        return BudgetExceededError(
            f"the budget of the query is spent: {what}. Raise model_budget_usd or model_budget_s, or set "
            "model_fallback_extractive=true.",
            attempts=self.attempts(),
        )


@dataclass(frozen=True, slots=True)
class _Watch:
    """What one model's attempts answer to."""

    calls: ModelCalls
    model: Guarded
    messages: Sequence[Message]

    def begin(self, endpoint: ModelEndpoint) -> float:
        return self.calls.allow(endpoint, self.messages)

    def failed(self, endpoint: ModelEndpoint, error: RaglineError) -> bool:  # noqa: ARG002 - protocol
        return self.calls.failed(self.model, error)

    def wait(self, seconds: float) -> None:
        self.calls.wait(seconds)


def chain_of(
    first: ModelEndpoint,
    fallbacks: str = "",
    *,
    failures: int = 3,
    pause_s: float = 30.0,
    budget: Budget = Budget(),
    clock: Clock = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> ModelChain:
    """``first``, then those that ``fallbacks`` names with commas, ``NAME@URL`` for one at another API.

    A fall-back without a URL is reached as its provider usually is, not at the first one's API. Raises :class:`InputError` for
    an empty name.
    """
    endpoints = [first]
    for entry in filter(None, (part.strip() for part in fallbacks.split(","))):
        name, _, url = entry.partition("@http")
        if not name.strip():
            raise InputError(f"model_fallbacks names no model in {entry!r}. Write e.g. openai/gpt-4o-mini, NAME@URL.")
        endpoints.append(replace(first, model=name.strip(), api_base=f"http{url}" if url else None, api_key=None))
    guarded = [Guarded(endpoint, Breaker(failures, pause_s, clock=clock)) for endpoint in endpoints]
    return ModelChain(guarded, budget=budget, clock=clock, sleep=sleep)
