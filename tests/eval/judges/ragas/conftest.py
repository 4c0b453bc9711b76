"""The stub of a judge in a process of its own, the real ragas, and answers whose scores are known by arithmetic."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from eval.judges.base import AnsweredQuestion, Passage
from eval.judges.ragas.scorer import RagasOptions, RagasScorer
from indexes.embedders.base import Embedder
from indexes.embedders.registry import load_embedder
from retrieval.answers.completion import ModelEndpoint

NEEDED = ("ragas", "litellm")

MODEL = "openai/stub-judge"


@dataclass
class StubProcess:
    """The stub, from outside."""

    port: int

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def counts(self) -> dict[str, int]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/counts") as reply:
            counts: dict[str, int] = json.load(reply)
        return counts

    def hold_after(self, replies: int) -> None:
        self._post("control", {"hold_after": replies})

    def forget(self) -> None:
        self._post("forget", {})

    def _post(self, path: str, body: dict[str, int]) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{path}", json.dumps(body).encode())
        urllib.request.urlopen(request).close()


@pytest.fixture
def stub() -> Iterator[StubProcess]:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: pip install 'ragline[eval]'")
    command = [sys.executable, str(Path(__file__).with_name("stub_judge_server.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield StubProcess(int(server.stdout.readline()))
        server.kill()


@pytest.fixture(scope="session")
def light() -> Embedder:
    return load_embedder("light")


MakeScorer = Callable[..., RagasScorer]


@pytest.fixture
def make_scorer(light: Embedder, monkeypatch: pytest.MonkeyPatch) -> MakeScorer:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stub")

    def make(api_base: str, *, folder: Path | None = None, told: Any = None, **options: Any) -> RagasScorer:
        call = {name: options.pop(name) for name in ("timeout_s", "retries", "max_tokens", "model") if name in options}
        endpoint = ModelEndpoint(call.pop("model", MODEL), api_base, **{"max_tokens": 1024, **call})
        return RagasScorer(endpoint, light, RagasOptions(**options), folder=folder, told=told)

    return make


@pytest.fixture(scope="session")
def make_question() -> Callable[..., AnsweredQuestion]:
    def make(name: str, answer: str, contexts: tuple[str, ...], reference: str = "", **options: Any) -> AnsweredQuestion:
        passages = tuple(Passage(f"doc{place}", f"{name}-{place}", 0, text) for place, text in enumerate(contexts))
        return AnsweredQuestion(name, f"What of {name}?", answer, passages, reference=reference, **options)

    return make
