"""Vectors of queries: kept within bounds, the same bit for bit, embedded together, by one embedder each."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.embedders.base import EmbedderFingerprint, Vectors
from indexes.embedders.registry import load_embedder
from retrieval.query_vectors import QueryVectors


class Counting:
    """An embedder that remembers what it was asked."""

    runtime = "counting"

    def __init__(self, name: str = "one") -> None:
        self.fingerprint = EmbedderFingerprint(name, "0", 2, 0, "mean")
        self.asked: list[str] = []
        self._lock = threading.Lock()

    def embed_query(self, text: str) -> Vectors:
        with self._lock:
            self.asked.append(text)
        return np.array([len(text), 1], np.float32)


class Batching(Counting):
    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[str]] = []

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        return np.stack([self.embed_query(text) for text in texts])


def kept(embedder: Counting, capacity: int) -> QueryVectors:
    return QueryVectors(lambda: embedder, capacity)  # type: ignore[arg-type, return-value]


def test_the_same_query_is_embedded_once_and_its_vector_cannot_be_changed() -> None:
    embedder = Counting()
    vectors = kept(embedder, 10)
    first = vectors.vector("words")
    assert vectors.vector("words") is first
    assert embedder.asked == ["words"]
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0
    assert (vectors.stats.entries, vectors.stats.hits, vectors.stats.misses) == (1, 1, 1)


@given(st.lists(st.sampled_from("abcdef"), max_size=40), st.integers(0, 4))
def test_no_more_are_kept_than_the_capacity_and_those_are_the_last_asked_for(texts: list[str], capacity: int) -> None:
    embedder = Counting()
    vectors = kept(embedder, capacity)
    last: list[str] = []
    for text in texts:
        before = len(embedder.asked)
        assert vectors.vector(text)[0] == 1
        assert (len(embedder.asked) == before) == (text in last)
        last = [*(other for other in last if other != text), text][-capacity:] if capacity else []
        assert vectors.stats.entries == len(last)


def test_what_is_missing_is_embedded_together_each_text_once() -> None:
    embedder = Batching()
    vectors = kept(embedder, 10)
    vectors.vector("b")
    found = vectors.vectors(["a", "b", "ccc", "a"])
    assert [vector[0] for vector in found] == [1, 1, 3, 1]
    assert embedder.batches == [["a", "ccc"]]
    assert all(vector.base is None for vector in found)  # none keeps its batch in memory


def test_another_embedder_or_runtime_has_vectors_of_its_own() -> None:
    one, other = Counting("one"), Counting("other")
    current = [one]
    vectors = QueryVectors(lambda: current[0], 10)  # type: ignore[arg-type, return-value]
    vectors.vector("words")
    current[0] = other
    vectors.vector("words")
    other.runtime = "another"
    vectors.vector("words")
    assert (len(one.asked), len(other.asked)) == (1, 2)


def test_threads_get_their_own_querys_vector() -> None:
    vectors = kept(Counting(), 3)
    texts = ["x" * n for n in range(1, 9)] * 50
    with ThreadPoolExecutor(8) as pool:
        assert [int(vector[0]) for vector in pool.map(vectors.vector, texts)] == list(map(len, texts))
    assert vectors.stats.entries <= 3


def test_the_light_embedder_gives_the_same_vectors_together() -> None:
    embedder = load_embedder("light")
    texts = ["", "pump", "error E-4012", "a much longer question about the warranty of a pump " * 40]
    vectors = QueryVectors(lambda: embedder, 0).vectors(texts)
    assert all(np.array_equal(vector, embedder.embed_query(text)) for vector, text in zip(vectors, texts, strict=True))
