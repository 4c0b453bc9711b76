"""The chunking suite: its formulas, and how peers' pieces are placed."""

import pytest

from benchmarks.chunking import Result, figures, table
from benchmarks.peer_chunkers import clipped, located, peers
from benchmarks.span_scores import SpanScores, mean_scores, span_scores
from eval.metrics.span_recall import Span
from ragline.errors import InputError


def test_scores_by_hand() -> None:
    answer = [Span("a", 10, 20), Span("a", 30, 40)]
    assert span_scores([Span("a", 0, 20), Span("b", 0, 20)], answer) == SpanScores(0.5, 0.25, 10 / 50)
    assert span_scores([Span("a", 0, 50)], answer) == SpanScores(1.0, 0.4, 0.4)
    assert span_scores([Span("b", 0, 50)], answer) == SpanScores(0.0, 0.0, 0.0)
    assert span_scores([], answer) == SpanScores(0.0, 0.0, 0.0)


def test_what_two_chunks_share_is_found_once_and_read_twice() -> None:
    scores = span_scores([Span("a", 0, 20), Span("a", 10, 30)], [Span("a", 10, 20)])
    assert scores == SpanScores(1.0, 10 / 40, 10 / 40)


def test_references_that_overlap_count_once() -> None:
    assert span_scores([Span("a", 0, 10)], [Span("a", 0, 10), Span("a", 5, 10)]).recall == 1.0


def test_means() -> None:
    assert mean_scores([SpanScores(1, 0.5, 0.25), SpanScores(0, 0.5, 0.75)]) == SpanScores(0.5, 0.5, 0.5)
    with pytest.raises(InputError):
        mean_scores([])
    with pytest.raises(InputError):
        span_scores([Span("a", 0, 5)], [])


def test_pieces_are_placed_in_order_also_where_they_repeat() -> None:
    assert located("ab ab ab", ["ab", " ab ", "", "ab"]) == [(0, 2), (3, 5), (6, 8)]
    assert located("one two three", ["one two", "two three"]) == [(0, 7), (4, 13)]
    with pytest.raises(InputError, match="Leave that peer out"):
        located("abc", ["x"])


def test_ours_are_held_to_the_best_peer_of_the_same_size() -> None:
    results = [
        Result("structure", 128, 0.0, SpanScores(0.75, 0.1, 0.09), 10, 400.0),
        Result("structure", 128, 0.15, SpanScores(0.75, 0.1, 0.09), 10, 400.0),
        Result("semantic", 128, 0.0, SpanScores(0.65, 0.1, 0.16), 10, 200.0),
        Result("fixed", 128, 0.0, SpanScores(0.9, 0.1, 0.2), 10, 400.0),
        Result("Peer", 128, 0.0, SpanScores(0.76, 0.1, 0.08), 10, 400.0),
        Result("Tiny", 128, 0.0, SpanScores(0.60, 0.1, 0.15), 10, 100.0),
    ]
    found = {figure.name: figure for figure in figures(results)}
    assert found["structure, 128 tokens: recall@5"].target == ">= 0.7500"
    assert found["structure, 128 tokens: IoU@5"].target == ">= 0.0800"
    assert found["semantic, 128 tokens: recall@5"].target == ">= 0.6000"
    assert found["semantic, 128 tokens: IoU@5"].target == ">= 0.1500"
    assert sum(bool(figure.target) for figure in found.values()) == 4
    assert table(results).count("\n") == len(results) + 1


def test_every_peer_is_there_or_said_to_be_absent() -> None:
    assert list(peers()) == ["LangChain recursive", "Chonkie recursive", "Chonkie sentence", "Chonkie semantic"]


def test_texts_are_cut_at_what_the_embedder_reads() -> None:
    class Reader:
        max_tokens = 5

        def count_tokens(self, texts: list[str]) -> list[int]:
            return [len(text) for text in texts]

    assert clipped(Reader(), ["abc", "abcdefghij"]) == ["abc", "abcd"]  # type: ignore[arg-type]
