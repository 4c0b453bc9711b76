"""Fitting the reranker: it learns what there is to learn, and always the same."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import ragline
from eval.golden import load_golden
from eval.metrics.ndcg import ndcg
from eval.reranking.examples import Example, examples_of
from eval.reranking.fit import Prior, fit
from eval.reranking.refit import LEAST_QUERIES, refit
from ragline.errors import GoldenSetError, InputError
from retrieval.hybrid import HybridRetriever
from retrieval.rerankers.weights import Weights

VECTOR_ONLY = Weights(vector=5.0, lexical=0.0, feedback=0.0, blend=0.5)
LEXICAL_ONLY = Weights(vector=0.0, lexical=5.0, feedback=0.0, blend=0.5)


@pytest.fixture
def examples(kb: ragline.Collection, golden: Path) -> list[Example]:
    space = kb._serving.space()
    return examples_of(
        load_golden(golden),
        lambda reranker: HybridRetriever(space.store, lambda: space.embedder, kb.settings, reranker=reranker),
        depth=20,
    )


def mean_ndcg(examples: list[Example], weights: Weights) -> float:
    return float(np.mean([example.ndcg(example.scores(weights)) for example in examples]))


def test_an_example_holds_no_more_candidates_than_asked_for(examples: list[Example]) -> None:
    assert len(examples) == 36
    assert {len(example.pool) for example in examples} == {20}


def test_its_ndcg_is_that_of_the_metric(examples: list[Example]) -> None:
    example = examples[0]
    scores = example.scores(LEXICAL_ONLY)
    order = sorted(range(len(scores)), key=lambda place: (-scores[place], example.pool.items[place].key))
    assert example.ndcg(scores) == ndcg([example.doc_ids[place] for place in order], example.grades, 10)


def test_the_fit_trusts_the_leg_that_is_right(examples: list[Example]) -> None:
    weights = fit([examples])
    assert weights.lexical > weights.vector
    assert weights.blend < 0.5
    assert mean_ndcg(examples, weights) > mean_ndcg(examples, VECTOR_ONLY)
    assert min(weights.json().values()) >= 0


def test_the_same_examples_give_the_same_weights(kb: ragline.Collection, examples: list[Example], golden: Path) -> None:
    space = kb._serving.space()
    again = examples_of(
        load_golden(golden),
        lambda reranker: HybridRetriever(space.store, lambda: space.embedder, kb.settings, reranker=reranker),
        depth=20,
    )
    assert fit([again]) == fit([examples])


def test_a_prior_holds_where_little_speaks_against_it(examples: list[Example]) -> None:
    few = fit([examples[:2]], Prior(VECTOR_ONLY, queries=1_000.0))
    assert few.vector == pytest.approx(VECTOR_ONLY.vector, abs=0.5)
    many = fit([examples], Prior(VECTOR_ONLY, queries=0.1))
    assert many.lexical > few.lexical


def test_a_fit_that_gains_is_accepted_and_one_that_does_not_is_refused(examples: list[Example]) -> None:
    better = refit(examples, VECTOR_ONLY, golden="parts")
    assert better.accepted
    assert better.after > better.before
    assert better.low > 0
    assert better.p < 0.05
    same = refit(examples, fit([examples]), golden="parts")
    assert not same.accepted
    assert "nothing is changed" in same.verdict


def test_too_few_queries_are_refused(examples: list[Example]) -> None:
    with pytest.raises(GoldenSetError, match=f"at least {LEAST_QUERIES}"):
        refit(examples[: LEAST_QUERIES - 1], VECTOR_ONLY, golden="parts")


def test_queries_without_a_choice_are_refused(examples: list[Example]) -> None:
    blind = [replace(example, grades={"elsewhere": 1}) for example in examples]
    with pytest.raises(InputError, match="golden set"):
        fit([blind])
