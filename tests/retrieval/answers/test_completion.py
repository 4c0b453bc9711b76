"""Waiting, giving up and what is imported when."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from ragline.errors import BackendUnavailableError, MissingExtra
from retrieval.answers.completion import ModelEndpoint, complete, stream_completion
from retrieval.prompts.template import Message

MESSAGES = (Message("user", "Hello"),)

IMPORT = """
import os, socket, sys
def refuse(*_, **__):
    raise AssertionError("a socket was opened")
import retrieval.answers.extractive, retrieval.answers.generative
assert not {"litellm", "openai", "torch", "faiss"} & sys.modules.keys(), "a heavy library came with the import"
socket.socket.connect = socket.getaddrinfo = refuse
from ragline.errors import RaglineError
from retrieval.answers.completion import ModelEndpoint, complete
try:
    complete(ModelEndpoint("no-such-provider/x"), ())
except RaglineError:
    pass
import litellm
assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
assert litellm.telemetry is False
"""


def endpoint(stub: Any, retries: int, timeout_s: float = 30.0) -> ModelEndpoint:
    return ModelEndpoint("openai/stub", stub.api_base, "sk-stub", retries=retries, timeout_s=timeout_s)


@pytest.mark.slow
def test_waits_double_without_a_header(stub: Any) -> None:
    stub.will_reply(status=503)
    waits: list[float] = []
    with pytest.raises(BackendUnavailableError, match="7 attempts"):
        complete(endpoint(stub, retries=6), MESSAGES, sleep=waits.append)
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]


@pytest.mark.slow
def test_retry_after_is_honoured_as_seconds_and_as_a_date(stub: Any) -> None:
    in_20_s = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    yesterday = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    for value in ("7", "1.5", in_20_s, yesterday, "soon"):
        stub.will_reply(status=429, headers={"Retry-After": value})
    stub.will_reply("Hi.")
    waits: list[float] = []
    assert complete(endpoint(stub, retries=5), MESSAGES, sleep=waits.append).text == "Hi."
    seconds, fraction, date, past, nonsense = waits
    assert (seconds, fraction, past, nonsense) == (7.0, 1.5, 0.0, 8.0)
    assert 15.0 < date <= 20.0


@pytest.mark.slow
def test_the_first_good_reply_ends_the_waiting(stub: Any) -> None:
    stub.will_reply(status=500)
    stub.will_reply("Hi.")
    waits: list[float] = []
    completion = complete(endpoint(stub, retries=5), MESSAGES, sleep=waits.append)
    assert (completion.text, completion.prompt_tokens, completion.completion_tokens, completion.cut) == ("Hi.", 50, 7, False)
    assert waits == [0.5]


@pytest.mark.slow
def test_a_silent_server_is_asked_again_before_a_stream(stub: Any) -> None:
    stub.will_reply(hang=True)
    waits: list[float] = []
    with pytest.raises(BackendUnavailableError, match=r"within 1 s \(2 attempts\)"):
        next(stream_completion(endpoint(stub, retries=1, timeout_s=1.0), MESSAGES, sleep=waits.append))
    assert waits == [0.5]


def test_without_litellm_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm", None)
    with pytest.raises(MissingExtra, match=r"pip install 'ragline\[llm\]'"):
        complete(ModelEndpoint("openai/stub"), MESSAGES)


@pytest.mark.slow
def test_imports_are_light_and_no_socket_is_opened() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
