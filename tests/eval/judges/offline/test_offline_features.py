"""Features of the offline judge: what they are of a claim, and that each moves the way its name says."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.judges.offline.features import FEATURES, Case, Meanings, measure
from eval.judges.offline.model import claim_model
from eval.judges.offline.reading import Contexts, Runs, in_order, words
from indexes.embedders.registry import load_embedder

TEXT = (
    "The ferry Alma left Tromso on 3 May with 40 passengers and 12 cars. Her captain was Nils Berg. The ferry Runa is of Oslo."
)


def of(claim: str, text: str = TEXT, *, question: str = "") -> dict[str, float]:
    return measure(Case(claim, Contexts([text]), question=question))


def test_a_copied_sentence_has_all_and_nothing_against_it() -> None:
    found = of("Her captain was Nils Berg.")
    for name in ("coverage", "sentence", "bigrams", "trigrams", "density", "in_order", "neighbours", "closeness", "joints"):
        assert found[name] == pytest.approx(1.0), name
    for name in ("novel", "number", "name", "negation", "denied", "number_apart", "name_apart", "counted_apart"):
        assert found[name] == 0.0, name
    assert math.isnan(found["asked"])
    assert math.isnan(found["meaning"])


def test_runs_do_not_reach_over_the_end_of_a_sentence() -> None:
    assert of("12 cars her captain")["trigrams"] == 0.0


def test_a_number_may_count_something_else() -> None:
    assert of("The ferry had 40 passengers.")["counted_apart"] == 0.0
    assert of("The ferry had 40 cabins.")["counted_apart"] == 1.0
    assert of("The ferry left in 40.")["counted_apart"] == 0.0


def test_a_name_may_stand_with_other_things() -> None:
    near, far = of("The captain Nils Berg"), of("The ferry left Oslo with 40 passengers on 3 May")
    assert near["name_apart"] == 0.0
    assert far["name_apart"] > 0.3


def test_pieces_put_together_anew_have_loose_joints() -> None:
    assert of("The ferry Alma was built by Nils Berg")["joints"] < of("The ferry Runa is of Oslo")["joints"]


def test_a_reply_in_a_word_is_measured_by_its_question() -> None:
    asked = "Who was the captain?"
    assert of("Nils Berg", question=asked)["asked"] == 1.0
    assert math.isnan(of("The captain of this ferry was Nils Berg, I think", question=asked)["asked"])


def test_meaning_is_the_best_cosine() -> None:
    meanings = Meanings(load_embedder("light"))
    found = measure(Case("Her captain was Nils Berg.", Contexts([TEXT]), meanings=meanings), ["meaning"])
    assert found["meaning"] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("texts", [(), ("# Only a heading",), ("---",)])
def test_contexts_without_a_sentence_give_features_too(texts: tuple[str, ...]) -> None:
    found = measure(Case("Anything at all.", Contexts(texts)))
    assert set(found) == set(FEATURES)
    assert found["sentence"] == 0.0


@given(claim=st.text(max_size=80), text=st.text(max_size=120))
def test_any_text_can_be_judged(claim: str, text: str) -> None:
    found = measure(Case(claim, Contexts([text])))
    assert all(math.isnan(value) or 0.0 <= value <= 1.0 + 1e-9 for value in found.values())
    assert 0.0 <= claim_model().probability(found) <= 1.0


def test_the_longest_runs_are_taken_from_the_beginning() -> None:
    assert Runs(list("abcdab")).lengths(list("abcxda")) == [3, 2]


def test_in_order_is_the_longest_common_subsequence() -> None:
    assert in_order(list("abcd"), list("bxdc")) == 2


def test_words_know_which_carry_content() -> None:
    found = words("The pumps were not oiled in 1994", "en")
    assert [found.plain[at] for at in found.content] == ["pumps", "oiled", "1994"]
    assert found.terms[0] == "pump"
