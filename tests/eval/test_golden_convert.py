"""From one format to another: what is kept, and what the other has no place for."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.formats.beir import load_beir_corpus, write_beir
from eval.formats.trec import write_trec
from eval.golden import GoldenItem, Relevance, golden_set, load_golden
from eval.golden_convert import convert, detect
from eval.golden_lines import write_lines
from ragline.errors import GoldenSetError, InputError

GOLDEN = golden_set(
    "pumps",
    [
        GoldenItem("1", "reset the pump", "Hold.", True, ("exact", "llm"), (Relevance("m", 1, "x", 0, 1), Relevance("m", 2))),
        GoldenItem("2", "price?", relevant=(Relevance("a", 0), Relevance("b"))),
        GoldenItem("3", "moon", answerable=False),
        GoldenItem("4", "who?", "Ada."),
    ],
    version="7",
)
SQUAD = {
    "data": [
        {
            "title": "T",
            "paragraphs": [
                {"context": "It is blue.", "qas": [
                    {"id": "a", "question": "Colour?", "answers": [{"text": "blue", "answer_start": 6}]},
                    {"id": "b", "question": "Size?", "answers": [], "is_impossible": True},
                ]},
            ],
        }
    ]
}  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_lines(GOLDEN, tmp_path / "pumps.jsonl")
    return tmp_path / "pumps.jsonl"


def test_to_beir_and_back(source: Path, tmp_path: Path) -> None:
    report = convert(source, tmp_path / "beir", target_format="beir")
    assert (report.source_format, report.read, report.questions, report.judgements) == ("jsonl", 4, 3, 3)
    assert report.lost == {
        "questions without a judged document": 1,
        "answers": 1,
        "further judgements of a document": 1,
        "quotes and places": 1,
        "tags": 2,
    }
    back = convert(tmp_path / "beir", tmp_path / "back.jsonl", version="8")
    golden = load_golden(tmp_path / "back.jsonl")
    assert golden.items == (
        GoldenItem("1", "reset the pump", relevant=(Relevance("m", 2),)),
        GoldenItem("2", "price?", relevant=(Relevance("a", 0), Relevance("b"))),
        GoldenItem("3", "moon", "", False, ("unanswerable",)),
    )
    assert (back.source_format, back.sha256, golden.version, back.lost) == ("beir", golden.sha256, "8", {})


def test_to_trec_and_back(source: Path, tmp_path: Path) -> None:
    report = convert(source, tmp_path / "trec", target_format="trec")
    assert (report.lost["unanswerable questions"], report.judgements) == (1, 3)
    assert report.read == 4 == report.questions + 2
    (tmp_path / "trec" / "qrels.txt").write_text("1 0 m -2\n1 0 n 1\n")
    back = convert(tmp_path / "trec", tmp_path / "back.jsonl")
    assert back.lost == {"grades below 0, written as 0": 1}
    assert load_golden(tmp_path / "back.jsonl").items[0].grades == {"m": 0, "n": 1}
    alone = convert(tmp_path / "trec" / "topics.tsv", tmp_path / "x.jsonl", qrels=tmp_path / "trec" / "qrels.txt")
    assert (alone.source_format, alone.questions) == ("trec", 1)
    with pytest.raises(InputError, match="Name the file of judgements with --qrels"):
        convert(tmp_path / "trec" / "topics.tsv", tmp_path / "y.jsonl")


@pytest.mark.parametrize("target", ["jsonl", "beir", "trec"])
def test_the_digest_and_the_counts_are_of_what_was_written(source: Path, tmp_path: Path, target: str) -> None:
    written = tmp_path / ("copy.jsonl" if target == "jsonl" else target)
    report = convert(source, written, target_format=target)
    golden = load_golden(written, unanswerable=target == "beir")
    assert (report.sha256, report.questions) == (golden.sha256, len(golden))
    assert report.judgements == sum(len(item.relevant) for item in golden.items)


def test_paragraphs_are_those_of_squad_and_nothing_is_written_before_that_is_known(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"paragraphs are those of SQuAD, and .*pumps.jsonl is jsonl. Leave out --corpus"):
        convert(source, tmp_path / "copy.jsonl", corpus=tmp_path / "corpus.jsonl")
    assert not (tmp_path / "copy.jsonl").exists()


def test_our_own_format_loses_nothing(source: Path, tmp_path: Path) -> None:
    report = convert(source, tmp_path / "copy.jsonl")
    assert (report.lost, report.sha256, report.version) == ({}, GOLDEN.sha256, "7")
    assert load_golden(tmp_path / "copy.jsonl").items == GOLDEN.items


def test_squad_with_its_paragraphs(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(SQUAD))
    report = convert(path, tmp_path / "squad.jsonl", corpus=tmp_path / "corpus.jsonl")
    assert (report.source_format, report.questions, report.documents) == ("squad", 2, 1)
    texts = {document.id: document.text for document in load_beir_corpus(tmp_path / "corpus.jsonl")}
    first, second = load_golden(tmp_path / "squad.jsonl").items
    assert texts[first.relevant[0].doc_id][slice(*first.relevant[0].span or (0, 0))] == "blue"
    assert (second.answerable, second.tags) == (False, ("unanswerable",))


def test_ragas_needs_documents_and_tells_what_it_does_not_find(tmp_path: Path) -> None:
    path = tmp_path / "ragas.jsonl"
    rows = [{"user_input": "Colour?", "reference_contexts": ["It is blue.", "Gone."]}, {"user_input": "Lost?"}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(InputError, match="Name the collection in which its contexts stand"):
        convert(path, tmp_path / "x.jsonl")
    report = convert(path, tmp_path / "x.jsonl", documents=lambda: [("a", "It  is blue.")])
    assert (report.read, report.questions, report.unplaced) == (2, 1, (("1", "Gone."),))
    assert report.lost == {"rows without an answer or a context that was found": 1}


def test_formats_are_told_by_what_is_there(source: Path, tmp_path: Path) -> None:
    write_beir(GOLDEN, tmp_path / "b")
    write_trec(GOLDEN, tmp_path / "t", topics="topics.xml")
    for name, text in {"s.json": "{}", "r.json": "[]", "r.csv": "", "topics": "1\tx", "r.jsonl": '{"question": "x"}'}.items():
        (tmp_path / name).write_text(text)
    names = {"pumps.jsonl": "jsonl", "b": "beir", "t": "trec", "s.json": "squad", "r.json": "ragas", "r.csv": "ragas"}
    for name, form in (names | {"topics": "trec", "r.jsonl": "ragas"}).items():
        assert detect(tmp_path / name) == form
    (tmp_path / "empty").mkdir()
    for nothing in (tmp_path / "absent", tmp_path / "empty"):
        with pytest.raises(GoldenSetError, match="no golden set of a known format"):
            detect(nothing)


@pytest.mark.parametrize(
    ("target", "options", "says"),
    [
        ("out.jsonl", {"source_format": "csv"}, "Unknown format 'csv'; choose one of jsonl, beir"),
        ("out", {"target_format": "squad"}, "The format squad is read, and not written"),
        ("out", {}, "Name one of jsonl, beir, trec with --to"),
        ("pumps.jsonl", {}, "exists. Name another place"),
    ],
)
def test_what_cannot_be_converted(source: Path, tmp_path: Path, target: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as caught:
        convert(source, tmp_path / target, **options)
    assert says in str(caught.value)


def test_a_set_of_which_nothing_fits_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    write_lines(golden_set("s", [GoldenItem("1", "who?", "Ada.")]), tmp_path / "s.jsonl")
    with pytest.raises(
        GoldenSetError, match=r"nothing of it can be written as trec: .*'questions without a judged document': 1"
    ):
        convert(tmp_path / "s.jsonl", tmp_path / "trec", target_format="trec")
    assert not (tmp_path / "trec").exists()
