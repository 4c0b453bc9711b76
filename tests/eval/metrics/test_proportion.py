import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.proportion import proportion
from ragline.errors import InputError


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (1, 1, 0.2065, 1.0)],
)
def test_known_intervals_of_wilson(part: int, whole: int, low: float, high: float) -> None:
    found = proportion(part, whole)
    assert (found.mean, found.low, found.high) == pytest.approx((part / whole, low, high), abs=1e-4)


@given(st.integers(1, 10_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_the_interval_holds_the_share_and_has_a_width(counts: tuple[int, int]) -> None:
    found = proportion(*counts)
    assert 0 <= found.low <= found.mean <= found.high <= 1
    assert found.low < found.high


@pytest.mark.parametrize(("part", "whole"), [(0, 0), (2, 1), (-1, 3)])
def test_other_counts_are_refused(part: int, whole: int) -> None:
    with pytest.raises(InputError, match="no share"):
        proportion(part, whole)
