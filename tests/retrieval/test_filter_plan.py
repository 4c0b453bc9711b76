"""The choice of how to search under a filter is in ``explain``; the contract of results is the same whichever it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline
from ragline.types import Document

COUNT = 6_000


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ragline.Collection]:
    folder: Path = tmp_path_factory.mktemp("plans") / "kb"
    with ragline.open(folder, embedder="light", auto_rebuild="off", threads=1, hnsw_ef_search=64, depth=10) as collection:
        collection.ingest(
            Document(f"d{at}", f"text {at} of pump {at * 7} and valve {at * 13}", metadata={"half": at % 2, "rank": at})
            for at in range(COUNT)
        )
        yield collection


FILTERS: dict[str, dict[str, object] | None] = {
    "none": None,
    "half": {"half": 1},
    "tenth": {"rank": {"lt": COUNT // 10}},
    "hundredth": {"rank": {"lt": COUNT // 100}},
    "few": {"rank": {"lt": 3}},
}

PLANS = {
    ("hnsw", "none"): "hnsw: graph search, breadth 64",
    ("hnsw", "half"): "hnsw: over-sampled graph search, breadth 64 as 50.0% are allowed; 3000 chunks are allowed",
    ("hnsw", "hundredth"): "hnsw: exact scan, as the filter leaves few (1.0%); 60 chunks are allowed",
    ("ivf-rabitq", "none"): "ivf-rabitq: search of ",
    ("ivf-rabitq", "half"): "ivf-rabitq: filtered search of cells, 50.0% allowed; 3000 chunks are allowed",
    ("ivf-rabitq", "few"): "ivf-rabitq: exact scan, as the filter leaves few (0.1%); 3 chunks are allowed",
    ("flat", "half"): "flat: exact scan; 3000 chunks are allowed",
}


@pytest.mark.parametrize("kind", ["hnsw", "hnsw-int8", "ivf-rabitq", "flat"])
def test_the_plan_is_explained_and_the_contract_is_the_same(kb: ragline.Collection, kind: str) -> None:
    kb.rebuild(kind=kind)
    for name, condition in FILTERS.items():
        hits = kb.search("pump 700", k=10, mode="vector", filters=condition, explain=True)
        matching = {"none": COUNT, "half": COUNT // 2, "tenth": COUNT // 10, "hundredth": COUNT // 100, "few": 3}[name]
        assert len(hits) == min(10, matching)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        explanation = hits[0].explanation
        assert explanation is not None
        if (kind, name) in PLANS:
            assert PLANS[kind, name] in explanation.filter_plan


def test_newer_chunks_are_in_the_plan(kb: ragline.Collection) -> None:
    kb.rebuild(kind="hnsw")
    kb.ingest([Document("new", "a newer pump", metadata={"rank": 5_000, "half": 0})])
    (hit, *_) = kb.search("a newer pump", k=1, mode="vector", explain=True)
    assert hit.explanation is not None
    assert "graph search, breadth 64, and 1 newer chunks one by one" in hit.explanation.filter_plan
    kb.delete("new")
