"""Builds a generation beside the one in use and refuses it when it does not find what exact search finds."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from indexes.catalog.records import VectorRows
from indexes.generations import GenerationStore
from indexes.rows import BaseRows
from indexes.vector.base import VectorIndex, Vectors
from indexes.vector.flat import exact_scan
from indexes.vector.registry import Kind
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
    rows: VectorRows,
    store: GenerationStore,
    kind: Kind,
    settings: Settings,
    threads: int,
    *,
    sequence: int,
    search: Mapping[str, Any] = MappingProxyType({}),
    evidence: Mapping[str, Any] = MappingProxyType({}),
) -> RebuildReport:
    """Build, measure and write the next generation over the catalog's rows as of ``sequence``; it is not yet in use.

    ``search`` and ``evidence`` are for its manifest; it is measured as ``search`` says.

    Raises :class:`MissingExtra` for a kind whose library is absent, and :class:`IncompatibleError` when recall@10 is below
    ``LEAST_RECALL``; nothing is written then.
    """
    started = time.perf_counter()
    searched_as = kind.searched_as(settings, search)
    index = kind.build(rows.vectors, metric="cosine", threads=threads, settings=searched_as)
    recall = measured_recall(index, rows.vectors)
    if recall < LEAST_RECALL:
        raise IncompatibleError(
            f"The new {kind.name} index finds {recall:.3f} of the true 10 nearest, less than {LEAST_RECALL}. The old one "
            f"stays in use; {kind.advice}."
        )
    base = BaseRows(rows.chunk_nos, rows.doc_nos, rows.chunk_ids)
    number = store.write(index, base, sequence=sequence, recall=recall, search=search, evidence=evidence)
    seconds = time.perf_counter() - started
    logger.info("generation %d: %s over %d chunks, recall@10 %.3f, %.1f s", number, index.kind, index.count, recall, seconds)
    return RebuildReport(number, index.kind, index.count, recall, seconds)


def measured_recall(index: VectorIndex, vectors: Vectors) -> float:
    """Mean recall@10 of ``index`` against exact search, for a fixed random sample of its own vectors; 1.0 when empty."""
    if not len(vectors):
        return 1.0
    sample = np.random.default_rng(SEED).choice(len(vectors), min(SAMPLE, len(vectors)), replace=False)
    found = 0.0
    for row in sample:
        _, scores = exact_scan(vectors, vectors[row], 10)
        hits = index.search(vectors[row], 10)
        # Compared by score, so that equally near rows count as found whichever of them came back. The score is that of the
        # vectors themselves: an index may know them in half precision only.
        wanted = min(10, len(vectors))
        reached = vectors[hits.rows] @ vectors[row] >= scores[-1] - 1e-5
        found += min(1.0, float(reached.sum()) / wanted)
    return min(1.0, found / len(sample))
