"""Law: one number of threads for everything native, and callers' threads do not multiply."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from indexes.threads import blas_threads, with_threads

SEARCHING = """
import json, os, sys, threading, time
sys.path.insert(0, sys.argv[1])
import ragline
from ragline.types import Document

THREADS = 8
with ragline.open(sys.argv[2], embedder="light", auto_rebuild="off", threads=int(sys.argv[4])) as kb:
    kb.ingest(Document(f"d{at}", f"text {at} of pump {at * 7} and valve {at * 13}") for at in range(3_000))
    kb.rebuild(kind=sys.argv[3])
    built = len(os.listdir("/proc/self/task"))
    kb.search("pump", k=10)
    stop = time.monotonic() + 1.5
    failures = []

    def search():
        try:
            while time.monotonic() < stop:
                kb.search("pump 700 and valve", k=10)
        except Exception as error:
            failures.append(repr(error))

    searching = [threading.Thread(target=search) for _ in range(THREADS)]
    for thread in searching:
        thread.start()
    most = 0
    while any(thread.is_alive() for thread in searching):
        most = max(most, len(os.listdir("/proc/self/task")))
        time.sleep(0.01)
print(json.dumps({"built": built, "most": most, "failures": failures}))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts the threads that Linux lists")
@pytest.mark.parametrize("kind", ["hnsw", "ivf-rabitq"])
def test_searching_threads_bring_no_native_threads(tmp_path: Path, kind: str) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", SEARCHING, str(root), str(tmp_path / "kb"), kind, "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["failures"] == []
    # One for each caller, and one that may be adopting a generation; the rest was there when nobody searched.
    assert found["most"] <= found["built"] + 8 + 1


def test_blas_uses_so_many_threads_meanwhile() -> None:
    np.ones((8, 8), np.float32) @ np.ones((8, 8), np.float32)  # loads it

    def threads() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = threads()
    with blas_threads(1):
        assert threads() == [1] * len(before)
    assert threads() == before


def test_another_process_is_told_by_its_environment() -> None:
    environment = with_threads({"PATH": "/bin", "OMP_NUM_THREADS": "64"}, 3)
    assert environment["PATH"] == "/bin"
    assert {environment[name] for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")} == {"3"}


def test_importing_starts_no_threads() -> None:
    code = "import os, ragline; print(len(os.listdir('/proc/self/task')))" if Path("/proc/self/task").is_dir() else "print(1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == 1
