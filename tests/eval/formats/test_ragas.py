"""Datasets of RAGAS in every form, under new and old names, and their contexts found in documents."""

import csv
import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from eval.formats.ragas import ragas_answers, ragas_golden, read_ragas
from eval.golden import GoldenItem, Relevance
from eval.judges.base import AnsweredQuestion, Passage
from ragline.errors import GoldenSetError

NEW: dict[str, Any] = {
    "user_input": "How long is the warranty?",
    "reference": "Two years.",
    "reference_contexts": ["The warranty runs  for two years.", "<2-hop>\n\nIt begins on delivery."],
    "retrieved_contexts": ["The warranty runs for two years.", "Wash it."],
    "response": "It is two years.",
}
OLD = {
    "question": NEW["user_input"],
    "ground_truth": NEW["reference"],
    "contexts": NEW["retrieved_contexts"],
    "answer": NEW["response"],
}
DOCUMENTS = [
    ("a.md", "Intro.\nThe warranty runs\nfor two years. More."),
    ("b.md", "It begins on delivery."),
    ("c.md", "It begins  on delivery."),
]


def write(folder: Path, suffix: str, *records: Any, as_text: Any = json.dumps) -> Path:
    path = folder / f"set{suffix}"
    if suffix == ".jsonl":
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    elif suffix == ".json":
        path.write_text(json.dumps(list(records)), encoding="utf-8")
    else:
        names = list(dict.fromkeys(name for record in records for name in record))
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(
                {name: as_text(value) if isinstance(value, list) else value for name, value in record.items()}
                for record in records
            )
    return path


@pytest.mark.parametrize("as_text", [json.dumps, str], ids=["cells as JSON", "cells as Python shows them"])
@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv"])
def test_every_form_says_the_same(tmp_path: Path, suffix: str, as_text: Any) -> None:
    (sample,) = read_ragas(write(tmp_path, suffix, NEW, as_text=as_text))
    assert (sample.id, sample.question, sample.reference, sample.response) == (
        "1",
        "How long is the warranty?",
        "Two years.",
        "It is two years.",
    )
    assert sample.reference_contexts == ("The warranty runs  for two years.", "It begins on delivery.")
    assert sample.retrieved_contexts == ("The warranty runs for two years.", "Wash it.")
    assert sample.made_by == ""


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_old_names_are_read(tmp_path: Path, suffix: str) -> None:
    old, listed = read_ragas(write(tmp_path, suffix, OLD, {"question": "Why?", "ground_truths": ["Because.", "So."]}))
    (new,) = read_ragas(write(tmp_path / "..", ".jsonl", {**NEW, "reference_contexts": []}))
    assert old == new
    assert listed.reference == "Because. So."


def test_contexts_of_the_old_generator_are_what_a_question_was_made_from(tmp_path: Path) -> None:
    record = {"question": "Why?", "contexts": ["Wash it."], "ground_truth": "So.", "evolution_type": "simple"}
    (sample,) = read_ragas(write(tmp_path, ".jsonl", record))
    assert (sample.reference_contexts, sample.retrieved_contexts, sample.made_by) == (("Wash it.",), (), "simple")


def test_contexts_become_places_in_documents_and_what_is_not_found_is_told(tmp_path: Path) -> None:
    made = {
        "user_input": "Wash?",
        "reference_contexts": ["Wash it.", "It begins on delivery."],
        "synthesizer_name": "single_hop",
    }
    lost = {"user_input": "Lost?", "reference_contexts": ["Nowhere."], "id": 7}
    samples = read_ragas(write(tmp_path, ".jsonl", NEW, made, lost))
    found = ragas_golden(samples, DOCUMENTS)
    delivery = (Relevance("b.md", 1, "It begins on delivery.", 0, 22), Relevance("c.md", 1, "It begins  on delivery.", 0, 23))
    assert found.items == (
        GoldenItem(
            "1",
            "How long is the warranty?",
            "Two years.",
            relevant=(Relevance("a.md", 1, "The warranty runs\nfor two years.", 7, 39), *delivery),
        ),
        GoldenItem("2", "Wash?", tags=("llm", "single_hop"), relevant=delivery),
    )
    assert (found.contexts, found.unplaced, found.refused) == (5, (("2", "Wash it."), ("7", "Nowhere.")), ("7",))


def test_what_a_system_answered_is_given_to_judges(tmp_path: Path) -> None:
    (answered,) = ragas_answers(read_ragas(write(tmp_path, ".jsonl", NEW, {"user_input": "no response"})))
    assert answered == AnsweredQuestion(
        "1",
        "How long is the warranty?",
        "It is two years.",
        (Passage("", "1/0", 0, "The warranty runs for two years."), Passage("", "1/1", 0, "Wash it.")),
        reference="Two years.",
        reference_contexts=("The warranty runs  for two years.", "It begins on delivery."),
    )


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"reference": "x"}, "line 1, field 'user_input': missing, empty or not a text"),
        ({"user_input": [{"role": "user"}]}, "line 1, field 'user_input': a conversation"),
        ({"user_input": "x", "retrieved_contexts": "one"}, "field 'retrieved_contexts': not a list of texts"),
        ({"user_input": "x", "reference_contexts": [1]}, "field 'reference_contexts': not a list of texts"),
        ({"user_input": "x", "question": "y"}, "field 'question': differs from 'user_input'"),
    ],
)
def test_malformed_rows(tmp_path: Path, record: Any, says: str) -> None:
    with pytest.raises(GoldenSetError) as caught:
        read_ragas(write(tmp_path, ".jsonl", record))
    assert says in str(caught.value)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(GoldenSetError, match="holds no rows"):
        read_ragas(write(tmp_path, ".jsonl"))
    path = tmp_path / "x.json"
    path.write_text('{"a": 1}')
    with pytest.raises(GoldenSetError, match="is no list of rows"):
        read_ragas(path)
    path = tmp_path / "x.csv"
    path.write_text('user_input,reference\n"open,1\n')
    with pytest.raises(GoldenSetError, match="cannot be read as CSV"):
        read_ragas(path)


def test_a_cell_may_be_longer_than_the_csv_module_allows(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    long = {"user_input": "x", "reference": "y", "retrieved_contexts": ["word " * 60_000]}
    assert len(read_ragas(write(tmp_path, ".csv", long))[0].retrieved_contexts[0]) == 300_000
    assert csv.field_size_limit() == before


def test_cells_keep_their_line_ends(tmp_path: Path) -> None:
    record = {"user_input": "x", "reference": "one\n\n two", "retrieved_contexts": ["a\nb"]}
    (sample,) = read_ragas(write(tmp_path, ".csv", record))
    assert (sample.reference, sample.retrieved_contexts) == ("one\n\n two", ("a\nb",))


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_what_the_library_itself_writes_is_read(tmp_path: Path, suffix: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it imports
        dataset = pytest.importorskip("ragas", reason="needs the extra eval").EvaluationDataset.from_list(
            [NEW, {"user_input": "Why?"}]
        )
    path = tmp_path / f"set{suffix}"
    (dataset.to_jsonl if suffix == ".jsonl" else dataset.to_csv)(path)
    first, second = read_ragas(path)
    assert first == read_ragas(write(tmp_path / "..", ".jsonl", NEW))[0]
    assert (second.question, second.reference, second.retrieved_contexts) == ("Why?", "", ())


def test_a_row_with_more_cells_than_columns_is_refused_and_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    path.write_text("user_input,reference\nHow heavy?,12 kg\nHow long?,24 months, battery excluded\n")
    with pytest.raises(GoldenSetError, match=r"set.csv, line 3: 3 cells in 2 columns\. Put quotes around texts with commas"):
        read_ragas(path)
