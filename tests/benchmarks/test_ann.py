"""The suite of vector indexes: its truth is exact, its filters leave what they say, and every promise has a figure."""

import re
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from benchmarks import ann
from benchmarks.corpora import CorpusMissingError
from benchmarks.paired import Speeds, measure_speeds
from benchmarks.vector_data import VectorData, filters, load_vectors, recall
from benchmarks.vector_store import VectorStore
from benchmarks.workspace import Workspace
from indexes.vector.registry import KINDS
from indexes.vector.unreached import WithUnreached
from tests.contracts.vector_sets import clustered, installed, queries_near


@pytest.fixture(scope="module")
def data() -> VectorData:
    base = clustered(3_000, 32, seed=1)
    queries = queries_near(base, 40, seed=2)
    return VectorData(base, queries, queries @ base.T)


def test_truth_is_what_sorting_gives(data: VectorData) -> None:
    mask = np.random.default_rng(3).random(3_000) < 0.01
    for number, (true, filtered) in enumerate(
        zip(data.truth(10, queries=5), data.truth(10, queries=5, allowed=lambda _: mask), strict=True)
    ):
        order = np.argsort(-data.scores[number])
        assert true == set(order[:10].tolist())
        assert filtered == set([row for row in order.tolist() if mask[row]][:10])
    assert recall(np.array([[1, 2], [3, 9]]), [{1, 2}, {3, 4}]) == 0.75


@pytest.mark.parametrize("share", ann.SHARES)
def test_filters_leave_their_share(data: VectorData, share: float) -> None:
    for name, mask in filters(data, share).items():
        left = mask(0).mean()
        assert left == pytest.approx(share, rel=0.5 if name == "random" else 0.05, abs=1e-3), name


def test_speeds_are_medians_of_repeats_side_by_side(data: VectorData) -> None:
    speeds = Speeds({"ours": [1.0, 2.0, 10.0], "bare": [2.0, 1.0, 20.0]}, 100)
    assert speeds.qps("ours") == 50
    assert speeds.ratio("ours", "bare") == 2
    seen: dict[str, list[tuple[int, ...]]] = {"one": [], "other": []}
    measure_speeds({name: lambda part, name=name: seen[name].append(part.shape) for name in seen}, data.queries, 2, single=True)
    assert seen["one"] == seen["other"] == [(32,)] * (2 * 2 * 40)  # each turn has a batch before the clock runs


def test_without_the_vectors_the_suite_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGLINE_SHARED_DATA", str(tmp_path))
    with pytest.raises(CorpusMissingError, match="vectors-minilm"):
        load_vectors(quick=True)


def test_the_library_is_compared_over_the_graph_inside(data: VectorData) -> None:
    installed("hnsw")
    graph = KINDS["hnsw"].build(data.base[:500], metric="cosine", threads=1, settings=ann.SETTINGS)
    listed = WithUnreached(graph, np.array([3]), data.base[3:4])
    assert ann.bare_graph(listed) is ann.bare_graph(graph)
    assert ann.bare_graph(listed)._graph.ntotal == 500


@pytest.mark.slow
def test_every_promise_has_a_figure(data: VectorData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("hnsw")
    monkeypatch.setattr(ann, "load_vectors", lambda quick: data)
    with closing(VectorStore(tmp_path / "vectors.sqlite")) as store:
        (tmp_path / "work").mkdir()
        figures = ann.measure(Workspace(tmp_path / "work", store, quick=True))
    text = "\n".join(f"{figure.name} {figure.target}" for figure in figures)
    for promise in (
        r"hnsw / bare FAISS HNSW, one at a time >= 0.85",
        r"hnsw / bare FAISS HNSW, batches of 100 >= 0.95",
        r"10 % filter >= 0.85",
        r"at recall@10 0.95, the best >= 1.2",
        r"at recall@10 0.99, the best >= 1.2",
        r"ivf-pq: recall@10 >= 0.98",
        r"ivf-rabitq: resident bytes a vector <= 100",
        r"ivf-pq / the same index without our layer, batches >= 0.8",
        r"ivf-rabitq: recall@10 with 0.1% allowed >= 0.97",
        r"results <= 0",
    ):
        assert re.search(promise, text), promise
    values = {figure.name: figure.value for figure in figures}
    assert values["filtered searches with other than min(k, matches) results"] == 0
    assert values["flat: recall@10 with 10.0% allowed"] == 1
