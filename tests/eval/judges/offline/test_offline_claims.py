"""The claims of an answer, and the sentences by which it says that it does not know."""

import pytest

from eval.judges.offline.claims import BARE, REFUSES, answer_claims
from eval.judges.offline.refusals import refuses


def test_claims_are_exact_spans_without_markers() -> None:
    answer = "# Oil\n\nIt holds 12 litres [1].\n\n- Change it in May [2][3].\n- Never mix oils.\n\nWhat else?"
    claims = answer_claims(answer)
    assert [claim.text for claim in claims] == ["It holds 12 litres .", "Change it in May .", "Never mix oils."]
    assert answer[claims[0].start : claims[0].end] == "It holds 12 litres [1]."
    assert not any(claim.unjudged for claim in claims)


def test_a_bare_yes_or_no_cannot_be_compared() -> None:
    (claim,) = answer_claims("Yes.")
    assert claim.unjudged == BARE


@pytest.mark.parametrize(
    "sentence",
    [
        "I don't know.",
        "I don't know: the passages found do not answer this question.",
        "The context does not mention when the bridge was built.",
        "There is no information about the price in the text.",
        "The passage gives no date for the opening.",
        "How much it costs is not mentioned anywhere in the text.",
        "From what is given here, it cannot be determined who was responsible.",
        "None of the passages names the architect.",
        "The price isn't given.",
        "They don't say how often it should be done.",
        "Whether pets are allowed cannot be determined here.",
        "Unfortunately, I am unable to answer that.",
        "It remains unclear from the text whether the plan was approved.",
        "Der Text sagt nichts darüber, wann das Museum öffnet.",
        "Le texte ne précise pas la date de la signature.",
        "El texto no menciona el precio.",
        "NO_ANSWER",
    ],
)
def test_refusals_are_recognised(sentence: str) -> None:
    assert refuses(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The warranty does not cover wear of tyres.",
        "Motor boats are not allowed on the lake.",
        "No keeper has lived there since 1984.",
        "The thieves did not switch off the alarm.",
        "Health insurance does not continue during a sabbatical.",
        "The primary sources of water are not the rivers.",
        "Messages in the bin cannot be restored.",
        "Neither of these men had much experience.",
        "Lund said that she was not disappointed.",
    ],
)
def test_claims_with_a_negation_are_no_refusals(sentence: str) -> None:
    assert not refuses(sentence)


def test_beside_a_refusal_what_is_said_of_the_sources_is_no_claim() -> None:
    told = answer_claims("The passages only describe the harbour. They do not say how deep it is.")
    assert [claim.unjudged for claim in told] == [REFUSES, REFUSES]
    (alone,) = answer_claims("The passages only describe the harbour.")
    assert not alone.unjudged
