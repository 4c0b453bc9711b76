"""A collection that keeps measuring: drift is in its health with what to do, and a healthy one stays healthy."""

import shutil
from pathlib import Path

import pytest

import ragline
from tests.api.tuning.tuning_documents import COUNT, documents
from tests.contracts.vector_sets import installed

QUERIES = [document.text[:45] for document in documents(90, start=COUNT)]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    installed("hnsw")
    folder = tmp_path_factory.mktemp("service") / "kb"
    with ragline.open(folder, embedder="light", hnsw_ef_construction=60, threads=1) as kb:
        kb.ingest(documents(COUNT))
        kb.rebuild(kind="hnsw")
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "kb")
    return tmp_path / "kb"


def search(kb: ragline.Collection, **filters: object) -> None:
    """Ask every query, and let each be measured: by default most of them would be left out."""
    for query in QUERIES:
        kb.search(query, mode="vector", filters=filters or None)
        kb._serving.space().retriever.recall.wait()


def test_an_index_that_is_searched_far_too_narrowly_is_not_healthy(folder: Path) -> None:
    with ragline.open(folder, recall_sample=1.0, depth=10, hnsw_ef_search=8) as kb:
        assert kb.health()["recall"] is None
        search(kb)
        health = kb.health()
        assert not health["ok"]
        (warning,) = health["warnings"]
        assert "ragline rebuild" in warning
        assert "ragline tune" in warning
        recall = health["recall"]
        assert recall == kb.stats()["recall"]
        assert recall["samples"] == len(QUERIES)
        assert recall["low"] <= recall["recall"] <= recall["high"] < recall["promised"] - 0.02


def delete_a_fifth(kb: ragline.Collection) -> None:
    with kb._store.writing() as session:
        session.catalog.remove_documents([f"d{number}" for number in range(0, COUNT, 5)], run_id=None)
        session.publish()


def test_a_healthy_collection_stays_so_after_deletes_and_under_narrow_filters(folder: Path) -> None:
    with ragline.open(folder, recall_sample=1.0, threads=1) as kb:
        delete_a_fifth(kb)
        search(kb, group=3)
        search(kb)
        health = kb.health()
        assert health["ok"], health["warnings"]
        assert health["recall"]["samples"] == 2 * len(QUERIES)
        assert health["recall"]["filtered"] == 2 * len(QUERIES), "rows that left count too"
        assert health["recall"]["recall"] > 0.97


def test_deletes_and_a_narrow_filter_that_lose_hits_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: an inverted file that looks for filtered hits where it would without a filter, and compares nothing beyond."""
    with ragline.open(folder, recall_sample=1.0, depth=10, over_fetch=1, threads=1) as kb:
        kb.rebuild(kind="ivf-pq")
        delete_a_fifth(kb)
        monkeypatch.setattr("indexes.vector.ivf.EXACT_ROWS", 0)
        monkeypatch.setattr("indexes.vector.ivf.LEAST_FETCH", 10)
        monkeypatch.setattr("indexes.vector.ivf.FAR_SHARE", 0.0)
        monkeypatch.setattr("indexes.vector.ivf.IvfIndex._filtered_probes", lambda *_: 16)
        search(kb, group=3)
        health = kb.health()
        assert not health["ok"]
        assert health["recall"]["filtered"] == health["recall"]["samples"] == len(QUERIES)
        assert f"{len(QUERIES)} of them filtered" in health["warnings"][0]


def test_nothing_is_measured_unless_asked_for(folder: Path) -> None:
    with ragline.open(folder, recall_sample=0.0) as kb:
        search(kb)
        assert kb.health()["recall"] is None
        assert kb.health()["ok"]


def test_what_the_index_before_missed_is_no_news_of_the_one_in_use(folder: Path) -> None:
    with ragline.open(folder, recall_sample=1.0, depth=10, hnsw_ef_search=8, target_recall=0.0, threads=1) as kb:
        search(kb)
        assert not kb.health()["ok"]
        kb.rebuild(kind="flat")
        assert kb.health()["recall"] is None
        assert kb.health()["ok"]


def test_another_space_is_measured_anew_and_the_one_before_not_any_more(folder: Path) -> None:
    with ragline.open(folder, recall_sample=1.0, threads=1) as kb:
        search(kb)
        before = kb._serving.space().retriever.recall
        kb.migrate(chunk_tokens=60)
        assert kb.health()["recall"] is None
        assert before._is_closed
        kb.search(QUERIES[0], mode="vector")
        kb._serving.space().retriever.recall.wait()
        assert kb.health()["recall"]["samples"] == 1
        assert before.seen() is not None


def test_a_collection_that_is_closed_measures_nothing_any_more(folder: Path) -> None:
    with ragline.open(folder, recall_sample=1.0, threads=1) as kb:
        kb.search(QUERIES[0], mode="vector")
    thread = kb._serving.space().retriever.recall._thread
    assert thread is not None
    assert not thread.is_alive()
