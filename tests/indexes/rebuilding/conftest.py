"""A small collection, and another process that is building."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import ragline
from tests.indexes.rebuilding.small_collection import documents

HOLD = """
import sys
from pathlib import Path
from indexes.lock import WriteLock
with WriteLock(Path(sys.argv[1]) / "rebuild.lock").hold():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold_rebuild_lock() -> Iterator[Callable[[Path], None]]:
    held: list[subprocess.Popen[str]] = []

    def hold(folder: Path) -> None:
        command = [sys.executable, "-c", HOLD, str(folder)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        held.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"

    yield hold
    for process in held:
        process.communicate()


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light", auto_rebuild="off", threads=1) as collection:
        collection.ingest(documents(*range(200)))
        yield collection
