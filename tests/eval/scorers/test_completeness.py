"""Completeness is the share of the reference's facts that the answer has, whatever words the question gave away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.judges.base import Score
from eval.scorers.completeness import CompletenessScorer
from tests.eval.scorers.asked import asked, value

QUESTION = "How long is the warranty?"


def complete(answer: str, reference: str, question: str = QUESTION) -> Score:
    return CompletenessScorer().score([asked((answer, [0]), question=question, reference=reference)])[0]["completeness"]


@pytest.mark.parametrize(
    "answer",
    ["24 months", "The warranty lasts 24 months.", "It is valid for two years, battery excluded."],
)
def test_an_answer_with_the_number_is_complete_in_whatever_unit(answer: str) -> None:
    assert value(complete(answer, "The warranty is 24 months.")) == 1.0


def test_an_answer_with_another_number_has_nothing_of_it() -> None:
    found = complete("The warranty is 12 months long.", "The warranty is 24 months.")
    assert value(found) == 0.0
    assert found.reason == "not in the answer: 24 months"


def test_half_of_the_facts_are_their_weighted_share() -> None:
    reference = "Send it to the depot in Hamburg within 14 days."
    found = complete("Send it within 14 days.", reference, question="What do I do with a faulty device?")
    words = 3.25  # send, depot, Hamburg, and "within", which asks more often than it says
    assert value(found) == pytest.approx((1.25 + 1.5) / (words + 1.5))
    assert found.reason == "not in the answer: depot, Hamburg"


def test_an_identifier_weighs_more_than_a_word() -> None:
    reference = "Error E-4012, caused by dust."
    assert value(complete("It is E-4012.", reference, "Which error?")) > value(
        complete("caused by dust", reference, "Which error?")
    )


def test_a_reference_that_the_question_says_already_counts_in_full() -> None:
    question = "Is the battery covered by the warranty?"
    assert (
        value(complete("The battery is covered by the warranty.", "The battery is covered by the warranty.", question)) == 1.0
    )
    assert value(complete("There is fish on Fridays.", "The battery is covered by the warranty.", question)) == 0.0


def test_markers_are_no_numbers() -> None:
    assert value(complete("The warranty is long", "3")) == 0.0


def test_what_has_no_value_says_why() -> None:
    scorer = CompletenessScorer()
    statuses = [
        scorer.score([question])[0]["completeness"]
        for question in (
            asked(("x", [0])),
            asked(("x", [0]), reference="y", answerable=False),
            asked(reference="y", abstained=True),
            asked(("x", [0]), reference="…"),
        )
    ]
    assert [score.status for score in statuses] == ["not_applicable", "not_applicable", "refusal", "not_applicable"]
    assert all(score.value is None and score.reason for score in statuses)


@given(st.text(max_size=60), st.text(max_size=60))
def test_it_is_a_share_whatever_the_texts(answer: str, reference: str) -> None:
    found = complete(answer, reference)
    assert found.value is None or 0.0 <= found.value <= 1.0


@given(st.text(min_size=1, max_size=60))
def test_the_reference_itself_is_complete(reference: str) -> None:
    found = complete(reference, reference)
    assert found.status == "not_applicable" or found.value == pytest.approx(1.0)


@pytest.mark.parametrize("reference", ["0¹", "about 50² of them", "2½", "2½A"])
def test_a_raised_digit_behind_a_number_is_no_fact_of_its_own(reference: str) -> None:
    assert complete(reference, reference).value == pytest.approx(1.0)
