"""What every reranker that runs here promises: it puts candidates in order, and changes nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

import ragline
from ragline.types import Document, SearchMode
from retrieval.rerankers.base import CandidatePool, Reranked, Reranker
from retrieval.rerankers.registry import load_reranker

KINDS = ("learned", "late-interaction")
"""Those that need no model of the user's; a cross-encoder is added where its library is there."""

DEPTH = 12


@dataclass
class Watched:
    """A reranker whose pools are kept."""

    inner: Reranker
    pools: list[CandidatePool] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def depth(self) -> int:
        return self.inner.depth

    def score(self, pool: CandidatePool) -> Reranked:
        self.pools.append(pool)
        return self.inner.score(pool)


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ragline.Collection]:
    nouns, verbs = ("pump", "valve", "sensor", "filter", "hose", "lid"), ("leaks", "rattles", "sticks", "stops", "smells")
    with ragline.open(tmp_path_factory.mktemp("contract") / "kb", embedder="light", reranker="none") as collection:
        collection.ingest(
            [Document(f"{noun}-{verb}", f"The {noun} {verb} when it is cold.") for noun in nouns for verb in verbs]
            + [Document(f"copy-{number}", "Ask the dealer about the pump.", title="Dealer") for number in range(5)]
        )
        yield collection


@pytest.fixture(params=[*KINDS, pytest.param("cross-encoder", marks=pytest.mark.models)])
def reranker(request: pytest.FixtureRequest, kb: ragline.Collection) -> Reranker:
    settings = replace(kb.settings, reranker=request.param, rerank_depth=DEPTH)
    if request.param == "cross-encoder":
        settings = replace(settings, reranker_model=str(request.getfixturevalue("tiny_cross_encoder")))
    found = load_reranker(settings, lambda: kb.embedder)
    assert found is not None
    return found


@pytest.fixture
def watched(reranker: Reranker, kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """The collection searches with the reranker, and what it is given is kept."""
    spy = Watched(reranker)
    monkeypatch.setattr(kb._serving.space().retriever, "_reranker", spy)
    return spy


QUERY = "the pump leaks"


@pytest.mark.parametrize("mode", ["hybrid", "vector", "lexical"])
@pytest.mark.parametrize("k", [1, 5, DEPTH, 30])
def test_only_the_order_changes(kb: ragline.Collection, watched: Watched, mode: SearchMode, k: int) -> None:
    plain = kb.search(QUERY, k=max(k, DEPTH), mode=mode, rerank=False)
    hits = kb.search(QUERY, k=k, mode=mode)
    assert len(hits) == min(k, len(plain))
    assert {hit.chunk.id for hit in hits} <= {hit.chunk.id for hit in plain}
    if k >= DEPTH:
        assert sorted(hit.chunk.id for hit in hits[:DEPTH]) == sorted(hit.chunk.id for hit in plain[:DEPTH])
        assert [hit.chunk.id for hit in hits[DEPTH:]] == [hit.chunk.id for hit in plain[DEPTH:]]
    by_id = {hit.chunk.id: hit for hit in plain}
    for rank, hit in enumerate(hits, start=1):
        before = by_id[hit.chunk.id]
        assert hit.rank == rank
        assert (hit.score, hit.legs) == (before.score, before.legs)
        assert hit.rerank is None if rank > DEPTH else hit.rerank is not None and hit.rerank.rank == before.rank
    scores = [hit.rerank.score for hit in hits if hit.rerank is not None]
    assert scores == sorted(scores, reverse=True)
    (pool,) = watched.pools
    assert len(pool) <= DEPTH


def test_ties_are_broken_by_chunk_id(kb: ragline.Collection, watched: Watched) -> None:
    hits = [hit for hit in kb.search("ask the dealer about the pump", k=DEPTH) if hit.doc_id.startswith("copy")]
    assert len(hits) == 5
    assert [hit.chunk.id for hit in hits] == sorted(hit.chunk.id for hit in hits)
    assert watched.pools


def test_the_scores_are_finite_and_do_not_depend_on_the_order_of_the_candidates(
    kb: ragline.Collection, watched: Watched
) -> None:
    kb.search(QUERY)
    (pool,) = watched.pools
    scores = watched.inner.score(pool).scores
    assert scores.shape == (len(pool),)
    assert np.isfinite(scores).all()
    order = np.random.default_rng(5).permutation(len(pool))
    shuffled = CandidatePool(
        pool.query,
        pool.query_vector,
        [pool.items[place] for place in order],
        pool.rows[order],
        pool.legs,
        pool.snapshot,
        pool.catalog,
    )
    np.testing.assert_array_equal(watched.inner.score(shuffled).scores, scores[order])


def test_what_a_score_is_made_of_adds_up(kb: ragline.Collection, watched: Watched) -> None:
    kb.search(QUERY)
    found = watched.inner.score(watched.pools[0])
    if found.features:
        np.testing.assert_allclose(sum(found.features.values()), found.scores, rtol=1e-9, atol=1e-12)


def test_one_candidate_and_none(kb: ragline.Collection, watched: Watched) -> None:
    (only,) = kb.search(QUERY, filters={"doc_id": "pump-leaks"})
    assert only.rerank is not None
    assert kb.search(QUERY, filters={"doc_id": {"in": []}}) == []
    assert len(watched.pools) == 1  # nothing to order, nobody is asked


def test_the_same_query_has_the_same_answer(kb: ragline.Collection, watched: Watched) -> None:
    assert kb.search(QUERY) == kb.search(QUERY)
    assert len(watched.pools) == 2
