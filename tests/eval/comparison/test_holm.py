"""Holm's correction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.comparison.holm import holm
from ragline.errors import InputError


def test_the_example_that_can_be_worked_out_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_one_test_needs_no_correction() -> None:
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=30))
def test_it_raises_every_p_by_no_more_than_bonferroni_and_keeps_their_order(p_values: list[float]) -> None:
    corrected = holm(p_values)
    for p, own in zip(p_values, corrected, strict=True):
        assert p <= own <= min(1.0, p * len(p_values)) + 1e-12
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    assert [corrected[index] for index in order] == sorted(corrected)


@pytest.mark.parametrize("p_values", [[-0.1], [1.1], [float("nan")]])
def test_what_is_no_p_value_is_refused(p_values: list[float]) -> None:
    with pytest.raises(InputError):
        holm(p_values)
