"""Golden sets in our own format: what is read, and what each malformed line says."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.golden import GoldenItem, Relevance, golden_set, load_golden
from ragline.errors import GoldenSetError, InputError

FULL = {
    "id": "q1",
    "query": "How long is the warranty?",
    "answer": "Two years.",
    "answerable": True,
    "tags": ["table", "table", "exact"],
    "relevant": [{"doc_id": "manual.md", "grade": 2, "quote": "two years", "start": 4, "end": 13}, {"doc_id": "faq.md"}],
}


def write(folder: Path, *records: object) -> Path:
    path = folder / "golden.jsonl"
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_full_line_and_a_short_one(tmp_path: Path) -> None:
    short = {"id": "q2", "query": "Why?", "answerable": False, "answer": None}
    golden = load_golden(write(tmp_path, FULL, "", short))
    first, second = golden.items
    assert (golden.name, len(golden)) == ("golden", 2)
    assert first == GoldenItem(
        "q1",
        "How long is the warranty?",
        "Two years.",
        True,
        ("table", "exact"),
        (Relevance("manual.md", 2, "two years", 4, 13), Relevance("faq.md")),
    )
    assert first.relevant[0].span == (4, 13)
    assert first.relevant[1].span is None
    assert second == GoldenItem("q2", "Why?", "", False)


def test_line_separators_inside_a_string_do_not_end_a_line(tmp_path: Path) -> None:
    path = write(tmp_path, '\ufeff{"id": "a", "query": "one\u2028two\u0085three", "answer": "x"}')
    assert load_golden(path).items[0].query == "one\u2028two\u0085three"


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"id": ""}, "id", "empty"),
        ({"id": None}, "id", "missing"),
        ({"id": 7}, "id", "a int, not a string"),
        ({"query": "  \n"}, "query", "empty"),
        ({"answer": 5}, "answer", "not a string"),
        ({"answerable": "yes"}, "answerable", "not true or false"),
        ({"tags": "table"}, "tags", "not a list of words"),
        ({"tags": [""]}, "tags", "not a list of words"),
        ({"relevant": {"doc_id": "a"}}, "relevant", "not a list of objects"),
        ({"relevant": ["a"]}, "relevant", "not a list of objects"),
        ({"relevant": [{"doc_id": " "}]}, "doc_id", "empty"),
        ({"relevant": [{"doc_id": "a", "grade": 1.5}]}, "relevant.grade", "whole number"),
        ({"relevant": [{"doc_id": "a", "grade": True}]}, "relevant.grade", "whole number"),
        ({"relevant": [{"doc_id": "a", "grade": -1}]}, "relevant.grade", "whole number"),
        ({"relevant": [{"doc_id": "a", "start": 1}]}, "relevant.start", "1 to None is no span"),
        ({"relevant": [{"doc_id": "a", "start": 3, "end": 3}]}, "relevant.start", "3 to 3 is no span"),
        ({"relevant": [{"doc_id": "a", "start": -1, "end": 3}]}, "relevant.start", "not an offset"),
        ({"relevant": [{"doc_id": "a", "start": 0, "end": "3"}]}, "relevant.end", "not an offset"),
        ({"relevant": [{"doc_id": "a", "page": 3}]}, "relevant.page", "unknown field"),
        ({"relevant": [{"doc_id": "a"}, {"doc_id": "a"}]}, "relevant", "same judgement comes twice"),
        ({"question": "x"}, "question", "unknown field"),
        ({"answerable": False}, "relevant", "unanswerable question has relevant documents"),
        ({"relevant": [], "answer": ""}, "relevant", "neither relevant documents nor an answer"),
    ],
)
def test_a_malformed_field_is_named_with_its_file_and_line(
    tmp_path: Path, change: dict[str, Any], field: str, says: str
) -> None:
    path = write(tmp_path, {"id": "fine", "query": "fine?", "answer": "yes"}, FULL | change)
    with pytest.raises(GoldenSetError) as caught:
        load_golden(path)
    message = str(caught.value)
    assert f"{path}, line 2, field {field!r}" in message
    assert says in message
    assert message.endswith(".")


@pytest.mark.parametrize(
    ("line", "says"),
    [('{"id": ', "not valid JSON"), ("[1]", "a JSON list, not an object"), ("[" * 100_000, "not valid JSON")],
    ids=["cut off", "list", "deep"],
)
def test_a_line_that_is_no_object(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(GoldenSetError, match=f"line 1: {says}"):
        load_golden(write(tmp_path, line))


def test_a_line_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes(b'{"id": "a", "query": "b", "answer": "c"}\n{"id": "d\xe9"}\n')
    with pytest.raises(GoldenSetError, match="line 2: not UTF-8"):
        load_golden(path)


def test_an_unanswerable_question_may_have_documents_judged_not_relevant(tmp_path: Path) -> None:
    item = load_golden(write(tmp_path, FULL | {"answerable": False, "relevant": [{"doc_id": "a", "grade": 0}]})).items[0]
    assert item.grades == {"a": 0}
    with pytest.raises(GoldenSetError, match="unanswerable question has relevant documents"):
        load_golden(write(tmp_path, FULL | {"answerable": False, "relevant": [{"doc_id": "a"}]}))


@pytest.mark.parametrize(("start", "end"), [(1, None), (None, 4), (None, None)])
def test_a_place_needs_both_ends(start: int | None, end: int | None) -> None:
    assert Relevance("a", start=start, end=end).span is None


def test_an_id_that_comes_twice(tmp_path: Path) -> None:
    with pytest.raises(GoldenSetError, match=r"line 3, field 'id': id 'q1' was used on line 1"):
        load_golden(write(tmp_path, FULL, FULL | {"id": "q2"}, FULL))
    with pytest.raises(GoldenSetError, match="id 'x' comes twice"):
        golden_set("s", [GoldenItem("x", "a?"), GoldenItem("x", "b?")])


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(GoldenSetError, match="holds no questions"):
        load_golden(write(tmp_path, ""))
    with pytest.raises(GoldenSetError, match="no such file or folder"):
        load_golden(tmp_path / "absent.jsonl")
    assert issubclass(GoldenSetError, InputError)


def test_the_grade_of_a_document_is_that_of_its_best_passage() -> None:
    passages = (Relevance("a", 1, "x"), Relevance("a", 3, "y"), Relevance("a", 2, "z"), Relevance("b", 0))
    assert GoldenItem("q", "?", relevant=passages).grades == {"a": 3, "b": 0}


def test_the_digest_follows_the_content_and_not_its_writing(tmp_path: Path) -> None:
    digest = load_golden(write(tmp_path, FULL)).sha256
    turned = json.dumps(dict(reversed(list(FULL.items()))), indent=None, separators=(" , ", ": "))
    assert len(digest) == 64
    assert load_golden(write(tmp_path, "", turned)).sha256 == digest
    assert load_golden(write(tmp_path, FULL | {"query": "How long is it?"})).sha256 != digest


TEXT = st.text(min_size=1).filter(lambda text: bool(text.strip()))
JUDGEMENTS = st.lists(
    st.builds(lambda doc, grade, start, length: Relevance(doc, grade, "", start, start + length), TEXT, st.integers(0, 9),
              st.integers(0, 99), st.integers(1, 99)), min_size=1, unique=True
)  # fmt: skip


@given(TEXT, TEXT, st.lists(TEXT, unique=True), JUDGEMENTS)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, name: str, query: str, tags: list[str], judgements: list[Relevance]
) -> None:
    record = {"id": name, "query": query, "tags": tags}
    record["relevant"] = [{"doc_id": j.doc_id, "grade": j.grade, "start": j.start, "end": j.end} for j in judgements]
    golden = load_golden(write(tmp_path_factory.mktemp("golden"), record))
    assert golden.items == (GoldenItem(name, query, "", True, tuple(tags), tuple(judgements)),)


def test_a_dataset_of_ragas_is_told_how_it_becomes_a_golden_set(tmp_path: Path) -> None:
    for record in ({"user_input": "Why?", "reference": "So."}, {"question": "Why?", "ground_truth": "So."}):
        with pytest.raises(GoldenSetError, match=r"line 1, field 'query': a row of RAGAS, .* ragline golden convert"):
            load_golden(write(tmp_path, record))
    (tmp_path / "set.csv").write_text("user_input\nWhy?\n")
    with pytest.raises(GoldenSetError, match=r"tables are not read as golden sets\. Convert it: ragline golden convert"):
        load_golden(tmp_path / "set.csv")
