"""Recall in service: drift that was planted is told, a healthy index is not accused, and no query waits."""

import logging
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.rows import BaseRows, RowTable
from indexes.snapshot import Generation, Snapshot
from indexes.vector.base import Mask, Vectors
from indexes.vector.registry import KINDS
from ragline.settings import Settings
from retrieval.recall_watch import MARGIN, WINDOW, RecallWatch, WatchedRecall, wilson_interval
from tests.contracts.vector_sets import clustered, installed, queries_near

COUNT, DIM, DEPTH = 6_000, 48, 10
HEALTHY = Settings(hnsw_m=12, hnsw_ef_construction=80, hnsw_ef_search=200)
FAR_TOO_NARROW = Settings(hnsw_m=12, hnsw_ef_construction=80, hnsw_ef_search=8)


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    values = np.random.default_rng(1).standard_normal((COUNT, DIM)).astype(np.float32)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def queries(vectors: Vectors) -> Vectors:
    return queries_near(vectors, 120, seed=2)


def view(index: Any, *, number: int = 1, promised: float = 0.99, removed: Mask | None = None) -> Snapshot:
    """A collection whose chunks are all in ``index``."""
    numbers = np.arange(1, index.count + 1, dtype=np.int64)
    rows = RowTable(index.dim, BaseRows(numbers, numbers, np.array([f"{number:032x}" for number in numbers], "S32")))
    lexical: Any = None  # the other leg, which is not asked
    return Snapshot(1, Generation(number, 1, index, promised), rows, index.count, removed, {}, lexical)


def watched(
    snapshot: Snapshot, queries: Vectors, *, allowed: Mask | None = None, watch: RecallWatch | None = None
) -> RecallWatch:
    """A watch that has seen every query."""
    watch = watch or RecallWatch(1.0)
    for query in queries:
        watch.offer(snapshot, query, DEPTH, allowed, snapshot.vector_candidates(query, DEPTH, allowed))
        watch.wait()
    return watch


@pytest.fixture(scope="module")
def graph(vectors: Vectors) -> Any:
    installed("hnsw")
    return KINDS["hnsw"].build(vectors, metric="cosine", threads=1, settings=HEALTHY)


def test_a_search_that_is_far_too_narrow_is_told(graph: Any, queries: Vectors, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "retrieval.recall_watch"):
        seen = watched(view(graph.searched_with(FAR_TOO_NARROW)), queries).seen()
    assert seen is not None
    assert (seen.samples, seen.filtered, seen.promised) == (120, 0, 0.99)
    assert seen.recall < 0.9
    assert seen.low <= seen.recall <= seen.high < seen.promised - MARGIN
    assert seen.has_drifted
    assert "Run: ragline rebuild" in seen.warning
    assert "ragline tune" in seen.warning
    assert len(caplog.records) == 1, "once, not with every search"


@pytest.mark.parametrize("name", [name for name in KINDS if name != "flat"])
def test_a_healthy_index_is_not_accused(name: str, shared_or_made: tuple[Vectors, Vectors]) -> None:
    installed(name)
    vectors, queries = shared_or_made
    index = KINDS[name].build(vectors, metric="cosine", threads=1, settings=HEALTHY)
    removed = np.random.default_rng(4).random(len(vectors)) < 0.2
    allowed = np.random.default_rng(5).random(len(vectors)) < 0.05
    watch = RecallWatch(1.0)
    for snapshot, mask in ((view(index), None), (view(index, removed=removed), allowed), (view(index, removed=removed), None)):
        watched(snapshot, queries[:40], allowed=mask, watch=watch)
    seen = watch.seen()
    assert seen is not None
    assert (seen.samples, seen.filtered) == (120, 80)
    assert seen.recall > 0.97
    assert not seen.has_drifted
    assert seen.warning == ""


@pytest.fixture(scope="module")
def shared_or_made() -> tuple[Vectors, Vectors]:
    made = clustered(COUNT, DIM, seed=6)
    return made, queries_near(made, 40, seed=7)


def test_deletes_with_a_narrow_filter_that_lose_hits_are_told(
    vectors: Vectors, queries: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a filter the index is well; what it loses, it loses of the few rows that a filter leaves."""
    installed("ivf-pq")
    settings = Settings(ivf_probes=40, over_fetch=30)
    index = KINDS["ivf-pq"].build(vectors, metric="cosine", threads=1, settings=settings)
    healthy = watched(view(index, promised=0.95), queries).seen()
    assert healthy is not None
    assert not healthy.has_drifted

    removed = np.random.default_rng(8).random(COUNT) < 0.2
    narrow = np.random.default_rng(9).random(COUNT) < 0.05
    assert not _drift(index, queries, removed, narrow).has_drifted, "few rows are all compared"
    # Planted: filters are not planned any more. A search looks where it would without one, and no row is compared beyond.
    monkeypatch.setattr("indexes.vector.ivf.EXACT_ROWS", 0)
    monkeypatch.setattr("indexes.vector.ivf.LEAST_FETCH", 10)
    monkeypatch.setattr(type(index), "_filtered_probes", lambda *_: 8)
    drifted = _drift(index.searched_with(Settings(ivf_probes=40, over_fetch=1)), queries, removed, narrow)
    assert drifted.filtered == drifted.samples == len(queries)
    assert drifted.has_drifted
    assert f"{drifted.samples} of them filtered" in drifted.warning


def _drift(index: Any, queries: Vectors, removed: Mask, allowed: Mask) -> WatchedRecall:
    seen = watched(view(index, promised=0.95, removed=removed), queries, allowed=allowed).seen()
    assert seen is not None
    return seen


def test_the_window_is_that_of_the_generation_in_use(graph: Any, queries: Vectors) -> None:
    watch = watched(view(graph.searched_with(FAR_TOO_NARROW)), queries[:50])
    watched(view(graph, number=2, promised=0.97), queries[:30], watch=watch)
    seen = watch.seen()
    assert seen is not None
    assert (seen.generation, seen.samples, seen.promised) == (2, 30, 0.97)
    assert not seen.has_drifted
    for _ in range(2):
        watched(view(graph, number=2, promised=0.97), queries, watch=watch)
    seen = watch.seen()
    assert seen is not None
    assert seen.samples == WINDOW


def test_a_shallow_search_is_measured_as_deep_as_it_was(graph: Any, queries: Vectors) -> None:
    watch, snapshot = RecallWatch(1.0), view(graph)
    for query in queries[:20]:
        watch.offer(snapshot, query, 3, None, snapshot.vector_candidates(query, 3, None))
        watch.wait()
    seen = watch.seen()
    assert seen is not None
    assert seen.recall > 0.95


def test_a_search_that_finds_nothing_has_lost_nothing(graph: Any, queries: Vectors) -> None:
    seen = watched(view(graph), queries[:3], allowed=np.zeros(COUNT, np.bool_)).seen()
    assert seen is not None
    assert seen.recall == 1


def test_no_query_waits_and_one_is_measured_at_a_time(graph: Any, queries: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    measured = []

    def slowly(*_: object) -> float:
        measured.append(threading.current_thread())
        begun.set()
        assert go_on.wait(30)
        return 1.0

    monkeypatch.setattr("retrieval.recall_watch._recall", slowly)
    watch, snapshot = RecallWatch(1.0), view(graph)
    candidates = snapshot.vector_candidates(queries[0], DEPTH, None)
    watch.offer(snapshot, queries[0], DEPTH, None, candidates)
    assert begun.wait(30)
    for query in queries:  # would never end if one of them waited
        watch.offer(snapshot, query, DEPTH, None, candidates)
    assert watch.seen() is None
    go_on.set()
    watch.wait()
    seen = watch.seen()
    assert seen is not None
    assert seen.samples == len(measured) == 1
    assert measured[0] is not threading.current_thread()


def test_the_share_is_kept_and_exact_indexes_are_left_alone(graph: Any, queries: Vectors, vectors: Vectors) -> None:
    never = watched(view(graph), queries[:20], watch=RecallWatch(0.0))
    assert never.seen() is None
    some = watched(view(graph), np.concatenate([queries] * 4), watch=RecallWatch(0.1)).seen()
    assert some is not None
    assert 20 < some.samples < 90
    flat = KINDS["flat"].build(vectors, metric="cosine", threads=1, settings=HEALTHY)
    assert watched(view(flat), queries[:5]).seen() is None


@given(st.floats(0, 1), st.integers(1, 500))
def test_the_interval_holds_the_mean_and_narrows_with_more(mean: float, count: int) -> None:
    low, high = wilson_interval(mean, count)
    assert 0 <= low <= mean + 1e-9
    assert mean - 1e-9 <= high <= 1
    closer_low, closer_high = wilson_interval(mean, 2 * count)
    assert closer_high - closer_low < high - low


def test_the_interval_is_that_of_the_literature() -> None:
    """Newcombe, Statistics in Medicine 17, 1998, table I: 81 of 263 gives .2553 to .3662, 15 of 148 .0624 to .1605."""
    assert wilson_interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson_interval(15 / 148, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
