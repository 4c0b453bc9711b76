"""Vector indexes: one contract, and agreement with exact search."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.rebuild import LEAST_RECALL, measured_recall
from indexes.vector.base import VectorIndex
from indexes.vector.flat import ExactScan, FlatIndex, exact_scan
from indexes.vector.half import LEAST_ROWS
from indexes.vector.hnsw import HnswIndex
from ragline.errors import CorruptIndexError

COUNT, DIM = 6_000, 32


def unit(count: int, *, seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return unit(COUNT, seed=1)


@pytest.fixture(scope="module", params=["flat", "hnsw", "flat from disk", "hnsw from disk"])
def index(request: pytest.FixtureRequest, vectors: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> VectorIndex:
    kind, _, place = request.param.partition(" ")
    built: VectorIndex = (
        FlatIndex(vectors) if kind == "flat" else HnswIndex.build(vectors, m=16, ef_construction=120, ef_search=200, threads=2)
    )
    if not place:
        return built
    folder = tmp_path_factory.mktemp("index")
    built.save(folder)
    return FlatIndex.load(folder) if kind == "flat" else HnswIndex.load(folder, ef_search=200)


def test_it_holds_the_vectors(index: VectorIndex, vectors: np.ndarray) -> None:
    assert (index.count, index.dim) == (COUNT, DIM)
    np.testing.assert_array_equal(index.vectors, vectors)


def test_recall_against_exact_search(index: VectorIndex, vectors: np.ndarray) -> None:
    assert measured_recall(index, vectors) >= LEAST_RECALL


def test_scores_are_cosines_in_order(index: VectorIndex, vectors: np.ndarray) -> None:
    hits = index.search(vectors[7], 20)
    assert hits.rows[0] == 7
    assert hits.scores[0] == pytest.approx(1.0, abs=1e-5)
    assert (np.diff(hits.scores) <= 0).all()
    np.testing.assert_allclose(hits.scores, vectors[hits.rows] @ vectors[7], atol=1e-5)


@pytest.mark.parametrize("share", [0.9, 0.5, 0.1, 0.01, 0.001, 0.0])
def test_a_filter_gives_min_k_matching(index: VectorIndex, vectors: np.ndarray, share: float) -> None:
    allowed = np.random.default_rng(3).random(COUNT) < share
    found = 0
    queries = unit(20, seed=4)
    for query in queries:
        hits = index.search(query, 10, allowed=allowed)
        assert len(hits.rows) == min(10, int(allowed.sum()))
        assert allowed[hits.rows].all()
        truth, _ = exact_scan(vectors, query, 10, allowed=allowed)
        found += len(set(truth) & set(hits.rows))
    assert found >= 0.95 * len(queries) * min(10, int(allowed.sum()))


def test_k_above_the_count(index: VectorIndex, vectors: np.ndarray) -> None:
    hits = index.search(vectors[0], COUNT + 5)
    assert sorted(hits.rows.tolist()) == list(range(COUNT))


def test_an_empty_index() -> None:
    empty = np.empty((0, DIM), np.float32)
    for index in (FlatIndex(empty), HnswIndex.build(empty, m=16, ef_construction=40, ef_search=40, threads=1)):
        assert len(index.search(unit(1, seed=5)[0], 10).rows) == 0


def test_one_thread_builds_the_same_graph_twice(vectors: np.ndarray, tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        built = HnswIndex.build(vectors[:1000], m=16, ef_construction=40, ef_search=40, threads=1)
        files.append((tmp_path / name / built.save(tmp_path / name)[0]).read_bytes())
    assert files[0] == files[1]


def test_a_damaged_file_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "hnsw.faiss").write_bytes(b"nothing of the kind")
    with pytest.raises(CorruptIndexError, match="ragline rebuild"):
        HnswIndex.load(tmp_path, ef_search=10)


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(0, 40), st.lists(st.booleans(), min_size=30, max_size=30))
def test_exact_scan_equals_sorting(values: list[int], k: int, mask: list[bool]) -> None:
    vectors = np.array(values, np.float32).reshape(-1, 1)
    allowed = np.array(mask[: len(values)], np.bool_)
    rows, scores = exact_scan(vectors, np.ones(1, np.float32), k, allowed=allowed)
    order = sorted((row for row in range(len(values)) if allowed[row]), key=lambda row: (-values[row], row))
    best = order[:k]
    expected = [row for row in order if best and values[row] >= values[best[-1]]]
    assert rows.tolist() == expected
    assert scores.tolist() == [values[row] for row in expected]
    several = np.zeros((3 * LEAST_ROWS, 8), np.float32)
    several[:, 0] = 1.0
    assert len(ExactScan().search(several, several[0], max(k, 1))[0]) == 3 * LEAST_ROWS, "ties are whole"


@pytest.mark.parametrize("share", [1.0, 0.9, 0.4, 0.1])
@pytest.mark.parametrize("k", [1, 10, 100, 5_000])
def test_the_half_precision_pass_changes_no_result(share: float, k: int) -> None:
    """Many near neighbours: clusters whose members differ by less than half precision can tell."""
    rng = np.random.default_rng(11)
    centres = unit(40, seed=12)
    close = np.repeat(centres, 150, axis=0) + rng.standard_normal((6_000, DIM)).astype(np.float32) * 2e-4
    close /= np.linalg.norm(close, axis=1, keepdims=True)
    allowed = None if share == 1.0 else rng.random(len(close)) < share
    scan = ExactScan()
    for count in (3_000, 3_500, 6_000, 2_500):  # made, used with a tail, made anew, an older view
        mask = None if allowed is None else allowed[:count]
        for query in (*centres[:3], *unit(3, seed=13)):
            rows, scores = scan.search(close[:count], query, k, allowed=mask)
            expected_rows, expected_scores = exact_scan(close[:count], query, k, allowed=mask)
            assert rows.tolist() == expected_rows.tolist()
            np.testing.assert_array_equal(scores, expected_scores)
