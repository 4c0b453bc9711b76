"""Diversity: the cap by document and MMR, after collapse, with k hits whenever k exist."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ragline
from ragline import Document
from ragline.errors import InputError
from retrieval.diversity import capped, marginal_relevance, overtaken


def _unit(rows: list[list[float]]) -> np.ndarray:
    vectors = np.array(rows, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


units = st.lists(st.lists(st.floats(-1, 1, width=16), min_size=3, max_size=3).filter(any), min_size=1, max_size=12).map(_unit)


@given(units, st.floats(0, 1), st.integers(1, 15))
def test_mmr_is_the_formula_of_the_paper(vectors: np.ndarray, trade: float, k: int) -> None:
    count, expected = len(vectors), list[int]()
    cosines = (vectors @ vectors.T).astype(np.float64)
    for _ in range(min(k, count)):
        values = {
            place: trade * (1 - place / count) - (1 - trade) * max((cosines[place, other] for other in expected), default=0.0)
            for place in range(count)
            if place not in expected
        }
        best = max(values.values())
        chosen = marginal_relevance(vectors, trade, k)[len(expected)]
        assert values[chosen] == pytest.approx(best, abs=1e-6)
        expected.append(chosen)
    assert marginal_relevance(vectors, trade, k) == expected


@given(units, st.integers(1, 15))
def test_a_lambda_of_one_keeps_the_order(vectors: np.ndarray, k: int) -> None:
    assert marginal_relevance(vectors, 1.0, k) == list(range(min(k, len(vectors))))


def test_mmr_prefers_what_is_unlike_the_hits_before() -> None:
    vectors = _unit([[1, 0, 0], [1, 0.01, 0], [0, 1, 0]])
    assert marginal_relevance(vectors, 0.5, 3) == [0, 2, 1]


@given(st.lists(st.integers(0, 4), max_size=30), st.integers(1, 4))
def test_the_cap_keeps_the_first_of_each_document_in_order(documents: list[int], limit: int) -> None:
    places = capped(documents, limit)
    assert places == sorted(places)
    kept = Counter(documents[place] for place in places)
    assert kept == {document: min(limit, count) for document, count in Counter(documents).items()}


def test_each_hit_tells_whom_of_the_first_k_it_has_overtaken() -> None:
    assert overtaken([0, 3, 1], 3) == [[], [1, 2], []]
    assert overtaken([0, 7], 2) == [[], [1]]
    assert overtaken([0, 1, 2], 3) == [[], [], []]


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ragline.Collection]:
    """One long document whose 150 sections crowd out nine short ones, and three copies of one of these."""
    sections = "\n\n".join(f"# Pump {n}\n\nThe pump number {n} needs oil of grade {n}." for n in range(150))
    short = [
        f"Oil for the pump is kept on shelf {word}."
        for word in ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    ]
    with ragline.open(tmp_path_factory.mktemp("diversity") / "kb", embedder="light") as collection:
        collection.ingest(
            [
                Document("long.md", sections),
                *(Document(f"short-{n}.md", text) for n, text in enumerate(short)),
                *(Document(f"copy-{n}.md", short[0]) for n in range(3)),
            ]
        )
        yield collection


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_k_hits_come_whenever_k_exist_under_the_cap(kb: ragline.Collection, limit: int) -> None:
    """The legs bring 5 candidates at first, most of them of the long document: they are fetched deeper."""
    hits = kb.search("pump oil grade", 12, max_per_document=limit, depths={"vector": 5, "lexical": 5})
    assert len(hits) == 12
    assert max(Counter(hit.doc_id for hit in hits).values()) <= limit
    everything = kb.search("pump oil grade", 100, max_per_document=limit)
    assert Counter(hit.doc_id for hit in everything)["long.md"] == limit
    assert len(everything) == 12 + limit


def test_the_order_of_those_that_stay_is_that_of_all(kb: ragline.Collection) -> None:
    every = [hit.chunk.id for hit in kb.search("pump oil grade", 170)]
    capped_hits = kb.search("pump oil grade", 12, max_per_document=1, explain=True)
    places = [every.index(hit.chunk.id) for hit in capped_hits]
    assert places == sorted(places)
    for hit, place in zip(capped_hits, places, strict=True):
        assert hit.explanation is not None
        shown = {other.chunk.id for other in capped_hits[: hit.rank - 1]}
        assert hit.explanation.displaced == tuple(other for other in every[: min(place, 12)] if other not in shown)


def test_copies_are_collapsed_before_the_cap_and_before_mmr(kb: ragline.Collection) -> None:
    hits = kb.search("oil shelf one", 9, collapse=True, max_per_document=1, mmr_lambda=0.3, explain=True)
    assert len(hits) == 9
    assert len({hit.text for hit in hits}) == 9
    assert len({hit.doc_id for hit in hits}) == 9
    assert hits[0].explanation is not None
    plan = hits[0].explanation.filter_plan
    assert plan.index("collapse:") < plan.index("cap:") < plan.index("mmr: lambda 0.3")


def test_mmr_changes_the_order_and_keeps_the_best(kb: ragline.Collection) -> None:
    plain, diverse = (kb.search("pump oil grade", 10, mmr_lambda=value) for value in (1.0, 0.2))
    assert plain == kb.search("pump oil grade", 10)
    assert plain[0].chunk == diverse[0].chunk
    assert [hit.chunk.id for hit in plain] != [hit.chunk.id for hit in diverse]
    assert [hit.rank for hit in diverse] == list(range(1, 11))


@pytest.mark.parametrize(
    "options", [{"mmr_lambda": 1.5}, {"mmr_lambda": "x"}, {"max_per_document": -1}, {"max_per_document": 1.5}]
)
def test_what_is_out_of_range_is_refused(kb: ragline.Collection, options: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"mmr_lambda is|max_per_document is"):
        kb.search("pump", **options)  # type: ignore[arg-type]
