"""Keeping in step from the command line: sync with its brake, runs and their undoing, freshness, and the watch command."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "from api.cli import main; main()"]


def ragline(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, timeout=120)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    for word in ("anvil", "birch", "cedar"):
        (tmp_path / "docs" / f"{word}.md").write_text(f"# {word}\n\nThe {word} stands by the gate.\n")
    return tmp_path


def test_sync_brake_force_runs_rollback_freshness(place: Path) -> None:
    first = ragline("sync", "docs", "--embedder", "light", cwd=place)
    assert (first.returncode, "3 added" in first.stdout) == (0, True), first.stderr
    for word in ("anvil", "birch"):
        (place / "docs" / f"{word}.md").unlink()
    braked = ragline("sync", "docs", "--json", cwd=place)
    assert braked.returncode == 2
    assert json.loads(braked.stdout)["error"]["type"] == "InputError"
    assert "2 of 3 documents have vanished" in json.loads(braked.stdout)["error"]["message"]
    shown = ragline("sync", "docs", "--dry-run", cwd=place)
    assert "removed" in shown.stdout
    assert json.loads(ragline("stats", "--json", cwd=place).stdout)["documents"] == 3
    forced = json.loads(ragline("sync", "docs", "--force", "--json", cwd=place).stdout)
    assert (forced["counts"]["removed"], forced["counts"]["unchanged"]) == (2, 1)
    recorded = json.loads(ragline("runs", "--json", cwd=place).stdout)["runs"]
    assert [run["kind"] for run in recorded] == ["sync", "sync"]
    undone = json.loads(ragline("rollback", forced["run_id"], "--json", cwd=place).stdout)
    assert undone["restored"] == ["docs/anvil.md", "docs/birch.md"]
    report = json.loads(ragline("freshness", "--json", cwd=place).stdout)
    assert (report["documents"], report["sources"][0]["source"]) == (3, "docs")
    assert "3 documents; the newest was changed 0.0 days ago" in ragline("freshness", cwd=place).stdout


@pytest.mark.slow
def test_watch_follows_a_folder_until_it_is_interrupted(place: Path) -> None:
    child = subprocess.Popen(
        [*COMMAND, "watch", "docs", "--embedder", "light"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=place
    )
    try:
        assert "3 added" in _line(child)
        (place / "docs" / "delta.md").write_text("# delta\n\nThe delta is new.\n")
        assert "1 added" in _line(child)
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=30)
    finally:
        child.kill()
    assert child.returncode in {0, 130, -signal.SIGINT}
    assert "Traceback" not in errors
    assert "delta" in ragline("search", "delta", "-k", 1, cwd=place).stdout


def _line(child: "subprocess.Popen[str]", seconds: float = 60) -> str:
    assert child.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        found, deadline = b"", time.monotonic() + seconds
        while b"\n" not in found and selector.select(max(0.0, deadline - time.monotonic())):
            found += os.read(child.stdout.fileno(), 4096)
        return found.decode()
