"""MiniLM: equal to sentence-transformers, nothing cut from documents, any query answered."""

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes.embedders.base import Embedder
from indexes.embedders.minilm import MiniLmEmbedder
from ragline.errors import InputError, SettingsError

pytestmark = pytest.mark.models

TEXTS = [
    "",
    "warranty",
    "How long is the warranty on the pump?",
    "The warranty lasts twenty-four months from the day of delivery.",
    "Error E-4012: foo_bar-2.1 failed!",
    "naïve café, 日本語, 😀",
    "[SEP] is written here, and so is [MASK]",
    " ".join(f"word{number}" for number in range(40)),
    "the quick brown fox jumps over the lazy dog and " * 20,
]


def test_facts(minilm: Embedder) -> None:
    assert minilm.max_tokens == 254
    assert minilm.fingerprint.name == "minilm"
    assert (minilm.fingerprint.dim, minilm.fingerprint.max_tokens, minilm.fingerprint.pooling) == (384, 254, "mean")
    assert minilm.fingerprint.weights_sha256.startswith("53aa51172d14")
    assert minilm.runtime in ("openvino bf16", "openvino fp32")


@pytest.mark.slow
def test_both_runtimes_equal_sentence_transformers(minilm: Embedder, minilm_folder: Path, embedder_cache: Path) -> None:
    """The reference tokenises, batches and pools by itself."""
    from sentence_transformers import SentenceTransformer

    torch_embedder = MiniLmEmbedder(cache_dir=embedder_cache, runtime="torch")
    model = SentenceTransformer(str(minilm_folder), device="cpu", local_files_only=True)
    reference = model.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    by_torch = torch_embedder.embed_documents(TEXTS)
    assert torch_embedder.runtime == "torch fp32"
    assert np.abs(by_torch - reference).max() < 1e-5
    assert (minilm.embed_documents(TEXTS) * reference).sum(axis=1).min() > 0.9999
    assert np.abs(torch_embedder.embed_query(TEXTS[2]) - reference[2]).max() < 1e-5
    assert torch_embedder.fingerprint == minilm.fingerprint
    assert model.encode([]).shape[0] == len(torch_embedder.embed_documents([]))


def test_document_at_the_limit_is_read_and_one_above_is_refused(minilm: Embedder) -> None:
    full = "dog " * 253 + "cat"
    assert minilm.count_tokens([full]) == [254]
    shorter = minilm.embed_documents(["dog " * 253])[0]
    assert not np.allclose(minilm.embed_documents([full])[0], shorter, atol=1e-4)
    with pytest.raises(InputError, match=r"text 1 has 255 tokens.*254.*Split"):
        minilm.embed_documents(["short", full + " bird"])


def test_query_over_the_limit_is_cut_at_254_tokens(minilm: Embedder) -> None:
    cut = minilm.embed_query("dog " * 253 + "cat " + "bird " * 500)
    assert np.abs(cut - minilm.embed_query("dog " * 253 + "cat")).max() < 1e-3


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "a b " * 25_000, " " * 100_000, "語" * 100_000, "!" * 100_000, "[SEP]" * 20_000]
)
def test_query_of_a_hundred_thousand_characters(minilm: Embedder, text: str) -> None:
    minilm.embed_query("x " * 254)  # the shape is prepared once
    start = time.perf_counter()
    vector = minilm.embed_query(text)
    assert time.perf_counter() - start < 5.0
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=12))
def test_company_does_not_change_a_vector(minilm: Embedder, texts: list[str]) -> None:
    alone = {text: minilm.embed_query(text) for text in set(texts)}
    together = minilm.embed_documents(texts)
    assert np.abs(together - np.stack([alone[text] for text in texts])).max() < 2e-3
    assert (together * np.stack([alone[text] for text in texts])).sum(axis=1).min() > 0.9999


def test_the_same_batch_gives_the_same_vectors(minilm: Embedder) -> None:
    assert np.array_equal(minilm.embed_documents(TEXTS), minilm.embed_documents(TEXTS))


def test_one_thread_is_enough(minilm: Embedder, embedder_cache: Path) -> None:
    single = MiniLmEmbedder(threads=1, cache_dir=embedder_cache, runtime="openvino")
    assert (single.embed_documents(TEXTS) * minilm.embed_documents(TEXTS)).sum(axis=1).min() > 0.999


def test_related_texts_are_nearer(minilm: Embedder) -> None:
    query = minilm.embed_query("How do I get my money back?")
    related, unrelated = minilm.embed_documents(
        ["Our refund policy: purchases are reimbursed.", "The volcano erupted in 1883."]
    )
    assert float(query @ related) > float(query @ unrelated) + 0.2


def test_unknown_runtime_and_bad_thread_count(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="auto, torch, openvino"):
        MiniLmEmbedder(runtime="onnx", cache_dir=tmp_path)
    with pytest.raises(SettingsError, match="1 or more"):
        MiniLmEmbedder(threads=0, cache_dir=tmp_path)


QUERIES = [
    *TEXTS,
    *(f"{word} pump {number}" for word in ("blue", "old", "unfathomable") for number in range(12)),
    "word " * 300,
]


def test_queries_together_have_the_vectors_that_they_have_alone(minilm: Embedder) -> None:
    assert isinstance(minilm, MiniLmEmbedder)
    alone = np.stack([minilm.embed_query(text) for text in QUERIES])
    assert np.array_equal(minilm.embed_queries(QUERIES), alone)
    assert minilm.embed_queries([]).shape == (0, 384)


@pytest.mark.slow
def test_queries_together_have_the_vectors_that_they_have_alone_with_torch(embedder_cache: Path) -> None:
    embedder = MiniLmEmbedder(cache_dir=embedder_cache, runtime="torch")
    alone = np.stack([embedder.embed_query(text) for text in QUERIES[:20]])
    assert np.array_equal(embedder.embed_queries(QUERIES[:20]), alone)
