"""The suite of opening: a real collection, opened in both modes, warm and cold."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import ragline
from benchmarks import opening, opening_child
from benchmarks.child import measure_named
from benchmarks.vector_store import VectorStore
from benchmarks.workspace import Workspace
from ragline.errors import InputError
from tests.contracts.vector_sets import installed

STATES = (opening_child.BEHIND, opening_child.REBUILT)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    def texts() -> Iterator[tuple[str, str, str]]:
        yield from (("manual", str(number), f"The passage {number} is about documents and pumps.") for number in range(1_000))

    monkeypatch.setattr(opening_child, "shared_texts", texts)
    monkeypatch.setattr(opening_child, "_STEP", 10)


def test_a_collection_of_so_many_chunks(tmp_path: Path) -> None:
    installed("hnsw")
    made = opening_child.make(str(tmp_path / "kb"), "100", opening_child.BEHIND)
    assert made["chunks"] == made["documents"] == 100
    assert made["delta"] == 20
    again = opening_child.make(str(tmp_path / "kb"), "100", opening_child.REBUILT)
    assert (again["chunks"], again["delta"]) == (100, 0)


def test_the_first_hits_of_a_process(tmp_path: Path) -> None:
    installed("hnsw")
    opening_child.make(str(tmp_path / "kb"), "25", opening_child.BEHIND)
    for mode in opening.MODES:
        found = opening_child.first_hit(str(tmp_path / "kb"), mode, opening.QUERY, "cold")  # type: ignore[arg-type]
        assert found["open_s"] > 0
        assert found["first_s"] > 0
        assert found["rss"] >= found["anonymous"]


def test_too_few_hits_are_no_measure(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([ragline.Document("one", "a pump")])
    with pytest.raises(InputError, match="hits in place of 10"):
        opening_child.first_hit(str(tmp_path / "kb"), "vector", "pump", "warm")


def test_both_modes_have_their_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("hnsw")
    monkeypatch.setattr(opening, "QUICK_CHUNKS", 25)
    monkeypatch.setattr(opening, "_RUNS", 1)
    monkeypatch.setattr(opening, "run_child", lambda name, *arguments: measure_named(name)(*map(str, arguments)))
    with closing(VectorStore(tmp_path / "vectors.sqlite")) as store:
        (tmp_path / "work").mkdir()
        figures = opening.measure(Workspace(tmp_path / "work", store, quick=True))
    held = {figure.name for figure in figures if figure.target == "<= 1"}
    assert held == {f"{state}, {mode}: open to the first hit" for state in STATES for mode in opening.MODES}
    assert sum("resident memory" in figure.name for figure in figures) == 4
