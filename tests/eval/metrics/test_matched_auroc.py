"""Comparing texts of nearly equal length takes away what length alone explains."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.auroc import auroc
from eval.metrics.matched_auroc import Measured, matched_auroc

TEXTS = st.lists(st.tuples(st.integers(0, 3).map(float), st.integers(20, 60)), min_size=6, max_size=15)


def test_a_judge_of_length_alone_falls_to_a_half() -> None:
    draw = random.Random(0)
    short = [float(draw.randint(50, 130)) for _ in range(200)]
    long = [float(draw.randint(70, 150)) for _ in range(200)]
    scores = [-each for each in short], [-each for each in long]
    assert auroc(*scores) > 0.65
    found = matched_auroc(
        *(list(zip(side, map(int, sizes), strict=True)) for side, sizes in zip(scores, (short, long), strict=True))
    )
    assert found is not None
    assert found.mean == pytest.approx(0.5, abs=0.06)


def test_a_judge_that_knows_keeps_its_figure() -> None:
    positives: list[Measured] = [(1.0, 50 + place) for place in range(30)]
    negatives: list[Measured] = [(0.0, 55 + place) for place in range(30)]
    found = matched_auroc(positives, negatives)
    assert found is not None
    assert (found.mean, found.low, found.high) == (1.0, 1.0, 1.0)


@given(TEXTS, TEXTS)
def test_with_every_pair_matched_it_is_the_plain_one(positives: list[Measured], negatives: list[Measured]) -> None:
    found = matched_auroc(positives, negatives, within=1.0)
    assert found is not None
    assert found.mean == pytest.approx(auroc([score for score, _ in positives], [score for score, _ in negatives]))
    assert 0.0 <= found.low <= found.high <= 1.0


def test_with_too_few_pairs_nothing_is_said() -> None:
    assert matched_auroc([(1.0, 10)] * 10, [(0.0, 100)] * 10) is None
    assert matched_auroc([], [(0.0, 100)]) is None
