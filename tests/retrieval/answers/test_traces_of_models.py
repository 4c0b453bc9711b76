"""Calls of models in traces: the span of each, below the answer that it is for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ragline
from eval.tracking.attributes import provider_and_model
from ragline.errors import BackendUnavailableError
from ragline.tracing import ChatCall, traced_chat, tracer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(r"ignore:Item '\w+' on TypedDict class '\w+' is using the `ReadOnly` qualifier:UserWarning"),
    pytest.mark.filterwarnings(r"ignore:Accessing the 'model_\w+' attribute on the instance is deprecated:DeprecationWarning"),
]

Spans = Callable[[], list[Any]]
QUESTION = "How many days of leave does everyone get?"
DOCUMENT = ragline.Document("leave.md", "Everyone gets 28 days of leave a year.")


@pytest.fixture
def opened(tmp_path: Path, stub: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stub")
    made: list[ragline.Collection] = []

    def make(**settings: Any) -> ragline.Collection:
        base = {"embedder": "light", "model": "openai/first", "model_api_base": stub.api_base, "model_retries": 0}
        kb = ragline.open(tmp_path / "kb", **(base | {"telemetry": "on"} | settings))
        kb.ingest([DOCUMENT])
        made.append(kb)
        return kb

    yield make
    for kb in made:
        kb.close()


def test_a_call_of_a_model_is_a_span_below_the_answer(opened: Any, stub: Any, finished_spans: Spans) -> None:
    stub.will_reply("Everyone gets 28 days [1].")
    opened().answer(QUESTION)
    spans = {span.name: span for span in finished_spans()}
    chat, answer = spans["chat first"], spans["answer kb"]
    assert chat.parent.span_id == answer.context.span_id
    assert chat.kind.name == "CLIENT"
    told = dict(chat.attributes)
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.provider.name"] == "openai"
    assert told["gen_ai.request.model"] == told["gen_ai.response.model"] == "first"
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (50, 7)
    assert told["gen_ai.response.finish_reasons"] == ("stop",)
    assert told["server.address"] == "127.0.0.1"
    assert told["server.port"] == stub.server_port
    assert answer.attributes["gen_ai.usage.input_tokens"] == 50
    assert "28 days" not in str(chat.to_json())
    assert "sk-stub" not in str(chat.to_json())


def test_prompts_and_replies_are_there_when_they_are_asked_for(opened: Any, stub: Any, finished_spans: Spans) -> None:
    stub.will_reply("Everyone gets 28 days [1].")
    opened(telemetry_text=True).answer(QUESTION)
    (chat,) = [span for span in finished_spans() if span.name == "chat first"]
    (message,) = json.loads(chat.attributes["gen_ai.output.messages"])
    assert message == {
        "role": "assistant", "parts": [{"type": "text", "content": "Everyone gets 28 days [1]."}], "finish_reason": "stop",
    }  # fmt: skip
    assert DOCUMENT.text in chat.attributes["gen_ai.input.messages"]
    assert "sk-stub" not in str(chat.to_json())


def test_a_stream_is_a_span_too_and_one_left_early_has_no_error(opened: Any, stub: Any, finished_spans: Spans) -> None:
    stub.will_reply("Everyone gets ", "28 days [1].")
    kb = opened()
    list(kb.stream_answer(QUESTION))
    pieces = kb.stream_answer(QUESTION)
    next(pieces)
    pieces.close()
    whole, left = [span for span in finished_spans() if span.name == "chat first"]
    answers = {span.context.span_id for span in finished_spans() if span.name == "answer kb"}
    assert {whole.parent.span_id, left.parent.span_id} == answers
    assert whole.attributes["gen_ai.request.stream"] is True
    assert whole.attributes["gen_ai.usage.output_tokens"] == 7
    assert whole.attributes["gen_ai.response.time_to_first_chunk"] > 0
    assert "error.type" not in left.attributes


def test_a_model_that_fails_has_a_span_with_its_error(opened: Any, stub: Any, finished_spans: Spans) -> None:
    stub.will_reply(status=500)
    with pytest.raises(BackendUnavailableError):
        opened().answer(QUESTION)
    spans = {span.name: span for span in finished_spans()}
    for name in ("chat first", "answer kb"):
        assert spans[name].attributes["error.type"] == "BackendUnavailableError"
        assert spans[name].status.description is None


def test_without_a_tracer_a_call_is_as_it_is() -> None:
    assert tracer.get() is None
    with traced_chat(ChatCall("openai/x", None, 0.0, 10, [])) as reply:
        reply.text = "kept by nobody"
    with pytest.raises(KeyError), traced_chat(ChatCall("openai/x", None, 0.0, 10, [])):
        raise KeyError


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("openai/gpt-4o-mini", ("openai", "gpt-4o-mini")),
        ("azure/deployment", ("azure.ai.openai", "deployment")),
        ("bedrock/anthropic.claude-v2", ("aws.bedrock", "anthropic.claude-v2")),
        ("huggingface/org/model", ("huggingface", "org/model")),
        ("gpt-4o", ("litellm", "gpt-4o")),
    ],
)
def test_providers_are_called_as_the_conventions_do(name: str, told: tuple[str, str]) -> None:
    assert provider_and_model(name) == told
