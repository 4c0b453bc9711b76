"""The store of one collection: the catalog, and the indexes kept in step with it.

Layout of a collection's folder::

    catalog.sqlite     the truth
    lexical/           a cache of it: the lexical index
    generations/       a cache of it: built vector indexes (small collections have none)
    write.lock         held while something is written
    rebuild.lock       held while a generation is built, removed or put in use

Writing goes: documents into the catalog (one transaction each) -> :meth:`WriteSession.publish` -> log flushed, lexical index
caught up and committed, a new :class:`Snapshot` in service, rows of replaced versions reclaimed. Opening runs the same catching
up, so a crash at any point costs nothing but the work of doing it again.
"""

import logging
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from indexes.catalog.reader import CatalogReader
from indexes.catalog.run_id import new_run_id
from indexes.catalog.writer import CatalogWriter
from indexes.disk import closed, storage_errors
from indexes.generations import GenerationStore
from indexes.lexical.ahead import Ahead
from indexes.lexical.analyser import Analyser
from indexes.lexical.manifest import FILE_NAME
from indexes.lexical.tantivy_index import TantivyIndex
from indexes.lock import WriteLock
from indexes.options import StoreOptions
from indexes.places import CATALOG, GENERATIONS, LEXICAL, LOCK
from indexes.rebuilding.rebuilder import Rebuilder
from indexes.rebuilding.service import Golden, RebuildService
from indexes.snapshot import Snapshot
from indexes.views import Stamp, Views
from ragline.errors import (
    CollectionLockedError,
    CorruptIndexError,
    IncompatibleError,
    InputError,
    RaglineError,
    StorageError,
)
from ragline.reports import RollbackReport

logger = logging.getLogger(__name__)


class CollectionStore:
    """Opens a collection's folder, repairs what can be repaired, and serves snapshots. Safe to use from several threads."""

    def __init__(
        self, folder: Path, options: StoreOptions, *, golden: Golden = lambda: None, lock: WriteLock | None = None
    ) -> None:
        """``lock`` is the write lock where that is not in ``folder`` (see :mod:`indexes.spaces`)."""
        self.folder = self._folder = folder
        self._options = options
        self._lock = lock or WriteLock(folder / LOCK)
        self._refresh = threading.Lock()
        self._writer: CatalogWriter | None = None
        self._lexical: TantivyIndex | None = None
        self._staged = 0
        self._stamp = Stamp()
        self._adopting = threading.RLock()
        self._adopter: threading.Thread | None = None
        self.analyser = Analyser(options.analysis)
        self.catalog = CatalogReader(folder / CATALOG)
        self.generations = GenerationStore(
            folder / GENERATIONS, embedder=options.embedder, settings=options.settings, given=options.given
        )
        self.warnings: list[str] = []
        self._views = Views(folder / LEXICAL, self.catalog, self.generations, options.dim, self._warn, analyser=self.analyser)
        rebuilder = Rebuilder(folder, self.catalog, self.generations, self._views, options)
        self.rebuilds = RebuildService(folder, options, rebuilder, self.snapshot, self.adopt, golden)
        self._closed = False
        try:
            with storage_errors(folder):
                self._snapshot = self._open()
        except BaseException:
            self.close()
            raise

    def close(self, *, wait: bool = True) -> None:
        """Release files and connections. Snapshots already handed out stay usable, except for reading text.

        A build in the background is waited for, or else ended; then the next writer begins it again.
        """
        try:
            self.rebuilds.end(wait=wait)
        finally:
            self._closed = True
        if self._adopter is not None:
            self._adopter.join()
        self._drop_lexical()
        self.catalog.close()
        if self._writer is not None:
            self._writer.close()  # the last connection folds the log into the database, if it may write

    def snapshot(self) -> Snapshot:
        """The newest view. Another process's commits are picked up here. Raises :class:`InputError` after :meth:`close`.

        A generation that another process has put in use is loaded beside, and serves from the first query after that.
        """
        self._check_open()
        with storage_errors(self._folder):
            stamp = self._views.stamp()
            if stamp != self._stamp:
                if stamp.lexical != self._stamp.lexical:
                    self._follow_or_repair()
                if stamp.generation != self._stamp.generation:
                    self._adopt_soon()
        return self._snapshot

    def _follow_or_repair(self) -> None:
        try:
            with self._refresh:
                if self._views.stamp().lexical != self._stamp.lexical:
                    self._follow()
        except CorruptIndexError as error:
            self._warn(f"the lexical index was rebuilt from the catalog ({error})")
            repaired = self._repair(rebuild_lexical=True)  # the write lock is never waited for while refreshing
            with self._refresh:
                self._snapshot = repaired

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
        with self._indexing() as lexical, ThreadPoolExecutor(1) as beside:
            # Read while the disk and the lexical index are waited for.
            before = self._snapshot
            rows = beside.submit(self.catalog.vector_rows, before.sequence, target, dim=self._options.dim)
            self._writer.sync()
            self._catch_up(lexical, target)
            with self._refresh:
                # A generation that has come into use meanwhile may be farther on, or have other rows.
                new = rows.result() if self._snapshot is before else None
                self._snapshot = self._snapshot.advance(self.catalog, lexical.searcher(), new)
                self._stamp = self._stamp._replace(lexical=self._views.stamp().lexical)
        self._writer.reclaim(target, keep_runs=self._options.settings.keep_runs)

    def rebuild_lexical(self) -> None:
        """Make the lexical index anew from the catalog, in one commit. For :class:`WriteSession`."""
        with self._indexing() as lexical:
            target = self.catalog.sequence()
            lexical.clear()
            lexical.add(self.catalog.lexical_entries(0, target))
            lexical.commit(target)
            with self._refresh:
                self._snapshot = self._snapshot.advance(self.catalog, lexical.searcher())
                self._stamp = self._stamp._replace(lexical=self._views.stamp().lexical)

    def adopt(self) -> None:
        """Take the generation that is in use into service. Queries stay on the one before until it is loaded."""
        with self._adopting, storage_errors(self._folder):
            if self._views.stamp().generation == self._stamp.generation:
                return
            loaded, stamp = self._views.published()
            with self._refresh:
                now, newest = self._views.published(loaded)
                self._snapshot, self._stamp = now, Stamp(newest.lexical, stamp.generation)

    def undo(self, run_id: str) -> RollbackReport:
        """Undo a run, as a run of its own, and publish. For :class:`WriteSession`."""
        if self._writer is None:
            raise InputError("nothing is being written; undo within a writing session")
        undoing = new_run_id()
        undone = self._writer.undo_run(run_id, by=undoing)
        self.publish()
        return RollbackReport(self._snapshot.generation_number, undoing, undone.removed, undone.restored, undone.kept)

    def _open(self) -> Snapshot:
        try:
            lexical = TantivyIndex.open(self._folder / LEXICAL, analyser=self.analyser)
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
            make = TantivyIndex.open if (folder / FILE_NAME).exists() else TantivyIndex.create
            self._lexical = make(folder, analyser=self.analyser)
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

    def _check_open(self) -> None:
        if self._closed:
            raise closed(self._folder)

    def _follow(self) -> None:
        """Take over what another process has published; a generation that has come into use meanwhile is not waited for."""
        known = self._snapshot
        found, stamp = self._views.published(known)
        goes_on = found.rows is known.rows
        self._snapshot, self._stamp = found, Stamp(stamp.lexical, self._stamp.generation if goes_on else stamp.generation)

    def _adopt_soon(self) -> None:
        if self._adopter is None or not self._adopter.is_alive():
            self._adopter = threading.Thread(target=self._adopt_quietly, daemon=True)
            self._adopter.start()

    def _adopt_quietly(self) -> None:
        stamp = self._views.stamp()
        try:
            self.adopt()
        except RaglineError as error:
            if not self._closed:
                self._warn(f"the vector index that is in use now cannot be read; the one before it serves ({error})")
                self._stamp = self._stamp._replace(generation=stamp.generation)  # not again for every query

    def _warn(self, message: str) -> None:
        logger.warning("%s: %s", self._folder, message)
        self.warnings.append(message)


class WriteSession:
    """What may be done while the write lock is held."""

    def __init__(self, store: CollectionStore, catalog: CatalogWriter) -> None:
        self.catalog = catalog
        self.stage = store.stage
        self.publish = store.publish
        self.rebuild = store.rebuilds.rebuild
        self.rebuild_lexical = store.rebuild_lexical
        self.drop_generation = store.rebuilds.drop
        self.rebuild_when_due = store.rebuilds.when_due
        self.undo = store.undo
