"""After the timed run: the worst questions are explained, by the searcher's own words, and nothing else is asked again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import ragline
from eval.explaining import EXPLAINED_MISSES, EXPLAINED_QUESTIONS
from eval.golden import GoldenItem, Relevance, golden_set
from eval.result import EvalResult
from eval.run import evaluate
from ragline import Document
from ragline.types import Explanation, Hit, Principal

EXPLANATION = Explanation("rrf", {"vector": 0.5}, "exact", (), 1, 1, {})


class Told:
    """Has one document, finds it for every query, and notes what else it is asked."""

    def __init__(self, hits: Sequence[Hit], *, fails: bool = False) -> None:
        self.hits = hits
        self.fails = fails
        self.asked: list[tuple[str, ...]] = []

    def search(self, query: str, *, k: int) -> Sequence[Hit]:
        self.asked.append(("search", query))
        return self.hits[:k]

    def search_in_stages(self, query: str, *, k: int) -> tuple[Sequence[Hit], Mapping[str, float]]:
        return self.search(query, k=k), {"embed": 1.0, "read": 2.0}

    @property
    def answer_hits(self) -> int:
        return 3

    def holds(self, doc_id: str) -> bool:
        self.asked.append(("holds", doc_id))
        return doc_id != "ghost"

    def explain(self, query: str, *, k: int) -> Sequence[Hit]:
        if self.fails:
            raise ConnectionError("gone")
        self.asked.append(("explain", query))
        return [replace(hit, explanation=EXPLANATION) for hit in self.hits[:k]]

    def why_not(self, query: str, doc_id: str, *, k: int) -> str:
        self.asked.append(("why_not", query, doc_id))
        return f"{doc_id} is not among {k}"


def test_only_the_worst_are_explained_and_only_what_they_miss(make_hits: Any) -> None:
    good = [GoldenItem(f"good{number}", f"good {number}", relevant=(Relevance("a"),)) for number in range(5)]
    missing = tuple(Relevance(f"m{number}") for number in range(3))
    bad = [GoldenItem(f"bad{number}", f"bad {number}", relevant=missing) for number in range(EXPLAINED_QUESTIONS + 5)]
    searcher = Told(make_hits("a", "b"))
    result = evaluate(golden_set("s", [*good, *bad]), searcher, ks=(1, 2))
    explained = [row.id for row in result.rows if any(document.explained for document in row.ranking)]
    assert explained == [f"bad{number}" for number in range(EXPLAINED_QUESTIONS)]
    asked = searcher.asked
    assert [each[0] for each in asked[: len(result.rows)]] == ["search"] * len(result.rows), "first of all the timed run"
    assert sum(each[0] == "explain" for each in asked) == EXPLAINED_QUESTIONS
    assert sum(each[0] == "why_not" for each in asked) == EXPLAINED_MISSES
    row = next(row for row in result.rows if row.id == "bad0")
    assert [document.why_not for document in row.expected] == [f"m{number} is not among 10" for number in range(3)]
    assert [document.hit for document in row.ranking] == [1, 2]
    assert row.ranking[0].explained is not None
    assert row.ranking[0].explained.explanation == EXPLANATION


def test_whether_a_document_is_there_is_asked_of_what_is_not_found_only(make_hits: Any) -> None:
    items = [
        GoldenItem("found", "x", relevant=(Relevance("a"),)),
        GoldenItem("absent", "y", relevant=(Relevance("ghost"),)),
        GoldenItem("deep", "z", relevant=(Relevance("b"),)),
    ]
    searcher = Told(make_hits("a", "b"))
    result = evaluate(golden_set("s", items), searcher, ks=(1,))
    assert [each for each in searcher.asked if each[0] == "holds"] == [("holds", "ghost")]
    assert [row.diagnosis.cause for row in result.rows] == [None, "not_in_collection", "ranked_too_low"]


def test_what_cannot_be_explained_says_so_and_costs_nothing_that_was_measured(make_hits: Any) -> None:
    golden = golden_set("s", [GoldenItem("q", "x", relevant=(Relevance("m"),))])
    (row,) = evaluate(golden, Told(make_hits("a"), fails=True)).rows
    assert row.unexplained == "explain: ConnectionError: gone"
    assert (row.status, row.metrics["nDCG@10"]) == ("ok", 0)


def test_stages_are_told_beside_the_whole(make_hits: Any) -> None:
    golden = golden_set("s", [GoldenItem(name, name, relevant=(Relevance("a"),)) for name in "xyz"])
    result = evaluate(golden, Told(make_hits("a")))
    stage = result.stages["search"]["read"]
    assert (stage.mean_ms, stage.p50_ms, stage.p99_ms, stage.count) == (2.0, 2.0, 2.0, 3)
    assert list(result.stages["search"]) == ["embed", "read"]
    assert list(result.parts_s) == ["searching", "judging", "diagnosing and explaining", "means and intervals"]
    assert sum(result.parts_s.values()) <= result.seconds


@pytest.fixture
def measured(tmp_path: Path) -> Iterator[EvalResult]:
    golden = tmp_path / "golden.jsonl"
    golden.write_text(
        '{"id": "1", "query": "pump error E-4012", "relevant": [{"doc_id": "secret"}]}\n'
        '{"id": "2", "query": "When does the pump stop with error E-4012?", "relevant": [{"doc_id": "pump"}]}\n'
    )
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest(
            [
                Document("pump", "The pump stops with error E-4012 when its inlet is blocked."),
                Document("leave", "Everyone has 28 days of paid leave."),
                Document("secret", "The pump error E-4012 is secret.", acl=("board",)),
            ]
        )
        yield kb.evaluate(golden, principal=Principal("ann"))


def test_a_collection_tells_stages_explanations_and_age(measured: EvalResult) -> None:
    row = measured.rows[1]
    assert {"embed", "vector", "lexical", "fusion"} <= set(row.stages_ms)
    assert {"embed", "answer"} <= set(row.answer_stages_ms)
    assert row.milliseconds is not None
    assert sum(row.stages_ms.values()) <= row.milliseconds
    worst = measured.worst_first()[0]
    found = worst.ranking[0].explained
    assert found is not None
    assert found.legs
    assert found.explanation.terms
    assert measured.freshness is not None
    assert measured.freshness.newest_age is not None


def test_what_the_principal_may_not_see_is_absent_in_every_word(measured: EvalResult) -> None:
    row = measured.rows[0]
    assert row.diagnosis.cause == "not_in_collection"
    assert row.expected[0].is_held is False
    assert row.expected[0].why_not == "The collection has no such document, or none that may be seen."
    assert measured.freshness is not None
    assert measured.freshness.documents == 2
