"""Looking after a collection: its index, its runs, its health, its space, and copies of it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.arguments import path_text
from indexes.freshness import FreshnessReport, freshness
from ingestion.duplicates.clusters import DEFAULT_THRESHOLD
from ragline.durable import folder_size
from ragline.types import Principal, RollbackReport

if TYPE_CHECKING:
    from api.configuration import CollectionConfiguration
    from indexes.duplicate_report import DuplicateReport, Unit
    from indexes.duplicate_report import ProgressCallback as DuplicateProgressCallback
    from indexes.maintenance.backup import BackupReport
    from indexes.maintenance.compaction import CompactionReport
    from indexes.maintenance.doctor import DoctorReport
    from indexes.rebuild import RebuildReport
    from indexes.store import CollectionStore
    from ragline.settings import Settings
    from retrieval.hybrid import HybridRetriever


def restore(backup: str | os.PathLike[str], path: str | os.PathLike[str]) -> BackupReport:
    """Make the new folder ``path`` a collection from what :meth:`Collection.backup` has written.

    Raises :class:`ragline.errors.CollectionNotFoundError` where there is no backup,
    :class:`ragline.errors.CorruptIndexError` when a file of it is missing or altered,
    :class:`ragline.errors.InputError` when ``path`` exists.
    """
    from indexes.maintenance.backup import restore as make

    return make(Path(path_text(backup)), Path(path_text(path)))


class Upkeep:
    """What the owner of a collection does with it beside filling and searching it; a part of :class:`ragline.Collection`."""

    folder: Path
    settings: Settings
    _store: CollectionStore
    _configuration: CollectionConfiguration

    if TYPE_CHECKING:

        @cached_property
        def _retriever(self) -> HybridRetriever: ...

    def rebuild(self, *, kind: str = "auto") -> RebuildReport:
        """Build a new generation of the vector index beside the one in use, check it against exact search, and swap.

        ``kind`` is a value of the setting ``index_kind``; ``auto`` means that setting, or else the kind in use. Raises
        :class:`ragline.errors.InputError` for another name, :class:`ragline.errors.MissingExtra` for a kind whose library is
        not installed, and :class:`ragline.errors.IncompatibleError` when its measured recall is too low; the old one then
        stays in use.
        """
        with self._store.writing() as session:
            session.publish()
            return session.rebuild(kind=kind)

    def rollback(self, run_id: str | None = None) -> RollbackReport:
        """Undo an ingest or sync, by the id in its report; without one, put the previous generation of the vector index in use.

        Of a run, what it added is removed and what it replaced or removed comes back; documents that have changed since are
        kept as they are. The undoing is a run of its own and can be undone. Versions are kept for the last
        ``settings.keep_runs`` runs. Raises :class:`ragline.errors.InputError` for a run that is unknown or too old.
        """
        with self._store.writing() as session:
            return RollbackReport(session.rollback()) if run_id is None else session.undo(run_id)

    def stats(self) -> dict[str, Any]:
        """Counts, sizes and configuration.

        ``promised_recall`` is recall@10 of the vector index as it was measured when it was tuned, or built; ``recall`` is what
        it was found to be by searches of this process that were repeated exactly (the setting ``recall_sample``), ``None``
        where none was yet.
        """
        recall = self._retriever.recall.seen()
        snapshot = self._store.snapshot()
        counts = self._store.catalog.counts()
        generation = snapshot.generation
        return {
            "documents": counts.documents,
            "chunks": counts.chunks,
            "sequence": snapshot.sequence,
            "generation": 0 if generation is None else generation.number,
            "index": "exact scan" if generation is None else generation.index.kind,
            "promised_recall": None if generation is None else generation.recall_at_10,
            "recall": None if recall is None else asdict(recall),
            "delta_chunks": snapshot.count - snapshot.rows.base_count,
            "removed_chunks": snapshot.count - snapshot.live_count,
            "bytes_on_disk": folder_size(self.folder),
            "embedder": str(self._configuration.embedder),
            "chunker": self._configuration.chunker,
            "chunk_tokens": self._configuration.chunk_tokens,
            "chunk_overlap": self._configuration.chunk_overlap,
            "table_chunks": self._configuration.table_chunks,
        }

    def health(self) -> dict[str, Any]:
        """Whether every index agrees with the catalog and finds what it promised to.

        ``ok`` is the verdict, ``warnings`` say what was repaired or is off; ``recall`` as in :meth:`stats`.
        """
        recall = self._retriever.recall.seen()
        snapshot = self._store.snapshot()
        counts = self._store.catalog.counts()
        sequence = self._store.catalog.sequence()
        warnings = list(self._store.warnings)
        if snapshot.live_count != counts.chunks:
            warnings.append(f"the vector index holds {snapshot.live_count} chunks, the catalog {counts.chunks}")
        if snapshot.lexical.count != counts.chunks:
            warnings.append(f"the lexical index holds {snapshot.lexical.count} chunks, the catalog {counts.chunks}")
        if snapshot.sequence != sequence:
            warnings.append(f"the indexes are at change {snapshot.sequence}, the catalog at {sequence}")
        if refusal := self._store.refusal():
            warnings.append(refusal)
        if recall is not None and recall.has_drifted:
            warnings.append(recall.warning)
        told = None if recall is None else asdict(recall)
        return {"ok": not warnings, "warnings": warnings, "sequence": sequence, **asdict(counts), "recall": told}

    def doctor(self, *, repair: bool = False) -> DoctorReport:
        """Look over every file, row and vector; with ``repair`` make anew from the catalog what is broken.

        Raises :class:`ragline.errors.CollectionLockedError` when another process is writing, with ``repair`` only.
        """
        from indexes.maintenance.doctor import Doctor

        dim = self._configuration.embedder.dim
        if not repair:
            return Doctor(self.folder, self._store, dim).examine()
        with self._store.writing() as session:
            return Doctor(self.folder, self._store, dim, session).examine()

    def backup(self, target: str | os.PathLike[str]) -> BackupReport:
        """Copy the collection as it is now to the new folder ``target``, while it is searched and written.

        :func:`ragline.restore` makes a collection of it. Raises :class:`ragline.errors.InputError` when ``target`` exists or is
        inside the collection,
        :class:`ragline.errors.StorageError` when the disk refuses; then nothing of it is left behind.
        """
        from indexes.maintenance.backup import backup

        return backup(self.folder, self._store.generations, Path(path_text(target)))

    def compact(self) -> CompactionReport:
        """Write every file anew without what is out of sight, but for the versions that a rollback may need."""
        from indexes.maintenance.compaction import compact

        with self._store.writing() as session:
            return compact(self._store, session, self.folder, keep_runs=self.settings.keep_runs)

    def purge(self, doc_ids: Iterable[str] = ()) -> CompactionReport:
        """Delete documents and forget all that is out of sight: no file of the collection holds its text any more.

        What runs before have replaced or removed cannot be rolled back afterwards. The report names in ``absent`` the ids that
        no document has: a slip of the pen must not pass for a deletion. It says in ``warnings`` when another process still had
        the old state open; then purge again. Backups are not touched.
        """
        from indexes.maintenance.compaction import purge

        with self._store.writing() as session:
            return purge(self._store, session, self.folder, [doc_ids] if isinstance(doc_ids, str) else doc_ids)

    def freshness(self) -> FreshnessReport:
        """The age of the newest document; how long ago each folder of the sources changed, and whether it has stopped."""
        return freshness(self._store.catalog.changes(), now=time.time())

    def duplicates(
        self,
        threshold: float = DEFAULT_THRESHOLD,
        unit: Unit = "document",
        *,
        progress: DuplicateProgressCallback | None = None,
    ) -> DuplicateReport:
        """Find the documents or chunks that share at least ``threshold`` of their runs of three words, and link them.

        Only what is new since the last time is read as a whole. The report names every member of every cluster, whatever its
        access list: it is for the owner of the collection. The links are what ``search(collapse=True)`` (unit ``"chunk"``) and
        :meth:`duplicates_of` (unit ``"document"``) go by, until the next analysis. Raises :class:`ragline.errors.InputError`
        for another unit or a threshold outside [0.5, 1], :class:`ragline.errors.CollectionLockedError` when another process is
        writing.
        """
        from indexes.duplicates import DuplicateFinder

        with self._store.writing() as session:
            session.publish()
            return DuplicateFinder(self._store.catalog, session.catalog, progress).find(unit, threshold)

    def duplicates_of(self, doc_id: str, *, principal: Principal | None = None) -> tuple[str, ...]:
        """Ids of the near-duplicates of a document, sorted, as the last ``duplicates(unit="document")`` has linked them.

        Only what ``principal`` may see; nothing for a document that it may not see, or that is not there.
        """
        from retrieval.scope import linked_documents

        return linked_documents(self._store.catalog, doc_id, principal)

    def runs(self) -> list[dict[str, Any]]:
        """Recorded ingests, oldest first.

        One with ``interrupted`` ended with that error; one without ``finished_at`` was killed, or is at work.
        """
        return self._store.catalog.runs()
