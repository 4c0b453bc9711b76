"""Which operations of a collection are traced, and what their spans tell. Off, each costs a look at an attribute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast, get_args

from ragline.types import Answer, SearchMode
from retrieval.stopwatch import Stopwatch

if TYPE_CHECKING:
    from api.serving import Serving
    from eval.tracking.telemetry import Operation, Telemetry
    from ragline.settings import Settings

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Traced:
    """What is traced, where the settings ask for it; a part of :class:`ragline.Collection`."""

    folder: Path
    settings: Settings
    _serving: Serving

    @cached_property
    def _telemetry(self) -> Telemetry | None:
        if self.settings.telemetry == "off":
            return None
        import ragline
        from eval.tracking.telemetry import Telemetry

        return Telemetry(
            self.folder.name,
            with_text=self.settings.telemetry_text,
            embedder=lambda: self._serving.space().configuration.embedder.name,
            reranker=self.settings.reranker,
            version=ragline.__version__,
        )

    def _stopwatch(self) -> Stopwatch:
        """For one search."""
        telemetry = self._telemetry
        return Stopwatch() if telemetry is None else telemetry.stopwatch()


Owner = TypeVar("Owner", bound=Traced)


def traced(
    name: str,
) -> Callable[[Callable[Concatenate[Owner, Arguments], Result]], Callable[Concatenate[Owner, Arguments], Result]]:
    """A method that is the operation ``name``; its first argument is what is asked for."""

    def tracing(method: Callable[Concatenate[Owner, Arguments], Result]) -> Callable[Concatenate[Owner, Arguments], Result]:
        @wraps(method)
        def followed(self: Owner, /, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
            telemetry = self._telemetry
            if telemetry is None:
                return method(self, *arguments, **named)
            asked = arguments[0] if arguments else next(iter(named.values()), None)
            operation = telemetry.operation(name, _asked(arguments, named))
            is_over = True
            try:
                with operation.active():
                    result = method(self, *arguments, **named)
                if isinstance(result, Iterator):
                    is_over = False
                    return cast("Result", _pieces(operation, asked, result))
                _note(operation, asked, result)
                return result
            finally:
                if is_over:
                    operation.end()

        return followed

    return tracing


def _asked(arguments: Sequence[object], named: Mapping[str, object]) -> dict[str, Any]:
    """What the options say, without text: a mode that is none could be anything."""
    mode = named.get("mode") or "hybrid"
    found: dict[str, Any] = {"ragline.mode": mode} if mode in get_args(SearchMode) else {}
    k = named.get("k", arguments[1] if len(arguments) > 1 else None)
    if isinstance(k, int):
        found["gen_ai.retrieval.top_k"] = k
    if arguments and isinstance(arguments[0], list | tuple):
        found["ragline.queries"] = len(arguments[0])
    return found


def _pieces(operation: Operation, asked: object, pieces: Iterator[Any]) -> Iterator[Any]:
    """The pieces of an answer; each is made within the operation, and the caller's time between two is not."""
    try:
        while True:
            with operation.active():
                try:
                    piece = next(pieces)
                except StopIteration:
                    return
            if piece.done is not None:
                _note(operation, asked, piece.done)
            yield piece
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            with operation.active():
                close()
        operation.end()


def _note(operation: Operation, asked: object, result: object) -> None:
    from eval.result import EvalResult
    from eval.tracking import attributes

    with_text = operation.telemetry.with_text
    if isinstance(result, Answer):
        operation.note(attributes.of_answer(result))
        if with_text:
            operation.note(attributes.of_answer_text(str(asked), result))
    elif isinstance(result, EvalResult):
        operation.note(attributes.of_evaluation(result))
        for metric in attributes.of_metrics(result):
            operation.event("gen_ai.evaluation.result", metric)
    elif isinstance(result, list) and isinstance(asked, str):
        operation.note(attributes.of_search(result))
        if with_text:
            operation.note(attributes.of_search_text(asked, result))
