"""Runs that do not get to their end, disks that refuse, collections that are closed: typed, recorded, and nothing in doubt."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ragline
from indexes.ingest import IngestProgress
from indexes.lexical.tantivy_index import TantivyIndex
from indexes.vector.hnsw import HnswIndex
from ragline.errors import IncompatibleError, InputError, MissingExtra, StorageError
from ragline.types import Document


def documents(count: int, *, then: type[BaseException] | None = None) -> Iterator[Document]:
    for number in range(count):
        yield Document(f"d{number}", f"text of document {number} about topic{number % 7}")
    if then is not None:
        raise then


@pytest.fixture
def small_batches(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light", batch_chunks=4) as collection:
        yield collection


def check_what_was_committed_is_in_service(kb: ragline.Collection, failure: type[BaseException], count: int) -> None:
    committed = kb.document_ids()
    assert 0 < len(committed) < count
    assert kb.health()["ok"], kb.health()
    for mode in ("vector", "lexical"):
        assert sorted(hit.doc_id for hit in kb.search("text", k=count, mode=mode)) == committed  # type: ignore[arg-type]
    (run,) = kb.runs()
    assert run["interrupted"] == failure.__name__
    assert run["finished_at"] is not None
    assert run["added"] == len(committed)
    counts = kb.ingest(documents(count)).counts
    assert (counts["added"], counts["unchanged"]) == (count - len(committed), len(committed))
    assert len(kb.search("text", k=count)) == count


@pytest.mark.parametrize("failure", [ZeroDivisionError, OSError, KeyboardInterrupt])
def test_what_an_interrupted_ingest_committed_is_in_service(
    small_batches: ragline.Collection, failure: type[BaseException]
) -> None:
    def interrupt(progress: IngestProgress) -> None:
        if progress.done > 10:
            raise failure

    with pytest.raises(failure):
        small_batches.ingest(documents(60), progress=interrupt)
    check_what_was_committed_is_in_service(small_batches, failure, 60)


def test_a_stream_of_documents_that_breaks_off(small_batches: ragline.Collection) -> None:
    count = 2300  # more than are read ahead
    with pytest.raises(ZeroDivisionError):
        small_batches.ingest(documents(count, then=ZeroDivisionError))
    check_what_was_committed_is_in_service(small_batches, ZeroDivisionError, count)


@pytest.mark.parametrize("step", ["add", "remove", "commit"])
@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError])
def test_a_step_of_the_lexical_index_that_fails_loses_no_entry(
    small_batches: ragline.Collection, monkeypatch: pytest.MonkeyPatch, step: str, failure: type[BaseException]
) -> None:
    kb = small_batches
    kb.ingest(documents(3))
    original, calls = getattr(TantivyIndex, step), 0

    def fail_once(self: TantivyIndex, *arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            original(self, *arguments, **named)
            raise failure
        return original(self, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(TantivyIndex, step, fail_once)
        with pytest.raises(StorageError if failure is OSError else failure):
            kb.ingest([Document(f"d{number}", f"text, changed, of {number}") for number in range(12)])
    assert kb.health()["ok"], kb.health()
    found = sorted(hit.doc_id for hit in kb.search("text", k=50, mode="lexical"))
    assert found == kb.document_ids()
    with ragline.open(kb.folder) as again:
        assert again.health()["ok"], again.health()


def test_a_refused_rebuild_is_a_warning_of_the_ingest_and_of_health(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(self: HnswIndex, query: Any, k: int, **named: Any) -> Any:
        return type(original(self, query, k, **named))(*(part[:0] for part in (query.astype("int64"), query)), exact=False)

    original = HnswIndex.search
    with ragline.open(tmp_path / "kb", embedder="light", exact_threshold=50, auto_rebuild="wait") as kb:
        with monkeypatch.context() as patch:
            patch.setattr(HnswIndex, "search", blind)
            report = kb.ingest(documents(120))
            assert report.counts["added"] == 120
            assert "hnsw_ef_search" in report.warnings[0]
            again = kb.ingest(documents(120))
            assert again.warnings == report.warnings
            with pytest.raises(IncompatibleError):
                kb.rebuild()
        assert kb.runs()[0]["warnings"] == list(report.warnings)
        assert kb.stats()["index"] == "exact scan"
        assert kb.search("text of document 77", k=1, mode="vector")[0].doc_id == "d77"
    with ragline.open(tmp_path / "kb") as reopened:
        assert reopened.health()["warnings"] == list(report.warnings)
        reopened.rebuild(kind="hnsw")
        assert reopened.health()["ok"]


def test_a_kind_whose_library_is_missing_is_a_warning_of_the_ingest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hnswlib", None)
    with ragline.open(tmp_path / "kb", embedder="light", exact_threshold=50, auto_rebuild="wait", index_kind="hnswlib") as kb:
        report = kb.ingest(documents(120))
        assert report.counts["added"] == 120
        assert "pip install 'ragline[hnswlib]'" in report.warnings[0]
        assert kb.search("text of document 77", k=1, mode="vector")[0].doc_id == "d77"
        with pytest.raises(MissingExtra):
            kb.rebuild()


def test_every_use_after_closing_says_so(tmp_path: Path) -> None:
    kb = ragline.open(tmp_path / "kb", embedder="light")
    kb.ingest(documents(3))
    kb.search("text")
    kb.close()
    kb.close()
    for use in (
        lambda: kb.search("text"),
        lambda: kb.search("text", mode="lexical"),
        lambda: kb.answer("which text?"),
        lambda: kb.stream_answer("which text?"),
        lambda: kb.ingest(documents(3)),
        lambda: kb.ingest(tmp_path),
        lambda: kb.sync(tmp_path),
        lambda: kb.evaluate(tmp_path / "golden.jsonl"),
        lambda: kb.delete("d0"),
        lambda: kb.get("d0"),
        lambda: kb.chunks("d0"),
        kb.document_ids,
        kb.rebuild,
        kb.rollback,
        kb.stats,
        kb.health,
        kb.runs,
        kb.__enter__,
    ):
        with pytest.raises(InputError, match="is closed; open it again"):
            use()


def test_statistics_while_another_thread_writes(kb: ragline.Collection) -> None:
    stop, failures = threading.Event(), []

    def watch() -> None:
        while not stop.is_set():
            try:
                assert kb.stats()["bytes_on_disk"] > 0
            except OSError as error:
                failures.append(error)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for edition in range(30):
        kb.ingest([Document("d", f"edition {edition}")])
    stop.set()
    watcher.join()
    assert failures == []


def test_an_id_that_cannot_exist(kb: ragline.Collection) -> None:
    kb.ingest(documents(2))
    for doc_id in ("\ud800", "d0\udfff"):
        assert kb.get(doc_id) is None
        assert kb.chunks(doc_id) == []
        report = kb.delete(doc_id)
        assert (report.found, report.chunks) == (False, 0)
    assert kb.document_ids() == ["d0", "d1"]
