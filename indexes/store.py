"""The store of one collection: the catalog, and the indexes kept in step with it.

Layout of a collection's folder::

    catalog.sqlite     the truth
    lexical/           a cache of it: the lexical index
    generations/       a cache of it: built vector indexes (small collections have none)
    write.lock         held while something is written

Writing goes: documents into the catalog (one transaction each) -> :meth:`WriteSession.publish` -> log flushed, lexical index
caught up and committed, a new :class:`Snapshot` in service, rows of replaced versions reclaimed. Opening runs the same catching
up, so a crash at any point costs nothing but the work of doing it again.
"""

import logging
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexes.catalog.reader import CatalogReader
from indexes.catalog.run_id import new_run_id
from indexes.catalog.writer import CatalogWriter
from indexes.disk import closed, storage_errors
from indexes.generations import GenerationStore
from indexes.lexical.ahead import Ahead
from indexes.lexical.manifest import FILE_NAME
from indexes.lexical.tantivy_index import TantivyIndex
from indexes.lock import WriteLock
from indexes.rebuild import RebuildReport, build_generation
from indexes.snapshot import Snapshot
from indexes.vector.base import VectorIndex
from indexes.vector.registry import AUTO, Kind, choose_kind
from indexes.views import Stamp, Views
from ragline.errors import CollectionLockedError, CorruptIndexError, IncompatibleError, InputError, MissingExtra, StorageError
from ragline.settings import Settings
from ragline.types import RollbackReport

CATALOG = "catalog.sqlite"
LEXICAL = "lexical"
GENERATIONS = "generations"
LOCK = "write.lock"
REBUILD_SHARE = 0.25
"""A new generation is due when so large a share of the visible chunks came, or of the rows left, since the last one."""

REFUSAL = "rebuild_refused"
"""The catalog's setting that says which new generation was refused, and why."""

Settle = Callable[[VectorIndex, RebuildReport], tuple[Mapping[str, Any], Mapping[str, Any]]]
"""Measures an index that was built, and says how it is to be searched and why: ``search`` and ``evidence`` of its manifest."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """What the indexes need to know of the embedder and the settings; ``given`` names those that the caller chose."""

    dim: int
    embedder: str
    threads: int
    settings: Settings
    given: frozenset[str] = frozenset()


class CollectionStore:
    """Opens a collection's folder, repairs what can be repaired, and serves snapshots. Safe to use from several threads."""

    def __init__(self, folder: Path, options: StoreOptions) -> None:
        self._folder = folder
        self._options = options
        self._lock = WriteLock(folder / LOCK)
        self._refresh = threading.Lock()
        self._writer: CatalogWriter | None = None
        self._lexical: TantivyIndex | None = None
        self._staged = 0
        self._stamp: Stamp = ()
        self.catalog = CatalogReader(folder / CATALOG)
        self.generations = GenerationStore(
            folder / GENERATIONS, embedder=options.embedder, settings=options.settings, given=options.given
        )
        self.warnings: list[str] = []
        self._views = Views(folder / LEXICAL, self.catalog, self.generations, options.dim, self._warn)
        self._closed = False
        try:
            with storage_errors(folder):
                self._snapshot = self._open()
        except BaseException:
            self.close()
            raise

    @property
    def threads(self) -> int:
        """Threads that building takes."""
        return self._options.threads

    def close(self) -> None:
        """Release files and connections. Snapshots already handed out stay usable, except for reading text."""
        self._closed = True
        self._drop_lexical()
        self.catalog.close()
        if self._writer is not None:
            self._writer.close()  # the last connection folds the log into the database, if it may write

    def snapshot(self) -> Snapshot:
        """The newest view. Another process's commits are picked up here. Raises :class:`InputError` after :meth:`close`."""
        self._check_open()
        with storage_errors(self._folder):
            try:
                if self._changed():
                    with self._refresh:
                        if self._changed():
                            self._follow()
            except CorruptIndexError as error:
                self._warn(f"the lexical index was rebuilt from the catalog ({error})")
                repaired = self._repair(rebuild_lexical=True)  # the write lock is never waited for while refreshing
                with self._refresh:
                    self._snapshot = repaired
        return self._snapshot

    @contextmanager
    def writing(self) -> "Iterator[WriteSession]":
        """Hold the write lock for a series of changes.

        Raises :class:`ragline.errors.CollectionLockedError` when another process holds it, :class:`InputError` after
        :meth:`close`.
        """
        self._check_open()
        with self._lock.hold():
            self.snapshot()
            if self._writer is None:
                self._writer = CatalogWriter(self._folder / CATALOG)
            try:
                yield WriteSession(self, self._writer)
            finally:
                self._drop_lexical()

    def stage(self, ahead: Ahead | None = None) -> None:
        """Hand what has been written so far to the lexical index, which makes it visible when it is next published.

        ``ahead`` holds the terms that are known already.
        """
        with self._indexing() as lexical:
            self._stage(lexical, self.catalog.sequence(), ahead)

    def publish(self) -> None:
        """Bring every index up to the catalog and put the new view in service. For :class:`WriteSession`."""
        if self._writer is None:
            return
        target = self.catalog.sequence()
        if target == self._snapshot.sequence:
            return
        self._writer.sync()
        with self._indexing() as lexical:
            self._catch_up(lexical, target)
            with self._refresh:
                self._snapshot = self._snapshot.advance(self.catalog, lexical.searcher())
                self._stamp = self._views.stamp()
        self._writer.reclaim(target, keep_runs=self._options.settings.keep_runs)

    def rebuild_when_due(self) -> str:
        """Rebuild when a large collection has changed much since the last time. For :class:`WriteSession`.

        Returns why the new generation was refused; empty when it was not. What was refused is not built again until something
        has changed.
        """
        if not self._rebuild_is_due():
            return ""
        settings = self._options.settings
        kind = self.kind(AUTO)
        attempt = [self._snapshot.sequence, kind.name, repr(kind.parameters(settings))]
        refusal = self.catalog.settings().get(REFUSAL)
        if refusal is not None and refusal["attempt"] == attempt:
            return str(refusal["reason"])
        try:
            self.rebuild()
        except (IncompatibleError, MissingExtra) as error:
            self._remember_refusal({"attempt": attempt, "reason": str(error)})
            return str(error)
        return ""

    def refusal(self) -> str:
        """Why the newest generation was refused; empty when it was not."""
        found = self.catalog.settings().get(REFUSAL)
        return "" if found is None else str(found["reason"])

    def rebuild(
        self,
        *,
        kind: str = "auto",
        search: Mapping[str, Any] | None = None,
        evidence: Mapping[str, Any] | None = None,
        settle: Settle | None = None,
    ) -> RebuildReport:
        """Build the next generation from the catalog's vectors, check it against exact search, put it in use.

        ``search`` and ``evidence`` are for its manifest; without them those of the generation in use stay, if the kind does.
        ``settle`` looks at what was built before it comes into use; what it raises is the end of the new generation.

        Raises :class:`IncompatibleError` when the measured recall is too low. For :class:`WriteSession`.
        """
        chosen = self.kind(kind)
        if evidence is None:
            search, evidence = self._tuned(chosen.name)
        with storage_errors(self._folder):
            sequence = self._snapshot.sequence
            rows = self.catalog.vector_rows(0, sequence, dim=self._options.dim)
            report = build_generation(
                rows,
                self.generations,
                chosen,
                self._options.settings,
                self._options.threads,
                sequence=sequence,
                search=search or {},
                evidence=evidence,
            )
            self._settle(report, settle)
            self._use(report.number)
            self.generations.prune()
        if self.refusal():
            self._remember_refusal(None)
        return report

    def _settle(self, report: RebuildReport, settle: Settle | None) -> None:
        if settle is None:
            return
        try:
            search, evidence = settle(self.generations.load(report.number).generation.index, report)
            self.generations.amend(report.number, search=search, evidence=evidence)
        except BaseException:
            self.generations.discard(report.number)
            raise

    def kind(self, asked: str = AUTO) -> Kind:
        """The kind that a rebuild takes: a tuned one stays, else as :func:`indexes.vector.registry.choose_kind` says."""
        generation = self._snapshot.generation
        in_use = None if generation is None else generation.index
        settings = self._options.settings
        if asked == AUTO == settings.index_kind and in_use is not None and self._tuned(in_use.kind)[1]:
            asked = in_use.kind
        return choose_kind(asked, settings, self._snapshot.live_count, in_use=in_use)

    def _tuned(self, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """How the generation in use is searched and why, where that was measured and it is of this kind; else nothing."""
        generation = self._snapshot.generation
        if generation is None or generation.index.kind != kind:
            return {}, {}
        try:
            manifest = self.generations.manifest(generation.number)
        except CorruptIndexError:  # damaged since it was loaded: what it promised is not known any more
            return {}, {}
        return manifest.search, manifest.evidence

    def rebuild_lexical(self) -> None:
        """Make the lexical index anew from the catalog, in one commit. For :class:`WriteSession`."""
        with self._indexing() as lexical:
            target = self.catalog.sequence()
            lexical.clear()
            lexical.add(self.catalog.lexical_entries(0, target))
            lexical.commit(target)
            with self._refresh:
                self._snapshot = self._snapshot.advance(self.catalog, lexical.searcher())
                self._stamp = self._views.stamp()

    def drop_generation(self) -> None:
        """Do without a built vector index. For :class:`WriteSession`."""
        with storage_errors(self._folder):
            self._use(0)

    def rollback(self) -> int:
        """Put the previous generation in use; what was written since stays visible. Returns its number."""
        with storage_errors(self._folder):
            number = self.generations.previous()
            self._use(number)
        return number

    def _use(self, number: int) -> None:
        if number:
            self.generations.load(number)  # nothing that cannot be read comes into use
        self.generations.use(number)
        with self._indexing() as lexical, self._refresh:
            self._snapshot = self._views.at(lexical)
            self._stamp = self._views.stamp()

    def _remember_refusal(self, refusal: dict[str, Any] | None) -> None:
        if self._writer is not None:
            self._writer.set_settings({REFUSAL: refusal})

    def undo(self, run_id: str) -> RollbackReport:
        """Undo a run, as a run of its own, and publish. For :class:`WriteSession`."""
        if self._writer is None:
            raise InputError("nothing is being written; undo within a writing session")
        undoing = new_run_id()
        undone = self._writer.undo_run(run_id, by=undoing)
        self.publish()
        generation = self._snapshot.generation
        number = 0 if generation is None else generation.number
        return RollbackReport(number, undoing, undone.removed, undone.restored, undone.kept)

    def _open(self) -> Snapshot:
        try:
            lexical = TantivyIndex.open(self._folder / LEXICAL)
            behind = lexical.sequence != self.catalog.sequence()
        except (CorruptIndexError, IncompatibleError) as error:
            self._warn(f"the lexical index was rebuilt from the catalog ({error})")
            return self._repair(rebuild_lexical=True)
        if behind:
            is_ahead = lexical.sequence > self.catalog.sequence()
            if is_ahead:
                self._warn(
                    f"the catalog has lost its last changes: it is at {self.catalog.sequence()}, and the lexical index was at "
                    f"{lexical.sequence}. Restore it from a backup, or ingest again"
                )
            return self._repair(rebuild_lexical=is_ahead)
        snapshot, self._stamp = self._views.published()
        return snapshot

    def _repair(self, *, rebuild_lexical: bool) -> Snapshot:
        """Catch up after a crash. While another process is writing or the disk refuses, the last published view is served."""
        try:
            with self._lock.hold():
                if rebuild_lexical:
                    shutil.rmtree(self._folder / LEXICAL, ignore_errors=True)
                with self._indexing() as lexical:
                    self._catch_up(lexical, self.catalog.sequence())
                    self._stamp = self._views.stamp()
                    snapshot = self._views.at(lexical)
                self._drop_lexical()
                return snapshot
        except (CollectionLockedError, StorageError) as error:
            if rebuild_lexical:
                raise
            if isinstance(error, StorageError):
                self._warn(f"the last changes cannot be found yet ({error})")
            snapshot, self._stamp = self._views.published()
            return snapshot

    @contextmanager
    def _indexing(self) -> "Iterator[TantivyIndex]":
        """The lexical index for one step of writing.

        When the step fails, what is staged is in doubt: it is dropped, and the next step goes on from the last commit.
        """
        try:
            with storage_errors(self._folder / LEXICAL):
                yield self._lexical_index()
        except BaseException:
            self._drop_lexical()
            raise

    def _lexical_index(self) -> TantivyIndex:
        if self._lexical is None:
            folder = self._folder / LEXICAL
            self._lexical = TantivyIndex.open(folder) if (folder / FILE_NAME).exists() else TantivyIndex.create(folder)
            self._staged = 0  # what an index has not committed ends with it
        return self._lexical

    def _drop_lexical(self) -> None:
        lexical, self._lexical = self._lexical, None
        if lexical is not None:
            lexical.close()

    def _catch_up(self, lexical: TantivyIndex, target: int) -> None:
        if lexical.sequence != target:
            self._stage(lexical, target)
            lexical.commit(target)

    def _stage(self, lexical: TantivyIndex, target: int, ahead: Ahead | None = None) -> None:
        low = max(self._staged, lexical.sequence)
        if low < target:
            lexical.remove(self.catalog.removed_chunks(low, target))
            lexical.add(self.catalog.lexical_entries(low, target), ahead=ahead)
            self._staged = target

    def _rebuild_is_due(self) -> bool:
        snapshot = self._snapshot
        if snapshot.live_count <= self._options.settings.exact_threshold:
            return False
        changed = snapshot.count - snapshot.rows.base_count + (snapshot.count - snapshot.live_count)
        return changed > REBUILD_SHARE * snapshot.live_count

    def _check_open(self) -> None:
        if self._closed:
            raise closed(self._folder)

    def _changed(self) -> bool:
        return self._stamp != self._views.stamp()

    def _follow(self) -> None:
        """Take over what another process has published."""
        self._snapshot, self._stamp = self._views.published(self._snapshot)

    def _warn(self, message: str) -> None:
        logger.warning("%s: %s", self._folder, message)
        self.warnings.append(message)


class WriteSession:
    """What may be done while the write lock is held."""

    def __init__(self, store: CollectionStore, catalog: CatalogWriter) -> None:
        self.catalog = catalog
        self.stage = store.stage
        self.publish = store.publish
        self.rebuild = store.rebuild
        self.rebuild_lexical = store.rebuild_lexical
        self.drop_generation = store.drop_generation
        self.rebuild_when_due = store.rebuild_when_due
        self.rollback = store.rollback
        self.undo = store.undo
