"""Rebuilds and what else is done to generations: purges, backups, doctors, and files that are broken."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ragline
from tests.indexes.rebuilding.small_collection import contents_found


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
