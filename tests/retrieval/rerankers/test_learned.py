"""The learned reranker: what it knows of a candidate, and how that becomes a score."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ragline
from indexes.snapshot import Candidates
from ragline.errors import CorruptIndexError
from ragline.settings import Settings
from ragline.types import Document
from retrieval.fusion import reciprocal_rank_fusion
from retrieval.rerankers.base import CandidatePool
from retrieval.rerankers.features import feedback, leg_features, relative
from retrieval.rerankers.learned import LearnedReranker
from retrieval.rerankers.weights import (
    ANY_EMBEDDER,
    FITTED,
    SHIPPED,
    NamedWeights,
    Weights,
    fitted_weights,
    shipped_weights,
)

WEIGHTS = Weights(vector=1.0, lexical=2.0, feedback=3.0, blend=0.5)


class StubSnapshot:
    """Stands for the vectors of a snapshot."""

    def __init__(self, vectors: np.ndarray) -> None:
        self.vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def vectors_of(self, rows: np.ndarray) -> np.ndarray:
        return self.vectors[rows].astype(np.float32)


def candidates(rows: list[int], scores: list[float], *, is_cut: bool = False) -> Candidates:
    ids = np.array([f"{row:032d}".encode() for row in rows], "S32")
    return Candidates(np.array(rows, np.int64), np.array(scores, np.float32), ids, "stub", is_cut)


def pool(vectors: np.ndarray, query: np.ndarray | None, **legs: Candidates) -> CandidatePool:
    fused = reciprocal_rank_fusion({name: leg.chunk_ids.tolist() for name, leg in legs.items()})
    rows = np.array([int(item.key) for item in fused], np.int64)
    return CandidatePool("a query", query, fused, rows, legs, StubSnapshot(vectors), None)  # type: ignore[arg-type]


def by_row(found: CandidatePool, values: np.ndarray) -> dict[int, float]:
    return {int(row): float(value) for row, value in zip(found.rows, values, strict=True)}


VECTORS = np.array([[1.0, 0.0], [0.8, 0.6], [0.6, 0.8], [0.0, 1.0]])
QUERY = np.array([1.0, 0.0], np.float32)


def two_legs() -> CandidatePool:
    return pool(VECTORS, QUERY, vector=candidates([0, 1], [1.0, 0.8]), lexical=candidates([1, 3], [6.0, 3.0], is_cut=True))


def test_a_candidate_of_the_lexical_leg_alone_gets_its_real_cosine() -> None:
    found = two_legs()
    assert by_row(found, leg_features(found)["vector"]) == pytest.approx({0: 1.0, 1: 0.8, 3: 0.0}, abs=1e-6)


def test_what_a_list_that_was_cut_does_not_hold_counts_as_its_last_entry() -> None:
    found = two_legs()
    assert by_row(found, leg_features(found)["lexical"]) == pytest.approx({0: 0.5, 1: 1.0, 3: 0.5})


def test_that_a_list_was_cut_does_not_go_by_the_length_of_the_other() -> None:
    found = pool(VECTORS, QUERY, vector=candidates([0, 1, 2], [1.0, 0.8, 0.6]), lexical=candidates([1], [6.0], is_cut=True))
    assert by_row(found, leg_features(found)["lexical"]) == pytest.approx({0: 1.0, 1: 1.0, 2: 1.0})


def test_what_matches_nothing_counts_as_nothing() -> None:
    found = pool(VECTORS, QUERY, vector=candidates([0, 1], [1.0, 0.8], is_cut=True), lexical=candidates([1], [6.0]))
    assert by_row(found, leg_features(found)["lexical"]) == pytest.approx({0: 0.0, 1: 1.0})


def test_what_a_further_form_of_the_query_finds_counts_as_much() -> None:
    legs = {
        "vector": candidates([0, 1], [1.0, 0.8], is_cut=True),
        "lexical": candidates([], []),
        "lexical:variants": candidates([2, 1], [8.0, 2.0]),
        "vector:parts.1": candidates([2, 0], [0.9, 0.1]),
    }
    found = pool(VECTORS, QUERY, **legs)
    assert by_row(found, leg_features(found)["lexical"]) == pytest.approx({0: 0.0, 1: 0.25, 2: 1.0})
    assert by_row(found, leg_features(found)["vector"]) == pytest.approx({0: 1.0, 1: 0.8, 2: 1.0})


def test_one_kind_of_leg_with_further_forms_keeps_the_order_of_the_fusion() -> None:
    legs = {"lexical": candidates([0, 1], [5.0, 1.0]), "lexical:variants": candidates([2, 1], [8.0, 2.0])}
    found = pool(VECTORS, None, **legs)
    assert (np.diff(LearnedReranker(lambda: NamedWeights("w", WEIGHTS), depth=50).score(found).scores) <= 0).all()


def test_a_list_without_entries_says_nothing() -> None:
    found = pool(VECTORS, QUERY, vector=candidates([0, 1], [1.0, 0.8]), lexical=candidates([], []))
    scores = LearnedReranker(lambda: NamedWeights("w", WEIGHTS), depth=50).score(found).scores
    assert np.isfinite(scores).all()
    assert by_row(found, scores)[0] > by_row(found, scores)[1]


def test_each_feature_is_the_best_over_the_forms_that_brought_a_candidate() -> None:
    legs = {
        "vector": candidates([0, 1, 2], [0.8, 0.4, 0.2]),
        "lexical": candidates([0, 1], [4.0, 2.0]),
        "vector:variants": candidates([2, 1], [0.9, 0.45]),
        "lexical:variants": candidates([2], [7.0]),
        "lexical:feedback": candidates([1], [9.0]),
    }
    found = pool(np.eye(3, dtype=np.float32), np.ones(3, np.float32), **legs)
    features = leg_features(found)
    assert by_row(found, features["vector"]) == pytest.approx({0: 1.0, 1: 0.5, 2: 1.0})
    assert by_row(found, features["lexical"]) == pytest.approx({0: 1.0, 1: 0.5, 2: 1.0})


def test_a_form_counts_where_the_query_itself_finds_nothing() -> None:
    legs = {"lexical": candidates([], []), "lexical:variants": candidates([1, 0], [3.0, 1.5])}
    found = pool(np.eye(2, dtype=np.float32), None, **legs)
    assert by_row(found, leg_features(found)["lexical"]) == pytest.approx({1: 1.0, 0: 0.5})


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=20), st.floats(0.01, 100))
def test_relative_scores_keep_the_order_and_do_not_depend_on_the_scale(values: list[float], factor: float) -> None:
    scores = np.array(values)
    shares = relative(scores)
    assert np.isfinite(shares).all()
    assert shares.max() == pytest.approx(1.0)
    assert (np.diff(shares[np.argsort(scores)]) >= 0).all()
    if scores.max() > 1e-6:
        np.testing.assert_allclose(relative(scores * factor), shares, rtol=1e-9, atol=1e-9)


def test_feedback_is_the_topic_of_the_best_candidates() -> None:
    vectors = np.array([[1.0, 0.0, 0.0], [0.9, 0.4, 0.0], [0.9, -0.4, 0.0], [0.0, 0.0, 1.0]])
    found = pool(
        vectors,
        np.array([1.0, 0.0, 0.0], np.float32),
        vector=candidates([0, 1, 2, 3], [1.0, 0.91, 0.91, 0.0]),
        lexical=candidates([1, 2, 3], [5.0, 4.9, 1.0]),
    )
    shares = by_row(found, feedback(found, leg_features(found), 0.5))
    assert shares[3] == pytest.approx(0.0, abs=0.01)
    assert min(shares[0], shares[1], shares[2]) > 0.8


def test_a_clear_winner_is_alone_in_the_feedback() -> None:
    found = pool(VECTORS, QUERY, vector=candidates([0, 1, 2, 3], [1.0, 0.1, 0.1, 0.1]), lexical=candidates([0, 3], [9.0, 0.5]))
    shares = by_row(found, feedback(found, leg_features(found), 0.5))
    assert shares == pytest.approx({0: 1.0, 1: 0.8, 2: 0.6, 3: 0.0}, abs=1e-3)  # the cosines with row 0


def test_the_score_is_the_weighted_sum() -> None:
    found = two_legs()
    legs = leg_features(found)
    result = LearnedReranker(lambda: NamedWeights("w", WEIGHTS), depth=50).score(found)
    expected = legs["vector"] + 2 * legs["lexical"] + 3 * feedback(found, legs, 0.5)
    np.testing.assert_allclose(result.scores, expected)
    assert list(result.features) == ["vector", "lexical", "feedback"]


@pytest.mark.parametrize("leg", ["vector", "lexical"])
def test_a_leg_that_is_alone_keeps_its_order(leg: str) -> None:
    only = {leg: candidates([2, 0, 3, 1], [0.4, 0.3, -0.1, -0.2])}
    found = pool(VECTORS, QUERY if leg == "vector" else None, **only)
    scores = LearnedReranker(lambda: NamedWeights("w", WEIGHTS), depth=50).score(found).scores
    assert (np.diff(scores) < 0).all()


def test_identical_passages_have_one_score() -> None:
    vectors = np.random.default_rng(3).normal(size=(40, 384))
    vectors[7:23] = vectors[7]
    query = vectors[5].astype(np.float32)
    found = pool(
        vectors,
        query / np.linalg.norm(query),
        vector=candidates([5], [1.0]),
        lexical=candidates(list(range(6, 40)), [3.0] * 34),
    )
    scores = by_row(found, LearnedReranker(lambda: NamedWeights("w", WEIGHTS), depth=50).score(found).scores)
    assert len({scores[row] for row in range(7, 23)}) == 1


def test_the_shipped_weights_are_there_for_every_embedder() -> None:
    for name in ("minilm", "light"):
        assert shipped_weights(name).name == SHIPPED
        assert shipped_weights(name) != shipped_weights(ANY_EMBEDDER)
    assert shipped_weights("one-of-tomorrow") == shipped_weights(ANY_EMBEDDER)


def test_every_shipped_weight_counts_in_favour() -> None:
    for name in ("minilm", "light", ANY_EMBEDDER):
        assert min(shipped_weights(name).weights.json().values()) > 0


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"name": "x"},
        {"name": "x", "weights": {"vector": 1}},
        {"name": "x", "weights": {**WEIGHTS.json(), "blend": 2}},
        {"name": "x", "weights": {**WEIGHTS.json(), "vector": float("nan")}},
        "text",
        7,
    ],
)
def test_damaged_weights_are_told(kept: object) -> None:
    with pytest.raises(CorruptIndexError, match="ragline tune --reranker"):
        fitted_weights({FITTED: kept})


def test_without_a_fit_there_are_no_fitted_weights() -> None:
    assert fitted_weights({}) is None


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path_factory.mktemp("learned") / "kb", embedder="light") as collection:
        collection.ingest(
            [Document(f"{part}", f"The {part} is cleaned every week.") for part in ("pump", "valve", "hose", "lid")]
        )
        yield collection


def test_it_is_the_default_and_says_what_a_score_is_made_of(kb: ragline.Collection) -> None:
    assert Settings().reranker == "learned"
    first = kb.search("clean the pump")[0]
    assert first.doc_id == "pump"
    assert first.rerank is not None
    assert first.rerank.reranker == SHIPPED
    assert sum(first.rerank.features.values()) == pytest.approx(first.rerank.score)


def test_no_text_is_read_for_it(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_pool: CandidatePool) -> None:
        raise AssertionError("a text was read")

    monkeypatch.setattr(CandidatePool, "chunks", property(refuse))
    assert kb.search("clean the pump")


def test_a_lexical_search_needs_no_embedder(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    with ragline.open(Path(kb.folder), create=False) as fresh:
        assert fresh.search("clean the pump", mode="lexical")
        assert "embedder" not in fresh._serving.space().__dict__


def test_fitted_weights_take_the_place_of_the_shipped_ones(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as collection:
        collection.ingest([Document("a", "The pump is blue."), Document("b", "The hose is red.")])
        own = {"name": "learned, fitted to mine", "weights": replace(WEIGHTS, vector=9.0).json(), "evidence": {}}
        with collection._serving.writing() as session:
            session.catalog.set_settings({FITTED: own})
    with ragline.open(tmp_path / "kb") as collection:
        (first, *_) = collection.search("pump")
        assert first.rerank is not None
        assert first.rerank.reranker == "learned, fitted to mine"
        assert first.rerank.features["vector"] == pytest.approx(9.0)
