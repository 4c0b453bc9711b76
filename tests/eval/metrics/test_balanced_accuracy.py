import pytest

from eval.metrics.balanced_accuracy import balanced_accuracy
from ragline.errors import InputError


def test_both_kinds_count_the_same_however_many_there_are() -> None:
    found = balanced_accuracy([True, False], [True] * 9 + [False])
    assert found.mean == pytest.approx((0.5 + 0.9) / 2)
    assert found.low <= found.mean <= found.high


def test_always_yes_is_a_half() -> None:
    assert balanced_accuracy([True] * 40, [False] * 80).mean == 0.5


def test_the_interval_covers_and_narrows_with_more_answers() -> None:
    few, many = (
        balanced_accuracy([True, False] * 5, [True] * 8 + [False] * 2),
        balanced_accuracy([True, False] * 50, [True] * 80 + [False] * 20),
    )
    assert few.mean == many.mean
    assert few.low < many.low < many.mean < many.high < few.high
    assert few == balanced_accuracy([True, False] * 5, [True] * 8 + [False] * 2)


@pytest.mark.parametrize(("positives", "negatives"), [([], [True]), ([True], [])])
def test_both_kinds_are_needed(positives: list[bool], negatives: list[bool]) -> None:
    with pytest.raises(InputError, match="Add answers"):
        balanced_accuracy(positives, negatives)
