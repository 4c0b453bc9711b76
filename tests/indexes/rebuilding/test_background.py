"""Rebuilds beside everything else: begun when they are due, one at a time, at low priority, and no reader's problem."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

import ragline
from indexes.rebuilding.child import NICENESS
from ragline.errors import CollectionLockedError, StorageError
from tests.indexes.rebuilding.small_collection import contents, contents_found, documents


class TestInTheBackground:
    def open(self, kb: ragline.Collection, **settings: Any) -> ragline.Collection:
        return ragline.open(kb.folder, **{"exact_threshold": 50, "threads": 1} | settings)

    def test_it_begins_when_it_is_due_and_nobody_waits_for_it(self, kb: ragline.Collection) -> None:
        with self.open(kb) as due:
            due.delete("d0")  # 199 of 200 chunks are in no index
            assert due.stats()["rebuild"] == "running"
            assert due.stats()["index"] == "exact scan"
            assert len(contents(due)) == 199
            assert due.wait_for_rebuild(60)
            assert (due.stats()["index"], due.stats()["rebuild"]) == ("hnsw", "idle")
            assert len(contents(due)) == 199

    @pytest.mark.parametrize("change", ["came", "left"])
    def test_a_fifth_of_the_chunks_makes_it_due(self, kb: ragline.Collection, change: str) -> None:
        kb.rebuild(kind="hnsw")
        with self.open(kb, auto_rebuild="wait") as changing:
            for number in range(60):
                if change == "came":
                    changing.ingest(documents(1000 + number))
                else:
                    changing.delete(f"d{number}")
                stats = changing.stats()
                changed = stats["delta_chunks"] + stats["removed_chunks"]
                assert changed <= 0.2 * stats["chunks"] + 1
            assert stats["generation"] > 1

    def test_closing_waits_for_it_unless_told_not_to(self, kb: ragline.Collection) -> None:
        with self.open(kb) as left:
            left.start_rebuild(kind="hnsw")
            left.close(wait=False)
        assert kb.stats()["generation"] == 0
        with self.open(kb) as waited:
            waited.start_rebuild(kind="hnsw")
        with ragline.open(kb.folder) as again:
            assert again.stats()["index"] == "hnsw"

    def test_what_kills_it_is_no_reader_s_problem(self, kb: ragline.Collection) -> None:
        kb.start_rebuild(kind="hnsw")
        background = kb._store.rebuilds._background
        assert background is not None
        os.kill(background._process.pid, signal.SIGKILL)
        assert kb.wait_for_rebuild(60)
        assert "its process ended with status -9" in kb.health()["warnings"][0]
        assert len(kb.search("own pump", k=1000, mode="vector")) == 200
        kb.rebuild(kind="hnsw")
        kb.start_rebuild(kind="flat")
        assert kb.wait_for_rebuild(60)
        assert kb.health()["ok"]
        assert kb.stats()["index"] == "flat"

    def test_a_refusal_in_the_background_is_a_warning(self, kb: ragline.Collection) -> None:
        with self.open(kb, p95_ms=0.000_001) as strict:
            strict.start_rebuild(kind="flat")
            assert strict.wait_for_rebuild(60)
            assert "p95 of a search" in strict.health()["warnings"][0]
            report = strict.ingest(documents(1))
            assert report.warnings == ()  # of other chunks or another kind it may be tried
            assert strict.wait_for_rebuild(60)
            again = strict.ingest(documents(1))
            assert "p95 of a search" in again.warnings[0]

    def test_purging_ends_it_and_nothing_of_it_stays(self, kb: ragline.Collection) -> None:
        kb.rebuild(kind="flat")
        for _ in range(3):
            kb.start_rebuild(kind="hnsw")
            kb.purge(["d5"])
            assert kb.wait_for_rebuild(60)
            assert not list((kb.folder / "generations").glob("*.tmp"))
            assert len(list((kb.folder / "generations").glob("0*"))) == 1
            assert "d5" not in contents(kb)

    def test_two_processes_do_not_build_at_once(
        self, kb: ragline.Collection, hold_rebuild_lock: Callable[[Path], None]
    ) -> None:
        hold_rebuild_lock(kb.folder)
        for use in (kb.rebuild, kb.rollback, kb.compact, lambda: kb.doctor(repair=True)):
            with pytest.raises(CollectionLockedError, match="is being rebuilt by process"):
                use()
        kb.ingest(documents(900))
        assert "d900" in contents(kb)


def test_many_who_begin_begin_one_and_nothing_outlives_the_collection(kb: ragline.Collection) -> None:
    with ragline.open(kb.folder, threads=1) as other:
        starting = [threading.Thread(target=other.start_rebuild, kwargs={"kind": "hnsw"}) for _ in range(4)]
        for thread in starting:
            thread.start()
        for thread in starting:
            thread.join()
        children = _children()
        assert len(children) <= 1
        other.close(wait=False)
    assert not set(children) & set(_children())


def test_a_build_has_low_priority_and_ends_with_its_parent(kb: ragline.Collection) -> None:
    code = (
        "import sys, time, ragline\n"
        "kb = ragline.open(sys.argv[1], threads=1, hnsw_m=128, hnsw_ef_construction=4096)\n"
        "kb.start_rebuild(kind='hnsw')\n"
        "print(kb._store.rebuilds._background._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    kb.ingest(documents(*range(1_000, 3_500)))  # some seconds of work with such parameters
    with subprocess.Popen([sys.executable, "-c", code, str(kb.folder)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        deadline = time.monotonic() + 30
        while child.nice() < NICENESS and time.monotonic() < deadline:
            time.sleep(0.005)
        priority = child.nice()
        parent.kill()
    child.wait(5)
    assert priority == NICENESS
    assert kb.stats()["generation"] == 0


def _children() -> list[int]:
    found = []
    for process in psutil.Process().children():
        with suppress(psutil.Error):  # it has ended meanwhile
            if "rebuilding.child" in " ".join(process.cmdline()):
                found.append(process.pid)
    return found


def test_that_another_process_builds_is_nothing_to_warn_of(
    kb: ragline.Collection, hold_rebuild_lock: Callable[[Path], None]
) -> None:
    hold_rebuild_lock(kb.folder)
    kb.start_rebuild(kind="hnsw")
    assert kb.wait_for_rebuild(60)
    assert kb.health()["ok"], kb.health()


def test_a_system_without_room_for_a_process_is_a_warning(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with ragline.open(kb.folder, exact_threshold=50) as due:
        monkeypatch.setattr("indexes.rebuilding.background.subprocess.Popen", full)
        report = due.ingest(documents(900))
        assert "No process can be started for a rebuild" in report.warnings[0]
        with pytest.raises(StorageError, match="ragline rebuild"):
            due.start_rebuild()
        assert "d900" in contents_found(due)
