"""Builds a generation beside the one in use and refuses it when it does not find what exact search finds."""

import logging
import time
from dataclasses import dataclass

import numpy as np

from indexes.generations import GenerationStore
from indexes.snapshot import Snapshot
from indexes.vector.base import VectorIndex, Vectors
from indexes.vector.faiss_library import has_faiss
from indexes.vector.flat import FlatIndex, exact_scan
from indexes.vector.hnsw import HnswIndex
from ragline.errors import IncompatibleError
from ragline.settings import Settings

SAMPLE = 200
"""Stored vectors that a new index is asked for; enough to see recall fall by some percent, and done in a second."""

LEAST_RECALL = 0.95
SEED = 20_260_101

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What was built. ``recall_at_10`` is measured against exact search on a sample of the stored vectors."""

    number: int
    kind: str
    count: int
    recall_at_10: float
    seconds: float


def build_generation(
    snapshot: Snapshot, store: GenerationStore, settings: Settings, threads: int, *, kind: str = "auto"
) -> RebuildReport:
    """Build, measure and write the next generation; it is not yet in use.

    ``kind`` is ``flat``, ``hnsw`` or ``auto`` (HNSW above ``settings.exact_threshold`` chunks where FAISS is installed). Raises
    :class:`IncompatibleError` and writes nothing when recall@10 is below ``LEAST_RECALL``.
    """
    started = time.perf_counter()
    rows, vectors = snapshot.live_vectors()
    if kind == "auto":
        kind = "hnsw" if len(vectors) > settings.exact_threshold and has_faiss() else "flat"
    index = _build(kind, vectors, settings, threads)
    recall = measured_recall(index, vectors)
    if recall < LEAST_RECALL:
        raise IncompatibleError(
            f"The new {kind} index finds {recall:.3f} of the true 10 nearest, less than {LEAST_RECALL}. The old one stays in "
            f"use; raise hnsw_ef_search or hnsw_m and rebuild."
        )
    parameters = {"m": settings.hnsw_m, "ef_construction": settings.hnsw_ef_construction} if kind == "hnsw" else {}
    number = store.write(index, rows, sequence=snapshot.sequence, recall=recall, parameters=parameters)
    seconds = time.perf_counter() - started
    logger.info("generation %d: %s over %d chunks, recall@10 %.3f, %.1f s", number, kind, len(vectors), recall, seconds)
    return RebuildReport(number, kind, len(vectors), recall, seconds)


def measured_recall(index: VectorIndex, vectors: Vectors) -> float:
    """Mean recall@10 of ``index`` against exact search, for a fixed random sample of its own vectors; 1.0 when empty."""
    if not len(vectors):
        return 1.0
    sample = np.random.default_rng(SEED).choice(len(vectors), min(SAMPLE, len(vectors)), replace=False)
    found = 0.0
    for row in sample:
        _, scores = exact_scan(vectors, vectors[row], 10)
        hits = index.search(vectors[row], 10)
        # Compared by score, so that equally near rows count as found whichever of them came back.
        wanted = min(10, len(vectors))
        found += min(1.0, float((hits.scores >= scores[-1] - 1e-5).sum()) / wanted)
    return min(1.0, found / len(sample))


def _build(kind: str, vectors: Vectors, settings: Settings, threads: int) -> VectorIndex:
    if kind == "flat":
        return FlatIndex(vectors)
    return HnswIndex.build(
        vectors,
        m=settings.hnsw_m,
        ef_construction=settings.hnsw_ef_construction,
        ef_search=settings.hnsw_ef_search,
        threads=threads,
    )
