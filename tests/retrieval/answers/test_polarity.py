import pytest

from retrieval.answers.polarity import opposition


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The pump needs oil.", "The pump does not need oil."),
        ("The pump does not need oil.", "The pump needs oil."),
        ("Visitors may enter the hall.", "Visitors may never enter the hall."),
        ("The pump has a warranty.", "The pump has no warranty."),
        ("The filter can't be washed.", "The filter can be washed."),
        ("Logging is enabled by default.", "Logging is disabled by default."),
        ("The maximum load is 5 kg.", "The minimum load is 5 kg."),
        ("Close it before cleaning.", "Close it after cleaning."),
        ("Der Filter ist waschbar.", "Der Filter ist nicht waschbar."),
    ],
)
def test_opposites_are_told(claim: str, evidence: str) -> None:
    assert opposition(claim, evidence, "en")


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The pump needs oil.", "The pump needs oil."),
        ("The pump does not need oil.", "The pump doesn't need oil."),
        ("The pump has no warranty.", "No warranty is given for the pump."),
        ("The pump stops when empty.", "The pump does not need oil, and it stops when empty."),
        ("Clean the filter.", "Clean the filter without water."),
        ("The load is 5 kg.", "The load is no more than 5 kg."),
        ("It is fast and small.", "It is not only fast but small."),
        ("Logging is not enabled.", "Logging is disabled."),
        ("Before and after pictures.", "Before and after pictures."),
    ],
)
def test_what_says_the_same_is_not_opposed(claim: str, evidence: str) -> None:
    assert opposition(claim, evidence, "en") == ""
