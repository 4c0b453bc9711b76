"""The suite of tuning: every promise has a figure, and the data are those that tuning did not see."""

from pathlib import Path

import pytest

from benchmarks import tuning
from benchmarks.vector_data import VectorData
from benchmarks.vector_store import VectorStore
from benchmarks.workspace import Workspace
from ragline.settings import Settings
from tests.contracts.vector_sets import clustered, installed, queries_near


@pytest.mark.slow
def test_every_promise_has_a_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("hnsw")
    base = clustered(3_000, 32, seed=1)
    queries = queries_near(base, 40, seed=2)
    monkeypatch.setattr(tuning, "load_vectors", lambda *, quick: VectorData(base, queries, queries @ base.T))
    monkeypatch.setattr(tuning, "SETTINGS", Settings(depth=20, hnsw_ef_construction=40))
    monkeypatch.setattr(tuning, "REPEATS", 1)
    monkeypatch.setattr("eval.tuning.sample.MOST_QUERIES", 40)
    store = VectorStore(tmp_path / "store")
    try:
        figures = {figure.name: figure for figure in tuning.measure(Workspace(tmp_path, store, quick=True))}
    finally:
        store.close()
    for goal in tuning.RECALLS:
        assert figures[f"recall@10 of unseen queries, goal {goal}"].value > goal - 0.05
        assert figures[f"hnsw as it comes / the choice for {goal}, p50"].value > 0
    assert figures["hnsw: forecast of the files / the files"].value == pytest.approx(1, abs=0.15)
    assert figures["hnsw: forecast of the build / the build"].value > 0
    assert figures["p50 with 0.001 of the searches repeated / with none"].target == "<= 1.1"
