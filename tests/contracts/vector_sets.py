"""Vectors, filters and measures of the vector index contract."""

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from indexes.vector.base import Mask, VectorIndex, Vectors
from indexes.vector.flat import exact_scan
from indexes.vector.metrics import Metric, scores_of

SHARES = (0.5, 0.1, 0.01, 0.001)
POINTS_PER_CLUSTER = 100


def installed(kind: str) -> None:
    """Skip, by name, where the library of a kind is absent."""
    library = {"flat": "numpy", "hnswlib": "hnswlib"}.get(kind, "faiss")
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")


def clustered(count: int, dim: int, *, seed: int) -> Vectors:
    """Unit vectors around some centres, as texts lie around topics: half of each is noise of its own."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((max(1, count // POINTS_PER_CLUSTER), dim))
    values = centres[rng.integers(0, len(centres), count)] + rng.standard_normal((count, dim))
    values /= np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    return np.ascontiguousarray(values, np.float32)


def queries_near(vectors: Vectors, count: int, *, seed: int) -> Vectors:
    """Unit vectors that are near to some of ``vectors``, and equal to none."""
    rng = np.random.default_rng(seed)
    near = vectors[rng.choice(len(vectors), count, replace=False)]
    values = near + 0.5 * rng.standard_normal(near.shape) / np.sqrt(near.shape[1])
    return np.ascontiguousarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


def shared_sample(folder: Path, count: int, queries: int) -> tuple[Vectors, Vectors]:
    """The first real text vectors and queries of the shared data, of unit length."""
    sets = (np.load(folder / "vectors-minilm" / name) for name in ("base.f16.npy", "queries.f16.npy"))
    base, asked = (part[:size].astype(np.float32) for part, size in zip(sets, (count, queries), strict=True))
    return base / np.linalg.norm(base, axis=1, keepdims=True), asked / np.linalg.norm(asked, axis=1, keepdims=True)


def mean_recall(
    index: VectorIndex,
    vectors: Vectors,
    queries: Vectors,
    *,
    k: int = 10,
    metric: Metric = "cosine",
    allowed: Mask | None = None,
) -> float:
    """Mean share of the true ``k`` nearest that are found; rows that tie with the last true one count as found."""
    found = 0.0
    for query in queries:
        _, best = exact_scan(vectors, query, k, allowed=allowed, metric=metric)
        wanted = min(k, len(best))
        rows = index.search(query, k, allowed=allowed).rows[:wanted]
        reached = scores_of(vectors[rows], query, metric) >= best[wanted - 1] - 1e-5 if wanted else np.ones(1)
        found += float(reached.sum()) / max(1, wanted)
    return found / len(queries) if len(queries) else 1.0


def _random(vectors: Vectors, query: Vectors, share: float) -> Mask:
    return np.random.default_rng(3).random(len(vectors)) < share


def _near(vectors: Vectors, query: Vectors, share: float) -> Mask:
    scores = vectors @ query
    return np.asarray(scores >= np.quantile(scores, 1 - share))


def _far(vectors: Vectors, query: Vectors, share: float) -> Mask:
    scores = vectors @ query
    return np.asarray(scores <= np.quantile(scores, share))


def _topic(vectors: Vectors, query: Vectors, share: float) -> Mask:
    """Rows near to some other point: a folder, or an author, that the query was not about."""
    return _near(vectors, vectors[17], share)


FILTERS: Mapping[str, Callable[[Vectors, Vectors, float], Mask]] = {
    "random": _random,
    "near the query": _near,
    "far from the query": _far,
    "another topic": _topic,
}
