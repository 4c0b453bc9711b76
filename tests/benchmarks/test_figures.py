"""Figures, their targets, and the page they are shown on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Figure, markdown_page
from ragline.errors import InputError


@pytest.mark.parametrize(
    ("value", "target", "met"),
    [
        (0.717, ">= 0.717", True),
        (0.7169, ">= 0.717", False),
        (1.10, "<= 1.10", True),
        (1.11, "<= 1.10", False),
        (0, "<= 0", True),
        (5, "", None),
    ],
)
def test_a_target_is_met_up_to_its_bound(value: float, target: str, met: bool | None) -> None:
    assert Figure("figure", value, target=target).is_met is met


@pytest.mark.parametrize("target", ["0.7", "> 0.7", "about 1", ">=0.7", ">= -1"])
def test_a_malformed_target_is_refused(target: str) -> None:
    with pytest.raises(InputError, match="Write it as"):
        _ = Figure("figure", 1.0, target=target).is_met


@given(st.floats(0, 1e6), st.floats(0, 100).map(lambda bound: round(bound, 3)))
def test_the_two_directions_agree_on_every_value_but_the_bound(value: float, bound: float) -> None:
    at_least = Figure("figure", value, target=f">= {bound:.3f}").is_met
    at_most = Figure("figure", value, target=f"<= {bound:.3f}").is_met
    assert at_least is (value >= bound)
    assert at_most is (value <= bound)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [(0.71654, "", "0.7165"), (1.0462, "x", "1.046 x"), (12.3456, "ms", "12.35 ms"), (5183, "chunks", "5,183 chunks")],
)
def test_a_value_is_shown_with_its_unit(value: float, unit: str, shown: str) -> None:
    assert str(Figure("figure", value, unit)) == shown


def test_the_page_shows_verdict_expectation_and_conditions() -> None:
    measured = {
        "quality": [Figure("hybrid nDCG@10", 0.72, "", "300 queries", ">= 0.717")],
        "latency": [Figure("a | b", 1.3, "x", target="<= 1.15"), Figure("p50", 12, "ms")],
    }
    page = markdown_page(measured, {"quality": {"hybrid nDCG@10": 0.7211}}, {"cpu": "one", "load_average": {"before": 1}})
    assert "| hybrid nDCG@10 | 0.7200 | >= 0.717 | met | 0.7211 | 300 queries |" in page
    assert "| a / b | 1.300 x | <= 1.15 | **missed** |  |  |" in page
    assert "| p50 | 12.00 ms |  |  |  |  |" in page
    assert page.index("## quality") < page.index("## latency") < page.index("## Conditions")
    assert "- load average: before 1" in page


def test_every_row_has_as_many_cells_as_the_header() -> None:
    page = markdown_page({"s": [Figure("x|y", 1, "s", "a|b", ">= 1")]}, {}, {})
    assert {line.count("|") for line in page.splitlines() if line.startswith("|")} == {7}
