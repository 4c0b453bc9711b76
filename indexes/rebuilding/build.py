"""Builds a generation beside the one in use, and refuses it when it does not hold what is asked of it."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from indexes.catalog.records import VectorRows
from indexes.generations import GenerationStore
from indexes.options import StoreOptions
from indexes.rebuilding.gate import Check, Inspection, inspect
from indexes.rebuilding.plan import Plan
from indexes.rows import BaseRows
from indexes.tuned import Tuned
from indexes.vector.base import VectorIndex, Vectors
from ragline.errors import RebuildRefusedError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What was built, and every check that it has passed.

    ``recall_at_10`` is that of vectors of the collection's own chunks, without a filter.
    """

    number: int
    kind: str
    count: int
    recall_at_10: float
    seconds: float
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a new index is checked with beside its own vectors: queries of a golden set, and the index in use."""

    golden: Vectors | None = None
    before: VectorIndex | None = None


Settle = Callable[[VectorIndex, Vectors, float], Tuned]
"""Measures an index over these vectors, which took so many seconds to build, and says how it is to be searched and why.

What it raises is the end of the new generation.
"""


def build_generation(
    rows: VectorRows,
    store: GenerationStore,
    plan: Plan,
    options: StoreOptions,
    *,
    sequence: int,
    expected: int | None = None,
    comparison: Comparison | None = None,
    settle: Settle | None = None,
) -> RebuildReport:
    """Build, write and check the next generation over the catalog's rows as of ``sequence``; it is not yet in use.

    ``expected`` is the number of chunks that the catalog counts. ``settle`` has its say before the checks are made, which are
    those of the index as it will be searched. Raises :class:`MissingExtra` for a kind whose library is
    absent, and :class:`RebuildRefusedError` when a check fails; nothing is left behind then.
    """
    started = time.perf_counter()
    comparison = comparison or Comparison()
    count = len(rows.chunk_nos) if expected is None else expected
    kind, settings = plan.kind, plan.settings
    index = kind.build(rows.vectors, metric="cosine", threads=options.threads, settings=settings)
    build_s = time.perf_counter() - started

    def settled(written: VectorIndex) -> Tuned:
        nonlocal settings
        if settle is None:
            return plan.tuned
        final = Plan.of(kind, settle(written, rows.vectors, build_s), options)
        settings = final.settings
        return final.tuned

    def checked(serving: VectorIndex) -> Inspection:
        found = inspect(serving, rows.vectors, settings, expected=count, golden=comparison.golden, before=comparison.before)
        lost = Check("chunks that no search finds", float(index.parameters.get("lost", 0)), 0, at_most=True)
        found = replace(found, checks=(*found.checks, lost))
        if found.failed:
            listed = "; ".join(map(str, found.failed))
            raise RebuildRefusedError(
                f"The new {kind.name} index was refused: {listed}. The old one stays in use; {kind.advice}, or ask for less "
                f"(target_recall, p95_ms).",
                checks=found.checks,
            )
        return found

    base = BaseRows(rows.chunk_nos, rows.doc_nos, rows.chunk_ids)
    number, found = store.write(index, base, sequence=sequence, settle=settled, check=checked)
    recall = found.recall_at_10
    seconds = time.perf_counter() - started
    logger.info("generation %d: %s over %d chunks, recall@10 %.3f, %.1f s", number, index.kind, index.count, recall, seconds)
    return RebuildReport(number, index.kind, index.count, recall, seconds, found.checks)
