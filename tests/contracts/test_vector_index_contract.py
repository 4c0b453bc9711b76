"""What every vector index is, and that all of them find what exact search finds. An index passes all of this, or it is none."""

import logging
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.vector.base import Mask, VectorHits, VectorIndex, Vectors
from indexes.vector.flat import exact_scan
from indexes.vector.metrics import METRICS, Metric, scores_of
from indexes.vector.registry import KINDS, Kind
from indexes.vector.selection import Selection
from ragline.errors import IncompatibleError, InputError
from ragline.settings import Settings, choices_of
from tests.contracts.vector_sets import (
    FILTERS,
    SHARES,
    clustered,
    installed,
    mean_recall,
    queries_near,
    shared_sample,
)

COUNT, DIM = 6_000, 48
SETTINGS = Settings(hnsw_m=16, hnsw_ef_construction=100, hnsw_ef_search=100)
LEAST_RECALL = 0.97


@pytest.fixture(scope="module", params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    installed(request.param)
    return KINDS[request.param]


def built(kind: Kind, vectors: Vectors, *, metric: Metric = "cosine", settings: Settings = SETTINGS) -> VectorIndex:
    return kind.build(vectors, metric=metric, threads=1, settings=settings)


def reloaded(kind: Kind, index: VectorIndex, folder: Path) -> VectorIndex:
    folder.mkdir(exist_ok=True)
    index.save(folder)
    return kind.load(folder, metric=index.metric, settings=SETTINGS)


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return clustered(COUNT, DIM, seed=1)


@pytest.fixture(scope="module")
def queries(vectors: Vectors) -> Vectors:
    return queries_near(vectors, 60, seed=2)


@pytest.fixture(scope="module")
def fresh(kind: Kind, vectors: Vectors) -> VectorIndex:
    return built(kind, vectors)


@pytest.fixture(scope="module", params=["built", "loaded"])
def index(
    request: pytest.FixtureRequest, kind: Kind, fresh: VectorIndex, tmp_path_factory: pytest.TempPathFactory
) -> VectorIndex:
    return fresh if request.param == "built" else reloaded(kind, fresh, tmp_path_factory.mktemp("index"))


def test_the_setting_lists_every_kind() -> None:
    assert choices_of("index_kind") == ("auto", *KINDS)


def test_it_says_what_it_is(kind: Kind, index: VectorIndex) -> None:
    assert (index.kind, index.metric, index.count, index.dim) == (kind.name, "cosine", COUNT, DIM)
    assert index.capabilities == kind.capabilities
    assert "numpy" in index.packages
    assert all(isinstance(value, int | float | str) for value in index.parameters.values())


def test_it_holds_the_vectors_in_their_order(index: VectorIndex, vectors: Vectors) -> None:
    assert index.vectors.dtype == np.float32
    if index.capabilities.lossless:
        np.testing.assert_array_equal(index.vectors, vectors)
    else:
        np.testing.assert_allclose(index.vectors, vectors, rtol=2**-11, atol=2**-24)


def test_it_gives_the_vectors_of_some_rows_in_the_order_asked_for(index: VectorIndex) -> None:
    rows = np.array([7, 0, index.count - 1, 7], np.int64)
    np.testing.assert_array_equal(index.vectors_at(rows), index.vectors[rows])
    assert index.vectors_at(rows[:0]).shape == (0, index.dim)


def test_recall_on_clusters(index: VectorIndex, vectors: Vectors, queries: Vectors) -> None:
    assert mean_recall(index, vectors, queries) >= LEAST_RECALL
    assert mean_recall(index, vectors, queries, k=100) >= LEAST_RECALL


def test_every_row_finds_itself(index: VectorIndex, vectors: Vectors) -> None:
    asked = np.arange(0, COUNT, 20 if index.capabilities.exact else 1)
    found = index.search_batch(vectors[asked], 10).rows
    lost = [row for row, rows in zip(asked, found, strict=True) if row not in rows]
    assert len(lost) <= 0.001 * COUNT


def check_hits(hits: VectorHits, index: VectorIndex, vectors: Vectors, query: Vectors) -> None:
    assert (hits.rows.dtype, hits.scores.dtype) == (np.int64, np.float32)
    assert len(set(hits.rows.tolist())) == len(hits.rows) == len(hits.scores)
    assert (np.diff(hits.scores) <= 0).all()
    true = scores_of(vectors[hits.rows], query, index.metric)
    np.testing.assert_allclose(hits.scores, true, atol=index.capabilities.score_error * (4 if index.metric == "l2" else 1))


@pytest.mark.parametrize("k", [1, 10, 100])
def test_scores_are_true_and_in_order(index: VectorIndex, vectors: Vectors, queries: Vectors, k: int) -> None:
    for query in queries[:20]:
        hits = index.search(query, k)
        assert len(hits.rows) >= k if hits.exact else len(hits.rows) == k
        check_hits(hits, index, vectors, query)


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric(kind: Kind, metric: Metric, tmp_path: Path) -> None:
    """Vectors of different lengths: by the cosine they do not matter, by the other two they do."""
    plain = clustered(4_000, 32, seed=5)
    vectors = plain * np.random.default_rng(6).uniform(0.8, 1.2, (len(plain), 1)).astype(np.float32)
    queries = queries_near(plain, 30, seed=7) * np.float32(1.1)
    index = reloaded(kind, built(kind, vectors, metric=metric), tmp_path / "index")
    assert index.metric == metric
    if metric == "cosine":
        vectors, queries = plain, queries / np.float32(1.1)
    found = [index.search(query, 10) for query in queries]
    assert mean_recall(index, vectors, queries, metric=metric) >= LEAST_RECALL
    for query, hits in zip(queries, found, strict=True):
        check_hits(hits, index, vectors, query)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("shape", FILTERS)
def test_a_filter_loses_nothing(index: VectorIndex, vectors: Vectors, queries: Vectors, share: float, shape: str) -> None:
    """Random ones, and such as depend on the query or on a topic: always min(k, allowed) rows, and all of them allowed."""
    found: list[float] = []
    for query in queries[:20]:
        allowed = FILTERS[shape](vectors, query, share)
        selection = Selection(allowed)
        hits = index.search(query, 10, allowed=selection)
        check_hits(hits, index, vectors, query)
        wanted = min(10, selection.count)
        assert len(hits.rows) >= wanted if hits.exact else len(hits.rows) == wanted
        assert allowed[hits.rows].all()
        batch = index.search_batch(query[None], 10, allowed=selection)
        assert batch.rows.shape == (1, wanted)
        assert allowed[batch.rows].all()
        truth, _ = exact_scan(vectors, query, 10, allowed=allowed)
        found.append(len(set(truth[:wanted]) & set(hits.rows.tolist())) / max(1, wanted))
    assert np.mean(found) >= LEAST_RECALL


def test_masks_and_selections_are_the_same(index: VectorIndex, queries: Vectors) -> None:
    allowed = np.random.default_rng(8).random(COUNT) < 0.6
    for query in queries[:5]:
        one, other = index.search(query, 10, allowed=allowed), index.search(query, 10, allowed=Selection(allowed))
        np.testing.assert_array_equal(one.rows, other.rows)
        everything = index.search(query, 10, allowed=np.ones(COUNT, np.bool_))
        np.testing.assert_array_equal(everything.rows, index.search(query, 10).rows)


def test_nothing_allowed_and_nothing_asked_for(index: VectorIndex, queries: Vectors) -> None:
    nothing = np.zeros(COUNT, np.bool_)
    for k in (0, 10):
        assert len(index.search(queries[0], k, allowed=nothing).rows) == 0
        assert index.search_batch(queries, k, allowed=nothing).rows.shape == (len(queries), 0)
    assert len(index.search(queries[0], 0).rows) == 0
    assert index.search_batch(queries[:0], 10).rows.shape == (0, 10)


def test_k_above_the_count(index: VectorIndex, queries: Vectors) -> None:
    for k in (COUNT, COUNT + 5):
        assert sorted(index.search(queries[0], k).rows.tolist()) == list(range(COUNT))
        assert index.search_batch(queries[:2], k).rows.shape == (2, COUNT)


@pytest.mark.parametrize("count", [0, 1, 2, 17, 500, 700, 2_500])
@pytest.mark.parametrize("dim", [1, 37, 64])
def test_any_count_and_length(kind: Kind, count: int, dim: int, tmp_path: Path) -> None:
    """Lengths that no code divides, and so few rows that there is nothing to train."""
    vectors = clustered(count, dim, seed=9)
    index = reloaded(kind, built(kind, vectors), tmp_path / "index")
    assert index.vectors.shape == (count, dim)
    query = clustered(1, dim, seed=10)[0]
    for k in (1, 10, count + 1):
        hits = index.search(query, k)
        assert len(hits.rows) >= min(k, count)
        check_hits(hits, index, vectors, query)
        assert index.search_batch(query[None], k).rows.shape == (1, min(k, count))
    if dim > 1:
        assert mean_recall(index, vectors, vectors[:20]) >= LEAST_RECALL


def test_duplicates_are_all_there(kind: Kind, vectors: Vectors) -> None:
    """200 copies of each of ten vectors among others: pruning by distance alone would cut such points off."""
    copies = np.concatenate((vectors[:4_000], np.repeat(vectors[:10], 200, axis=0)))
    index = built(kind, copies)
    for row in range(10):
        hits = index.search(vectors[row], 10)
        check_hits(hits, index, copies, vectors[row])
        np.testing.assert_allclose(hits.scores[:10], 1, atol=2 * index.capabilities.score_error)
    others = [index.search(copies[row], 10).rows for row in range(100, 140)]
    assert np.mean([row in rows for row, rows in zip(range(100, 140), others, strict=True)]) >= LEAST_RECALL


def test_near_copies_cut_nothing_off(kind: Kind, vectors: Vectors) -> None:
    """Ten crowds of 200 texts that differ in a number or a date: others are still reached, and of a crowd the near ones."""
    rng = np.random.default_rng(15)
    crowds = np.repeat(vectors[:10], 200, axis=0) + rng.standard_normal((2_000, DIM)).astype(np.float32) * 0.002
    everything = np.concatenate((vectors[:4_000], crowds / np.linalg.norm(crowds, axis=1, keepdims=True)))
    index = built(kind, everything)
    asked = np.arange(100, 4_000, 40 if kind.capabilities.exact else 1)
    rows = index.search_batch(everything[asked], 10).rows
    assert np.mean([row in found for row, found in zip(asked, rows, strict=True)]) >= 0.99
    for row in range(4_000, 6_000, 50):
        hits = index.search(everything[row], 10)
        check_hits(hits, index, everything, everything[row])
        _, best = exact_scan(everything, everything[row], 10)
        assert hits.scores[9] >= best[9] - 1e-3


def test_exact_results_have_their_ties_whole_and_by_row(kind: Kind) -> None:
    same = np.repeat(clustered(3, 16, seed=11), 40, axis=0)
    index = built(kind, same)
    hits = index.search(same[0], 10)
    assert hits.exact
    assert hits.rows.tolist() == list(range(40))
    assert index.search_batch(same[:1], 10).rows[0].tolist() == list(range(10))


@given(st.integers(0, 60), st.integers(0, 80), st.lists(st.booleans(), min_size=60, max_size=60), st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_any_filter_and_k_give_what_exact_search_gives(count: int, k: int, mask: list[bool], seed: int) -> None:
    vectors = clustered(count, 8, seed=seed)
    query = clustered(1, 8, seed=seed + 1)[0]
    allowed: Mask = np.array(mask[:count], np.bool_)
    truth, _ = exact_scan(vectors, query, k, allowed=allowed)
    for kind in KINDS.values():
        if kind.name == "hnswlib" and "hnswlib" not in sys.modules:
            continue
        hits = built(kind, vectors).search(query, k, allowed=allowed)
        assert len(hits.rows) >= min(k, int(allowed.sum()))
        if kind.capabilities.lossless:
            assert hits.rows.tolist() == truth.tolist()
        else:
            np.testing.assert_allclose(
                scores_of(vectors[hits.rows], query, "cosine"), scores_of(vectors[truth], query, "cosine"), atol=2e-3
            )


@pytest.mark.parametrize("threads", [1, 2])
def test_a_batch_gives_what_single_searches_give(index: VectorIndex, queries: Vectors, threads: int) -> None:
    allowed = np.random.default_rng(12).random(COUNT) < 0.7
    for mask in (None, allowed):
        batch = index.search_batch(queries, 10, allowed=mask, threads=threads)
        assert (batch.rows.dtype, batch.scores.dtype) == (np.int64, np.float32)
        assert batch.rows.shape == batch.scores.shape == (len(queries), 10)
        singles = [index.search(query, 10, allowed=mask) for query in queries]
        equal = [len(set(row) & set(hits.rows[:10])) for row, hits in zip(batch.rows, singles, strict=True)]
        assert np.mean(equal) >= 9.9


def test_four_threads_get_what_one_gets(index: VectorIndex, queries: Vectors) -> None:
    selection = Selection(np.random.default_rng(13).random(COUNT) < 0.6)
    alone = [(index.search(query, 10), index.search(query, 10, allowed=selection)) for query in queries]
    barrier = threading.Barrier(4)
    wrong: list[int] = []

    def ask(offset: int) -> None:
        barrier.wait()
        for turn in range(2 * len(queries)):
            number = (turn + offset) % len(queries)
            hits, filtered = alone[number]
            plain = index.search(queries[number], 10)
            other = index.search(queries[number], 10, allowed=selection)
            if not (np.array_equal(plain.rows, hits.rows) and np.array_equal(other.rows, filtered.rows)):
                wrong.append(number)

    threads = [threading.Thread(target=ask, args=(offset,)) for offset in range(0, 40, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_loaded_and_built_find_the_same(kind: Kind, fresh: VectorIndex, queries: Vectors, tmp_path: Path) -> None:
    loaded = reloaded(kind, fresh, tmp_path / "index")
    assert loaded.parameters == fresh.parameters
    for query in queries:
        one, other = fresh.search(query, 10), loaded.search(query, 10)
        np.testing.assert_array_equal(one.rows, other.rows)
        np.testing.assert_array_equal(one.scores, other.scores)


def test_one_thread_builds_the_same_files_twice(kind: Kind, vectors: Vectors, tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        index = built(kind, vectors[:2_500])
        files.append({name: (folder / name).read_bytes() for name in sorted(index.save(folder))})
    assert files[0] == files[1]


def test_results_belong_to_the_caller(index: VectorIndex, queries: Vectors) -> None:
    query = queries[0].copy()
    first = index.search(query, 10)
    rows, scores = first.rows.copy(), first.scores.copy()
    index.search(queries[1], 10)
    np.testing.assert_array_equal(first.rows, rows)
    np.testing.assert_array_equal(first.scores, scores)
    np.testing.assert_array_equal(query, queries[0])


def test_the_vectors_stay_in_their_file(kind: Kind, fresh: VectorIndex, tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("what is mapped is read from /proc")
    loaded = reloaded(kind, fresh, tmp_path / "index")
    assert loaded.count == COUNT
    files = [path for path in (tmp_path / "index").iterdir() if path.stat().st_size >= COUNT * DIM * 2]
    mapped = Path("/proc/self/maps").read_text()
    assert any(str(path) in mapped for path in files)
    if kind.capabilities.mapped:
        assert all(str(path) in mapped for path in files)


def test_a_build_says_once_what_it_made_and_native_code_says_nothing(
    kind: Kind, vectors: Vectors, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO, logger="indexes.vector"):
        for count in (0, 1, 200, 700, 3_000):
            caplog.clear()
            index = built(kind, vectors[:count])
            assert [record.levelname for record in caplog.records] == ["INFO"]
            assert f"built {kind.name}: {count} vectors, {DIM} dimensions" in caplog.text
            index.search(vectors[0], 10)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_wrong_shapes_are_bad_input(kind: Kind, index: VectorIndex, queries: Vectors) -> None:
    with pytest.raises(InputError, match=r"shape \(48,\)"):
        index.search(queries[0][:-1], 10)
    with pytest.raises(InputError, match=r"shape \(n, 48\)"):
        index.search_batch(queries[0], 10)
    with pytest.raises(InputError, match=r"shape \(6000,\)"):
        index.search(queries[0], 10, allowed=np.ones(COUNT - 1, np.bool_))
    with pytest.raises(InputError, match="not finite"):
        built(kind, np.full((3, 4), np.nan, np.float32))


@pytest.mark.shared_data
def test_recall_on_real_text(kind: Kind, shared_data: Path) -> None:
    vectors, queries = shared_sample(shared_data, 8_000, 100)
    index = built(kind, vectors, settings=Settings())
    assert mean_recall(index, vectors, queries) >= LEAST_RECALL
    for share in (0.5, 0.1, 0.01):
        allowed = np.random.default_rng(14).random(len(vectors)) < share
        assert mean_recall(index, vectors, queries, allowed=allowed) >= LEAST_RECALL


@pytest.mark.shared_data
def test_all_kinds_agree_on_real_text(shared_data: Path) -> None:
    """Pair by pair: what one kind finds, the others find, but for what each may lose."""
    vectors, queries = shared_sample(shared_data, 8_000, 60)
    found = {}
    for kind in KINDS.values():
        if kind.name != "hnswlib" or "hnswlib" in sys.modules:
            found[kind.name] = built(kind, vectors, settings=Settings()).search_batch(queries, 10).rows
    for one in found:
        for other in found:
            shared = [len(set(a) & set(b)) / 10 for a, b in zip(found[one], found[other], strict=True)]
            assert np.mean(shared) >= 0.95, (one, other)


@pytest.mark.parametrize("share", [1.0, 0.1])
def test_an_exact_search_compares_every_allowed_row(
    kind: Kind, vectors: Vectors, queries: Vectors, share: float, tmp_path: Path
) -> None:
    copied = vectors.copy()
    copied[100:160] = copied[7]  # more copies than a node has links
    index = reloaded(kind, built(kind, copied), tmp_path)
    mask = None if share == 1 else FILTERS["another topic"](copied, queries[0], share)
    for query in queries[:10]:
        hits = index.exact(query, 10, allowed=mask)
        rows, scores = exact_scan(copied, query, 10, allowed=mask)
        assert hits.exact
        assert len(hits.rows) >= 10
        error = index.capabilities.score_error
        assert hits.scores[:10] == pytest.approx(scores[:10], abs=error)
        assert np.all(copied[hits.rows] @ query >= scores[9] - 2 * error)
        if index.capabilities.lossless:
            assert hits.rows.tolist() == rows.tolist()
    assert len(index.exact(queries[0], COUNT + 5).rows) == COUNT
    assert len(index.exact(queries[0], 10, allowed=np.zeros(COUNT, np.bool_)).rows) == 0


def test_an_index_is_searched_in_other_ways_without_being_built_again(
    kind: Kind, vectors: Vectors, queries: Vectors, tmp_path: Path
) -> None:
    """Each view finds what an index loaded with its settings finds, also when they are searched in turn."""
    ways = [
        Settings(hnsw_ef_search=8, ivf_probes=2, over_fetch=15),
        Settings(hnsw_ef_search=300, ivf_probes=60, over_fetch=40),
    ]
    index = reloaded(kind, built(kind, vectors), tmp_path)
    views = [index.searched_with(settings) for settings in ways]
    alone = [kind.load(tmp_path, metric="cosine", settings=settings) for settings in ways]
    found = []
    for query in queries:
        for view, one in zip(views, alone, strict=True):
            hits, expected = view.search(query, 10), one.search(query, 10)
            assert hits.rows.tolist() == expected.rows.tolist()
            found.append(hits.rows.tolist())
    assert (
        index.search(queries[0], 10).rows.tolist()
        == kind.load(tmp_path, metric="cosine", settings=SETTINGS).search(queries[0], 10).rows.tolist()
    )
    assert (found[::2] == found[1::2]) == index.capabilities.exact


def test_a_kind_takes_its_own_search_settings_and_refuses_what_is_none(kind: Kind) -> None:
    search = {"hnsw_ef_search": 77, "ivf_probes": 5, "over_fetch": 3, "depth": 9, "from a later version": 1}
    settings = kind.searched_as(SETTINGS, search)
    assert {name for name in search if getattr(settings, name, None) == search[name]} == set(kind.searching)
    assert kind.searched_as(SETTINGS, search, frozenset(kind.searching)) == SETTINGS
    if kind.searching:
        with pytest.raises(IncompatibleError, match="ragline rebuild"):
            kind.searched_as(SETTINGS, dict.fromkeys(kind.searching, -1))
        with pytest.raises(IncompatibleError, match="ragline rebuild"):
            kind.searched_as(SETTINGS, dict.fromkeys(kind.searching, "many"))
