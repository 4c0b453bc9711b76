"""A citation is right when it carries what cites it; cited documents are held against the relevant ones."""

from collections.abc import Sequence

import pytest

from eval.judges.base import AnsweredQuestion, Passage, Score
from eval.scorers.carrying import Grounded
from eval.scorers.citations import CitationScorer
from tests.eval.scorers.asked import asked, passages, value

WARRANTY = "The warranty of the HX-200 lasts 24 months."
DEPOT = "Faulty devices are sent to the depot in Hamburg."


def scores(question: AnsweredQuestion) -> dict[str, Score]:
    return dict(CitationScorer().score([question])[0])


def test_citations_that_carry_their_claims_are_right() -> None:
    found = scores(asked((WARRANTY, [0]), (DEPOT, [1])))
    assert value(found["citation_accuracy"]) == value(found["citation_coverage"]) == 1.0


def test_a_citation_of_another_passage_is_wrong_and_named() -> None:
    found = scores(asked((WARRANTY, [2]), (DEPOT, [1])))
    assert value(found["citation_accuracy"]) == value(found["citation_coverage"]) == 0.5
    assert "chunk-2" in found["citation_accuracy"].reason


@pytest.mark.parametrize(
    "claim",
    [
        "The warranty of the HX-200 lasts 36 months.",
        "The warranty of the HX-300 lasts 24 months.",
        "The warranty does cover the battery.",
    ],
    ids=["number", "name", "negation"],
)
def test_a_passage_does_not_carry_what_it_contradicts(claim: str) -> None:
    assert value(scores(asked((claim, [0])))["citation_accuracy"]) == 0.0


def test_a_second_citation_that_adds_nothing_is_wrong_and_the_statement_stays_carried() -> None:
    found = scores(asked((WARRANTY, [0, 2])))
    assert value(found["citation_accuracy"]) == 0.5
    assert value(found["citation_coverage"]) == 1.0


def test_passages_that_carry_a_statement_only_together_are_both_right() -> None:
    class Together:
        name = "together"

        def __call__(self, statement: str, passages: Sequence[Passage]) -> bool:
            return len(passages) >= 2

    question = asked(("Both say it.", [0, 1]))
    found = CitationScorer(Together()).score([question])[0]
    assert value(found["citation_accuracy"]) == 1.0


def test_what_is_not_cited_lowers_coverage_and_not_accuracy() -> None:
    found = scores(asked((WARRANTY, [0]), (DEPOT, [])))
    assert value(found["citation_accuracy"]) == 1.0
    assert value(found["citation_coverage"]) == 0.5
    assert found["citation_coverage"].reason == "1 of 2 statements cite nothing"


def test_cited_documents_against_relevant_ones() -> None:
    found = scores(asked((WARRANTY, [0]), (DEPOT, [1]), relevant=("doc-0", "doc-7", "doc-8")))
    assert value(found["cited_precision"]) == 0.5
    assert value(found["cited_recall"]) == pytest.approx(1 / 3)
    assert found["cited_recall"].reason == "not cited: doc-7, doc-8"


def test_two_passages_of_a_document_are_one_document() -> None:
    contexts = (Passage("a", "a:1", 0, WARRANTY), Passage("a", "a:2", 50, DEPOT), Passage("b", "b:1", 0, "Fish."))
    found = scores(asked((WARRANTY, [0]), (DEPOT, [1]), contexts=contexts, relevant=("a",)))
    assert value(found["cited_precision"]) == value(found["cited_recall"]) == 1.0


def test_what_has_no_value_says_why() -> None:
    bare = scores(asked((WARRANTY, []), relevant=("doc-0",)))
    assert bare["citation_accuracy"].status == bare["cited_precision"].status == "not_applicable"
    assert value(bare["citation_coverage"]) == value(bare["cited_recall"]) == 0.0
    assert scores(asked((WARRANTY, [0])))["cited_recall"].reason == "the golden set names no relevant document"
    assert scores(asked((WARRANTY, [0]), answerable=False))["cited_precision"].status == "not_applicable"
    assert {each.status for each in scores(asked(abstained=True)).values()} == {"refusal"}
    assert {each.status for each in scores(asked(contexts=())).values()} == {"no_context"}


def test_a_title_above_a_passage_is_part_of_what_it_says() -> None:
    text = "The warranty lasts 24 months."
    claim = "The warranty of the Nautilus lasts 24 months."
    bare, titled = (Passage("d", "c", 0, text, above) for above in ("", "Nautilus manual > Warranty"))
    assert not Grounded()(claim, [bare])
    assert Grounded()(claim, [titled])


def test_nothing_carries_nothing() -> None:
    assert not Grounded()(WARRANTY, [])
    assert Grounded()(WARRANTY, passages()[:1])
