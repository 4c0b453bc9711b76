"""The static embedder: equal to the plain formula, never NaN, fast."""

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from indexes.embedders import light as light_module
from indexes.embedders.base import Embedder

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
quick = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def table(wordllama_folder: Path) -> np.ndarray:
    weights: dict[str, np.ndarray] = load_file(wordllama_folder / "weights" / "l2_supercat_256.safetensors")
    return weights["embedding.weight"].astype(np.float64)


@pytest.fixture(scope="module")
def tokenizer(wordllama_folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(wordllama_folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))


def test_facts(light: Embedder) -> None:
    assert light.max_tokens is None
    assert light.runtime == "numpy fp32"
    assert (light.fingerprint.name, light.fingerprint.dim, light.fingerprint.max_tokens) == ("light", 256, 0)


@quick
@given(batch=st.lists(texts, min_size=1, max_size=6))
@example(batch=["", " ", "a", "a" * 5000])
def test_vectors_follow_the_formula(light: Embedder, table: np.ndarray, tokenizer: Tokenizer, batch: list[str]) -> None:
    vectors = light.embed_documents(batch)
    for text, vector in zip(batch, vectors, strict=True):
        mean = table[tokenizer.encode(text or " ", add_special_tokens=False).ids if text else [29871]].mean(axis=0)
        assert np.abs(vector - mean / np.linalg.norm(mean)).max() < 1e-5


@quick
@given(batch=st.lists(texts, max_size=5))
def test_vectors_are_finite_and_of_unit_length(light: Embedder, batch: list[str]) -> None:
    vectors = light.embed_documents(batch)
    assert np.isfinite(vectors).all()
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_empty_text_has_the_vector_of_a_blank(light: Embedder, table: np.ndarray) -> None:
    blank = table[29871] / np.linalg.norm(table[29871])
    assert light.count_tokens([""]) == [0]
    assert np.abs(light.embed_query("") - blank).max() < 1e-6
    assert np.abs(light.embed_documents(["full", "", "full"])[1] - blank).max() < 1e-6


def test_long_texts_are_gathered_in_parts_with_the_same_result(light: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(f"number {number}" for number in range(900))
    whole = light.embed_query(text)
    monkeypatch.setattr(light_module, "_GATHERED", 64)
    assert np.abs(light.embed_query(text) - whole).max() < 1e-5


def test_query_of_a_hundred_thousand_characters(light: Embedder) -> None:
    start = time.perf_counter()
    for text in ("a" * 100_000, "a b " * 25_000, "語" * 100_000, " " * 100_000):
        assert np.linalg.norm(light.embed_query(text)) == pytest.approx(1.0, abs=1e-5)
    assert time.perf_counter() - start < 5.0


def test_many_blocks_keep_order_and_report_progress(light: Embedder) -> None:
    batch = [f"document {number} about topic {number % 17}" for number in range(1100)]
    steps: list[int] = []
    vectors = light.embed_documents(batch, progress=steps.append)
    assert sum(steps) == len(batch)
    assert len(steps) == 3
    for number in (0, 511, 512, 1099):
        assert np.abs(vectors[number] - light.embed_query(batch[number])).max() < 1e-6


@pytest.mark.shared_data
def test_speed_on_abstracts(light: Embedder, shared_data: Path) -> None:
    """3,000 and more a second on a free core; a third of that is asked for, in processor time, since machines are shared."""
    with (shared_data / "scifact" / "corpus.jsonl").open("rb") as file:
        batch = [line.decode() for _, line in zip(range(1000), file, strict=False)]
    light.embed_documents(batch)
    start = time.process_time()
    light.embed_documents(batch)
    assert len(batch) / (time.process_time() - start) > 1000
