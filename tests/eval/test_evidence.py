"""Which passages carry what a golden set names."""

import pytest

from eval.evidence import evidence_of
from eval.golden import GoldenItem, Relevance
from eval.metrics.spans import Span


def item(*judgements: Relevance) -> GoldenItem:
    return GoldenItem("q", "what?", relevant=judgements)


@pytest.mark.parametrize(
    ("start", "end", "carries"),
    [
        (0, 100, False),
        (0, 110, True),
        (0, 109, False),
        (105, 115, True),
        (100, 120, True),
        (119, 300, False),
        (500, 600, False),
    ],
)
def test_a_place_is_carried_by_a_passage_with_half_of_it_or_within_it(start: int, end: int, carries: bool) -> None:
    evidence = evidence_of(item(Relevance("a", 1, "", 100, 120)))
    assert evidence.is_in(Span("a", start, end)) == carries
    assert not evidence.is_in(Span("b", start, end))


def test_a_place_longer_than_passages_is_carried_by_what_lies_in_it() -> None:
    evidence = evidence_of(item(Relevance("a", 1, "", 0, 1000)))
    assert evidence.is_in(Span("a", 400, 500))
    assert evidence.is_in(Span("a", 950, 1050))
    assert not evidence.is_in(Span("a", 951, 1053))


def test_a_document_without_a_place_is_carried_by_any_of_its_passages() -> None:
    evidence = evidence_of(item(Relevance("a"), Relevance("b", 1, "", 5, 9)))
    assert evidence.is_in(Span("a", 70, 80))
    assert not evidence.is_in(Span("b", 70, 80))
    assert evidence.doc_ids == {"a", "b"}


def test_only_the_best_grade_is_evidence() -> None:
    evidence = evidence_of(item(Relevance("helps", 1), Relevance("answers", 2), Relevance("not", 0)))
    assert evidence.doc_ids == {"answers"}
    assert not evidence_of(item(Relevance("not", 0)))
    assert not evidence_of(item())


def test_the_first_passage_that_carries_it_is_told_by_its_place() -> None:
    evidence = evidence_of(item(Relevance("a", 1, "", 10, 20)))
    assert evidence.first_in([Span("b", 0, 99), Span("a", 20, 30), Span("a", 10, 15), Span("a", 0, 99)]) == 3
    assert evidence.first_in([Span("b", 0, 99)]) is None


def test_a_citation_of_one_character_touches_it() -> None:
    evidence = evidence_of(item(Relevance("a", 1, "", 10, 20)))
    assert evidence.is_touched_by(Span("a", 0, 11))
    assert not evidence.is_touched_by(Span("a", 0, 10))
