"""Children that are killed in the middle of their work."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("killed_children.py")
RunKilled = Callable[[str, Path, Sequence[float]], list[str]]


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
