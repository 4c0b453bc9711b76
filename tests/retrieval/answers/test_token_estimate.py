import json
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers.completion import _load_litellm
from retrieval.answers.token_estimate import estimated_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("abcd", 1),
        ("one two", 2),
        ("internationally", 4),
        ("12345", 2),
        ("保修", 3),
        ("\ud800", 2),
        ("a\n\nb", 3),
        ("...", 2),
    ],
)
def test_tokens_are_estimated_by_kind_of_character(text: str, tokens: int) -> None:
    assert estimated_tokens(text) == tokens


@given(st.text(), st.text())
def test_more_text_is_not_fewer_tokens(text: str, more: str) -> None:
    assert 0 <= estimated_tokens(text) <= estimated_tokens(f"{text}\n{more}")


@pytest.fixture(scope="module")
def cl100k() -> Any:
    """The encoding that is packed with litellm."""
    if find_spec("litellm") is None:
        pytest.skip("the extra llm is not installed")
    return _load_litellm().utils._select_tokenizer(model="gpt-4")["tokenizer"]


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.parametrize("language", ["en", "es", "ar", "zh"])
def test_the_estimate_is_rather_high_in_every_language(language: str, shared_data: Path, cl100k: Any) -> None:
    file = shared_data / "xquad" / language / "corpus.jsonl"
    if not file.is_file():
        pytest.skip(f"XQuAD not found at {file}")
    texts = [json.loads(line)["text"] for line in file.read_text("utf-8").splitlines()]
    true = [len(cl100k.encode(text)) for text in texts]
    assert 1.0 <= sum(map(estimated_tokens, texts)) / sum(true) <= 1.3
    assert all(estimated_tokens(text) >= 0.75 * count for text, count in zip(texts, true, strict=True))


@pytest.mark.slow
def test_the_estimate_is_rather_high_on_the_samples(samples: Path, cl100k: Any) -> None:
    files = [file for file in (samples / "documents").rglob("*") if file.suffix in (".md", ".txt", ".csv", ".json", ".html")]
    for file in files:
        text = file.read_text("utf-8")
        assert 0.95 <= estimated_tokens(text) / len(cl100k.encode(text)) <= 1.6, file.name


@pytest.mark.slow
def test_litellm_fetches_no_tokenizer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law 10: asked for the tokens of a Llama, it would look for a tokenizer on the internet."""
    if find_spec("litellm") is None:
        pytest.skip("the extra llm is not installed")
    asked: list[str] = []

    def no_network(host: str, *_: Any, **__: Any) -> Any:
        asked.append(host)
        raise OSError(f"no network for {host}")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    assert _load_litellm().token_counter(model="meta-llama/Llama-3-8b", text="The warranty lasts 36 months.") > 0
    assert asked == []
