"""Chat completions through litellm: time limits, retries with back-off, and errors that say what to do."""

import os
import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from json import JSONDecodeError
from types import ModuleType
from typing import Any, Protocol, TypeVar

from ragline.errors import BackendUnavailableError, InputError, MissingExtra, RaglineError, RateLimitedError
from ragline.tracing import ChatCall, ChatReply, traced_chat
from ragline.types import ModelAttempt
from retrieval.prompts.template import Message

Result = TypeVar("Result")

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 8.0
"""Back-off without a Retry-After header: 0.5 s, 1 s, 2 s, ... at most 8 s."""

MAX_DETAIL = 200
"""Characters of a provider's own message that are passed on: enough to name the cause, too few to repeat a prompt."""


@dataclass(frozen=True, slots=True)
class ModelEndpoint:
    """Which model is called, where and how. ``model`` is a litellm name such as ``"openai/gpt-4o-mini"``.

    ``api_key`` is never shown, neither by ``repr`` nor in an error. ``retries`` come on top of the first attempt and only
    after a timeout, a failed connection, status 429 or a status of 500 and above.
    """

    model: str
    api_base: str | None = None
    api_key: str | None = field(default=None, repr=False)
    temperature: float = 0.0
    max_tokens: int = 512
    timeout_s: float = 60.0
    retries: int = 2


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote. ``cost_usd`` is ``None`` where litellm knows no price.

    ``cut`` says that max_tokens ended it, ``filtered`` that the provider's content filter did.

    ``model`` and ``attempts`` say who wrote it, and what was tried before, where several models could have
    (:mod:`retrieval.answers.models`).
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    cut: bool
    model: str = ""
    attempts: tuple[ModelAttempt, ...] = ()
    filtered: bool = False


class AttemptWatch(Protocol):
    """Who has a say in the attempts of one completion."""

    def begin(self, endpoint: ModelEndpoint) -> float:
        """Seconds that the next attempt may take. May raise, and so end the completion."""
        ...

    def failed(self, endpoint: ModelEndpoint, error: RaglineError) -> bool:
        """An attempt has failed, with this as its error; whether the same model may be tried again."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait before the next attempt. May raise, and so end the completion."""
        ...


class Patient:
    """Lets every attempt take its time; ``sleep`` waits between them."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self.wait = sleep

    def begin(self, endpoint: ModelEndpoint) -> float:
        return endpoint.timeout_s

    def failed(self, endpoint: ModelEndpoint, error: RaglineError) -> bool:  # noqa: ARG002 - protocol
        return True


def complete(
    endpoint: ModelEndpoint,
    messages: Sequence[Message],
    *,
    response_format: Mapping[str, Any] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    watch: AttemptWatch | None = None,
    may_be_empty: bool = False,
) -> Completion:
    """One completion, in a form that :func:`response_format` gives.

    ``sleep`` waits between attempts; ``watch`` decides on each of them, and waits in its place. With ``may_be_empty`` a reply
    without text, which has been paid for like any other, is a completion too.

    Raises :class:`MissingExtra` without litellm, :class:`InputError` where the request was refused (status below 500 other
    than 429: model, key or parameters), :class:`RateLimitedError` where the server keeps asking for fewer of them and
    :class:`BackendUnavailableError` where it does not answer usefully.
    """
    form = {"response_format": response_format} if response_format else {}

    def call(litellm: ModuleType, timeout_s: float) -> Any:
        return litellm.completion(**_arguments(endpoint, messages, timeout_s), **form)

    with traced_chat(_traced(endpoint, messages)) as reply:
        response = _attempt(endpoint, watch or Patient(sleep), call)
        choice = response.choices[0] if response.choices else None
        text = (choice.message.content or "") if choice else ""
        finish = choice.finish_reason if choice else None
        usage = getattr(response, "usage", None)
        return _told(reply, _completed(endpoint, text, usage, finish, may_be_empty=may_be_empty), finish)


def response_format(endpoint: ModelEndpoint, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """How the provider is asked for JSON: by a schema, else for any JSON, else (``None``) only by the prompt."""
    litellm = _load_litellm()
    if litellm.supports_response_schema(model=endpoint.model):
        return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    known = litellm.get_supported_openai_params(model=endpoint.model) or ()
    return {"type": "json_object"} if "response_format" in known else None


def stream_completion(
    endpoint: ModelEndpoint,
    messages: Sequence[Message],
    *,
    sleep: Callable[[float], None] = time.sleep,
    watch: AttemptWatch | None = None,
) -> Generator[str, None, Completion]:
    """The same in pieces; the generator returns the whole. Errors as :func:`complete`; no retry after the first piece."""

    def begin(litellm: ModuleType, timeout_s: float) -> tuple[list[Any], Iterator[Any]]:
        options = {"stream": True, "stream_options": {"include_usage": True}}
        events = iter(litellm.completion(**_arguments(endpoint, messages, timeout_s), **options))
        return [event for event in [next(events, None)] if event is not None], events

    with traced_chat(_traced(endpoint, messages, is_streamed=True)) as reply:
        begun = time.perf_counter()
        first, events = _attempt(endpoint, watch or Patient(sleep), begin)
        reply.first_piece_s = time.perf_counter() - begun
        pieces: list[str] = []
        usage = finish = None
        for event in chain(first, _guarded(endpoint, events)):
            usage = getattr(event, "usage", None) or usage
            for choice in event.choices:
                finish = choice.finish_reason or finish
                if choice.delta.content:
                    pieces.append(choice.delta.content)
                    yield choice.delta.content
        return _told(reply, _completed(endpoint, "".join(pieces), usage, finish), finish)


def attempted(
    endpoint: ModelEndpoint, call: Callable[[ModuleType], Result], *, sleep: Callable[[float], None] = time.sleep
) -> Result:
    """What ``call`` gives, which is handed litellm, with the retries and the errors of :func:`complete`."""
    return _attempt(endpoint, Patient(sleep), lambda litellm, _timeout_s: call(litellm))


def _load_litellm() -> ModuleType:
    """Import litellm without its calls for a price list and for tokenizers, its telemetry and its printed hints."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    try:
        import litellm
    except ModuleNotFoundError as error:
        if error.name != "litellm":
            raise
        raise MissingExtra("litellm", extra="llm", purpose="Answering with a language model") from error
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.disable_hf_tokenizer_download = True  # counting tokens fetches a tokenizer, for a Llama with five retries
    return litellm  # type: ignore[no-any-return]


def _arguments(endpoint: ModelEndpoint, messages: Sequence[Message], timeout_s: float) -> dict[str, Any]:
    """The call's arguments; the retries of litellm and of its client are off, because they ignore what we were asked."""
    return {
        "model": endpoint.model,
        "messages": [{"role": message.role, "content": message.content} for message in messages],
        "api_base": endpoint.api_base,
        "api_key": endpoint.api_key,
        "temperature": endpoint.temperature,
        "max_tokens": endpoint.max_tokens,
        "timeout": timeout_s,
        "num_retries": 0,
        "max_retries": 0,
        "drop_params": True,
    }


def _traced(endpoint: ModelEndpoint, messages: Sequence[Message], *, is_streamed: bool = False) -> ChatCall:
    pairs = [(message.role, message.content) for message in messages]
    return ChatCall(endpoint.model, endpoint.api_base, endpoint.temperature, endpoint.max_tokens, pairs, is_streamed)


def _told(reply: ChatReply, completion: Completion, finish_reason: str | None) -> Completion:
    """``completion``, of which ``reply`` now tells."""
    reply.text, reply.finish_reason, reply.cost_usd = completion.text, finish_reason or "", completion.cost_usd
    reply.input_tokens, reply.output_tokens = completion.prompt_tokens, completion.completion_tokens
    return completion


def _attempt(endpoint: ModelEndpoint, watch: AttemptWatch, call: Callable[[ModuleType, float], Result]) -> Result:
    litellm = _load_litellm()
    import openai  # every error of litellm derives from one of this package, which litellm requires

    attempt = 0
    while True:
        timeout_s = watch.begin(endpoint)
        try:
            return call(litellm, timeout_s)
        except openai.OpenAIError as error:
            wait = _wait_s(error, attempt)
            told = _mapped(endpoint, error, attempt + 1, timeout_s)
            may_retry = watch.failed(endpoint, told) and attempt < endpoint.retries
            if not may_retry or not _is_transient(error) or wait > endpoint.timeout_s:
                raise told from error
        watch.wait(wait)
        attempt += 1


def _guarded(endpoint: ModelEndpoint, events: Iterator[Any]) -> Iterator[Any]:
    """``events``, with an error in the middle turned into ours."""
    import openai

    try:
        yield from events
    except openai.OpenAIError as error:
        raise _mapped(endpoint, error, 1, endpoint.timeout_s) from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def _is_transient(error: Exception) -> bool:
    import openai

    if any(isinstance(cause, JSONDecodeError) for cause in _causes(error)):
        return False  # litellm calls a malformed body a status 500, but the server has answered and would answer so again
    if isinstance(error, (openai.APITimeoutError, openai.APIConnectionError)):
        return True
    status = getattr(error, "status_code", None)
    return status == 429 or (isinstance(status, int) and status >= 500)


def _wait_s(error: Exception, attempt: int) -> float:
    """Seconds to wait: what Retry-After asks for (RFC 9110, section 10.2.3: seconds or a date), else the back-off."""
    headers = getattr(error, "litellm_response_headers", None) or {}
    asked = headers.get("retry-after")
    if asked is None:
        return float(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt))
    return max(0.0, float(asked) if re.fullmatch(r"\d+(\.\d+)?", asked) else _seconds_until(asked))


def _seconds_until(date: str) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return LONGEST_WAIT_S
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def _mapped(endpoint: ModelEndpoint, error: Exception, attempts: int, timeout_s: float) -> RaglineError:
    import openai

    status = getattr(error, "status_code", None)
    detail = " ".join(str(error).split())
    if endpoint.api_key:
        detail = detail.replace(endpoint.api_key, "***")
    detail = detail[:MAX_DETAIL].rstrip(" .")
    where = f"model {endpoint.model!r}" + (f" at {endpoint.api_base}" if endpoint.api_base else "")
    tried = f"{attempts} attempt{'s' if attempts > 1 else ''}"
    if isinstance(error, openai.APITimeoutError):
        return BackendUnavailableError(
            f"{where} did not answer within {timeout_s:g} s ({tried}). Raise timeout_s, or check that it is up."
        )
    if status == 429:
        return RateLimitedError(f"{where} had too many requests ({tried}): {detail}. Wait, or raise the quota.")
    if status in (401, 403):
        return InputError(f"{where} refused the key: {detail}. Pass api_key, or set the provider's environment variable.")
    if isinstance(status, int) and 400 <= status < 500:
        return InputError(f"{where} refused the request: {detail}. Check the model's name, api_base and max_tokens.")
    return BackendUnavailableError(f"{where} failed ({tried}): {detail}. Check that the server is up, or try again later.")


def _completed(
    endpoint: ModelEndpoint, text: str, usage: Any, finish_reason: str | None, *, may_be_empty: bool = False
) -> Completion:
    if not text.strip() and not may_be_empty:
        raise BackendUnavailableError(
            f"model {endpoint.model!r} replied with no text (finish reason: {finish_reason}). "
            "Raise max_tokens, or check that api_base speaks the provider's protocol."
        )
    prompt_tokens = int(getattr(usage, "prompt_tokens", 0) or 0)
    completion_tokens = int(getattr(usage, "completion_tokens", 0) or 0)
    cost = cost_usd(endpoint.model, prompt_tokens, completion_tokens)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # halves of a pair can come in two pieces
    is_cut, is_filtered = finish_reason == "length", finish_reason == "content_filter"
    return Completion(text, prompt_tokens, completion_tokens, cost, is_cut, filtered=is_filtered)


def cost_usd(model: str, prompt_tokens: int, completion_tokens: int) -> float | None:
    """What so many tokens cost, by litellm's own price list; ``None`` where it has no price for the model."""
    litellm = _load_litellm()
    if not prompt_tokens or not {model, model.partition("/")[2]} & litellm.model_cost.keys():
        return None
    return float(sum(litellm.cost_per_token(model=model, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)))
