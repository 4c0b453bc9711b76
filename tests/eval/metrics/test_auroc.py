import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.auroc import auroc, auroc_interval
from ragline.errors import InputError

SCORES = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=12)


def test_the_ends_and_the_middle() -> None:
    assert auroc([3, 4], [1, 2]) == 1.0
    assert auroc([1, 2], [3, 4]) == 0.0
    assert auroc([1, 1], [1]) == 0.5


@given(SCORES, SCORES)
def test_it_is_the_share_of_pairs_in_the_right_order(positives: list[float], negatives: list[float]) -> None:
    wins = sum((high > low) + 0.5 * (high == low) for high in positives for low in negatives)
    assert auroc(positives, negatives) == pytest.approx(wins / (len(positives) * len(negatives)))


def test_the_interval_holds_the_value_and_is_the_same_every_time() -> None:
    interval = auroc_interval([0.9, 0.8, 0.4, 0.7], [0.5, 0.1, 0.6])
    assert interval.low <= interval.mean <= interval.high
    assert interval == auroc_interval([0.9, 0.8, 0.4, 0.7], [0.5, 0.1, 0.6])


@pytest.mark.parametrize(("positives", "negatives"), [([], [1.0]), ([1.0], [])])
def test_both_kinds_are_needed(positives: list[float], negatives: list[float]) -> None:
    with pytest.raises(InputError, match="both kinds"):
        auroc(positives, negatives)
