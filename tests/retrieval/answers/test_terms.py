from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers.terms import language_of, query_terms, text_terms


def kinds(query: str) -> dict[str, str]:
    return {term.shown: term.kind for term in query_terms(query, "en")}


def test_identifiers_and_numbers_are_told_from_words() -> None:
    assert kinds("What does error E-4012 mean on the HX-200's display, fw_core-2.1, after 24-month use?") == {
        "error": "word",
        "E-4012": "identifier",
        "mean": "word",
        "HX-200": "identifier",
        "display": "word",
        "fw_core-2.1": "identifier",
        "after": "word",
        "24": "number",
        "month": "word",
        "use": "word",
    }


def test_identifiers_match_with_and_without_hyphen_but_not_by_halves() -> None:
    (term,) = query_terms("E-4012", "en")
    assert term.text in text_terms("The display shows E4012.", "en")
    assert term.text in text_terms("code E-4012:", "en")
    assert term.text not in text_terms("code E-4013 on port 4012", "en")


def test_identifiers_and_numbers_weigh_more_and_asking_words_less() -> None:
    weights = {term.shown: term.weight for term in query_terms("What does torque E-4012 mean at 20?", "en")}
    assert weights["E-4012"] > weights["20"] > weights["torque"] > weights["mean"] > 0


def test_word_forms_are_one_term() -> None:
    (term,) = query_terms("calibrations", "en")
    assert term.text in text_terms("Calibration is due every 24 months.", "en")


def test_a_question_of_function_words_keeps_them() -> None:
    assert [term.shown for term in query_terms("Who are the Who?", "en")] == ["Who", "are", "the"]
    assert [term.shown for term in query_terms("Who don't you know?", "en")] == ["know"]


def test_languages() -> None:
    assert language_of(["Die Garantie beträgt zwei Jahre, und sie beginnt mit der Lieferung."]) == "de"
    german = {term.text for term in query_terms("Wie lange sind die Garantien?", "de")}
    assert german & text_terms("Die Garantie beträgt zwei Jahre.", "de")
    chinese = {term.text for term in query_terms("保修期多长", "zh")}
    assert "保修" in chinese & text_terms("保修期为两年。", "zh")


@given(st.text())
def test_any_text_has_terms_without_repeats(text: str) -> None:
    terms = query_terms(text, "en")
    assert len({term.text for term in terms}) == len(terms)
    assert all(term.text and term.shown for term in terms)
