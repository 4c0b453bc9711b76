"""The semantic chunker, example by example. Its invariants are in the chunker contract."""

import statistics
from collections.abc import Sequence

import numpy as np
import pytest

from ingestion.chunkers.registry import make_chunker
from ingestion.chunkers.semantic import JOIN_WEIGHT, SemanticChunker, join_costs
from ingestion.parsers.text import parse_plain_text
from ragline.errors import SettingsError

TOPICS = ("pump", "garden", "salary", "violin")


class WordCounter:
    max_tokens: int | None = None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


class TopicEmbedder:
    """One dimension for each topic, and one for everything else; keeps the texts that it was given."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def __call__(self, texts: list[str]) -> list[list[float]]:
        self.calls.append(texts)
        return [[float(text.count(topic)) for topic in TOPICS] + [0.1] for text in texts]


def about(topic: str, count: int) -> str:
    return " ".join(f"The {topic} number {index} is a {topic} for us." for index in range(count))


def test_cuts_lie_between_topics() -> None:
    parts = [about("pump", 5), about("garden", 6), about("salary", 7), about("violin", 5)]
    parsed = parse_plain_text(" ".join(parts))
    spans = SemanticChunker(WordCounter(), TopicEmbedder(), size_tokens=80, overlap=0).chunk(parsed)
    assert [parsed.text[span.start : span.end] for span in spans] == parts


def test_a_topic_that_is_too_long_is_divided_and_the_others_are_left_alone() -> None:
    parsed = parse_plain_text(f"{about('pump', 12)} {about('garden', 5)}")
    spans = SemanticChunker(WordCounter(), TopicEmbedder(), size_tokens=80, overlap=0).chunk(parsed)
    pieces = [parsed.text[span.start : span.end] for span in spans]
    assert len(pieces) == 3
    assert pieces[-1] == about("garden", 5)
    assert all(len(piece.split()) < 80 for piece in pieces)


def test_no_chunk_is_too_small_where_there_is_more() -> None:
    parsed = parse_plain_text(f"{about('pump', 6)} A violin. {about('garden', 6)}")
    spans = SemanticChunker(WordCounter(), TopicEmbedder(), size_tokens=80, overlap=0).chunk(parsed)
    assert all(len(parsed.text[span.start : span.end].split()) >= 10 for span in spans)


def test_a_document_costs_one_call_and_each_sentence_once() -> None:
    embed = TopicEmbedder()
    parsed = parse_plain_text(f"{about('pump', 8)}\n\n{about('garden', 8)}")
    SemanticChunker(WordCounter(), embed, size_tokens=64).chunk(parsed)
    ((*sentences,),) = embed.calls
    assert len(sentences) == len(set(sentences)) == 16


def test_arrays_and_lists_of_vectors_are_the_same() -> None:
    parsed = parse_plain_text(f"{about('pump', 8)} {about('garden', 8)}")
    embed = TopicEmbedder()
    lists = SemanticChunker(WordCounter(), embed, size_tokens=64).chunk(parsed)
    arrays = SemanticChunker(WordCounter(), lambda texts: np.array(embed(texts), np.float32), size_tokens=64).chunk(parsed)
    assert arrays == lists


def test_vectors_that_say_nothing_leave_it_to_the_sizes() -> None:
    parsed = parse_plain_text(about("pump", 20))
    spans = SemanticChunker(WordCounter(), lambda texts: [[0.0]] * len(texts), size_tokens=64, overlap=0).chunk(parsed)
    sizes = [len(parsed.text[span.start : span.end].split()) for span in spans]
    assert max(sizes) - min(sizes) <= 9


@pytest.mark.parametrize("percentile", [-1, 101, float("nan")])
def test_a_percentile_is_from_0_to_100(percentile: float) -> None:
    with pytest.raises(SettingsError, match="use a number from 0 to 100"):
        SemanticChunker(WordCounter(), TopicEmbedder(), percentile=percentile)


def test_it_needs_an_embedder() -> None:
    with pytest.raises(SettingsError, match="pass embed"):
        make_chunker("semantic", WordCounter())
    assert "percentile=50" in make_chunker("semantic", WordCounter(), embed=TopicEmbedder()).fingerprint


def test_costs_are_deviations_from_the_percentile() -> None:
    distances = [0.0, 0.2, 0.4, 0.9, 0.5]
    places = distances[1:]
    expected = [JOIN_WEIGHT * (each - np.percentile(places, 50)) / statistics.pstdev(places) for each in places]
    assert join_costs(distances) == pytest.approx([0.0, *expected])
    high = join_costs(distances, percentile=100)
    assert max(high[1:]) == pytest.approx(0.0)


@pytest.mark.parametrize("distances", [[], [0.0], [0.0, 0.5], [0.0, 0.5, 0.5, 0.5 + 1e-15]])
def test_equal_distances_cost_nothing(distances: list[float]) -> None:
    assert join_costs(distances) == [0.0] * len(distances)
