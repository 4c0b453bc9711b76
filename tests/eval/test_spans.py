"""Placing quotes in documents."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.golden import GoldenItem, GoldenSet, Relevance, golden_set
from eval.spans import find_quote, locate
from ragline.errors import GoldenSetError

TEXTS = {"manual": "Hold the  key.\nThe pump (HX-200)\n\trestarts. Hold the key."}


def one(*judgements: Relevance) -> GoldenSet:
    return golden_set("s", [GoldenItem("q", "?", relevant=judgements)])


def test_a_quote_gets_its_first_place_whatever_the_white_space() -> None:
    golden = one(Relevance("manual", quote="Hold the key."), Relevance("manual", quote=" pump (HX-200) restarts. "))
    located = locate(golden, TEXTS.get)
    first, second = located.items[0].relevant
    assert first.span == (0, 14)
    assert second.span is not None
    assert TEXTS["manual"][slice(*second.span)] == "pump (HX-200)\n\trestarts."
    assert located.sha256 == golden.sha256
    assert golden.items[0].relevant[0].span is None


def test_a_judgement_without_quote_or_with_a_right_span_stays() -> None:
    golden = one(Relevance("manual"), Relevance("manual", 1, "the key.", 5, 14), Relevance("manual", 1, "", 0, 4))
    assert locate(golden, TEXTS.get) == golden


def test_every_problem_is_listed() -> None:
    golden = golden_set(
        "broken",
        [
            GoldenItem("q1", "?", relevant=(Relevance("gone", quote="x"), Relevance("manual", quote="holds  the key"))),
            GoldenItem("q2", "?", relevant=(Relevance("manual", 1, "pump", 0, 4), Relevance("manual", 1, "", 0, 999))),
            GoldenItem("q3", "?", relevant=(Relevance("manual", quote="z" * 100),)),
        ],
    )
    with pytest.raises(GoldenSetError) as caught:
        locate(golden, TEXTS.get)
    message = str(caught.value)
    assert "5 judgements not found" in message
    assert "q1: gone: no such document" in message
    assert "q1: manual: quote 'holds the key' is not in the text" in message
    assert "q2: manual: span 0 to 4 does not hold the quote 'pump'" in message
    assert f"q2: manual: span 0 to 999 reaches beyond the text of {len(TEXTS['manual'])} characters" in message
    assert "z" * 79 + "…'" in message
    assert message.endswith("Correct the quotes or the documents.")


def test_one_problem_is_told_in_the_singular() -> None:
    with pytest.raises(GoldenSetError, match="1 judgement not found"):
        locate(one(Relevance("gone")), TEXTS.get)


def test_each_document_is_asked_for_once() -> None:
    asked: list[str] = []

    def text_of(doc_id: str) -> str | None:
        asked.append(doc_id)
        return TEXTS.get(doc_id)

    locate(one(Relevance("manual", quote="pump"), Relevance("manual", quote="key")), text_of)
    assert asked == ["manual"]


WORDS = st.lists(st.text("ab.*(", min_size=1, max_size=3), min_size=1, max_size=4)
SPACE = st.text(" \n\t", min_size=1, max_size=3)


@given(WORDS, st.data(), st.text("ab \n", max_size=10))
def test_what_is_found_has_the_words_of_the_quote(words: list[str], data: st.DataObject, around: str) -> None:
    written = words[0] + "".join(data.draw(SPACE) + word for word in words[1:])
    text = around + written + around[::-1]
    found = find_quote(" ".join(words), text)
    assert found is not None
    assert found[0] <= len(around)
    assert re.split(r"\s+", text[slice(*found)]) == words


def test_an_empty_quote_is_nowhere() -> None:
    assert find_quote(" \n", "text") is None
