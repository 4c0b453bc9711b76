"""A follow-up becomes a question that stands alone, here by rules; by a model in ``answers/test_history.py``."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ragline
from ragline.errors import InputError
from ragline.types import Turn
from retrieval.conversation import CARRIED, check_history, standalone_question


def rewritten(question: str, *before: str, answer: str = "") -> str:
    return standalone_question(question, [*(Turn(each) for each in before[:-1]), Turn(before[-1], answer)])


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        ("How long is the warranty of the HX-200?", "And its price?", "And its price? (HX-200 warranty)"),
        ("How long is the warranty of the HX-200?", "What about the HX-300?", "What about the HX-300? (warranty)"),
        ("How do I clean the filter?", "How often?", "How often? (clean filter)"),
        ("How many days of parental leave do I get?", "Can I take them in parts?", None),
        ("Wie lange ist die Garantie des HX-200?", "Und was kostet er?", "Und was kostet er? (HX-200 lange Garantie)"),
        ("How long is the warranty of the HX-200?", "How heavy is the HX-200 and can it be painted?", None),
    ],
)
def test_what_is_left_out_is_carried_over(before: str, question: str, expected: str | None) -> None:
    found = rewritten(question, before)
    assert found.startswith(question)
    assert expected is None or found == expected


def test_a_subject_stays_for_as_long_as_it_is_referred_to() -> None:
    before = ["How long is the warranty of the HX-200?", "And its price?", "Is it waterproof?"]
    assert rewritten("Where is it made?", *before) == "Where is it made? (HX-200 waterproof price warranty)"
    assert "HX-200" not in rewritten("Where is it made?", *before, "What is the flash point of CF-12?")


def test_a_name_in_the_answer_is_a_subject_where_the_question_had_none() -> None:
    found = rewritten("Where does she work?", "Who leads the support team?", answer="That is Anna Karlsson. She is nice.")
    assert found == "Where does she work? (Anna Karlsson leads support team)"


@pytest.mark.parametrize("question", ["What is the load of the pump P-200?", "How do vendors get paid?", "Who was Ada?"])
def test_a_question_that_stands_alone_is_not_touched(question: str) -> None:
    assert rewritten(question, "How long is the warranty of the HX-200?") == question
    assert standalone_question(question, []) == question


@given(st.text(max_size=60), st.lists(st.builds(Turn, st.text(max_size=60), st.text(max_size=60)), max_size=4))
def test_any_question_stays_and_gains_few_words(question: str, history: list[Turn]) -> None:
    found = standalone_question(question, history)
    assert found.startswith(question.rstrip())
    assert len(found[len(question.rstrip()) :].split()) <= CARRIED * 3
    assert found == standalone_question(question, history)


@pytest.mark.parametrize("wrong", ["text", [("q", "a")], [{"question": "q"}], 3])
def test_history_is_turns(wrong: object) -> None:
    with pytest.raises(InputError, match=r"ragline\.Turn\(question, answer\)"):
        check_history(wrong)


@pytest.mark.slow
def test_rewriting_finds_what_follow_ups_ask_for(samples: Path, tmp_path: Path) -> None:
    """The best three passages of the legs fused hold a relevant document for so many of the questions."""
    rows = [json.loads(line) for line in (Path(__file__).parent / "conversations.jsonl").read_text("utf-8").splitlines()]
    found = {"as asked": 0, "rewritten": 0}
    follow_ups = [row for row in rows if not row.get("standalone")]
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest(samples / "documents", root=samples)
        for row in rows:
            history = [Turn(turn["question"], turn.get("answer", "")) for turn in row["history"]]
            question = standalone_question(row["question"], history)
            if row.get("standalone"):
                assert question == row["question"]
                continue
            relevant = {f"documents/{name}" for name in row["relevant"]}
            for name, asked in (("as asked", row["question"]), ("rewritten", question)):
                found[name] += bool(relevant & {hit.doc_id for hit in kb.search(asked, 3, rerank=False, expand="none")})
    assert (len(follow_ups), found["as asked"]) == (30, 13)
    assert found["rewritten"] >= 29
