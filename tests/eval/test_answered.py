"""What judges and scorers are given of an answer: its statements with what they cite, without markers."""

from collections.abc import Callable

from eval.answered import answered_question
from eval.golden import GoldenItem, Relevance
from eval.judges.base import Statement
from ragline.types import Answer, Citation, ClaimCheck, Hit, Usage

MakeHits = Callable[..., list[Hit]]

ITEM = GoldenItem("q", "Q?", relevant=(Relevance("a", grade=2), Relevance("b", grade=0), Relevance("c")))


def citation(marker: int, claim: str, hit: Hit) -> Citation:
    return Citation(marker, claim, hit.doc_id, hit.chunk.id, 0, 1, "p", 1.0)


def test_statements_are_those_of_the_answerer_with_the_places_of_what_they_cite(make_hits: MakeHits) -> None:
    hits = make_hits("a", "b", "c")
    text = "It is so [1][2]. It is thus."
    cited = (citation(1, "It is so.", hits[2]), citation(2, "It is so.", hits[0]))
    claims = (ClaimCheck(0, 16, "supported", 1.0, (0, 1)), ClaimCheck(17, 28, "uncited", 0.0))
    found = answered_question(ITEM, Answer("Q?", text, cited, False, "", tuple(hits), Usage("m"), claims=claims))
    assert found.statements == (Statement("It is so.", (2, 0)), Statement("It is thus.", ()))
    assert found.cited == (2, 0)


def test_without_them_they_are_those_of_the_citations_and_without_these_the_sentences(make_hits: MakeHits) -> None:
    hits = make_hits("a", "b")
    cited = (citation(1, "So.", hits[1]), citation(2, "So.", hits[0]), citation(3, "Thus.", hits[0]))
    found = answered_question(ITEM, Answer("Q?", "So. Thus.", cited, False, "", tuple(hits), Usage("m")))
    assert found.statements == (Statement("So.", (1, 0)), Statement("Thus.", (0,)))
    bare = answered_question(ITEM, Answer("Q?", "One is so. Two is thus.", (), False, "", tuple(hits), Usage("m")))
    assert bare.statements == (Statement("One is so."), Statement("Two is thus."))


def test_relevant_documents_are_those_with_a_grade(make_hits: MakeHits) -> None:
    found = answered_question(ITEM, Answer("Q?", "So.", (), False, "", tuple(make_hits("a")), Usage("m")))
    assert found.relevant == ("a", "c")
