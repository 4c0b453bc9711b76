"""The hook by which calls of models are traced; where nobody traces, it costs a look at a context variable.

Whoever traces (:mod:`eval.tracking.telemetry`) sets :data:`tracer` around an operation, and hears of each call within it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ChatCall:
    """A request to a model, by its LiteLLM name. ``messages`` are pairs of role and text; they may hold documents."""

    model: str
    api_base: str | None
    temperature: float
    max_tokens: int
    messages: Sequence[tuple[str, str]] = field(repr=False)
    is_streamed: bool = False


@dataclass(slots=True)
class ChatReply:
    """What came of it, filled in as it comes; ``first_piece_s`` is from the request to the first piece of a stream."""

    text: str = field(default="", repr=False)
    input_tokens: int = 0
    output_tokens: int = 0
    finish_reason: str = ""
    cost_usd: float | None = None
    first_piece_s: float | None = None


class ChatSpan(Protocol):
    """A call that is being traced."""

    def end(self, reply: ChatReply, error: BaseException | None) -> None:
        """It is over; with ``error`` it failed."""
        ...


class ChatTracer(Protocol):
    """Hears of calls of models."""

    def chat(self, call: ChatCall) -> ChatSpan:
        """One begins now."""
        ...


tracer: ContextVar[ChatTracer | None] = ContextVar("ragline_chat_tracer", default=None)


@contextmanager
def traced_chat(call: ChatCall) -> Iterator[ChatReply]:
    """Around one call with all its retries. A stream that its reader leaves early ends without an error."""
    reply = ChatReply()
    listening = tracer.get()
    if listening is None:
        yield reply
        return
    span = listening.chat(call)
    try:
        yield reply
    except GeneratorExit:
        span.end(reply, None)
        raise
    except BaseException as error:
        span.end(reply, error)
        raise
    span.end(reply, None)
