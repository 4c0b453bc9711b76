"""Questions by a real language model from end to end: SmolLM2-135M behind the OpenAI protocol, through litellm.

It proves the road, not the quality: what such a model writes rarely points at a span, and is then refused with a reason.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eval.builders.base import SourceDocument
from eval.builders.from_model import from_model
from retrieval.answers.completion import ModelEndpoint
from tests.small_llm import served

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(r"ignore:Item '\w+' on TypedDict class '\w+' is using the `ReadOnly` qualifier:UserWarning"),
    pytest.mark.filterwarnings(r"ignore:Accessing the 'model_\w+' attribute on the instance is deprecated:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def api_base() -> Iterator[str]:
    """The model's server, in a process of its own."""
    with served(Path(__file__).with_name("json_llm_server.py")) as url:
        yield url


def test_what_a_real_model_writes_is_kept_with_its_place_or_refused_with_a_reason(
    api_base: str, make_source: Callable[..., SourceDocument], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    source = make_source("fan.md", "# Fan\n\nThe warranty of the fan lasts 36 months and begins on delivery. " * 2)
    endpoint = ModelEndpoint("openai/SmolLM2-135M-Instruct", api_base, timeout_s=300.0, retries=0)
    built = from_model([source], endpoint, questions=1)
    assert built.candidates == len(built.items) + sum(built.refused.values()) == 1
    assert set(built.refused).isdisjoint({"the model did not answer", "the reply is not the JSON asked for"})
    for item in built.items:
        assert all(each.quote == source.text[slice(*(each.span or (0, 0)))] for each in item.relevant)
    assert "1 passages" in built.notes[0]
