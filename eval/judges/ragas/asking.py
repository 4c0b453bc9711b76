"""Asking a model for one object of a known form: from the store where it has said it before, else by a call, with repairs."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import BaseModel

from eval.judges.ragas.pace import Pace
from eval.judges.ragas.prompts import asked_again
from eval.judges.ragas.purse import CallWatch, Purse
from eval.judges.ragas.reply import Unreadable
from eval.judges.ragas.store import JudgementStore, key_of
from eval.judges.ragas.verdicts import read_reply
from retrieval.answers.completion import Completion, ModelEndpoint, complete, cost_usd, response_format
from retrieval.answers.models import BYTES_PER_TOKEN
from retrieval.prompts.template import Message

Model = TypeVar("Model", bound=BaseModel)

REPAIRS = 2
"""Times that a reply that cannot be used is asked for again."""

LONGER = 2
"""How many times the tokens a reply may have that was cut off, when it is asked for again."""


@dataclass(slots=True)
class Said:
    """What a judge said in the course of one judgement: its replies, and what was read of them."""

    replies: list[str] = field(default_factory=list)
    read: list[BaseModel] = field(default_factory=list)


class Asker:
    """Asks ``endpoint``'s model. Safe to use from several threads; equal prompts at a time are one call.

    With ``alone`` a reply must be its object, and no word besides.
    """

    def __init__(
        self,
        endpoint: ModelEndpoint,
        store: JudgementStore,
        purse: Purse,
        pace: Pace,
        *,
        repairs: int = REPAIRS,
        alone: bool = False,
    ) -> None:
        self.endpoint = endpoint
        self._store = store
        self._purse = purse
        self._pace = pace
        self._repairs = repairs
        self._alone_only = alone
        self._under_way: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self._forms: dict[type[BaseModel], dict[str, Any] | None] = {}

    def ask(self, messages: Sequence[Message], model: type[Model], said: Said, asked: Sequence[str] | None = None) -> Model:
        """The reply to ``messages`` as a ``model``, checked (see :func:`read_reply`); what is said on the way goes to ``said``.

        Raises :class:`Unreadable` where it cannot be read after all repairs, and what :func:`complete` and :class:`Purse`
        raise.
        """
        now, endpoint = tuple(messages), self.endpoint
        for repair in range(self._repairs + 1):
            completion = self._reply(endpoint, now, model, repair=repair > 0)
            said.replies.append(completion.text)
            try:
                if completion.filtered:
                    raise Unreadable("the provider's content filter stopped it")
                parsed = read_reply(completion.text, model, asked, alone=self._alone_only)
            except Unreadable as error:
                reason = f"it was cut off at {endpoint.max_tokens} tokens" if completion.cut else str(error)
                if repair == self._repairs:
                    raise Unreadable(f"{reason}, after {repair} repairs") from error
                now = asked_again(messages, completion.text, reason, cut=completion.cut)
                if completion.cut:
                    endpoint = replace(endpoint, max_tokens=endpoint.max_tokens * LONGER)
            else:
                said.read.append(parsed)
                return parsed
        raise AssertionError("unreachable")

    def knows(self, messages: Sequence[Message], model: type[BaseModel]) -> bool:
        """Whether the first reply to ``messages`` is kept."""
        return self._store.get(_key(self.endpoint, messages, self._form(model))) is not None

    def _reply(
        self, endpoint: ModelEndpoint, messages: Sequence[Message], model: type[BaseModel], *, repair: bool
    ) -> Completion:
        """What the model says to ``messages``: kept, or asked for and kept."""
        self._purse.check()
        form = self._form(model)
        key = _key(endpoint, messages, form)
        with self._alone(key):
            kept = self._store.get(key)
            if kept is not None:
                self._purse.replayed()
                return _completion(kept)
            completion, seconds = self._call(endpoint, messages, form, repair=repair)
            self._store.put(key, _record(completion, seconds))
            return completion

    def _call(
        self, endpoint: ModelEndpoint, messages: Sequence[Message], form: dict[str, Any] | None, *, repair: bool
    ) -> tuple[Completion, float]:
        watch = CallWatch(self._purse, self._pace, most_usd(endpoint, messages), repair=repair)
        begin = time.perf_counter()
        try:
            completion = complete(endpoint, messages, response_format=form, watch=watch, may_be_empty=True)
            watch.replied(completion)
        finally:
            watch.end()
        return completion, time.perf_counter() - begin

    def _form(self, model: type[BaseModel]) -> dict[str, Any] | None:
        with self._lock:
            if model not in self._forms:
                self._forms[model] = response_format(self.endpoint, model.model_json_schema())
            return self._forms[model]

    @contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        """One thread at a time for a key: the second finds what the first has kept."""
        with self._lock:
            lock = self._under_way.setdefault(key, threading.Lock())
        with lock:
            yield


def most_usd(endpoint: ModelEndpoint, messages: Sequence[Message]) -> float:
    """What a call costs at most, by LiteLLM's price list; 0 where it has no price."""
    size = sum(len(message.content.encode("utf-8", "replace")) for message in messages)
    return cost_usd(endpoint.model, size // BYTES_PER_TOKEN + 1, endpoint.max_tokens) or 0.0


def _key(endpoint: ModelEndpoint, messages: Sequence[Message], form: Mapping[str, Any] | None) -> str:
    """All that a reply depends on."""
    return key_of(
        kind="reply",
        model=endpoint.model,
        api_base=endpoint.api_base,
        temperature=endpoint.temperature,
        max_tokens=endpoint.max_tokens,
        form=form,
        messages=[[message.role, message.content] for message in messages],
    )


def _record(completion: Completion, seconds: float) -> dict[str, Any]:
    return {
        "text": completion.text,
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": completion.completion_tokens,
        "cost_usd": completion.cost_usd,
        "cut": completion.cut,
        "filtered": completion.filtered,
        "seconds": round(seconds, 3),
    }


def _completion(record: Mapping[str, Any]) -> Completion:
    return Completion(
        record["text"],
        record["prompt_tokens"],
        record["completion_tokens"],
        record["cost_usd"],
        record["cut"],
        filtered=record["filtered"],
    )
