"""Children that are killed in the middle of their work."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("killed_children.py")
RunKilled = Callable[[str, Path, Sequence[float]], list[str]]

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 1 << 30


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is such a thing with room: flushing costs nothing there.

    To a process that is killed it is the same: what it has written is with the system, whether it is on a disk yet or not.
    """
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ENOUGH_BYTES:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="ragline-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def run_killed() -> RunKilled:
    """What became of one child for each moment, see ``killed_children.py``."""

    def run(action: str, folder: Path, moments: Sequence[float]) -> list[str]:
        work = json.dumps(list(moments))
        done = subprocess.run([sys.executable, DRIVER, action, folder], input=work, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        outcomes: list[str] = json.loads(done.stdout)
        return outcomes

    return run
