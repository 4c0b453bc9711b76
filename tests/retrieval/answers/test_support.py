import pytest

from retrieval.answers.support import (
    DEFAULT_THRESHOLDS,
    SIMILARITY_SHARE,
    THRESHOLDS,
    Support,
    SupportThresholds,
    measure_support,
    thresholds_for,
    weakness,
)
from retrieval.answers.terms import query_terms

TERMS = query_terms("dental orthodontics coverage", "en")
WEIGHTS = {TERMS[0].text: 2.0, TERMS[1].text: 1.0, TERMS[2].text: 1.0}
LIMITS = SupportThresholds(support=0.5, similarity=0.45)


def test_coverage_is_that_of_the_best_single_hit_and_uncovered_that_of_all() -> None:
    texts = [frozenset({TERMS[0].text}), frozenset({TERMS[2].text})]
    support = measure_support(0.4, TERMS, WEIGHTS, texts)
    assert support.coverage == pytest.approx(0.5)
    assert support.uncovered == ("orthodontics",)
    assert support.score == pytest.approx(SIMILARITY_SHARE * 0.4 + (1 - SIMILARITY_SHARE) * 0.5)


@pytest.mark.parametrize(("similarity", "kept"), [(-0.3, 0.0), (0.5, 0.5), (1.0000001, 1.0)])
def test_similarity_is_kept_in_range(similarity: float, kept: float) -> None:
    assert measure_support(similarity, TERMS, WEIGHTS, [frozenset()]).similarity == kept


def test_no_terms_is_no_coverage() -> None:
    assert measure_support(0.5, (), {}, [frozenset({"x"})]).coverage == 0.0


def test_the_reason_names_what_is_missing() -> None:
    reason = weakness(Support(0.31, 0.0, ("dental", "orthodontics"), 3), LIMITS)
    assert reason == "no passage covers 'dental', 'orthodontics'; best similarity 0.31 < 0.45; support 0.19 < 0.50"


def test_only_the_weak_half_is_named() -> None:
    assert weakness(Support(0.5, 0.2, (), 3), LIMITS) == "support 0.38 < 0.50"


def test_strong_support_has_no_reason_and_no_hits_has_its_own() -> None:
    assert weakness(Support(0.6, 0.5, ("orthodontics",), 3), LIMITS) == ""
    assert weakness(Support(0.0, 0.0, (), 0), LIMITS) == "no passage was found"


def test_thresholds_go_by_the_embedders_name() -> None:
    assert thresholds_for("minilm") == thresholds_for("minilm-next") == THRESHOLDS["minilm"]
    assert thresholds_for("light") == THRESHOLDS["light"]
    assert thresholds_for("somebody/else") == DEFAULT_THRESHOLDS
    assert all(DEFAULT_THRESHOLDS.support >= known.support for known in THRESHOLDS.values())
