"""Traces of a collection with OpenTelemetry: a span for each operation, its stages below it, and each call of a model.

Spans go to the tracer provider of the program (``opentelemetry.trace.set_tracer_provider``, or ``opentelemetry-instrument``);
without one they go nowhere. Messages of exceptions are left out with the rest of the text: they quote what was asked.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from eval.tracking.attributes import Attributes, of_chat, of_chat_text, of_reply, of_reply_text, provider_and_model
from ragline.errors import MissingExtra
from ragline.tracing import ChatCall, ChatReply, tracer
from retrieval.stopwatch import Stopwatch

SCHEMA_URL = "https://opentelemetry.io/schemas/1.41.0"
"""The last version of the conventions that the generative ones were a part of; those since have no schema of their own yet."""


class Telemetry:
    """Traces one collection, which spans call ``data_source``. Safe to use from several threads.

    ``embedder`` and ``reranker`` give the names of those at work. Raises :class:`MissingExtra` without OpenTelemetry.
    """

    def __init__(self, data_source: str, *, with_text: bool, embedder: Callable[[], str], reranker: str, version: str) -> None:
        self.trace = _load_opentelemetry()
        self.data_source = data_source
        self.with_text = with_text
        self._models: Mapping[str, Callable[[], str]] = {"embed": embedder, "rerank": lambda: reranker}
        self._tracer = self.trace.get_tracer("ragline", version, schema_url=SCHEMA_URL)

    def operation(self, name: str, attributes: Attributes) -> "Operation":
        """A span that begins now, below the current one; ``name`` is the operation: "retrieval", "answer", "evaluate"."""
        given: Attributes = {
            "gen_ai.operation.name": name,
            "gen_ai.provider.name": "ragline",
            "gen_ai.data_source.id": self.data_source,
            **attributes,
        }
        return Operation(self, self._tracer.start_span(f"{name} {self.data_source}", attributes=given))

    def stopwatch(self) -> Stopwatch:
        """A stopwatch whose stages are spans below the current one."""
        return _SpanWatch(telemetry=self)

    def stage(self, stage: str, start_ns: int, end_ns: int) -> None:
        """A span for a stage that is over; times in nanoseconds since 1970."""
        name, attributes = stage, Attributes({"ragline.stage": stage})
        if stage in self._models:
            kind = {"embed": "embeddings", "rerank": "rerank"}[stage]
            model = self._models[stage]()
            name = f"{kind} {model}"
            attributes |= {"gen_ai.operation.name": kind, "gen_ai.provider.name": "ragline", "gen_ai.request.model": model}
        self._tracer.start_span(name, attributes=attributes, start_time=start_ns).end(end_ns)

    def chat(self, call: ChatCall) -> "_ChatSpan":
        """A span for a call of a model, which begins now."""
        attributes = of_chat(call) | (of_chat_text(call) if self.with_text else {})
        name = f"chat {provider_and_model(call.model)[1]}"
        return _ChatSpan(self, call, self._tracer.start_span(name, kind=self.trace.SpanKind.CLIENT, attributes=attributes))

    def fail(self, span: Any, error: BaseException) -> None:
        """Mark ``span`` as failed by ``error``."""
        span.set_attribute("error.type", type(error).__name__)
        told = str(error) if self.with_text else None
        span.set_status(self.trace.Status(self.trace.StatusCode.ERROR, told))


@dataclass(frozen=True, slots=True)
class Operation:
    """The span of an operation."""

    telemetry: Telemetry
    span: Any

    @contextmanager
    def active(self) -> Iterator[None]:
        """What is done within is below it; what is raised within, it failed with."""
        token = tracer.set(self.telemetry)
        try:
            with self.telemetry.trace.use_span(self.span, record_exception=False, set_status_on_exception=False):
                yield
        except Exception as error:
            self.telemetry.fail(self.span, error)
            raise
        finally:
            tracer.reset(token)

    def note(self, attributes: Attributes) -> None:
        """Add ``attributes``."""
        self.span.set_attributes(attributes)

    def event(self, name: str, attributes: Attributes) -> None:
        """Something happened now."""
        self.span.add_event(name, attributes)

    def end(self) -> None:
        """It is over."""
        self.span.end()


@dataclass(frozen=True, slots=True)
class _ChatSpan:
    telemetry: Telemetry
    call: ChatCall
    span: Any

    def end(self, reply: ChatReply, error: BaseException | None) -> None:
        if error is not None:
            self.telemetry.fail(self.span, error)
        else:
            self.span.set_attributes(of_reply(self.call, reply) | (of_reply_text(reply) if self.telemetry.with_text else {}))
        self.span.end()


@dataclass(slots=True, kw_only=True)
class _SpanWatch(Stopwatch):
    telemetry: Telemetry
    offset_ns: int = field(default_factory=lambda: time.time_ns() - time.perf_counter_ns())

    def lap(self, stage: str, made: object = None) -> None:  # noqa: ARG002 - as of a stopwatch
        begun = self._last
        Stopwatch.lap(self, stage)
        self.telemetry.stage(stage, self._at(begun), self._at(self._last))

    def _at(self, seconds: float) -> int:
        return self.offset_ns + round(seconds * 1e9)


def _load_opentelemetry() -> ModuleType:
    try:
        from opentelemetry import trace
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "opentelemetry":
            raise
        raise MissingExtra("opentelemetry-sdk", extra="telemetry", purpose="Tracing (the setting telemetry)") from error
    return trace
