"""What a run reports: a row for every source, and what a rollback has done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

IngestStatus = Literal["added", "updated", "unchanged", "moved", "removed", "skipped", "degraded", "failed"]


@dataclass(frozen=True, slots=True)
class IngestRow:
    """What became of one source.

    ``degraded`` was stored, but something in it could not be read: see ``reason``. ``moved`` is a new file in the place of one
    that has vanished (``reason`` names it); ``removed`` is a document whose source has vanished. ``findings`` counts the
    personal data and secrets that were found in it, by kind, where these are looked for (the setting ``privacy``).
    ``flagged`` counts its chunks that look like orders to a model (the setting ``injection``).
    """

    source: str
    doc_id: str
    status: IngestStatus
    reason: str = ""
    chunks: int = 0
    embedded: int = 0
    seconds: float = 0.0
    findings: Mapping[str, int] = field(default_factory=dict)
    flagged: int = 0


@dataclass(frozen=True, slots=True)
class IngestReport:
    """One row for every source; ``counts`` add up to ``len(rows)``. ``warnings`` are about the collection as a whole."""

    run_id: str
    rows: tuple[IngestRow, ...]
    seconds: float
    embedding_seconds: float = 0.0
    warnings: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        counts = dict.fromkeys(get_args(IngestStatus), 0)
        for row in self.rows:
            counts[row.status] += 1
        return counts

    @property
    def embedded(self) -> int:
        """Number of chunks that went through the embedder."""
        return sum(row.embedded for row in self.rows)

    @property
    def findings(self) -> dict[str, int]:
        """Personal data and secrets found, by kind, those of refused documents among them."""
        found: dict[str, int] = {}
        for row in self.rows:
            for kind, count in row.findings.items():
                found[kind] = found.get(kind, 0) + count
        return found

    @property
    def flagged(self) -> int:
        """Number of chunks, of documents that this run has stored, that look like orders to a model."""
        return sum(row.flagged for row in self.rows)

    @property
    def failures(self) -> tuple[IngestRow, ...]:
        return tuple(row for row in self.rows if row.status == "failed")


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """What a rollback did.

    Of a generation: the ``generation`` that is in use now, what kind of index it is and was, and how many chunks it does not
    hold, now and before: these are compared one by one. Nothing that was written is lost by it.

    Of a migration: the ``space`` that is in use again, ids of the documents written since, which were ``brought`` there, and of
    those deleted since, which were ``removed`` there.

    Of a run: ids of the documents that it had added and that are ``removed`` again, of those ``restored`` to what they were,
    and of those ``kept`` because they have changed since.
    """

    generation: int
    run_id: str = ""
    removed: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    index_before: str = ""
    index_after: str = ""
    unindexed_before: int = 0
    unindexed_after: int = 0
    space: int = 0
    brought: tuple[str, ...] = ()
