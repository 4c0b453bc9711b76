"""How a collection is doing in service: its query log of now beside that of before, and documents beside their sources."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from api.serving import Serving, on_one_space
from ragline.errors import RaglineError

if TYPE_CHECKING:
    from api.arguments import Arguments
    from eval.health.report import ServiceHealth
    from indexes.embedders.base import Vectors
    from indexes.freshness import FreshnessReport
    from indexes.query_log import LogRow
    from indexes.staleness import SourceRow, Staleness


class ServiceHealthChecks:
    """What watches a collection in service; a part of :class:`ragline.Collection`."""

    _serving: Serving
    _arguments: Arguments
    log: Callable[..., list[LogRow]]
    freshness: Callable[..., FreshnessReport]

    @on_one_space
    def service_health(
        self,
        *,
        days: float = 7.0,
        reference_days: float = 28.0,
        p95_ms: float | None = None,
        drift: bool = True,
        now: float | None = None,
    ) -> ServiceHealth:
        """Whether the last ``days`` of the query log are worse than, or unlike, the ``reference_days`` before them.

        Checked are the shares of questions that came to something, of empty results, of "I don't know" and of thumbs down; the
        distribution of the best scores (PSI, Kolmogorov-Smirnov); with ``drift`` that of the questions themselves, by a
        classifier on their vectors; p50, p95 and p99, against ``p95_ms`` too; documents whose files have changed or gone
        since, and folders that have stopped changing. A check with too few rows says so: it raises no alarm and is no
        all-clear.

        The log is there where the collection was opened with ``query_log="on"``. ``now`` is the end of the window (seconds
        since 1970), ``None`` = the present. Raises :class:`ragline.errors.InputError` for a window without length.
        """
        from eval.health.report import service_health

        moment = time.time() if now is None else now
        return service_health(
            self.log(),
            now=moment,
            days=days,
            reference_days=reference_days,
            p95_ms=p95_ms,
            embed=self._embedded if drift else None,
            stale=self.staleness(now=moment),
            fresh=self.freshness(),
        )

    @on_one_space
    def staleness(self, *, now: float | None = None) -> Staleness:
        """The documents whose files have changed, or gone, since they were ingested, and how old all documents are.

        Only a file with another time than it had is read. ``ragline sync`` brings in what has changed.
        """
        from indexes.staleness import source_rows, staleness

        rows = self._serving.space().store.catalog.read(source_rows)
        return staleness(rows, now=time.time() if now is None else now, hash_of=self._hash_now)

    def _hash_now(self, row: SourceRow) -> str | None:
        from ingestion.description import source_hash
        from ingestion.sources import SourceFile, load

        try:
            found = self._arguments.survey([row.source], None, None).found
            files = [each for each in found if isinstance(each, SourceFile)]
            return source_hash(load(files[0]).data, files[0].description) if files else None
        except RaglineError:
            return None

    def _embedded(self, queries: Sequence[str]) -> Vectors:
        embedder = self._serving.space().embedder
        vectors: Vectors = np.stack([embedder.embed_query(query) for query in queries])
        return vectors
