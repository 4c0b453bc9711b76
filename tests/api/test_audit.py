"""The audit log: every question and every document shown has a row, and no row has a document's text."""

import datetime as dt
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import ragline
from ragline.errors import AccessDeniedError, FilterError, StorageError
from ragline.journal import Journal, read_journal
from ragline.types import Document, Principal

ANN = Principal("ann", frozenset({"staff"}), "acme")
SECRET = "The vault opens with the word zwieback."


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light", audit_log=True) as collection:
        documents = {"vault": ("tenant:acme",), "open": None, "closed": ()}
        collection.ingest(Document(name, SECRET, metadata={"year": 1}, acl=acl) for name, acl in documents.items())
        yield collection


def test_a_search_an_answer_and_a_reading_have_a_row_each(kb: ragline.Collection) -> None:
    hits = kb.search("What opens the vault?", 5, principal=ANN, filters={"year": 1})
    kb.answer(query="What opens the vault?", principal=ANN)
    list(kb.stream_answer("What opens the vault?"))
    kb.get("vault", principal=ANN)
    kb.get("closed", principal=ANN)
    kb.chunks("open")
    kb.section(hits[0].chunk, principal=ANN)
    kb.neighbours(hits[0].chunk, principal=None)
    rows = list(kb.audit())
    assert [row["action"] for row in rows] == ["search", "answer", "answer", "get", "get", "chunks", "section", "neighbours"]
    first = rows[0]
    assert (first["principal"], first["groups"], first["tenant"]) == ("ann", ["staff"], "acme")
    assert set(first["documents"]) == {"vault", "open"}
    assert (first["count"], first["filters"], first["outcome"]) == (2, {"year": 1}, "ok")
    assert len(first["query_sha256"]) == 64
    assert rows[2]["principal"] is None
    assert rows[2]["documents"] == ["open"]
    assert [row["documents"] for row in rows[3:6]] == [["vault"], [], ["open"]]
    assert rows[6]["documents"] == [hits[0].doc_id]


def test_no_row_has_a_documents_text_or_a_query(kb: ragline.Collection) -> None:
    kb.answer("What opens the vault?", principal=ANN)
    kb.get("vault")
    written = (kb.folder / "audit" / "audit.jsonl").read_text()
    assert "zwieback" not in written
    assert "opens" not in written


def test_a_filter_of_what_is_no_json_is_recorded_too(kb: ragline.Collection) -> None:
    with pytest.raises(FilterError):
        kb.search("vault", filters={"year": {"lt": dt.date(2030, 1, 1)}})
    assert "2030-01-01" in str(next(kb.audit())["filters"])


class Queries(Sequence[str]):
    """A sequence that is neither a list nor a tuple."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, place: Any) -> Any:
        return ["vault", "blue pumps"][place]


@pytest.mark.parametrize("queries", [["vault", "blue pumps"], ("vault", "blue pumps"), Queries()])
def test_every_query_of_a_batch_has_a_row(kb: ragline.Collection, queries: Sequence[str]) -> None:
    kb.search_many(queries, principal=ANN)
    with pytest.raises(FilterError):
        kb.search_many(queries, filters={"nonsense": 1})
    rows = list(kb.audit())
    assert [row["outcome"] for row in rows] == ["ok", "ok", "FilterError", "FilterError"]
    assert [set(row["documents"]) for row in rows] == [{"vault", "open"}, {"vault", "open"}, set(), set()]
    assert rows[0]["query_sha256"] == rows[2]["query_sha256"] != rows[1]["query_sha256"]


def test_queries_are_kept_where_the_setting_says_so(kb: ragline.Collection) -> None:
    with ragline.open(kb.folder, audit_log=True, audit_queries="text") as collection:
        collection.search("vault")
    assert [row.get("query") for row in kb.audit()] == ["vault"]


def test_what_is_refused_or_fails_has_a_row_too(kb: ragline.Collection) -> None:
    with pytest.raises(FilterError):
        kb.search("vault", filters={"nonsense": 1})
    kb.set_access("required")
    with pytest.raises(AccessDeniedError):
        kb.answer("vault")
    assert [(row["outcome"], row["count"]) for row in kb.audit()] == [("FilterError", 0), ("denied", 0)]


def test_an_answer_in_pieces_that_is_broken_off_has_a_row(kb: ragline.Collection) -> None:
    pieces = kb.stream_answer("What opens the vault?", principal=ANN)
    next(iter(pieces))
    pieces.close()  # type: ignore[attr-defined]
    (row,) = kb.audit()
    assert (row["outcome"], set(row["documents"])) == ("broken off", {"vault", "open"})  # the first piece said it all


def test_nothing_is_recorded_unless_asked_for(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([Document("a", "words")])
        kb.search("words")
        assert list(kb.audit()) == []
        assert not (kb.folder / "audit").exists()


def test_nothing_is_handed_out_that_cannot_be_recorded(kb: ragline.Collection) -> None:
    (kb.folder / "audit").write_text("in the way")
    with pytest.raises(StorageError, match="audit"):
        kb.search("vault")


def test_the_log_is_for_its_owner_alone(kb: ragline.Collection) -> None:
    kb.search("vault")
    assert stat.S_IMODE((kb.folder / "audit" / "audit.jsonl").stat().st_mode) == 0o600


def test_the_command_prints_it(kb: ragline.Collection) -> None:
    kb.search("vault", principal=ANN)
    kb.search("vault")
    command = [sys.executable, "-c", "from api.cli import main; main()", "audit", "--kb", str(kb.folder)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "ann of acme" in shown
    told = subprocess.run([*command, "--principal", "ann", "--json"], capture_output=True, text=True, check=True).stdout
    assert [row["principal"] for row in json.loads(told)["rows"]] == ["ann"]


WRITER = """
import sys
from pathlib import Path
from ragline.journal import Journal
journal = Journal(Path(sys.argv[1]), "log", max_bytes=4000)
for number in range(200):
    journal.append({"writer": sys.argv[2], "number": number, "padding": "x" * (number % 50)})
"""


def test_rows_of_several_processes_are_whole_and_in_order_over_files(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(name)]) for name in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    rows = list(read_journal(tmp_path, "log"))
    assert len(rows) == 600
    for name in range(3):
        assert [row["number"] for row in rows if row["writer"] == str(name)] == list(range(200))
    files = sorted(tmp_path.glob("log*.jsonl"))
    assert len(files) > 5
    assert all(file.stat().st_size <= 4000 for file in files)


def test_half_a_row_that_a_kill_has_left_spoils_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "log", max_bytes=10_000)
    journal.append({"n": 1})
    with (tmp_path / "log.jsonl").open("ab") as file:
        file.write(b'{"n": 2, "cut off')
        os.fsync(file.fileno())
    journal.append({"n": 3}, {"n": 4})
    found: list[dict[str, Any]] = list(read_journal(tmp_path, "log"))
    assert [row["n"] for row in found] == [1, 3, 4]
