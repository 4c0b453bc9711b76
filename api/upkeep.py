"""Looking after a collection: its index, its runs, its health, its space, and copies of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.arguments import path_text
from api.reading import visible_documents
from api.serving import on_one_space
from indexes.freshness import FreshnessReport, freshness
from indexes.lock import WriteLock
from indexes.spaces import space_in_use, unfinished
from ingestion.duplicates.clusters import DEFAULT_THRESHOLD
from ragline.durable import folder_size
from ragline.errors import InputError
from ragline.reports import RollbackReport
from ragline.types import Principal

if TYPE_CHECKING:
    from api.configuration import CollectionConfiguration
    from api.serving import Serving
    from indexes.duplicate_report import DuplicateReport, Unit
    from indexes.duplicate_report import ProgressCallback as DuplicateProgressCallback
    from indexes.maintenance.backup import BackupReport
    from indexes.maintenance.compaction import CompactionReport
    from indexes.maintenance.doctor import DoctorReport
    from indexes.migration.report import MigrationReport
    from indexes.migration.report import ProgressCallback as MigrationProgressCallback
    from indexes.rebuilding.build import RebuildReport
    from indexes.snapshot import Snapshot
    from indexes.store import CollectionStore
    from ragline.settings import Settings
    from retrieval.recall_watch import WatchedRecall


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
    _serving: Serving
    _cache_counts: Callable[[], dict[str, int] | None]
    _log_counts: Callable[[], dict[str, int | None] | None]
    _calibration_warning: Callable[[], str]

    @property
    def _store(self) -> CollectionStore:
        return self._serving.space().store

    @property
    def _configuration(self) -> CollectionConfiguration:
        return self._serving.space().configuration

    @on_one_space
    def rebuild(self, *, kind: str = "auto") -> RebuildReport:
        """Build a new generation of the vector index beside the one in use, check it, and swap.

        It is searched and written meanwhile. The report has every check: recall@10 against exact search, with and without
        filters, for the collection's own vectors and the queries of ``settings.golden_set``, and the time that 95 of
        100 searches stay below. ``kind`` is a value of the setting ``index_kind``; ``auto`` means that
        setting, or else the kind in use. A kind that was tuned stays so: parameters, search settings and their evidence.

        Raises :class:`ragline.errors.RebuildRefusedError`, with the checks, when recall is below ``settings.target_recall``, or
        what :meth:`tune` was asked for if that is more, or a search takes longer than ``settings.p95_ms``: the old index then
        stays in use. Raises :class:`ragline.errors.InputError` for another kind, :class:`ragline.errors.MissingExtra` for one
        whose library is not installed, :class:`ragline.errors.CollectionLockedError` while another process builds.
        """
        self._store.snapshot()  # what is published is sound, or mended
        return self._store.rebuilds.rebuild(kind=kind)

    @on_one_space
    def start_rebuild(self, *, kind: str = "auto") -> None:
        """Begin a :meth:`rebuild` in a process of its own, of low priority, unless one is running.

        Its outcome is in :meth:`health` and, as ``rebuild``, in :meth:`stats`; :meth:`wait_for_rebuild` waits for it.
        """
        self._store.snapshot()
        self._store.rebuilds.start(kind=kind)

    @on_one_space
    def wait_for_rebuild(self, timeout_s: float | None = None) -> bool:
        """Wait for a rebuild in the background, automatic ones included. False when it takes longer than ``timeout_s``."""
        return self._store.rebuilds.wait(timeout_s)

    def migrate(
        self,
        *,
        embedder: str | None = None,
        chunker: str | None = None,
        chunk_tokens: int | None = None,
        chunk_overlap: float | None = None,
        table_chunks: str | None = None,
        analysis: str | None = None,
        golden: str | os.PathLike[str] | None = None,
        max_loss: float = 0.01,
        dry_run: bool = False,
        progress: MigrationProgressCallback | None = None,
    ) -> MigrationReport:
        """Move the collection to another embedder, chunker or analysis; it goes on being searched and written.

        ``None`` = as it is.

        All documents are chunked and embedded anew in a new space aside; what is written meanwhile is caught up with. It is
        compared with what there is, and put in use by one rename: index and query encoder change together, for every process
        that has the collection open. Documents keep their ids and every field; chunk ids change, and nothing but terms where
        only ``analysis`` does. The old space stays for ``rollback(space=True)`` until the next migration, compaction or purge.

        With ``golden`` both are measured first (nDCG@10 and recall@10, documents without an access list), and
        :class:`ragline.errors.MigrationRefusedError` is raised when one falls by more than ``max_loss``. Whatever ends a
        migration early, the collection goes on as it is, and the same call goes on where it ended; another one starts anew.
        ``dry_run`` estimates chunks and time from a sample.

        Raises :class:`ragline.errors.InputError` when nothing would change, :class:`ragline.errors.SettingsError` for values
        that are not allowed, :class:`ragline.errors.CollectionLockedError` when another process is migrating, or goes on
        writing for ten minutes when all else is done.
        """
        from api.migration import Migration
        from api.migration_target import wanted_configuration
        from eval.golden import load_golden
        from indexes.spaces import MIGRATION_LOCK

        asked = {
            "embedder": embedder,
            "chunker": chunker,
            "chunk_tokens": chunk_tokens,
            "chunk_overlap": chunk_overlap,
            "table_chunks": table_chunks,
            "analysis": analysis,
        }
        questions = None if golden is None else load_golden(Path(path_text(golden)))
        lock = WriteLock(self.folder / MIGRATION_LOCK)
        with lock.hold(), self._serving.one_space() as space:
            if questions is not None and space.gate.demand == "tenants":
                raise InputError("Every document is a tenant's, so none is measured by all. Leave the golden set out.")
            wanted = wanted_configuration(space.configuration, self.settings, asked)
            migration = Migration(
                self._serving, self.settings, space, lock, golden=questions, max_loss=max_loss, progress=progress
            )
            return migration.forecast(*wanted) if dry_run else migration.migrate(*wanted)

    def _go_back(self) -> RollbackReport:
        from api.migration import Migration
        from indexes.spaces import MIGRATION_LOCK

        lock = WriteLock(self.folder / MIGRATION_LOCK)
        with lock.hold(), self._serving.one_space() as space:
            return Migration(self._serving, self.settings, space, lock).go_back()

    def rollback(self, run_id: str | None = None, *, space: bool = False) -> RollbackReport:
        """Undo an ingest or sync, by the id in its report; without one, put the previous generation of the vector index in use.

        A generation is a cache: going back to an older one loses nothing that was written, and the report says how many chunks
        it does not hold, which are compared one by one until the next rebuild.

        With ``space`` undo the last migration: its former space is in use again. What was written since is brought there first,
        chunked and embedded as it was then, and what was deleted since is deleted there: nothing is lost but the versions that
        runs since then have replaced. The report names both. Another call undoes that.

        Of a run, what it added is removed and what it replaced or removed comes back; documents that have changed since are
        kept as they are. The undoing is a run of its own and can be undone. Versions are kept for the last
        ``settings.keep_runs`` runs. Raises :class:`ragline.errors.InputError` for a run that is unknown or too old.
        """
        if space:
            if run_id is not None:
                raise InputError("A rollback is of a run or of a space. Give the id of the run, or space=True.")
            return self._go_back()
        with self._serving.one_space():
            self._store.snapshot()
            if run_id is None:
                return self._store.rebuilds.rollback()
            with self._serving.writing() as session:
                return session.undo(run_id)

    @on_one_space
    def stats(self, *, principal: Principal | None = None) -> dict[str, Any]:
        """Counts, sizes and configuration; with a ``principal`` its documents and chunks, and the configuration.

        ``promised_recall`` is recall@10 of the vector index as it was measured when it was tuned, or built; ``recall`` is what
        it was found to be by searches of this process that were repeated exactly (the setting ``recall_sample``), ``None``
        where none was yet. ``query_cache`` counts the vectors of queries that this process keeps, and who found theirs;
        ``answer_cache`` the answers that it has kept and found, ``None`` where that cache is off; ``query_log`` the rows of the
        log, and those that this process could not write, ``None`` where it is off.
        """
        snapshot = self._store.snapshot()
        if principal is not None:
            seen = visible_documents(self._serving.space(), principal)
            return {"documents": len(seen), "chunks": sum(each.chunks for each in seen), **self._configured()}
        recall = self._watched_recall(snapshot)
        counts = self._store.catalog.counts()
        generation, rebuilds = snapshot.generation, self._store.rebuilds
        in_use = space_in_use(self.folder)
        return {
            "documents": counts.documents,
            "chunks": counts.chunks,
            "sequence": snapshot.sequence,
            "generation": snapshot.generation_number,
            "index": snapshot.index_kind,
            "rebuild": "running" if rebuilds.is_running else "refused" if rebuilds.refusal() else "idle",
            "promised_recall": None if generation is None else generation.recall_at_10,
            "recall": None if recall is None else asdict(recall),
            "query_cache": asdict(self._serving.space().retriever.query_vectors.stats),
            "delta_chunks": snapshot.count - snapshot.rows.base_count,
            "removed_chunks": snapshot.count - snapshot.live_count,
            "bytes_on_disk": folder_size(self.folder),
            "answer_cache": self._cache_counts(),
            "query_log": self._log_counts(),
            "space": in_use.number,
            "space_before": in_use.previous,
            "spaces_unfinished": sorted(unfinished(self.folder)),
            **self._configured(),
        }

    def _configured(self) -> dict[str, Any]:
        return {
            "access": self._serving.space().gate.demand,
            "embedder": str(self._configuration.embedder),
            "chunker": self._configuration.chunker,
            "chunk_tokens": self._configuration.chunk_tokens,
            "chunk_overlap": self._configuration.chunk_overlap,
            "table_chunks": self._configuration.table_chunks,
            "analysis": self._configuration.analysis,
        }

    @on_one_space
    def health(self) -> dict[str, Any]:
        """Whether every index agrees with the catalog and finds what it promised to.

        ``ok`` is the verdict, ``warnings`` say what was repaired or is off; ``recall`` as in :meth:`stats`.
        """
        snapshot = self._store.snapshot()
        recall = self._watched_recall(snapshot)
        counts = self._store.catalog.counts()
        sequence = self._store.catalog.sequence()
        warnings = list(self._store.warnings)
        if snapshot.live_count != counts.chunks:
            warnings.append(f"the vector index holds {snapshot.live_count} chunks, the catalog {counts.chunks}")
        if snapshot.lexical.count != counts.chunks:
            warnings.append(f"the lexical index holds {snapshot.lexical.count} chunks, the catalog {counts.chunks}")
        if snapshot.sequence != sequence:
            warnings.append(f"the indexes are at change {snapshot.sequence}, the catalog at {sequence}")
        if refusal := self._store.rebuilds.refusal():
            warnings.append(refusal)
        elif error := self._store.rebuilds.last_error:
            warnings.append(f"the last rebuild in the background came to nothing: {error}")
        if recall is not None and recall.has_drifted:
            warnings.append(recall.warning)
        if warning := self._calibration_warning():
            warnings.append(warning)
        told = None if recall is None else asdict(recall)
        return {"ok": not warnings, "warnings": warnings, "sequence": sequence, **asdict(counts), "recall": told}

    def _watched_recall(self, snapshot: Snapshot) -> WatchedRecall | None:
        """What was sampled of the generation in use; what is known of the one before it is no news of this one."""
        seen = self._serving.space().retriever.recall.seen()
        return seen if seen is not None and seen.generation == snapshot.generation_number else None

    @on_one_space
    def doctor(self, *, repair: bool = False) -> DoctorReport:
        """Look over every file, row and vector; with ``repair`` make anew from the catalog what is broken.

        Where a ``judge_model`` is set, it is also checked that what asks it is installed. Raises
        :class:`ragline.errors.CollectionLockedError` when another process is writing, with ``repair`` only.
        """
        from api.judging import judge_findings
        from indexes.maintenance.doctor import Doctor, DoctorReport

        dim = self._configuration.embedder.dim
        if not repair:
            report = Doctor(self.folder, self._store, dim).examine()
        else:
            with self._serving.writing() as session, self._store.rebuilds.alone():
                report = Doctor(self.folder, self._store, dim, session).examine()
        return DoctorReport((*report.findings, *judge_findings(self.settings)))

    @on_one_space
    def backup(self, target: str | os.PathLike[str]) -> BackupReport:
        """Copy the collection as it is now to the new folder ``target``, while it is searched and written.

        :func:`ragline.restore` makes a collection of it. Raises :class:`ragline.errors.InputError` when ``target`` exists or is
        inside the collection,
        :class:`ragline.errors.StorageError` when the disk refuses; then nothing of it is left behind.
        """
        from indexes.maintenance.backup import backup

        return backup(self.folder, self._store.folder, self._store.generations, Path(path_text(target)))

    @on_one_space
    def compact(self) -> CompactionReport:
        """Write every file anew without what is out of sight, but for the versions that a rollback may need.

        The space before the last migration goes, and with it the way back; one that is in the making stays.
        """
        from indexes.maintenance.compaction import compact

        with self._serving.writing() as session:
            return compact(self._store, session, self.folder, keep_runs=self.settings.keep_runs)

    @on_one_space
    def purge(self, doc_ids: Iterable[str] = ()) -> CompactionReport:
        """Delete documents and forget all that is out of sight: no file of the collection holds its text any more.

        What runs before have replaced or removed cannot be rolled back afterwards, nor can a migration; every space but the one
        in use goes. The report names in ``absent`` the ids that
        no document has: a slip of the pen must not pass for a deletion. It says in ``warnings`` when another process still had
        the old state open; then purge again. Backups are not touched.
        """
        from indexes.maintenance.compaction import purge

        with self._serving.writing() as session:
            report = purge(self._store, session, self.folder, [doc_ids] if isinstance(doc_ids, str) else doc_ids)
            return self._purge_log(report)

    def _purge_log(self, report: CompactionReport) -> CompactionReport:
        """Logged answers are text of documents too; the file may be there from a time when questions were logged."""
        from indexes.query_log import QueryLog

        catalog = self._store.catalog
        log = QueryLog(self.folder)
        try:
            purged = log.purge(lambda doc_id: [chunk.id for chunk in catalog.document_chunks(doc_id)])
        finally:
            log.close()
        if purged.is_complete:
            return report
        warning = "another process still reads the query log as it was; run the same again when it has ended"
        return replace(report, warnings=(*report.warnings, warning))

    @on_one_space
    def freshness(self, *, principal: Principal | None = None) -> FreshnessReport:
        """The age of the newest document; how long ago each folder of the sources changed, and whether it has stopped.

        With a ``principal`` of what it may see.
        """
        seen = None if principal is None else {each.doc_id for each in visible_documents(self._serving.space(), principal)}
        return freshness(self._store.catalog.changes(seen), now=time.time())

    @on_one_space
    def duplicates(
        self,
        threshold: float = DEFAULT_THRESHOLD,
        unit: Unit = "document",
        *,
        principal: Principal | None = None,
        progress: DuplicateProgressCallback | None = None,
    ) -> DuplicateReport:
        """Find the documents or chunks that share at least ``threshold`` of their runs of three words, and link them.

        Only what is new since the last time is read as a whole. The report names every member of every cluster, whatever its
        access list: it is for the owner of the collection. With a ``principal`` it is of what that may see, and nothing is
        linked. The links are what ``search(collapse=True)`` (unit ``"chunk"``) and
        :meth:`duplicates_of` (unit ``"document"``) go by, until the next analysis. Raises :class:`ragline.errors.InputError`
        for another unit or a threshold outside [0.5, 1], :class:`ragline.errors.CollectionLockedError` when another process is
        writing.
        """
        from indexes.duplicates import DuplicateFinder

        with self._serving.writing() as session:
            session.publish()
            seen = None if principal is None else {each.doc_id for each in visible_documents(self._serving.space(), principal)}
            return DuplicateFinder(self._store.catalog, session.catalog, progress, only=seen).find(unit, threshold)

    @on_one_space
    def duplicates_of(self, doc_id: str, *, principal: Principal | None = None) -> tuple[str, ...]:
        """Ids of the near-duplicates of a document, sorted, as the last ``duplicates(unit="document")`` has linked them.

        Only what ``principal`` may see; nothing for a document that it may not see, or that is not there.
        """
        from retrieval.scope import linked_documents

        return linked_documents(self._store.catalog, doc_id, principal, self._serving.space().gate)

    @on_one_space
    def runs(self) -> list[dict[str, Any]]:
        """Recorded ingests, oldest first.

        One with ``interrupted`` ended with that error; one without ``finished_at`` was killed, or is at work.
        """
        return self._store.catalog.runs()
