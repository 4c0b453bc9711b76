"""The query log of a collection: opt-in, without text of hits, with feedback, and gone with what is purged."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ragline
from api.cli import app
from eval.golden import load_golden
from indexes.query_log import FILE, WITHHELD
from ragline.errors import InputError
from ragline.types import Principal

DOCUMENTS = [
    ragline.Document("leave.md", "Everyone gets 28 days of leave a year. The canteen password is zanzibar-99."),
    ragline.Document("pump.md", "The pump weighs 40 kilograms and stands in the cellar."),
]
QUESTION = "How many days of leave does everyone get?"


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light", query_log="on") as collection:
        collection.ingest(DOCUMENTS)
        yield collection


def test_nothing_is_logged_unless_it_is_asked_for(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest(DOCUMENTS)
        answer = kb.answer(QUESTION)
        assert (answer.log_id, kb.log(), kb.stats()["query_log"]) == ("", [], None)
        with pytest.raises(InputError, match="query_log='on'"):
            kb.feedback(answer, "up")
    assert not (tmp_path / "kb" / FILE).exists()


def test_an_answer_is_one_row_with_ids_and_no_text_of_its_hits(kb: ragline.Collection, tmp_path: Path) -> None:
    answer = kb.answer(QUESTION, k=2, filters={"doc_id": "leave.md"}, principal=Principal("anna", frozenset({"staff"})))
    (row,) = kb.log()
    assert row.log_id == answer.log_id
    assert (row.query, row.answer, row.abstained, row.principal) == (QUESTION, answer.text, False, "anna")
    assert [(each.doc_id, each.rank, each.cited) for each in row.passages] == [("leave.md", 1, True)]
    assert row.details["filters"] == {"doc_id": "leave.md"}
    assert (row.details["k"], row.details["mode"], row.details["model"]) == (2, "hybrid", "extractive")
    assert row.details["ms"] > 0
    kb.close()
    written = b"".join(path.read_bytes() for path in (tmp_path / "kb").glob(f"{FILE}*"))
    assert b"28 days" in written  # the answer
    assert b"zanzibar-99" not in written
    assert b"staff" not in written


def test_searches_and_streams_are_rows_and_evaluations_are_not(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.search("pump")
    *_, last = kb.stream_answer(QUESTION)
    assert last.done is not None
    assert last.done.log_id
    golden = tmp_path / "golden.jsonl"
    golden.write_text(json.dumps({"id": "1", "query": "pump weight", "relevant": [{"doc_id": "pump.md"}]}) + "\n")
    kb.evaluate(golden)
    assert [(row.query, row.answer is None) for row in kb.log()] == [("pump", True), (QUESTION, False)]


def test_feedback_becomes_a_golden_set(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.feedback(kb.answer(QUESTION), "up", note="right")
    kb.feedback(kb.answer("How much does the pump weigh?").log_id, "down")
    report = kb.export_log(tmp_path / "golden.jsonl")
    assert (report.labelled, report.unlabelled) == (1, 1)
    (item,) = load_golden(tmp_path / "golden.jsonl").items
    assert (item.query, item.tags, item.grades) == (QUESTION, ("log",), {"leave.md": 1})


def test_a_follow_up_is_exported_as_a_question_that_stands_alone(kb: ragline.Collection, tmp_path: Path) -> None:
    history = [ragline.Turn("How much does the pump weigh?", "It weighs 40 kilograms.")]
    answer = kb.answer("And where does it stand?", history=history)
    assert answer.standalone
    kb.feedback(answer, "up")
    kb.export_log(tmp_path / "golden.jsonl")
    (question,) = load_golden(tmp_path / "golden.jsonl").items
    assert question.query == answer.standalone
    (row,) = kb.log()
    assert (row.query, row.details["standalone"]) == (answer.query, answer.standalone)
    kb.delete("pump.md")
    assert "standalone" not in kb.log()[0].details
    kb.purge()
    assert answer.standalone.encode() not in (tmp_path / "kb" / FILE).read_bytes()


def test_a_deleted_document_is_withheld_at_once_and_a_purge_leaves_no_byte(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.answer(QUESTION, k=1)
    kb.answer("How much does the pump weigh?", k=1)
    kb.delete("leave.md")
    assert [row.answer == WITHHELD for row in kb.log()] == [True, False]
    report = kb.purge()
    assert report.warnings == ()
    assert [row.answer == WITHHELD for row in kb.log()] == [True, False]
    for path in (tmp_path / "kb").rglob("*"):
        assert not path.is_file() or b"28 days of leave a year" not in path.read_bytes(), path


def test_a_purge_forgets_answers_from_a_version_that_was_replaced(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.answer(QUESTION, k=1)
    kb.ingest([ragline.Document("leave.md", "Everyone gets 30 days of leave.")])
    kb.purge()
    (row,) = kb.log()
    assert row.answer == WITHHELD


def test_a_purge_forgets_answers_from_what_stood_beside_a_passage(tmp_path: Path) -> None:
    """The answer may quote what its passage was widened by."""
    rest = "The days that nobody takes are carried over to the year that follows. " * 4
    text = f"# Leave\n\nEveryone gets 28 days of leave a year. {rest}\n\n# Canteen\n\nThe canteen opens at noon{{}}. {rest}"
    settings = {"embedder": "light", "query_log": "on", "context_expansion": "neighbours", "chunk_tokens": 64}
    with ragline.open(tmp_path / "kb", **settings) as kb:
        kb.ingest([ragline.Document("staff.md", text.format(", password zanzibar-99"))])
        answer = kb.answer(QUESTION, k=1)
        assert "zanzibar-99" in answer.hits[0].text
        kb.ingest([ragline.Document("staff.md", text.format(""))])
        kb.purge()
        (row,) = kb.log()
        assert row.answer == WITHHELD


def test_a_note_on_a_search_is_withheld_with_its_document(kb: ragline.Collection) -> None:
    kb.search("leave", 1)
    (row,) = kb.log()
    kb.feedback(row.log_id, "down", note="28 days is wrong")
    kb.delete("leave.md")
    (row,) = kb.log()
    assert (row.answer, row.note, row.verdict) == (None, "", "down")


def test_a_collection_opened_without_the_log_purges_it_all_the_same(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.answer(QUESTION, k=1)
    kb.close()
    with ragline.open(tmp_path / "kb") as other:
        other.purge("leave.md")
        assert other.log()[0].answer == WITHHELD


def test_a_question_is_answered_when_the_log_cannot_be_written(
    kb: ragline.Collection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "kb" / FILE).write_bytes(b"damaged" * 1000)
    with caplog.at_level(logging.WARNING):
        answer = kb.answer(QUESTION)
    assert (answer.abstained, answer.log_id) == (False, "")
    assert "a row of the query log is lost" in caplog.text
    assert QUESTION not in caplog.text
    assert kb.stats()["query_log"] == {"rows": None, "lost": 1}
    (tmp_path / "kb" / FILE).unlink()
    assert kb.stats()["query_log"] == {"rows": 0, "lost": 1}


def test_from_a_shell(kb: ragline.Collection, tmp_path: Path) -> None:
    log_id = kb.answer(QUESTION).log_id
    place = ["--kb", str(tmp_path / "kb")]
    run = CliRunner()
    assert QUESTION in run.invoke(app, ["log", *place]).stdout
    told = run.invoke(app, ["feedback", log_id, "up", "--note", "yes", *place, "--json"])
    assert json.loads(told.stdout)["verdict"] == "up"
    (row,) = json.loads(run.invoke(app, ["log", *place, "--json"]).stdout)["rows"]
    assert (row["verdict"], row["note"]) == ("up", "yes")
    exported = run.invoke(app, ["log", "--export", str(tmp_path / "g.jsonl"), *place, "--json"])
    assert json.loads(exported.stdout)["labelled"] == 1
    assert isinstance(run.invoke(app, ["feedback", "nobody", "up", *place]).exception, InputError)


def test_the_shell_says_how_to_judge_an_answer(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.close()
    told = CliRunner().invoke(app, ["ask", QUESTION, "--kb", str(tmp_path / "kb")], env={"RAGLINE_QUERY_LOG": "on"}).stdout
    with ragline.open(tmp_path / "kb") as again:
        (row,) = again.log()
    assert f"ragline feedback {row.log_id} up|down" in told
