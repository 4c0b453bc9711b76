from collections.abc import Callable

import pytest

from ragline.types import Hit
from retrieval.answers.answerability import ANY, model_for
from retrieval.answers.extractive import ExtractiveAnswerer
from retrieval.answers.features import Evidence
from retrieval.answers.support import Support, SupportThresholds, measure_support, thresholds_for, weakness
from retrieval.answers.terms import query_terms

TERMS = query_terms("dental orthodontics coverage", "en")
WEIGHTS = {TERMS[0].text: 2.0, TERMS[1].text: 1.0, TERMS[2].text: 1.0}
LIMITS = SupportThresholds(support=0.5, similarity=0.45)


def evidence(hits: list[Hit], *texts: frozenset[str]) -> Evidence:
    return Evidence("dental orthodontics coverage", hits, TERMS, WEIGHTS, texts, ())


def test_coverage_is_that_of_the_best_single_hit_and_uncovered_that_of_all(make_hit: Callable[..., Hit]) -> None:
    hits = [make_hit("one"), make_hit("two", start=10, rank=2)]
    support = measure_support(evidence(hits, frozenset({TERMS[0].text}), frozenset({TERMS[2].text})), model_for("light"))
    assert support.coverage == pytest.approx(0.5)
    assert support.uncovered == ("orthodontics",)
    assert 0.0 < support.score < 1.0


def test_no_terms_is_no_coverage(make_hit: Callable[..., Hit]) -> None:
    nothing = Evidence("?", [make_hit("x")], (), {}, [frozenset({"x"})], ())
    assert measure_support(nothing, model_for("light")).coverage == 0.0


def test_without_hits_there_is_no_support() -> None:
    assert measure_support(evidence([]), model_for("light")).score == 0.0


def test_the_reason_names_what_is_missing() -> None:
    reason = weakness(Support(0.31, 0.0, ("dental", "orthodontics"), 3, 0.19), LIMITS)
    assert reason == "no passage covers 'dental', 'orthodontics'; best similarity 0.31 < 0.45; support 0.19 < 0.50"


def test_only_what_is_weak_is_named() -> None:
    assert weakness(Support(0.5, 0.2, (), 3, 0.38), LIMITS) == "support 0.38 < 0.50"


def test_what_else_speaks_against_an_answer_is_told() -> None:
    note = "the question denies what the best sentence states"
    assert weakness(Support(0.5, 0.9, (), 3, 0.38, (note,)), LIMITS) == f"{note}; support 0.38 < 0.50"


def test_strong_support_has_no_reason_and_no_hits_has_its_own() -> None:
    assert weakness(Support(0.6, 0.5, ("orthodontics",), 3, 0.56), LIMITS) == ""
    assert weakness(Support(0.0, 0.0, (), 0, 0.0), LIMITS) == "no passage was found"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("When was the warehouse in Tarragona opened?", "has no date such as the question asks for"),
        ("Who opened the warehouse in Tarragona?", "has no name such as the question asks for"),
        ("How many people work in the warehouse?", "has no number such as the question asks for"),
    ],
)
def test_the_kind_of_answer_that_is_missing_is_told(
    question: str, told: str, make_hit: Callable[..., Hit], light: object
) -> None:
    hit = make_hit("The warehouse in Tarragona is near the harbour. It is cooled by sea water.")
    support = ExtractiveAnswerer().assess(question, [hit], embedder=light)  # type: ignore[arg-type]
    assert any(told in note for note in support.notes)


def test_thresholds_go_by_the_embedders_name() -> None:
    assert thresholds_for("minilm") == thresholds_for("minilm-next") != thresholds_for("light")
    other = thresholds_for("somebody/else")
    assert other.support == model_for(ANY).threshold
