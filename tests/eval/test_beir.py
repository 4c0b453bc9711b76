"""Folders in the layout of BEIR."""

from pathlib import Path

import pytest

from eval.golden import GoldenItem, Relevance, load_beir_corpus, load_golden
from ragline.errors import GoldenSetError
from ragline.types import Document

QUERIES = '{"_id": "2", "text": "second", "metadata": {}}\n{"_id": "1", "text": "first"}\n{"_id": "3", "text": "unjudged"}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    corpus = '{"_id": "a", "title": "T", "text": "x"}\n{"_id": "b", "text": "", "extra": 1}\n'
    (tmp_path / "corpus.jsonl").write_text(corpus)
    (tmp_path / "queries.jsonl").write_text(QUERIES)
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\ta\t1\n1\tb\t0\n2\tb\t2\n")
    (tmp_path / "unanswerable.jsonl").write_text('{"_id": "u", "text": "nothing", "corpus_id": "a"}\n')
    return tmp_path


def test_the_judged_queries_are_read_in_the_order_of_their_file(folder: Path) -> None:
    golden = load_golden(folder)
    assert golden.name == folder.name
    assert golden.items == (
        GoldenItem("2", "second", relevant=(Relevance("b", 2),)),
        GoldenItem("1", "first", relevant=(Relevance("a", 1), Relevance("b", 0))),
    )


def test_unanswerable_queries_come_when_asked_for(folder: Path) -> None:
    assert load_golden(folder, unanswerable=True).items[-1] == GoldenItem("u", "nothing", "", False, ("unanswerable",))
    (folder / "unanswerable.jsonl").unlink()
    with pytest.raises(GoldenSetError, match=r"unanswerable\.jsonl: cannot be read"):
        load_golden(folder, unanswerable=True)


def test_the_corpus_is_read_one_document_at_a_time(folder: Path) -> None:
    documents = load_beir_corpus(folder)
    assert next(documents) == Document("a", "x", "T")
    assert next(documents) == Document("b", "")
    assert next(load_beir_corpus(folder / "corpus.jsonl")).title == "T"


def test_judgements_are_found_by_split_with_and_without_header(folder: Path) -> None:
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text("3\ta\t-1\n")
    (folder / "qrels.dev.tsv").write_text("1\tb\t1\n")
    assert load_golden(folder).items == (GoldenItem("3", "unjudged", relevant=(Relevance("a", -1),)),)
    assert load_golden(folder, split="dev").items[0].relevant == (Relevance("b"),)
    with pytest.raises(
        GoldenSetError, match=r"no judgements for the split 'train'. Add one of: qrels/train.tsv, qrels.train.tsv;"
    ):
        load_golden(folder, split="train")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("qrels.tsv", "1\ta\n", "line 1: 2 columns"),
        ("qrels.tsv", "1\t\t1\n", "line 1: 3 columns, or an empty one"),
        ("qrels.tsv", "1\ta\t1\n1\tb\thigh\n", "line 2, field 'score': 'high' is not a whole number"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nquery-id\tcorpus-id\tscore\n", "line 2, field 'score': 'score' is not"),
        ("qrels.tsv", "1\ta\t1\n1\ta\t2\n", "line 2: document 'a' is judged twice for query '1'"),
        ("qrels.tsv", "9\ta\t1\n", "judges 1 queries that queries.jsonl lacks, first '9'"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\n", "holds no questions"),
        ("queries.jsonl", '{"_id": "1", "text": " "}\n', "line 1, field 'text': empty"),
        ("queries.jsonl", '{"id": "1", "text": "x"}\n', "line 1, field '_id': missing"),
        ("queries.jsonl", QUERIES + '{"_id": "1", "text": "x"}\n', "line 4, field '_id': id '1' was used on line 2"),
    ],
)
def test_malformed_files_are_refused(folder: Path, name: str, content: str, says: str) -> None:
    (folder / name).write_text(content)
    with pytest.raises(GoldenSetError) as caught:
        load_golden(folder)
    assert says in str(caught.value)


def test_a_document_that_comes_twice_and_a_folder_without_queries(folder: Path, tmp_path: Path) -> None:
    with (folder / "corpus.jsonl").open("a") as stream:
        stream.write('{"_id": "a", "text": "y"}\n')
    with pytest.raises(GoldenSetError, match=r"corpus\.jsonl, line 3, field '_id': id 'a' was used on line 1"):
        list(load_beir_corpus(folder))
    (tmp_path / "empty").mkdir()
    with pytest.raises(GoldenSetError, match=r"no queries\.jsonl in it"):
        load_golden(tmp_path / "empty")


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "queries", "judgements", "documents"),
    [("scifact", 300, 339, 5183), ("nfcorpus-preprocessed", 323, 12334, 3395), ("xquad/zh", None, None, None)],
)
def test_public_sets_are_read_as_they_are(
    shared_data: Path, name: str, queries: int | None, judgements: int | None, documents: int | None
) -> None:
    golden = load_golden(shared_data / name)
    ids = {document.id for document in load_beir_corpus(shared_data / name)}
    assert queries in (None, len(golden))
    assert judgements in (None, sum(len(item.relevant) for item in golden.items))
    assert documents in (None, len(ids))
    assert {judgement.doc_id for item in golden.items for judgement in item.relevant} <= ids
