"""How many candidates of compressed codes are scored again."""

from math import sqrt

import pytest

from indexes.vector import ivf
from indexes.vector.ivf import LEAST_FETCH, candidates
from indexes.vector.registry import KINDS
from ragline.settings import Settings
from tests.contracts.vector_sets import clustered, installed, mean_recall, queries_near


@pytest.mark.parametrize("count", [1_000, 22_500, 22_501, 100_000, 1_000_000])
def test_the_more_vectors_the_more_candidates(count: int) -> None:
    found = candidates(count, 10, over_fetch=10)
    assert found >= LEAST_FETCH
    assert sqrt(count) <= found <= max(LEAST_FETCH, sqrt(count) + 1)
    assert candidates(count, 100, over_fetch=10) >= 1_000
    assert candidates(count, 10, over_fetch=200) >= 2_000


@pytest.mark.parametrize("kind", ["ivf-pq", "ivf-rabitq"])
def test_an_index_takes_as_many(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(kind)
    vectors = clustered(60_000, 16, seed=1)
    queries = queries_near(vectors, 50, seed=2)
    settings = Settings(pq_code_bytes=3, ivf_cells=16, ivf_probes=16)
    index = KINDS[kind].build(vectors, metric="cosine", threads=1, settings=settings)
    found = mean_recall(index, vectors, queries)
    # The codes are poor on purpose: what is found hangs on the number of candidates.
    monkeypatch.setattr(ivf, "candidates", lambda *_, over_fetch: LEAST_FETCH)
    assert found > mean_recall(index, vectors, queries) + 0.02
