"""Recall of passages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.span_recall import Span, span_recall
from ragline.errors import InputError

WANTED = [Span("a", 100, 200), Span("b", 0, 10)]


@pytest.mark.parametrize(
    ("returned", "score"),
    [
        ([Span("a", 100, 200), Span("b", 0, 10)], 1.0),
        ([Span("a", 0, 150)], 0.5),
        ([Span("a", 0, 149)], 0.0),
        ([Span("a", 100, 149), Span("a", 149, 198)], 0.0),
        ([Span("a", 0, 10), Span("b", 100, 200)], 0.0),
        ([Span("b", 5, 500)], 0.5),
        ([], 0.0),
    ],
    ids=["both", "half is enough", "just below half", "two parts do not add up", "other document", "second half", "nothing"],
)
def test_a_span_is_covered_by_one_chunk_with_half_of_it(returned: list[Span], score: float) -> None:
    assert span_recall(returned, WANTED, 10) == score


def test_only_the_first_k_chunks_count() -> None:
    returned = [Span("x", 0, 5), Span("b", 0, 10)]
    assert (span_recall(returned, WANTED, 1), span_recall(returned, WANTED, 2)) == (0.0, 0.5)


def test_without_wanted_spans_there_is_no_score() -> None:
    assert span_recall(WANTED, [], 5) is None
    with pytest.raises(InputError, match="Use 1 or more"):
        span_recall(WANTED, WANTED, 0)


SPANS = st.builds(
    lambda doc, start, size: Span(doc, start, start + size), st.sampled_from("ab"), st.integers(0, 30), st.integers(1, 30)
)


@given(SPANS, SPANS)
def test_overlap_counts_the_common_characters(one: Span, other: Span) -> None:
    common = set(range(one.start, one.end)) & set(range(other.start, other.end))
    assert one.overlap(other) == other.overlap(one) == (len(common) if one.doc_id == other.doc_id else 0)


@given(st.lists(SPANS, max_size=6), st.lists(SPANS, min_size=1, max_size=4), st.integers(1, 6))
def test_more_chunks_never_cost(returned: list[Span], wanted: list[Span], k: int) -> None:
    score, deeper = span_recall(returned, wanted, k), span_recall(returned, wanted, k + 1)
    assert score is not None
    assert deeper is not None
    assert 0 <= score <= deeper <= 1
    assert span_recall([*wanted, *returned], wanted, len(wanted)) == 1
