"""What each feature says of plain cases."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes.embedders.base import Embedder
from ragline.types import Hit, LegScore
from retrieval.answers.extractive import ExtractiveAnswerer
from retrieval.answers.features import FEATURES, measure

MakeHit = Callable[..., Hit]
TEXT = "Anna Berg opened the depot in Tarragona in 1994. The depot has 40 pumps and does not store acid."


def features(question: str, hits: list[Hit], light: Embedder) -> dict[str, float]:
    return measure(ExtractiveAnswerer().evidence(question, hits, embedder=light))


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Who opened the depot in Tarragona?", 0.0),
        ("Who stores acid?", 0.0),  # Anna Berg is a name, though not of one who does
        ("When was the depot in Tarragona opened?", 0.0),
        ("When was the depot in Tarragona opened, in 1994?", 1.0),  # the only year is that of the question
        ("How many pumps has the depot?", 0.0),
        ("What colour has the depot?", 0.0),  # no kind that is known
    ],
)
def test_a_kind_of_answer_is_looked_for(question: str, missing: float, make_hit: MakeHit, light: Embedder) -> None:
    assert features(question, [make_hit(TEXT)], light)["kind_missing_in_all"] == missing


def test_a_name_that_no_passage_has_weighs(make_hit: MakeHit, light: Embedder) -> None:
    assert features("Who opened the depot in Tarragona?", [make_hit(TEXT)], light)["uncovered_names"] == 0.0
    assert features("Who opened the depot in Valencia?", [make_hit(TEXT)], light)["uncovered_names"] == 1.0
    assert features("Which pump has the code BX-77?", [make_hit(TEXT)], light)["uncovered_names"] == 1.0


def test_a_negation_is_compared_with_the_best_sentence(make_hit: MakeHit, light: Embedder) -> None:
    assert features("What does the depot not store?", [make_hit(TEXT)], light)["negation"] == 0.0
    assert features("Who never opened the depot in Tarragona?", [make_hit(TEXT)], light)["negation"] == 1.0


def test_neighbouring_words_are_found_together(make_hit: MakeHit, light: Embedder) -> None:
    assert features("depot has pumps", [make_hit(TEXT)], light)["together"] == 1.0
    apart = "The depot is old, and it lies by the sea, where ships that need new pumps never come."
    assert features("depot pumps", [make_hit(apart)], light)["together"] == 0.0


def test_the_legs_agree_where_both_have_a_passage_first(make_hit: MakeHit, light: Embedder) -> None:
    hit = make_hit(TEXT)
    both = replace(hit, legs={"vector": LegScore("vector", 1, 0.6), "lexical": LegScore("lexical", 2, 9.0)})
    other = replace(make_hit("Else.", start=500, rank=2), legs={"vector": LegScore("vector", 2, 0.3)})
    found = features("Who opened the depot?", [both, other], light)
    assert (found["agreement"], found["found_by_both"]) == (0.5, 0.5)
    assert (found["cosine"], found["cosine_margin"]) == (0.6, pytest.approx(0.3))
    assert math.isnan(found["lexical_margin"])  # one score has no margin


def test_two_legs_that_are_not_vector_and_lexical_agree_on_nothing(make_hit: MakeHit, light: Embedder) -> None:
    hit = replace(make_hit(TEXT), legs={name: LegScore(name, 1, 1.0) for name in ("vector", "feedback")})
    assert features("Who opened the depot?", [hit], light)["agreement"] == 0.0


def test_a_leg_that_was_not_asked_is_not_known(make_hit: MakeHit, light: Embedder) -> None:
    found = features("Who opened the depot?", [make_hit(TEXT)], light)
    assert all(math.isnan(found[name]) for name in ("cosine", "cosine_margin", "lexical_margin", "agreement", "found_by_both"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1).filter(str.strip), st.lists(st.text(), max_size=4))
def test_any_text_has_features_that_are_numbers_or_unknown(
    make_hit: MakeHit, light: Embedder, question: str, texts: list[str]
) -> None:
    hits = [make_hit(text, doc_id=f"d{rank}", rank=rank) for rank, text in enumerate(texts, start=1)]
    found = features(question, hits, light)
    assert list(found) == list(FEATURES)
    assert not any(math.isinf(value) for value in found.values())
