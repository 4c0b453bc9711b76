"""The suite of churn: given vectors in a real collection, most of them deleted, some back, before and after the rebuild."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import ragline
from benchmarks import churn
from benchmarks.child import measure_named
from benchmarks.given_vectors import open_given, passages, query_of, row_of
from benchmarks.vector_data import VectorData
from benchmarks.vector_store import VectorStore
from benchmarks.workspace import Workspace
from tests.contracts.vector_sets import clustered, installed, queries_near


@pytest.fixture(scope="module")
def data() -> VectorData:
    base = clustered(1_500, 256, seed=1)
    queries = queries_near(base, 20, seed=2)
    return VectorData(base, queries, queries @ base.T)


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(churn, "EMBEDDER", "light")


def test_searches_of_given_vectors_are_exact_ones(data: VectorData, tmp_path: Path) -> None:
    with open_given(tmp_path / "kb", data.base, data.queries, embedder="light") as kb:
        kb.ingest(passages(range(0, 1_500, 2)))
        for number in range(3):
            hits = kb.search(query_of(number), 10, mode="vector")
            expected = np.argsort(-data.scores[number, ::2])[:10] * 2
            assert [row_of(hit.doc_id) for hit in hits] == expected.tolist()


def test_what_is_gone_and_what_is_back(data: VectorData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(churn, "_BLOCK", 300)
    live = np.ones(1_500, np.bool_)
    with open_given(tmp_path / "kb", data.base, data.queries, embedder="light", exact_threshold=churn.NEVER) as kb:
        kb.ingest(passages(range(1_500)))
        churn._delete_and_return(kb, live)
        assert {row_of(doc_id) for doc_id in kb.document_ids()} == set(np.flatnonzero(live).tolist())
        assert kb.stats()["generation"] == 0  # no rebuild of its own accord
    assert live.sum() == 1_500 * 0.7


def test_a_rebuild_that_does_not_come_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(churn, "_MOST_WAIT_S", 0.0)
    with ragline.open(tmp_path / "kb", embedder="light") as kb, pytest.raises(ragline.RaglineError, match="No rebuild in 0 s"):
        churn._wait_for(kb, 0)


@pytest.mark.slow
def test_both_sides_of_the_rebuild_have_their_figures(
    data: VectorData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed("hnsw")
    monkeypatch.setattr(churn, "load_vectors", lambda quick: data)
    monkeypatch.setattr(churn, "run_child", lambda name, *arguments: measure_named(name)(*map(str, arguments)))
    with closing(VectorStore(tmp_path / "vectors.sqlite")) as store:
        (tmp_path / "work").mkdir()
        figures = churn.measure(Workspace(tmp_path / "work", store, quick=True))
    for kind in ("hnsw", "ivf-pq"):
        for when in ("before", "after"):
            held = [figure for figure in figures if figure.name.startswith(f"{kind}, {when} the rebuild") and figure.target]
            assert len(held) == 3
            assert all(figure.is_met for figure in held), held
    assert not list((tmp_path / "work" / "churn").glob("hnsw*"))
