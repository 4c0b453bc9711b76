"""Our fusion against the field's: ranx for reciprocal ranks and min-max, and Qdrant's published formula for DBSF."""

from collections.abc import Callable, Iterator

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion_rule import FusionRule

Leg = dict[str, float]


@pytest.fixture(scope="module")
def ranx_fuse() -> Iterator[Callable[..., Leg]]:
    """ranx without its compiler, which takes half a minute where plain Python takes a millisecond."""
    before = numba.config.DISABLE_JIT
    numba.config.DISABLE_JIT = True
    from ranx import Run, fuse

    def fused(legs: list[Leg], norm: str | None, method: str, parameters: dict[str, object]) -> Leg:
        runs = [Run({"q": leg}) for leg in legs]
        for run in runs:
            run.sort()
        return dict(fuse(runs, norm=norm, method=method, params=parameters).to_dict()["q"])

    yield fused
    numba.config.DISABLE_JIT = before


# Distinct scores on a grid: ranx leaves the order of equal ones open, and so would compare ties, not formulas.
scores = st.lists(st.integers(0, 10_000), unique=True, min_size=2, max_size=30)
legs = st.tuples(scores, scores).flatmap(
    lambda pair: st.tuples(*(st.permutations(range(40)).map(lambda ids, own=own: _leg(ids, own)) for own in pair))
)
weights = st.floats(0.01, 10)


def _leg(ids: list[int], values: list[int]) -> Leg:
    return {f"{number:02d}": value / 7 for number, value in zip(ids, values, strict=False)}


def _ours(rule: FusionRule, vector: Leg, lexical: Leg) -> Leg:
    lists, raw = {}, {}
    for name, leg in (("vector", vector), ("lexical", lexical)):
        order = sorted(leg, key=lambda key, own=leg: (-own[key], key))
        lists[name], raw[name] = [key.encode() for key in order], [leg[key] for key in order]
    return {item.key.decode(): item.score for item in rule.fuse(lists, raw)}


@given(legs, st.integers(1, 100))
def test_reciprocal_ranks_are_those_of_ranx(ranx_fuse: Callable[..., Leg], pair: tuple[Leg, Leg], k: int) -> None:
    theirs = ranx_fuse(list(pair), None, "rrf", {"k": k})
    assert _ours(FusionRule("rrf", k=k), *pair) == pytest.approx(theirs)


@given(legs, weights, weights)
def test_min_max_is_that_of_ranx(ranx_fuse: Callable[..., Leg], pair: tuple[Leg, Leg], one: float, other: float) -> None:
    share = one / (one + other)
    theirs = ranx_fuse(list(pair), "min-max", "wsum", {"weights": (share, 1 - share)})
    assert _ours(FusionRule("min-max", {"vector": one, "lexical": other}), *pair) == pytest.approx(theirs)


@given(legs)
def test_distribution_based_is_that_of_qdrant(pair: tuple[Leg, Leg]) -> None:
    """Qdrant adds the legs up and does not cut at three deviations; the mean of two is half of that, and ours is cut."""
    expected: Leg = {}
    for leg in pair:
        values = np.array(list(leg.values()))
        low, high = values.mean() - 3 * values.std(ddof=1), values.mean() + 3 * values.std(ddof=1)
        for key, value in leg.items():
            expected[key] = expected.get(key, 0.0) + min(1.0, max(0.0, (value - low) / (high - low))) / 2
    assert _ours(FusionRule("dbsf"), *pair) == pytest.approx(expected)
