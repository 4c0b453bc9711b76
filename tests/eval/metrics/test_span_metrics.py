"""Coverage, precision and IoU of passages: worked out by hand, and by counting characters one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.coverage import coverage
from eval.metrics.span_iou import span_iou
from eval.metrics.span_precision import span_precision
from eval.metrics.span_recall import span_recall
from eval.metrics.spans import Span, united

WANTED = [Span("a", 100, 200), Span("b", 0, 10)]
HALVES = [Span("a", 100, 149), Span("a", 149, 200)]


def test_pieces_add_up_in_coverage_and_not_in_span_recall() -> None:
    pieces = [Span("a", 100, 140), Span("a", 140, 170), Span("a", 170, 200)]
    assert (coverage(pieces, WANTED, 3), span_recall(pieces, WANTED, 3)) == (100 / 110, 0.0)
    assert (coverage(HALVES, WANTED, 2), span_recall(HALVES, WANTED, 2)) == (100 / 110, 0.5)


def test_a_long_span_weighs_more_in_coverage_and_as_much_in_span_recall() -> None:
    short = [Span("b", 0, 10)]
    assert (coverage(short, WANTED, 1), span_recall(short, WANTED, 1)) == (10 / 110, 0.5)


def test_what_is_read_too_much_costs_precision() -> None:
    chunks = [Span("a", 50, 250), Span("c", 0, 100)]
    assert span_precision(chunks, WANTED, 1) == 0.5
    assert span_precision(chunks, WANTED, 2) == 100 / 300
    assert span_iou(chunks, WANTED, 2) == 100 / (300 + 110 - 100)


def test_what_two_chunks_share_is_read_twice() -> None:
    twice = [Span("a", 100, 200)] * 2
    assert coverage(twice, WANTED, 2) == 100 / 110
    assert span_precision(twice, WANTED, 2) == 0.5


def test_wanted_spans_that_overlap_count_their_characters_once() -> None:
    assert coverage([Span("a", 0, 10)], [Span("a", 0, 10), Span("a", 5, 20)], 1) == 0.5


def test_united_spans_hold_the_same_characters_and_do_not_touch() -> None:
    spans = [Span("a", 5, 9), Span("b", 0, 1), Span("a", 0, 5), Span("a", 3, 3), Span("a", 20, 21)]
    assert united(spans) == [Span("a", 0, 9), Span("a", 20, 21), Span("b", 0, 1)]


SPANS = st.builds(
    lambda doc, start, size: Span(doc, start, start + size), st.sampled_from("ab"), st.integers(0, 30), st.integers(1, 30)
)


@given(st.lists(SPANS, max_size=6), st.lists(SPANS, min_size=1, max_size=4), st.integers(1, 6))
def test_they_are_what_counting_single_characters_gives(returned: list[Span], wanted: list[Span], k: int) -> None:
    def places(spans: list[Span]) -> set[tuple[str, int]]:
        return {(span.doc_id, at) for span in spans for at in range(span.start, span.end)}

    chunks = returned[:k]
    covered, all_wanted, read = len(places(chunks) & places(wanted)), len(places(wanted)), sum(map(len, chunks))
    assert coverage(returned, wanted, k) == pytest.approx(covered / all_wanted)
    assert span_precision(returned, wanted, k) == pytest.approx(covered / read if read else 0.0)
    assert span_iou(returned, wanted, k) == pytest.approx(covered / (read + all_wanted - covered))


@given(st.lists(SPANS, max_size=6), st.lists(SPANS, min_size=1, max_size=4), st.integers(1, 6))
def test_coverage_grows_with_k_and_bounds_the_others(returned: list[Span], wanted: list[Span], k: int) -> None:
    now, deeper, iou = coverage(returned, wanted, k), coverage(returned, wanted, k + 1), span_iou(returned, wanted, k)
    precision = span_precision(returned, wanted, k)
    assert now is not None
    assert deeper is not None
    assert iou is not None
    assert precision is not None
    assert 0 <= iou <= min(now, precision) <= max(now, precision) <= 1
    assert now <= deeper
