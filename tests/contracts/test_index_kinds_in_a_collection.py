"""Whatever the kind of its index, a collection gives the same chunks in the same order, filtered or not, and after edits."""

from pathlib import Path

import pytest

import ragline
from indexes.vector.registry import KINDS
from ragline.types import Document
from tests.contracts.vector_sets import installed

QUERIES = ("alpha valve pressure", "warranty of the pump", "item 17 of group 3", "leave for parents")
TOPICS = ("valve pressure limits", "pump warranty terms", "parental leave rules", "invoice and payment", "network access keys")


def documents() -> list[Document]:
    return [
        Document(f"d{n}", f"item {n} of group {n % 7}: {TOPICS[n % 5]} alpha{n % 11} beta{n % 13}", metadata={"group": n % 7})
        for n in range(240)
    ]


def results(kb: ragline.Collection) -> list[list[str]]:
    found = [[hit.chunk.id for hit in kb.search(query, k=12, mode="vector")] for query in QUERIES]
    found += [[hit.chunk.id for hit in kb.search(query, k=12, mode="vector", filters={"group": 3})] for query in QUERIES]
    return found


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "flat"])
def test_results_are_those_of_the_flat_index(kind: str, tmp_path: Path) -> None:
    installed(kind)
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest(documents())
        kb.rebuild(kind="flat")
        expected = results(kb)
        report = kb.rebuild(kind=kind)
        assert report.kind == kind
        assert report.recall_at_10 >= 0.99
        assert results(kb) == expected
        kb.delete("d17")
        kb.ingest([Document("d18", "item 18 has changed its text"), Document("new", "warranty of the new pump")])
        changed = results(kb)
        assert kb.stats()["index"] == kind
    with ragline.open(tmp_path / "kb") as again:
        assert again.health()["ok"]
        assert results(again) == changed
        assert again.rebuild().kind == kind, "auto goes on with the kind in use"
        assert results(again) == changed
        again.rebuild(kind="flat")
        assert results(again) == changed
