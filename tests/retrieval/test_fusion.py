"""Fusion: the formulas of the papers, with weights and shares, and the laws that all of them keep."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragline.settings import choices_of
from retrieval.fusion import RRF_K, distribution_based, min_max, reciprocal_rank_fusion, relative_scores
from retrieval.fusion_rule import FusionRule

keys = st.lists(st.integers(0, 30).map(lambda number: f"{number:02d}".encode()), unique=True, max_size=20)


def test_formula_with_one_based_ranks() -> None:
    fused = reciprocal_rank_fusion({"vector": [b"a", b"b"], "lexical": [b"b", b"c"]})
    assert [item.key for item in fused] == [b"b", b"a", b"c"]
    assert fused[0].score == 1 / 62 + 1 / 61
    assert fused[0].ranks == {"vector": 2, "lexical": 1}
    assert fused[1].terms == {"vector": 1 / 61}


def test_absent_gets_no_credit_and_ties_go_by_key() -> None:
    fused = reciprocal_rank_fusion({"vector": [b"z"], "lexical": [b"a"]})
    assert [item.key for item in fused] == [b"a", b"z"]
    assert fused[0].score == fused[1].score == 1 / (RRF_K + 1)


def test_weights_and_k() -> None:
    fused = reciprocal_rank_fusion({"vector": [b"a"], "lexical": [b"b"]}, k=1, weights={"lexical": 3.0})
    assert [(item.key, item.score) for item in fused] == [(b"b", 1.5), (b"a", 0.5)]


def test_credits_weigh_each_candidate() -> None:
    fused = reciprocal_rank_fusion({"vector": [b"a", b"b"], "lexical": [b"c"]}, shares={"vector": [1.0, 0.25]})
    assert [(item.key, item.score) for item in fused] == [(b"a", 1 / 61), (b"c", 1 / 61), (b"b", 0.25 / 62)]
    assert fused[2].terms == {"vector": 0.25 / 62}


def test_relative_scores() -> None:
    assert relative_scores([4.0, 2.0, -1.0]) == [1.0, 0.5, 0.0]
    assert relative_scores([-0.1, -0.2]) == [1.0, 1.0]
    assert relative_scores([]) == []


def test_a_repeated_key_counts_once_at_its_first_place() -> None:
    (first, second) = reciprocal_rank_fusion({"vector": [b"a", b"b", b"a"]})
    assert (first.key, first.score, second.key) == (b"a", 1 / 61, b"b")


def test_nothing_in_nothing_out() -> None:
    assert reciprocal_rank_fusion({}) == []
    assert reciprocal_rank_fusion({"vector": [], "lexical": []}) == []


@given(keys, keys)
def test_properties(left: list[bytes], right: list[bytes]) -> None:
    fused = reciprocal_rank_fusion({"vector": left, "lexical": right})
    assert {item.key for item in fused} == set(left) | set(right)
    assert [item.score for item in fused] == sorted((item.score for item in fused), reverse=True)
    for item in fused:
        assert item.score == pytest.approx(sum(item.terms.values()))
        for leg, ranking in (("vector", left), ("lexical", right)):
            assert item.ranks.get(leg) == (ranking.index(item.key) + 1 if item.key in ranking else None)


@given(keys)
def test_one_list_keeps_its_order(ranking: list[bytes]) -> None:
    assert [item.key for item in reciprocal_rank_fusion({"vector": ranking})] == ranking


@given(keys, keys)
def test_order_of_the_legs_does_not_matter(left: list[bytes], right: list[bytes]) -> None:
    one = reciprocal_rank_fusion({"vector": left, "lexical": right})
    other = reciprocal_rank_fusion({"lexical": right, "vector": left})
    assert [(item.key, round(item.score, 12)) for item in one] == [(item.key, round(item.score, 12)) for item in other]


def test_scales() -> None:
    assert min_max([5.0, 3.0, 1.0]) == [1.0, 0.5, 0.0]
    assert min_max([2.0]) == min_max([0.0]) == [1.0]
    assert distribution_based([2.0]) == [0.5]
    assert distribution_based([0.1] * 3) == [0.5] * 3  # whose mean is not 0.1 in floating point
    assert distribution_based([1.0, -1.0]) == pytest.approx([0.5 + 1 / (6 * 2**0.5), 0.5 - 1 / (6 * 2**0.5)])
    assert min_max([]) == distribution_based([]) == []


def test_an_outlier_is_worth_no_less_than_one_that_is_absent() -> None:
    assert min(distribution_based([1.0] * 99 + [-1000.0])) == 0.0


@given(keys, keys, st.sampled_from(choices_of("fusion")), st.floats(0, 5), st.data())
def test_every_formula_keeps_the_laws(
    left: list[bytes], right: list[bytes], method: str, weight: float, data: st.DataObject
) -> None:
    """Terms add up, original ranks stay, absent = no credit, a better place never counts less, ties go by key."""
    lists = {"vector": left, "lexical": right}
    values = st.floats(-1, 1, width=32)
    raw = {leg: sorted((data.draw(values) for _ in keys), reverse=True) for leg, keys in lists.items()}
    fused = FusionRule(method, {"lexical": weight}).fuse(lists, raw)
    assert {item.key for item in fused} == set(left) | set(right)
    assert [(-item.score, item.key) for item in fused] == sorted((-item.score, item.key) for item in fused)
    for item in fused:
        assert item.score == pytest.approx(sum(item.terms.values()))
        assert item.ranks == {leg: own.index(item.key) + 1 for leg, own in lists.items() if item.key in own}
        assert all(term >= 0 for term in item.terms.values())
        assert item.terms.keys() == item.ranks.keys()
    for leg, own in lists.items():
        terms = {item.key: item.terms[leg] for item in fused if leg in item.terms}
        assert all(terms[better] >= terms[worse] for better, worse in pairwise(own))


def test_the_formula_is_told_with_its_weights() -> None:
    rule = FusionRule("min-max", {"lexical": 0.5, ":variants": 0.5})
    assert (
        rule.formula(["vector", "lexical"])
        == "mean of (score - min) / (max - min) over the legs, weights vector 1, lexical 0.5"
    )
    assert rule.weight("lexical:variants") == rule.weight("lexical:variants.2") == 0.25
    assert FusionRule("rrf").formula(["vector", "lexical"]) == "sum of 1 / (60 + rank)"
