"""What an index says that it takes is what the system sees."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from indexes.vector.registry import KINDS, Kind
from ragline.settings import Settings
from tests.contracts.vector_sets import clustered, installed

COUNT, DIM = 20_000, 96
SETTINGS = Settings(hnsw_ef_construction=40)
TOLERANCE, NOISE = 0.15, 3.0
"""In shares, and in bytes a vector: an allocator rounds up and keeps some of what was freed."""

CHILD = """
import ctypes, gc, json, sys, tempfile
from pathlib import Path
import numpy as np
from indexes.vector.registry import KINDS
from ragline.settings import Settings

def anonymous():
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))

def used(name, folder):
    index = KINDS[name].load(Path(folder), metric="cosine", settings=Settings())
    for query in np.random.default_rng(2).standard_normal((100, index.dim)).astype(np.float32):
        index.search(query, 10)
    return index

name, small, large = sys.argv[1:]
used(name, small)  # what the libraries take once
before = anonymous()
index = used(name, large)
print(json.dumps([anonymous() - before, index.size.resident]))
"""


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    installed(request.param)
    return KINDS[request.param]


def test_the_files_are_as_large_as_it_says(kind: Kind, tmp_path: Path) -> None:
    index = kind.build(clustered(4_000, DIM, seed=1), metric="cosine", threads=1, settings=SETTINGS)
    size = index.size
    assert sum((tmp_path / name).stat().st_size for name in index.save(tmp_path)) == pytest.approx(size.disk, rel=0.05)
    assert kind.size(4_000, DIM, SETTINGS) == size
    assert 0 <= size.mapped <= size.disk


def test_copies_are_counted(kind: Kind, tmp_path: Path) -> None:
    vectors = clustered(3_000, DIM, seed=2)
    vectors[1_000:] = vectors[:2_000] * 1.0
    vectors[2_000:2_200] = vectors[5]
    index = kind.build(vectors, metric="cosine", threads=1, settings=SETTINGS)
    written = sum((tmp_path / name).stat().st_size for name in index.save(tmp_path))
    assert written == pytest.approx(index.size.disk, rel=0.05)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what no file backs")
def test_the_memory_is_what_the_system_sees(kind: Kind, tmp_path: Path, repository: Path) -> None:
    vectors = clustered(COUNT, DIM, seed=3)
    for place, part in (("large", vectors), ("small", vectors[:2_100])):  # as many as take the same ways
        (tmp_path / place).mkdir()
        kind.build(part, metric="cosine", threads=1, settings=SETTINGS).save(tmp_path / place)
    command = [sys.executable, "-c", CHILD, kind.name, str(tmp_path / "small"), str(tmp_path / "large")]
    run = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    seen, told = json.loads(run.stdout)
    assert seen / COUNT == pytest.approx(told / COUNT, rel=TOLERANCE, abs=NOISE)
