"""Making the weights: the regression finds what is there, passages leave without a trace, thirds stay what they are."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.answerability_data import ABSENT, ANSWERABLE, HELD_OUT, NEAR_MISS, SQUAD, Case, third_of, without
from benchmarks.logistic import fit
from benchmarks.train_answerability import REFUSED, train
from ragline.types import Chunk, Hit, LegScore
from retrieval.answers.answerability import model_from


def test_the_regression_finds_the_weights_that_made_the_labels() -> None:
    draw = np.random.default_rng(0)
    features = draw.normal(size=(20_000, 3))
    wanted = np.array([1.5, -0.7, 0.0])
    labels = draw.random(20_000) < 1 / (1 + np.exp(-(features @ wanted + 0.4)))
    weights, intercept = fit(features, labels, np.ones(20_000))
    assert weights == pytest.approx(wanted, abs=0.06)
    assert intercept == pytest.approx(0.4, abs=0.06)


def test_a_question_that_counts_twice_counts_as_two() -> None:
    draw = np.random.default_rng(1)
    features = draw.normal(size=(200, 2))
    labels = features[:, 0] + draw.normal(size=200) > 0
    twice = np.concatenate([features, features[:50]])
    weights = np.ones(200)
    weights[:50] = 2.0
    once, _ = fit(features, labels, weights)
    repeated, _ = fit(twice, np.concatenate([labels, labels[:50]]), np.ones(250))
    assert once == pytest.approx(repeated, abs=0.02)  # the ridge is per question


def test_perfectly_separable_questions_have_finite_weights() -> None:
    features = np.linspace(-1, 1, 40)[:, None]
    weights, intercept = fit(features, features[:, 0] > 0, np.ones(40))
    assert np.isfinite(weights).all()
    assert np.isfinite(intercept)


def hit(name: str, rank: int, **legs: int) -> Hit:
    chunk = Chunk(name, name, name, 0, 1)
    return Hit(chunk, 1.0 / rank, rank, {leg: LegScore(leg, place, 1.0 / place) for leg, place in legs.items()})


def test_ranks_close_up_where_a_passage_leaves() -> None:
    hits = [hit("a", 1, vector=2, lexical=1), hit("gone", 2, vector=1), hit("b", 3, vector=3, lexical=2)]
    left = without(hits, lambda each: each.doc_id == "gone")
    assert [(each.doc_id, each.rank) for each in left] == [("a", 1), ("b", 2)]
    assert [{name: leg.rank for name, leg in each.legs.items()} for each in left] == [
        {"vector": 1, "lexical": 1},
        {"vector": 2, "lexical": 2},
    ]


def test_articles_are_split_by_their_title_for_ever() -> None:
    assert [third_of(title) for title in ("Normans", "Oxygen", "Steam engine")] == [2, 2, 1]
    assert {third_of(str(number)) for number in range(50)} == {0, 1, 2}
    assert HELD_OUT in {0, 1, 2}


@pytest.fixture
def cases() -> list[Case]:
    draw = np.random.default_rng(2)
    made = []
    for corpus in (SQUAD, "halueval"):
        for kind, centre in ((ANSWERABLE, 1.0), (ABSENT, -1.0), (NEAR_MISS, 0.0)):
            for number in range(300):
                features = {"similarity": float(draw.normal(centre)), "length": float(draw.normal())}
                made.append(Case(corpus, kind, f"{corpus}{kind}{number}", features))
    return made


def test_the_threshold_refuses_the_share_that_was_chosen_on_corpora_left_out(cases: list[Case]) -> None:
    stored = train(cases, ["similarity", "length"])
    model = model_from(stored)
    assert model.weights["similarity"].weight > 10 * abs(model.weights["length"].weight)
    refused = [model.probability(each.features) < model.threshold for each in cases if each.kind == ANSWERABLE]
    assert np.mean(refused) == pytest.approx(REFUSED, abs=0.03)


def test_the_same_cases_make_the_same_weights_in_any_order(cases: list[Case]) -> None:
    order: Callable[[Case], str] = lambda each: each.id[::-1]  # noqa: E731
    assert train(cases, ["similarity", "length"]) == train(sorted(cases, key=order), ["similarity", "length"])


def test_a_feature_that_is_not_known_everywhere_is_used_where_it_is(cases: list[Case]) -> None:
    partly = [
        Case(
            each.corpus,
            each.kind,
            each.id,
            {**each.features, "cosine": float("nan") if place % 2 else each.features["similarity"]},
        )
        for place, each in enumerate(cases)
    ]
    assert train(partly, ["cosine", "length"])["weights"]["cosine"][0] > 0.3
