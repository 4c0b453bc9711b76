"""A build takes the memory of its index and of some blocks of vectors, whatever their number: it copies them nowhere whole."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.contracts.vector_sets import clustered, installed

COUNT, DIM = 60_000, 128

BUILD = """
import sys, threading
from pathlib import Path
import numpy as np
from indexes.vector.registry import KINDS
from ragline.settings import Settings

def anonymous():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

def build(vectors):
    settings = Settings(ivf_cells=8, hnsw_m=4, hnsw_ef_construction=8)
    return KINDS[sys.argv[1]].build(vectors, metric="cosine", threads=1, settings=settings)

vectors = np.load(sys.argv[2], mmap_mode="r")
build(vectors[:2_000])  # what the libraries take once
before, peak, done = anonymous(), [0], threading.Event()

def watch():
    while not done.wait(0.001):
        peak[0] = max(peak[0], anonymous())

watcher = threading.Thread(target=watch)
watcher.start()
index = build(vectors)
done.set()
watcher.join()
print((peak[0] - before) * 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("kind", ["hnsw-fp16", "ivf-pq", "ivf-rabitq"])
def test_a_build_holds_no_second_copy_of_all_vectors(kind: str, tmp_path: Path) -> None:
    installed(kind)
    np.save(tmp_path / "vectors.npy", clustered(COUNT, DIM, seed=1))
    command = [sys.executable, "-c", BUILD, kind, str(tmp_path / "vectors.npy")]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    whole = COUNT * DIM * 4
    assert int(run.stdout) < whole  # in half precision, with codes and links, and blocks
