import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers.quantities import agrees, quantities, rivals


def shown(text: str) -> list[str]:
    return [each.shown for each in quantities(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It lasts 36 months.", ["36 months"]),
        ("a 24-month warranty", ["24-month"]),
        ("0.8 N·m and 3.0 newton metres", ["0.8 N·m", "3.0 newton metres"]),
        ("costs €12.50", ["€12.50"]),
        ("twenty-four hours", ["twenty-four hours"]),
        ("-20 °C to 85°C", ["-20 °C", "85°C"]),
        ("between 3-5 bar", ["3", "5 bar"]),
        ("±1.8 %RH", ["1.8 %"]),
        ("the 3rd floor", ["3rd"]),
        ("E-4012 stops the P-200, v2.3.1 in 3D", []),
        ("nothing here", []),
    ],
)
def test_numbers_are_found_with_their_units_and_identifiers_are_left(text: str, found: list[str]) -> None:
    assert shown(text) == found


@pytest.mark.parametrize(
    ("claimed", "stated"),
    [
        ("36 months", "36 months"),
        ("36 months", "36-month"),
        ("24 months", "2 years"),
        ("90 minutes", "1.5 hours"),
        ("0.8 N·m", "0.8 newton metres"),
        ("12 %", "12 percent"),
        ("twelve screws", "12 screws"),
        ("1,200 rpm", "1200 rpm"),
        ("1.200 U/min", "1200 U/min"),
        ("12,50 EUR", "€12.50"),
        ("2.5 million users", "2,500,000 users"),
        ("about 500 people", "512 people"),
        ("3.0 N·m", "3.0"),
        ("3", "3.0 N·m"),
        ("the 1990s", "1990"),
    ],
)
def test_equal_quantities_agree(claimed: str, stated: str) -> None:
    assert agrees(quantities(claimed)[0], quantities(stated)[0])
    assert agrees(quantities(stated)[0], quantities(claimed)[0])


@pytest.mark.parametrize(
    ("claimed", "stated"),
    [
        ("36 months", "24 months"),
        ("36 months", "36 days"),
        ("0.8 N·m", "8 N·m"),
        ("5 kg", "5 km"),
        ("12 %", "1.2 %"),
        ("-20 °C", "20 °C"),
        ("500 people", "512 people"),
        ("about 500 people", "800 people"),
        ("20 °C", "20 °F"),
    ],
)
def test_other_quantities_do_not(claimed: str, stated: str) -> None:
    assert not agrees(quantities(claimed)[0], quantities(stated)[0])


def test_rivals_measure_the_same() -> None:
    claimed = quantities("36 months")[0]
    assert [each.shown for each in rivals(claimed, quantities("24 months, 30 days, 3 years, 12"))] == ["24 months"]


@given(st.text(alphabet=st.sampled_from("0123456789.,-– %€mkgs°C'\u00a0 onetw\n"), max_size=40))
def test_any_text_is_read_in_order_and_agrees_with_itself(text: str) -> None:
    last = 0
    for each in quantities(text):
        assert last <= each.start < each.end <= len(text)
        assert agrees(each, each)
        last = each.end
