"""Real text vectors with held-out queries, and the filters that searches over them are tried with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpora import shared_folder
from indexes.vector.base import Mask, Rows, Vectors
from indexes.vector.metrics import prepared_vectors

FOLDER = "vectors-minilm"
QUICK_VECTORS, QUICK_QUERIES = 10_000, 300
_TOPIC_ROW = 17  # any row: what is nearest to it is a topic that most queries are not about


@dataclass(frozen=True, slots=True)
class VectorData:
    """``base`` and ``queries`` are of unit length; ``scores`` are all inner products, of shape ``(queries, base)``."""

    base: Vectors
    queries: Vectors
    scores: NDArray[np.float32]

    def truth(self, k: int, *, queries: int, allowed: Callable[[int], Mask] | None = None) -> list[set[int]]:
        """The rows of the ``k`` nearest allowed vectors for each of the first ``queries`` queries."""
        found = []
        for number in range(queries):
            rows = np.arange(len(self.base)) if allowed is None else np.flatnonzero(allowed(number))
            scores = self.scores[number, rows]
            best = rows if k >= len(rows) else rows[np.argpartition(-scores, k)[:k]]
            found.append(set(best.tolist()))
        return found


def load_vectors(*, quick: bool) -> VectorData:
    """45,178 vectors and 1,000 queries of 384 dimensions; a quick run takes a part. Raises :class:`CorpusMissingError`."""
    folder = shared_folder(FOLDER)
    base, queries = (np.load(folder / name).astype(np.float32) for name in ("base.f16.npy", "queries.f16.npy"))
    if quick:
        base, queries = base[:QUICK_VECTORS], queries[:QUICK_QUERIES]
    base, queries = prepared_vectors(base, "cosine"), prepared_vectors(queries, "cosine")
    return VectorData(base, queries, queries @ base.T)


def recall(found: Rows, truth: list[set[int]]) -> float:
    """Mean share of the true rows that are found; ``found`` has a line for each query."""
    return float(np.mean([len(true & set(rows.tolist())) / max(1, len(true)) for rows, true in zip(found, truth, strict=True)]))


def filters(data: VectorData, share: float) -> Mapping[str, Callable[[int], Mask]]:
    """Masks by query number that leave ``share`` of the rows: by chance, the nearest or farthest from the query, one topic."""
    by_chance = np.random.default_rng(3).random(len(data.base)) < share
    to_topic = data.base @ data.base[_TOPIC_ROW]
    topic = to_topic >= np.quantile(to_topic, 1 - share)
    return {
        "random": lambda _: by_chance,
        "near the query": lambda number: data.scores[number] >= np.quantile(data.scores[number], 1 - share),
        "far from the query": lambda number: data.scores[number] <= np.quantile(data.scores[number], share),
        "one topic": lambda _: topic,
    }
