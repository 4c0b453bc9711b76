"""Forecasts: bytes within 15 % of the real files, and seconds within a factor of the real build."""

import time
from pathlib import Path

import numpy as np
import pytest

from eval.tuning.forecast import forecast
from indexes.generations import GenerationStore
from indexes.rebuilding.gate import Inspection
from indexes.rows import BaseRows
from indexes.vector.registry import KINDS
from ragline.durable import folder_size
from ragline.settings import Settings
from tests.contracts.vector_sets import clustered, installed

TOLERANCE = 0.15


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(("count", "dim"), [(900, 64), (6_000, 48), (2_500, 384)])
def test_the_forecast_of_bytes_is_that_of_the_files(name: str, count: int, dim: int, tmp_path: Path) -> None:
    installed(name)
    settings = Settings(hnsw_ef_construction=40)
    vectors = clustered(count, dim, seed=1)
    told = forecast(KINDS[name], vectors[:700], count, settings, threads=1)
    store = GenerationStore(tmp_path, embedder="test", settings=settings)
    index = KINDS[name].build(vectors, metric="cosine", threads=1, settings=settings)
    numbers = np.arange(1, count + 1, dtype=np.int64)
    rows = BaseRows(numbers, numbers, np.array([f"{number:032x}" for number in numbers], "S32"))
    number, _ = store.write(index, rows, sequence=1, check=lambda _: Inspection(()))
    assert told.disk_bytes == pytest.approx(folder_size(tmp_path / f"{number:06d}"), rel=TOLERANCE)
    loaded = store.load(number).generation.index
    assert told.memory_bytes == pytest.approx(loaded.size.resident + 48 * count, rel=TOLERANCE)
    assert told.mapped_bytes == pytest.approx(loaded.size.mapped, rel=TOLERANCE)


@pytest.mark.parametrize("name", ["hnsw", "ivf-rabitq"])
def test_the_forecast_of_time_is_right_within_a_small_factor(name: str) -> None:
    installed(name)
    settings = Settings(hnsw_ef_construction=60)
    vectors = clustered(9_000, 32, seed=2)
    told = forecast(KINDS[name], vectors[:2_000], len(vectors), settings, threads=1)
    assert (told.count, told.sample) == (9_000, 2_000)
    started = time.perf_counter()
    KINDS[name].build(vectors, metric="cosine", threads=1, settings=settings)
    seconds = time.perf_counter() - started
    assert seconds / 5 < told.build_s < seconds * 5, "twice as much either way, and what else the machine does"
