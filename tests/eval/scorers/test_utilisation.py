"""Which contexts an answer uses, and which of its statements come from one."""

from eval.judges.base import AnsweredQuestion, Score
from eval.scorers.utilisation import UtilisationScorer
from tests.eval.scorers.asked import asked, value


def scores(question: AnsweredQuestion) -> dict[str, Score]:
    return dict(UtilisationScorer().score([question])[0])


def test_cited_contexts_are_used() -> None:
    found = scores(asked(("The warranty lasts 24 months.", [0]), ("Send devices to Hamburg.", [1])))
    assert value(found["context_utilisation"]) == 2 / 3
    assert value(found["claims_from_context"]) == 1.0
    assert found["context_utilisation"].reason == "unused: chunk-2"


def test_a_context_that_a_statement_is_drawn_from_is_used_without_a_citation() -> None:
    assert value(scores(asked(("There is fish on Fridays.", [])))["context_utilisation"]) == 1 / 3


def test_a_statement_from_elsewhere_is_drawn_from_none() -> None:
    found = scores(asked(("There is fish on Fridays.", []), ("Giraffes sleep standing up.", [])))
    assert value(found["claims_from_context"]) == 0.5
    assert value(found["context_utilisation"]) == 1 / 3


def test_a_statement_without_words_is_drawn_from_none() -> None:
    assert value(scores(asked(("…", [])))["claims_from_context"]) == 0.0


def test_what_has_no_value_says_why() -> None:
    assert {each.status for each in scores(asked(abstained=True)).values()} == {"refusal"}
    assert {each.status for each in scores(asked(contexts=())).values()} == {"no_context"}
    silent = scores(asked())
    assert silent["claims_from_context"].status == "not_applicable"
    assert value(silent["context_utilisation"]) == 0.0
