"""The ranking metrics: against ir-measures, by hand, and their laws."""

import math

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.average_precision import average_precision
from eval.metrics.base import Metric, relevant_ids, top
from eval.metrics.hit_rate import hit_rate
from eval.metrics.mrr import reciprocal_rank
from eval.metrics.ndcg import ndcg
from eval.metrics.precision import precision
from eval.metrics.recall import recall
from eval.metrics.registry import FAMILIES, metrics_at, parse
from ragline.errors import InputError

KS = (1, 3, 5, 10, 100)
REFERENCE = {"nDCG": "nDCG", "recall": "R", "precision": "P", "MRR": "RR", "MAP": "AP", "hit_rate": "Success"}


def random_case(generator: np.random.Generator) -> tuple[list[str], dict[str, int]]:
    """A ranking of 0 to 60 of 80 documents, and graded judgements of 1 to 40 of them, at least one above 0."""
    documents = [f"d{number}" for number in range(80)]
    ranking = generator.permutation(documents)[: generator.integers(0, 61)].tolist()
    judged = generator.permutation(documents)[: generator.integers(1, 41)].tolist()
    relevance = {doc_id: int(generator.choice([-1, 0, 1, 2, 3, 7], p=[0.05, 0.35, 0.3, 0.15, 0.1, 0.05])) for doc_id in judged}
    relevance[judged[0]] = int(generator.integers(1, 4))
    return ranking, relevance


def test_500_random_runs_equal_ir_measures() -> None:
    generator = np.random.default_rng(2026)
    cases = {f"q{number}": random_case(generator) for number in range(500)}
    qrels = [ir_measures.Qrel(q, d, grade) for q, (_, relevance) in cases.items() for d, grade in relevance.items()]
    run = [
        ir_measures.ScoredDoc(q, d, float(len(ranking) - place))
        for q, (ranking, _) in cases.items()
        for place, d in enumerate(ranking)
    ]
    names = {ir_measures.parse_measure(f"{REFERENCE[metric.family]}@{metric.k}"): metric for metric in metrics_at(KS)}
    compared = 0
    for reference in ir_measures.iter_calc(list(names), qrels, run):
        ours = names[reference.measure].score(*cases[reference.query_id])
        assert ours == pytest.approx(reference.value, abs=1e-6), (reference, cases[reference.query_id])
        compared += 1
    assert compared == 500 * len(KS) * len(FAMILIES)


def test_figures_worked_out_by_hand() -> None:
    ranking, relevance = ["x", "a", "y", "b"], {"a": 1, "b": 3, "c": 1, "n": 0}
    gained = 1 / math.log2(3) + 3 / math.log2(5)
    ideal = 3 + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg(ranking, relevance, 10) == pytest.approx(gained / ideal)
    assert ndcg(ranking, relevance, 2) == pytest.approx(1 / math.log2(3) / (3 + 1 / math.log2(3)))
    assert recall(ranking, relevance, 4) == pytest.approx(2 / 3)
    assert precision(ranking, relevance, 10) == pytest.approx(0.2)
    assert average_precision(ranking, relevance, 4) == pytest.approx((1 / 2 + 2 / 4) / 3)
    assert average_precision(ranking, relevance, 3) == pytest.approx((1 / 2) / 3)
    assert reciprocal_rank(ranking, relevance, 4) == 0.5
    assert reciprocal_rank(ranking, relevance, 1) == 0.0
    assert (hit_rate(ranking, relevance, 1), hit_rate(ranking, relevance, 2)) == (0.0, 1.0)


RELEVANCE = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(-1, 3), max_size=8)
RANKING = st.lists(st.sampled_from("abcdefghxyz"), max_size=12)
METRIC = st.sampled_from(metrics_at((1, 2, 5, 20)))


@given(METRIC, RANKING, RELEVANCE)
def test_scores_lie_between_0_and_1_and_repeated_ids_count_once(
    metric: Metric, ranking: list[str], relevance: dict[str, int]
) -> None:
    score = metric.score(ranking, relevance)
    if not relevant_ids(relevance):
        assert score is None
        return
    assert score is not None
    assert 0 <= score <= 1 + 1e-12
    assert score == metric.score(list(dict.fromkeys(ranking)), relevance)
    assert metric.score([], relevance) == 0
    assert score == metric.score(ranking, {doc: grade for doc, grade in relevance.items() if grade > 0})


@given(METRIC, RANKING, RELEVANCE, st.integers(0, 11), st.integers(0, 11))
def test_moving_a_better_document_up_never_costs(
    metric: Metric, ranking: list[str], relevance: dict[str, int], first: int, second: int
) -> None:
    ranking = list(dict.fromkeys(ranking))
    low, high = sorted((first, second))
    if high >= len(ranking) or not relevant_ids(relevance):
        return
    better = list(ranking)
    better[low], better[high] = sorted(
        (ranking[low], ranking[high]), key=lambda doc: max(relevance.get(doc, 0), 0), reverse=True
    )
    before, after = metric.score(ranking, relevance), metric.score(better, relevance)
    assert before is not None
    assert after is not None
    assert after >= before - 1e-12


@given(RELEVANCE)
def test_the_best_ranking_scores_1(relevance: dict[str, int]) -> None:
    best = sorted(relevant_ids(relevance), key=lambda doc: -relevance[doc])
    if best:
        assert ndcg(best, relevance, 20) == pytest.approx(1)
        assert average_precision(best, relevance, 20) == pytest.approx(1)
        assert recall(best, relevance, 20) == reciprocal_rank(best, relevance, 1) == hit_rate(best, relevance, 1) == 1


def test_top_keeps_the_first_of_equals() -> None:
    assert top(["a", "b", "a", "c"], 3) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("written", "name"),
    [("nDCG@10", "nDCG@10"), (" ndcg@3 ", "nDCG@3"), ("R@5", "recall@5"), ("P@1", "precision@1"), ("RR@10", "MRR@10"),
     ("mrr@2", "MRR@2"), ("Success@7", "hit_rate@7"), ("hit_rate@100", "hit_rate@100"),
     ("map@5", "MAP@5"), ("AP@10", "MAP@10"), ("span_iou@3", "span_IoU@3"), ("Coverage@1", "coverage@1")],
)  # fmt: skip
def test_metrics_are_found_by_name(written: str, name: str) -> None:
    metric = parse(written)
    assert metric.name == name
    assert parse(metric.name) == metric


@pytest.mark.parametrize("name", ["", "nDCG", "nDCG@", "nDCG@0", "nDCG@-1", "nDCG@1.5", "F1@10", "nDCG@٣", "nDCG@10 x"])
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"Unknown metric .* nDCG@10\."):
        parse(name)
