"""The log's file: many writers, an age and a size, and purges that leave no byte."""

import multiprocessing
import os
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from indexes.query_log import FILE, WITHHELD, LogRow, Passage, QueryLog, new_log_id
from ragline.errors import CorruptIndexError, IncompatibleError, InputError, StorageError

SECRET = "xylophone-4711"


def row(
    query: str = "q", *, asked_at: float = 1000.0, answer: str | None = "a", doc_id: str = "d", chunk_id: str = "c"
) -> LogRow:
    passage = Passage(doc_id, chunk_id, 1, 0.5, cited=True)
    return LogRow(new_log_id(), asked_at, query, (passage,), "anna", answer, False, {"k": 8, "ms": 1.5})


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_a_row_comes_back_as_it_was(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    written = row("Wie lang? 日本語")
    log.add(written)
    assert log.rows() == [written]
    log.judge(written.log_id, "up", "good")
    (judged,) = QueryLog(tmp_path).rows()
    assert (judged.verdict, judged.note) == ("up", "good")
    log.judge(written.log_id, "down")
    assert log.rows()[0].verdict == "down"
    log.close()


def test_there_is_no_file_before_the_first_row(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    assert (log.rows(), log.count()) == ([], 0)
    assert log.purge(lambda _: ()).answers == 0
    with pytest.raises(InputError, match="has no row"):
        log.judge("x", "up")
    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_of_the_file_may_read_it(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    log.add(row())
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    log.close()


def test_the_newest_rows_come_oldest_first(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    for number in range(5):
        log.add(row(f"q{number}"))
    assert [each.query for each in log.rows(limit=2)] == ["q3", "q4"]
    log.close()


def test_old_rows_go_when_one_is_added(tmp_path: Path) -> None:
    now = 100 * 86_400.0
    log = QueryLog(tmp_path, max_days=30, clock=lambda: now)
    log.add(row("old", asked_at=now - 31 * 86_400))
    log.add(row("new", asked_at=now - 29 * 86_400))
    assert [each.query for each in log.rows()] == ["new"]
    log.close()


def test_rows_beyond_the_number_go(tmp_path: Path) -> None:
    log = QueryLog(tmp_path, max_rows=3)
    for number in range(7):
        log.add(row(f"q{number}"))
    assert [each.query for each in log.rows()] == ["q4", "q5", "q6"]
    log.close()


def test_a_purge_takes_out_what_came_from_passages_that_are_gone(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    gone, stays = row(answer=f"It is {SECRET}.", doc_id="gone"), row(answer="It is blue.", doc_id="there", chunk_id="c1")
    changed = row(answer=f"Once {SECRET}.", doc_id="there", chunk_id="c0")
    for each in (gone, stays, changed):
        log.add(each)
    log.judge(gone.log_id, "up", f"{SECRET} it is")
    unsupported = replace(row(answer="x", doc_id="gone"), details={"k": 8, "reason": f"no citation: {SECRET}"})
    log.add(unsupported)
    purged = log.purge(lambda doc_id: {"there": ["c1", "c2"]}.get(doc_id, ()))
    assert (purged.answers, purged.is_complete) == (3, True)
    assert [each.answer for each in log.rows()] == [WITHHELD, "It is blue.", WITHHELD, WITHHELD]
    assert log.rows()[-1].details == {"k": 8}
    assert SECRET.encode() not in bytes_of(tmp_path)
    assert log.purge(lambda doc_id: ["c1"]).answers == 0
    log.close()


def test_a_purge_takes_out_notes_on_searches_and_those_written_after_a_purge(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    answered, searched = row(answer="a", doc_id="gone"), row(answer=None, doc_id="gone")
    for each in (answered, searched):
        log.add(each)
    log.judge(searched.log_id, "down", f"{SECRET} is wrong")
    assert log.purge(lambda _: ()).answers == 1
    log.judge(answered.log_id, "up", f"It was {SECRET}.")
    assert log.purge(lambda _: ()).answers == 0
    assert [(each.verdict, each.note) for each in log.rows()] == [("up", ""), ("down", "")]
    assert SECRET.encode() not in bytes_of(tmp_path)
    log.close()


def test_a_purge_goes_by_what_a_passage_was_widened_by(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    log.add(replace(row(answer=SECRET, chunk_id="c"), around=(("d", "c"), ("d", "beside"))))
    assert [len(each.passages) for each in log.rows()] == [1]
    assert log.purge(lambda _: ["c", "beside"]).answers == 0
    assert log.purge(lambda _: ["c"]).answers == 1
    log.close()


def test_a_purge_beside_a_reader_says_that_it_is_not_complete(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    log.add(row(answer=SECRET, doc_id="gone"))
    log._connected().execute("PRAGMA busy_timeout = 50")
    reader = sqlite3.connect(tmp_path / FILE)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM queries").fetchone()
    try:
        assert not log.purge(lambda _: ()).is_complete
    finally:
        reader.close()
    assert log.purge(lambda _: ()).is_complete
    assert SECRET.encode() not in bytes_of(tmp_path)
    log.close()


def _append(folder: Path, name: int, count: int) -> None:
    log = QueryLog(folder)
    for number in range(count):
        log.add(row(f"{name}-{number}"))
    log.close()


@pytest.mark.slow
def test_many_processes_append_and_no_row_is_lost(tmp_path: Path) -> None:
    """The first rows race for making the file too."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_append, args=(tmp_path, name, 25)) for name in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 4
    queries = [each.query for each in QueryLog(tmp_path).rows()]
    assert sorted(queries) == sorted(f"{name}-{number}" for name in range(4) for number in range(25))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_a_typed_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StorageError, match="query_log=off"):
            QueryLog(tmp_path).add(row())
    finally:
        tmp_path.chmod(0o700)


def test_a_damaged_file_and_a_newer_one_are_typed_errors(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all" * 100)
    with pytest.raises(CorruptIndexError, match="Delete it"):
        QueryLog(tmp_path).rows()
    (tmp_path / FILE).unlink()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(IncompatibleError, match="newer release"):
        QueryLog(tmp_path).add(row())


def test_verdicts_are_two(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'up' or 'down'"):
        QueryLog(tmp_path).judge("x", "sideways")  # type: ignore[arg-type]
