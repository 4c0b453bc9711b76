"""The published schema and the loader say the same of every line, and sets have a version that is checked."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from eval.golden import GoldenItem, Relevance, golden_set, load_golden
from eval.golden_lines import golden_schema, read_lines, write_lines
from ragline.errors import GoldenSetError

SCHEMA = Draft202012Validator(json.loads(golden_schema()))
FINE: dict[str, Any] = {
    "id": "q1",
    "query": "How long?",
    "answer": "Two years.",
    "answerable": True,
    "tags": ["table"],
    "relevant": [{"doc_id": "a.md", "grade": 2, "quote": "two years", "start": 0, "end": 13}],
}
NOISE: list[Any] = [None, "", " ", "\x1f", "x", 0, 1, 3, -1, 2.0, 1.5, True, False, [], ["x"], [""], {}, {"doc_id": "b"}]


def accepts(folder: Path, record: object) -> bool:
    path = folder / "golden.jsonl"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    try:
        load_golden(path)
    except GoldenSetError:
        return False
    return True


def test_the_schema_is_one_and_takes_the_samples(samples: Path) -> None:
    Draft202012Validator.check_schema(json.loads(golden_schema()))
    for line in (samples / "golden.jsonl").read_text(encoding="utf-8").splitlines():
        SCHEMA.validate(json.loads(line))


@pytest.mark.parametrize("field", [*FINE, "unknown"])
@pytest.mark.parametrize("value", NOISE)
def test_whatever_stands_in_a_field_both_say_the_same(tmp_path: Path, field: str, value: Any) -> None:
    for record in (FINE | {field: value}, {"id": "q", "query": "?", field: value}, FINE | {"answerable": False, field: value}):
        assert SCHEMA.is_valid(record) == accepts(tmp_path, record), record


@pytest.mark.parametrize("field", ["doc_id", "grade", "quote", "start", "end", "unknown"])
@pytest.mark.parametrize("value", NOISE)
def test_whatever_stands_in_a_judgement_both_say_the_same(tmp_path: Path, field: str, value: Any) -> None:
    for judgement in ({**FINE["relevant"][0], field: value}, {"doc_id": "a", field: value}):
        for answerable in (True, False):
            record = FINE | {"relevant": [judgement], "answerable": answerable}
            if judgement.get("start") is not None and judgement.get("start") == judgement.get("end"):
                continue  # that a span starts before it ends stands in no schema
            assert SCHEMA.is_valid(record) == accepts(tmp_path, record), record


VALUES = st.sampled_from(NOISE)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["q", "", 3]),
        "query": st.sampled_from(["why?", " ", None]),
        "answer": VALUES,
        "answerable": st.sampled_from([True, False, None, 1]),
        "tags": VALUES,
        "relevant": st.one_of(
            VALUES,
            st.lists(
                st.fixed_dictionaries(
                    {"doc_id": st.sampled_from("abcdefg")},
                    optional={
                        "grade": VALUES,
                        "quote": VALUES,
                        "start": st.sampled_from([None, 0, 1, "1"]),
                        "end": st.sampled_from([None, 5, 9, -1]),
                    },
                ),
                max_size=3,
                unique_by=lambda judgement: judgement["doc_id"],
            ),
        ),
    },
)  # fmt: skip


@given(RECORDS)
def test_random_lines_are_judged_alike(tmp_path_factory: pytest.TempPathFactory, record: dict[str, Any]) -> None:
    assert SCHEMA.is_valid(record) == accepts(tmp_path_factory.getbasetemp(), record), record


@pytest.mark.parametrize(
    "head",
    [{}, {"version": "1"}, {"version": None, "notes": "by hand"}, {"sha256": ""}, {"sha256": "12"}, {"version": 1},
     {"name": "x"}, [], None, "1", {"sha256": "A" * 64}],
)  # fmt: skip
def test_heads_are_judged_alike(tmp_path: Path, head: Any) -> None:
    path = tmp_path / "golden.jsonl"
    record = {"golden_set": head}
    path.write_text(json.dumps(record) + "\n" + json.dumps(FINE) + "\n", encoding="utf-8")
    if SCHEMA.is_valid(record):
        assert load_golden(path).version == (head.get("version") or "")
    else:
        with pytest.raises(GoldenSetError, match="line 1"):
            load_golden(path)


def test_what_is_written_is_read_with_its_version(tmp_path: Path) -> None:
    item = GoldenItem("q", "Wie lange?\u2028", "Zwei", True, ("a",), (Relevance("d", 0), Relevance("d", 3, "x", 2, 5)))
    golden = golden_set("golden", [item, GoldenItem("u", "?", answerable=False)], version="3", notes="by hand")
    write_lines(golden, tmp_path / "golden.jsonl")
    assert load_golden(tmp_path / "golden.jsonl") == golden
    first = (tmp_path / "golden.jsonl").read_text(encoding="utf-8").split("\n")[0]
    assert json.loads(first) == {"golden_set": {"version": "3", "sha256": golden.sha256, "notes": "by hand"}}
    write_lines(golden_set("golden", golden.items), tmp_path / "golden.jsonl")
    assert load_golden(tmp_path / "golden.jsonl").version == ""


def test_a_set_that_was_changed_under_its_version_is_told(tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    write_lines(golden_set("golden", [GoldenItem("q", "How long?", "Two years.")], version="2"), path)
    path.write_text(path.read_text(encoding="utf-8").replace("Two", "Three"), encoding="utf-8")
    with pytest.raises(GoldenSetError, match=r"version '2' with the digest \w{12}, but .* --set-version NEW$"):
        load_golden(path)
    assert read_lines(path, changed=True).items[0].answer == "Three years."


def test_a_head_that_is_not_in_front_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    path.write_text(json.dumps(FINE) + '\n{"golden_set": {"version": "1"}}\n', encoding="utf-8")
    with pytest.raises(GoldenSetError, match="line 2, field 'golden_set': a head that is not the first line"):
        load_golden(path)


def test_what_the_format_refuses_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    with pytest.raises(GoldenSetError, match=r"line 1, field 'relevant.grade'"):
        write_lines(golden_set("g", [GoldenItem("q", "?", relevant=(Relevance("a", -1),))]), path)
    assert not path.exists()


def test_the_digest_of_a_set_does_not_change_with_the_release() -> None:
    item = GoldenItem("q", "?", "a", True, ("t",), (Relevance("d", 2, "x", 1, 2),))
    assert golden_set("g", [item]).sha256 == "b530b9ad152240a8b02fe75cdb7f017b0dba1d1d1a7e257872e27240c20776ee"
