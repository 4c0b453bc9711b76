"""Files of SQuAD."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.formats.squad import squad_documents
from eval.golden import GoldenItem, Relevance, load_golden
from ragline.errors import GoldenSetError
from ragline.types import Document

CONTEXT = "The Normans were in Normandy. They came from Denmark, Iceland and Norway."


def squad(folder: Path, *questions: Any, context: Any = CONTEXT) -> Path:
    path = folder / "dev-v2.0.json"
    paragraphs = [{"context": "Intro.", "qas": []}, {"context": context, "qas": list(questions)}]
    path.write_text(json.dumps({"version": "v2.0", "data": [{"title": "The_Normans", "paragraphs": paragraphs}]}))
    return path


def question(*answers: tuple[str, int], impossible: bool = False, **change: Any) -> dict[str, Any]:
    marked = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": "q1", "question": "Where?", "answers": marked, "is_impossible": impossible} | change


def test_the_answer_that_most_people_gave_becomes_a_span(tmp_path: Path) -> None:
    path = squad(tmp_path, question(("in Normandy", 17), ("Normandy", 20), ("Normandy", 20), ("Denmark", 45)))
    golden = load_golden(path)
    assert golden.name == "dev-v2.0"
    assert golden.items == (
        GoldenItem("q1", "Where?", "Normandy", relevant=(Relevance("The_Normans/1", 1, "Normandy", 20, 28),)),
    )
    documents = list(squad_documents(path))
    assert documents[1] == Document("The_Normans/1", CONTEXT, "The Normans")
    assert documents[1].text[20:28] == "Normandy"


def test_impossible_questions_are_unanswerable_whatever_seemed_plausible(tmp_path: Path) -> None:
    path = squad(tmp_path, question(impossible=True, plausible_answers=[{"text": "Denmark", "answer_start": 45}]))
    assert load_golden(path).items == (GoldenItem("q1", "Where?", "", False, ("unanswerable",)),)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (question(), "question 'q1' has no answer. Add one, or set 'is_impossible' to true"),
        (question(("Normandy", 21)), "'Normandy' does not stand at 21 of 'The_Normans/1'"),
        (question(("Normandy", -54)), "does not stand at -54"),
        (question(("", 0)), "has no 'text' or no 'answer_start'"),
        (question(("Normandy", 20), id=""), "no 'id' or no 'question'"),
        (question(("Normandy", 20), question=None), "no 'id' or no 'question'"),
        ("what?", "'qas' is no list of questions"),
    ],
)
def test_malformed_questions(tmp_path: Path, asked: Any, says: str) -> None:
    with pytest.raises(GoldenSetError) as caught:
        load_golden(squad(tmp_path, asked))
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"data": [{"title": "x"}]}', '{"data": 3}', "[" * 100_000])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(GoldenSetError, match="not a file of SQuAD"):
        load_golden(path)
    with pytest.raises(GoldenSetError, match="has no text 'context'"):
        load_golden(squad(tmp_path, question(("Normandy", 20)), context=None))
