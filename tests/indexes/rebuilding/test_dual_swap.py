"""Law: a rebuild loses no write, brings back no deletion, serves all the while, and must prove itself to come into use."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import ragline
from indexes.generations import GenerationStore
from indexes.rebuilding import build
from indexes.rebuilding.rebuilder import Rebuilder
from indexes.vector.flat import FlatIndex
from ragline.errors import InputError, RebuildRefusedError
from tests.indexes.rebuilding.small_collection import WORDS, contents, documents, text

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
