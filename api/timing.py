"""Milliseconds per stage of an answer: those of its search, and the answering itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from ragline.types import Answer
from retrieval.stopwatch import Stopwatch

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_collected: ContextVar[dict[str, float] | None] = ContextVar("ragline_timings", default=None)


def collect(watch: Stopwatch) -> None:
    """Add the stages of a search to those of the answer that it is for, where there is one."""
    stages = _collected.get()
    if stages is not None:
        for stage, milliseconds in watch.stages.items():
            stages[stage] = stages.get(stage, 0.0) + milliseconds


@contextmanager
def collected_stages() -> Iterator[dict[str, float]]:
    """Milliseconds by stage of the searches within, filled in as they run."""
    stages: dict[str, float] = {}
    token = _collected.set(stages)
    try:
        yield stages
    finally:
        _collected.reset(token)


def timed(method: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """A method that answers, at once or in pieces; ``Answer.usage.timings_ms`` of what it returns is filled in.

    The stage "answer" is all that is not searching; of an answer in pieces the time that the caller takes for them is in it.
    """

    @wraps(method)
    def within(*arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        started = time.perf_counter()
        stages: dict[str, float] = {}
        token = _collected.set(stages)
        try:
            result = method(*arguments, **named)
        finally:
            _collected.reset(token)
        if isinstance(result, Answer):
            return cast("Result", _told(result, stages, started))
        if isinstance(result, Iterator):
            return cast("Result", _followed(result, stages, started))
        return result

    return within


def _followed(pieces: Iterator[Any], stages: dict[str, float], started: float) -> Iterator[Any]:
    for piece in pieces:
        yield piece if piece.done is None else replace(piece, done=_told(piece.done, stages, started))


def _told(answer: Answer, stages: dict[str, float], started: float) -> Answer:
    rest = (time.perf_counter() - started) * 1000 - sum(stages.values())
    return replace(answer, usage=replace(answer.usage, timings_ms={**stages, "answer": max(0.0, rest)}))
