"""Law: a rebuild loses no write, brings back no deletion, serves all the while, and must prove itself to come into use."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

import ragline
from indexes.generations import GenerationStore
from indexes.rebuilding import build
from indexes.rebuilding.child import NICENESS
from indexes.rebuilding.rebuilder import Rebuilder
from indexes.vector.flat import FlatIndex
from ragline.errors import CollectionLockedError, InputError, RebuildRefusedError, StorageError
from ragline.types import Document

WORDS = ["pump", "valve", "turbine", "warranty", "voltage", "filter", "bearing", "coolant", "sensor", "gasket"]


def text(number: int, edition: str = "first") -> str:
    return (
        f"own{number} {edition} {WORDS[number % 10]} and {WORDS[number * 7 % 9]} with {WORDS[number // 10 % 10]} {number * 31}"
    )


def documents(*numbers: int, edition: str = "first") -> list[Document]:
    return [Document(f"d{number}", text(number, edition)) for number in numbers]


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light", auto_rebuild="off", threads=1) as collection:
        collection.ingest(documents(*range(200)))
        yield collection


def contents(kb: ragline.Collection) -> dict[str, str]:
    """What the vector leg finds, of which the lexical leg and the catalog must say the same."""
    found = {hit.doc_id: hit.text for hit in kb.search("own pump", k=1000, mode="vector")}
    assert sorted(found) == kb.document_ids()
    for number in (3, 7, 150, 500):
        hits = kb.search(f"own{number}", k=1000, mode="lexical")
        assert {hit.doc_id for hit in hits} == {doc_id for doc_id in found if doc_id == f"d{number}"}
    assert kb.health()["ok"], kb.health()
    return found


STAGES: dict[str, tuple[Any, str]] = {
    "before rows are read": (Rebuilder, "_in_use"),
    "before it is written": (GenerationStore, "write"),
    "before it is checked": (build, "inspect"),
    "before it comes into use": (Rebuilder, "use"),
    "before old ones go": (GenerationStore, "prune"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_writes_at_every_stage_of_a_rebuild_are_there_after_it(
    kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """The bug of others: written during a rebuild and lost, or deleted and back again; the count does not show it."""
    owner, name = STAGES[stage]
    original = getattr(owner, name)

    def write_first(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(owner, name, original)
        with ragline.open(kb.folder) as other:  # as another process does, which the rebuild must not lock out
            other.ingest(documents(500))
            other.ingest(documents(7, edition="second"))
            other.delete("d3")
        return original(*arguments, **named)

    kb.rebuild(kind="flat")
    monkeypatch.setattr(owner, name, write_first)
    kb.rebuild(kind="hnsw")
    expected = {f"d{number}": text(number) for number in range(200) if number != 3} | {"d500": text(500)}
    expected["d7"] = text(7, "second")
    assert contents(kb) == expected
    with ragline.open(kb.folder) as again:
        assert contents(again) == expected
    kb.rebuild(kind="hnsw")
    assert contents(kb) == expected
    assert kb.stats()["delta_chunks"] == kb.stats()["removed_chunks"] == 0


def test_it_swaps_in_both_directions_and_as_often_as_one_likes(kb: ragline.Collection) -> None:
    expected = contents(kb)
    for turn in range(6):
        report = kb.rebuild(kind=("hnsw", "flat")[turn % 2])
        assert kb.stats()["generation"] == report.number == turn + 1
        assert contents(kb) == expected
    assert kb.rollback().generation == 5
    assert kb.rebuild().number == 7
    assert contents(kb) == expected


def test_an_index_that_misses_the_target_is_refused_with_what_was_measured(tmp_path: Path) -> None:
    bad = {"hnsw_m": 4, "hnsw_ef_construction": 8, "hnsw_ef_search": 8, "target_recall": 1.0}
    with ragline.open(tmp_path / "kb", embedder="light", auto_rebuild="off") as kb:
        kb.ingest(documents(*range(3000)))
        kb.rebuild(kind="flat")
    with ragline.open(tmp_path / "kb", auto_rebuild="off", threads=1, **bad) as kb:
        with pytest.raises(
            RebuildRefusedError, match=r"recall@10, own vectors, 100% allowed: 0\.\d+ \(at least 1\)"
        ) as refused:
            kb.rebuild(kind="hnsw")
        failed = [check for check in refused.value.checks if not check.ok]
        assert failed
        assert all(check.measured < 1 for check in failed)
        assert (kb.stats()["generation"], kb.stats()["index"], kb.stats()["rebuild"]) == (1, "flat", "refused")
        assert "was refused" in kb.health()["warnings"][0]
        note = json.loads((kb.folder / "generations" / "refused.json").read_bytes())
        assert len(note["checks"]) == len(refused.value.checks)
        assert [path.name for path in (kb.folder / "generations").glob("0*")] == ["000001"]
        kb.rebuild(kind="flat")
        assert kb.health()["ok"]
        assert kb.stats()["rebuild"] == "idle"


def test_an_index_that_is_too_slow_is_refused(kb: ragline.Collection) -> None:
    with ragline.open(kb.folder, p95_ms=0.000_001) as strict:
        with pytest.raises(RebuildRefusedError, match="p95 of a search, depth 100, ms") as refused:
            strict.rebuild(kind="flat")
        assert [check.name for check in refused.value.checks if not check.ok] == ["p95 of a search, depth 100, ms"]
        assert strict.stats()["generation"] == 0


def test_the_queries_of_the_golden_set_are_asked_too(kb: ragline.Collection, tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    lines = [{"id": word, "query": f"{word} of own", "relevant": [{"doc_id": "d1"}]} for word in WORDS]
    golden.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with ragline.open(kb.folder, golden_set=str(golden)) as checked:
        names = [check.name for check in checked.rebuild(kind="hnsw").checks]
    assert [name for name in names if "golden" in name] == [
        f"recall@10, golden queries, {share} allowed" for share in ("100%", "10%", "1%")
    ]
    with ragline.open(kb.folder, golden_set=str(tmp_path / "absent")) as wrong, pytest.raises(InputError, match="absent"):
        wrong.rebuild()


def test_what_an_index_has_passed_stands_in_its_manifest(kb: ragline.Collection) -> None:
    report = kb.rebuild(kind="hnsw")
    manifest = json.loads((kb.folder / "generations" / "000001" / "manifest.json").read_bytes())
    assert [check["name"] for check in manifest["checks"]] == [check.name for check in report.checks]
    assert {"chunks", "recall@10, own vectors, 1% allowed"} < {check.name for check in report.checks}
    assert manifest["recall_at_10"] == report.recall_at_10


def test_a_rollback_says_what_the_older_index_does_not_hold(kb: ragline.Collection) -> None:
    kb.rebuild(kind="flat")
    kb.ingest(documents(300, 301, 302))
    kb.rebuild(kind="hnsw")
    kb.ingest(documents(303))
    report = kb.rollback()
    assert (report.index_before, report.index_after) == ("hnsw", "flat")
    assert (report.unindexed_before, report.unindexed_after) == (1, 4)
    assert {"d300", "d303"} < set(contents(kb))


@pytest.mark.parametrize("keep", [1, 3])
def test_as_many_generations_stay_as_the_settings_say(kb: ragline.Collection, keep: int) -> None:
    with ragline.open(kb.folder, keep_generations=keep) as keeping:
        for _ in range(5):
            keeping.rebuild(kind="flat")
    assert sorted(path.name for path in (kb.folder / "generations").glob("0*")) == [
        f"{6 - at:06d}" for at in range(keep, 0, -1)
    ]


def test_a_relative_path_is_the_same_collection_from_elsewhere(
    kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(kb.folder.parent)
    with ragline.open("kb", threads=1) as relative:
        relative.start_rebuild(kind="hnsw")
        monkeypatch.chdir("/")
        assert relative.wait_for_rebuild(60)
    with ragline.open(kb.folder) as again:
        assert again.stats()["index"] == "hnsw"


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


def test_queries_during_swaps_are_whole(kb: ragline.Collection) -> None:
    expected = contents(kb)
    stop, failures = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            found = {hit.doc_id: hit.text for hit in kb.search("own valve", k=1000)}
            if found != expected:
                failures.append(found)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(6):
        kb.start_rebuild(kind=("hnsw", "flat")[turn % 2])
        assert kb.wait_for_rebuild(60)
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert kb.stats()["generation"] == 6


def test_another_process_takes_a_new_generation_into_service_by_itself(kb: ragline.Collection) -> None:
    with ragline.open(kb.folder) as reader:
        expected = contents(reader)
        kb.rebuild(kind="hnsw")
        deadline = time.monotonic() + 60
        while reader.stats()["generation"] != 1:  # it goes on with what it has until the new one is loaded
            assert {hit.doc_id for hit in reader.search("own pump", k=1000, mode="vector")} == set(expected)
            assert time.monotonic() < deadline
        assert reader.stats()["index"] == "hnsw"


@pytest.mark.parametrize("broken", ["files", "pointer", "manifest"])
def test_a_purge_forgets_what_cannot_be_loaded_too(kb: ragline.Collection, broken: str) -> None:
    kb.rebuild(kind="flat")
    place = kb._store.generations.pointer.parent
    victim = {"files": place / "000001" / "vectors.npy", "pointer": place / "current.json"}
    path = victim.get(broken, place / "000001" / "manifest.json")
    with path.open("r+b") as file:
        file.write(b"\0\0")
    with ragline.open(kb.folder, auto_rebuild="off") as purging:
        purging.purge(["d3"])
        assert set(contents_found(purging)) == {f"d{number}" for number in range(200)} - {"d3"}
    left = [json.loads(manifest.read_bytes())["count"] for manifest in place.glob("0*/manifest.json")]
    assert left in ([], [199])


@pytest.mark.parametrize("use", ["rebuild", "rollback", "compact", "backup", "purge"])
def test_a_broken_pointer_stops_nothing(kb: ragline.Collection, use: str, tmp_path: Path) -> None:
    kb.rebuild(kind="flat")
    kb.rebuild(kind="flat")
    kb._store.generations.pointer.write_bytes(b"{")
    uses: dict[str, Callable[[], object]] = {
        "rebuild": kb.rebuild,
        "rollback": kb.rollback,
        "compact": kb.compact,
        "backup": lambda: kb.backup(tmp_path / "copy"),
        "purge": lambda: kb.purge(["d1"]),
    }
    uses[use]()
    assert len(contents_found(kb)) == (199 if use == "purge" else 200)


def test_a_purge_does_not_wait_for_a_golden_set(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.rebuild(kind="flat")
    with ragline.open(kb.folder, auto_rebuild="off", golden_set=str(tmp_path / "absent.jsonl")) as other:
        report = other.purge(["d3"])
        assert "absent.jsonl" in report.warnings[0]
        assert "d3" not in contents_found(other)
    assert not list((kb.folder / "generations").glob("0*"))


def contents_found(kb: ragline.Collection) -> set[str]:
    return {hit.doc_id for hit in kb.search("own pump", k=1000, mode="vector")}


def test_a_backup_goes_on_when_its_generation_is_removed(kb: ragline.Collection, tmp_path: Path) -> None:
    """Others rebuild while it copies."""
    kb.rebuild(kind="flat")
    original = shutil.copytree
    removed = []

    def remove_first(*arguments: Any, **named: Any) -> Any:
        if not removed:
            removed.append(True)
            for _ in range(2):
                kb.rebuild(kind="flat")
            return original(*arguments, **named)
        return original(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "copytree", remove_first)
        kb.backup(tmp_path / "copy")
    assert removed
    ragline.restore(tmp_path / "copy", tmp_path / "again")
    with ragline.open(tmp_path / "again") as again:
        assert again.health()["ok"], again.health()
        assert again.stats()["index"] == "flat"
        assert len(contents_found(again)) == 200


@pytest.mark.parametrize("share", ["10%", "1%"])
def test_recall_under_filters_is_part_of_the_gate(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch, share: str) -> None:
    original = FlatIndex.search

    def blind(self: FlatIndex, query: Any, k: int, *, allowed: Any = None) -> Any:
        hits = original(self, query, k, allowed=allowed)
        is_narrow = allowed is not None and (allowed.count < 5) == (share == "1%")
        return type(hits)(hits.rows[:1], hits.scores[:1], hits.exact) if is_narrow else hits

    monkeypatch.setattr(FlatIndex, "search", blind)
    with pytest.raises(RebuildRefusedError, match=f"own vectors, {share} allowed") as refused:
        kb.rebuild(kind="flat")
    assert [check.name for check in refused.value.checks if not check.ok] == [f"recall@10, own vectors, {share} allowed"]


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


def test_a_doctor_keeps_the_kind_and_tells_of_a_refusal(kb: ragline.Collection) -> None:
    kb.rebuild(kind="hnsw-int8")
    for settings, kind in (({}, "hnsw-int8"), ({"p95_ms": 0.000_001}, "exact scan")):
        place = max((kb.folder / "generations").glob("0*"))
        with (place / "chunk_nos.npy").open("r+b") as file:
            file.write(b"\0")
        with ragline.open(kb.folder, auto_rebuild="off", **settings) as sick:  # type: ignore[arg-type]
            report = sick.doctor(repair=True)
            assert sick.stats()["index"] == kind
            assert ("p95 of a search" in str(report)) == bool(settings)
            assert len(contents_found(sick)) == 200
