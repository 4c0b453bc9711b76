"""Judges that ask the stub of a model."""

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from eval.judges.llm.asking import JudgeModel
from eval.judges.ragas.purse import JudgeBudget
from retrieval.answers.completion import ModelEndpoint
from tests.eval.judges.llm.stub_model import StubModel

MakeModel = Callable[..., JudgeModel]


@pytest.fixture
def make_model(monkeypatch: pytest.MonkeyPatch) -> MakeModel:
    if find_spec("litellm") is None:
        pytest.skip("needs litellm: pip install 'ragline[llm]'")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stub")

    def make(
        server: StubModel, *, folder: Path | None = None, calls: int = 0, name: str = "openai/stub", **call: Any
    ) -> JudgeModel:
        endpoint = ModelEndpoint(name, server.api_base, **{"max_tokens": 64, "timeout_s": 10.0, "retries": 2, **call})
        return replace(JudgeModel.within(endpoint, JudgeBudget(calls=calls), concurrency=4), folder=folder)

    return make
