"""Kept vectors are the embedder's own, in the order asked for, and nothing is encoded twice."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ragline
from benchmarks.vector_store import StoredEmbedder, VectorStore, open_stored
from indexes.embedders.base import Embedder
from indexes.embedders.registry import load_embedder

TEXTS = ["a pump", "a valve", "", "水泵", "a filter for the pump"]


@pytest.fixture(scope="module")
def light() -> Embedder:
    return load_embedder("light")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[VectorStore]:
    store = VectorStore(tmp_path / "cache" / "vectors.sqlite")
    yield store
    store.close()


def test_vectors_are_those_of_the_embedder(light: Embedder, store: VectorStore) -> None:
    embedder = StoredEmbedder(light, store)
    plain = light.embed_documents(TEXTS)
    for _ in range(2):
        np.testing.assert_array_equal(embedder.embed_documents(TEXTS), plain)
    np.testing.assert_array_equal(embedder.embed_query("which pump?"), light.embed_query("which pump?"))
    assert embedder.count_tokens(TEXTS) == light.count_tokens(TEXTS)


def test_what_was_seen_is_not_encoded_again_even_after_reopening(light: Embedder, tmp_path: Path) -> None:
    file = tmp_path / "vectors.sqlite"
    first = VectorStore(file)
    StoredEmbedder(light, first).embed_documents(TEXTS)
    first.close()
    second = VectorStore(file)
    embedder = StoredEmbedder(light, second)
    vectors = embedder.embed_documents([*TEXTS, "new", "new"])
    second.close()
    assert (embedder.calls, embedder.encoded) == (1, 1)
    assert vectors.shape == (len(TEXTS) + 2, light.fingerprint.dim)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(TEXTS), max_size=12))
def test_any_order_and_repetition(light: Embedder, store: VectorStore, texts: list[str]) -> None:
    vectors = StoredEmbedder(light, store).embed_documents(texts)
    assert vectors.shape == (len(texts), light.fingerprint.dim)
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_array_equal(vector, light.embed_documents([text])[0])


def test_spaces_are_kept_apart(store: VectorStore) -> None:
    store.put("one", ["text"], np.ones((1, 2), np.float32))
    assert store.get("two", ["text"]) == {}
    assert store.get("one", ["text", "other"])["text"].tolist() == [1.0, 1.0]


def test_progress_is_told_of_every_text(light: Embedder, store: VectorStore) -> None:
    told: list[int] = []
    StoredEmbedder(light, store).embed_documents(TEXTS, progress=told.append)
    assert sum(told) == len(TEXTS)


def test_a_collection_is_the_same_with_kept_vectors(store: VectorStore, tmp_path: Path) -> None:
    documents = [ragline.Document(f"d{number}", f"{text} number {number}") for number, text in enumerate(TEXTS)]
    with ragline.open(tmp_path / "plain", embedder="light") as plain:
        plain.ingest(documents)
        expected = [(hit.doc_id, hit.score) for hit in plain.search("pump number 4")]
    found, encoded = [], []
    for name in ("first", "second"):
        collection, embedder = open_stored(tmp_path / name, store, embedder="light")
        with collection:
            collection.ingest(documents)
            encoded.append(embedder.encoded)
            found.append([(hit.doc_id, hit.score) for hit in collection.search("pump number 4")])
    assert found == [expected, expected]
    assert encoded == [len(documents), 0]
