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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from indexes.catalog.reader import CatalogReader
from indexes.catalog.run_id import new_run_id
from indexes.catalog.writer import CatalogWriter
from indexes.generations import POINTER, GenerationStore
from indexes.lexical.tantivy_index import TantivyIndex
from indexes.lock import WriteLock
from indexes.rebuild import RebuildReport, build_generation
from indexes.rows import RowTable
from indexes.snapshot import Generation, Snapshot
from ragline.errors import CollectionLockedError, CorruptIndexError, IncompatibleError, InputError, MissingExtra
from ragline.settings import Settings
from ragline.types import RollbackReport

CATALOG = "catalog.sqlite"
LEXICAL = "lexical"
GENERATIONS = "generations"
LOCK = "write.lock"
REBUILD_SHARE = 0.25
"""A new generation is due when so large a share of the visible chunks came, or of the rows left, since the last one."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """What the indexes need to know of the embedder and the settings."""

    dim: int
    embedder: str
    threads: int
    settings: Settings


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
            folder / GENERATIONS, embedder=options.embedder, ef_search=options.settings.hnsw_ef_search
        )
        self.warnings: list[str] = []
        self._snapshot = self._open()

    def close(self) -> None:
        """Release files and connections. Snapshots already handed out stay usable, except for reading text."""
        if self._lexical is not None:
            self._lexical.close()
        if self._writer is not None:
            self._writer.close()
        self.catalog.close()

    def snapshot(self) -> Snapshot:
        """The newest view. Another process's commits are picked up here."""
        if self._changed():
            with self._refresh:
                if self._changed():
                    self._follow()
        return self._snapshot

    @contextmanager
    def writing(self) -> "Iterator[WriteSession]":
        """Hold the write lock for a series of changes.

        Raises :class:`ragline.errors.CollectionLockedError` when another process holds it.
        """
        with self._lock.hold():
            self.snapshot()
            if self._writer is None:
                self._writer = CatalogWriter(self._folder / CATALOG)
            try:
                yield WriteSession(self, self._writer)
            finally:
                if self._lexical is not None:
                    self._lexical.close()
                    self._lexical = None

    def stage(self) -> None:
        """Hand what has been written so far to the lexical index, which makes it visible when it is next published."""
        self._stage(self._lexical_index(), self.catalog.sequence())

    def publish(self) -> None:
        """Bring every index up to the catalog and put the new view in service. For :class:`WriteSession`."""
        if self._writer is None:
            return
        target = self.catalog.sequence()
        if target == self._snapshot.sequence:
            return
        self._writer.sync()
        lexical = self._lexical_index()
        self._catch_up(lexical, target)
        with self._refresh:
            self._snapshot = self._snapshot.advance(self.catalog, lexical.searcher())
            self._stamp = self._read_stamp()
        self._writer.reclaim(target, keep_runs=self._options.settings.keep_runs)

    def rebuild_when_due(self) -> RebuildReport | None:
        """Rebuild when a large collection has changed much since the last time. For :class:`WriteSession`."""
        return self.rebuild() if self._rebuild_is_due() else None

    def rebuild(self, *, kind: str = "auto") -> RebuildReport:
        """Build the next generation from the catalog's vectors, check it against exact search, put it in use.

        Raises :class:`IncompatibleError` when the measured recall is too low. For :class:`WriteSession`.
        """
        report = build_generation(self._snapshot, self.generations, self._options.settings, self._options.threads, kind=kind)
        self.generations.use(report.number)
        self.generations.prune()
        with self._refresh:
            self._snapshot = self._view(self._lexical_index())
            self._stamp = self._read_stamp()
        return report

    def rollback(self) -> int:
        """Put the previous generation in use; what was written since stays visible. Returns its number."""
        number = self.generations.previous()
        self.generations.load(number)
        self.generations.use(number)
        with self._refresh:
            self._snapshot = self._view(self._lexical_index())
            self._stamp = self._read_stamp()
        return number

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
            return self._repair(rebuild_lexical=lexical.sequence > self.catalog.sequence())
        snapshot, self._stamp = self._published_view()
        return snapshot

    def _repair(self, *, rebuild_lexical: bool) -> Snapshot:
        """Catch up after a crash. While another process is writing, its last published view is served instead."""
        try:
            with self._lock.hold():
                if rebuild_lexical:
                    shutil.rmtree(self._folder / LEXICAL, ignore_errors=True)
                lexical = self._lexical_index()
                self._catch_up(lexical, self.catalog.sequence())
                self._stamp = self._read_stamp()
                snapshot = self._view(lexical)
                lexical.close()
                self._lexical = None
                return snapshot
        except CollectionLockedError:
            if rebuild_lexical:
                raise
            snapshot, self._stamp = self._published_view()
            return snapshot

    def _lexical_index(self) -> TantivyIndex:
        if self._lexical is None:
            folder = self._folder / LEXICAL
            self._lexical = TantivyIndex.open(folder) if folder.exists() else TantivyIndex.create(folder)
            self._staged = 0  # what an index has not committed ends with it
        return self._lexical

    def _catch_up(self, lexical: TantivyIndex, target: int) -> None:
        if lexical.sequence != target:
            self._stage(lexical, target)
            lexical.commit(target)

    def _stage(self, lexical: TantivyIndex, target: int) -> None:
        low = max(self._staged, lexical.sequence)
        if low < target:
            lexical.remove(self.catalog.removed_chunks(low, target))
            lexical.add(self.catalog.lexical_entries(low, target))
            self._staged = target

    def _published_view(self, known: Snapshot | None = None) -> "tuple[Snapshot, Stamp]":
        """The view that was published last, by whichever process, and its stamp. ``known`` is an older one to go on from.

        A publication ends with reclaiming the rows that it replaced. The catalog is pinned in a state from before the next
        publication, so that none of the rows of this one are missing.
        """
        while True:
            stamp = self._read_stamp()
            lexical = TantivyIndex.open(self._folder / LEXICAL)
            with self.catalog.pinned():
                if self._read_stamp() == stamp:
                    return self._followed(lexical, known), stamp

    def _followed(self, lexical: TantivyIndex, known: Snapshot | None) -> Snapshot:
        if known is not None and lexical.sequence >= known.sequence:
            number = 0 if known.generation is None else known.generation.number
            if number == self.generations.current():
                return known.advance(self.catalog, lexical.searcher())
        return self._view(lexical)

    def _view(self, lexical: TantivyIndex) -> Snapshot:
        """A snapshot from the newest usable generation and the catalog, at the lexical index's sequence number."""
        searcher = lexical.searcher()
        generation, rows = self._load_generation(searcher.sequence)
        start = 0 if generation is None else generation.sequence
        restricted = self.catalog.access_lists(0, start)
        return Snapshot(start, generation, rows, rows.count, None, restricted, searcher).advance(self.catalog, searcher)

    def _load_generation(self, sequence: int) -> tuple[Generation | None, RowTable]:
        try:
            candidates = [number for number in reversed(self.generations.numbers()) if number <= self.generations.current()]
        except CorruptIndexError as error:
            self._warn(str(error))
            candidates = list(reversed(self.generations.numbers()))
        for number in candidates:
            try:
                loaded = self.generations.load(number)
            except (CorruptIndexError, IncompatibleError, MissingExtra) as error:
                if number in self.generations.numbers():  # not one that its writer has pruned meanwhile
                    self._warn(str(error))
                continue
            if loaded.generation.sequence <= sequence:
                return loaded.generation, RowTable(self._options.dim, loaded.rows)
        return None, RowTable(self._options.dim)

    def _rebuild_is_due(self) -> bool:
        snapshot = self._snapshot
        if snapshot.live_count <= self._options.settings.exact_threshold:
            return False
        changed = snapshot.count - snapshot.rows.base_count + (snapshot.count - snapshot.live_count)
        return changed > REBUILD_SHARE * snapshot.live_count

    def _changed(self) -> bool:
        return self._stamp != self._read_stamp()

    def _follow(self) -> None:
        """Take over what another process has published."""
        self._snapshot, self._stamp = self._published_view(self._snapshot)

    def _read_stamp(self) -> "Stamp":
        """Changes whenever any process publishes a commit or puts a generation in use."""
        return tuple(_identity(self._folder / name) for name in (f"{LEXICAL}/manifest.json", f"{GENERATIONS}/{POINTER}"))

    def _warn(self, message: str) -> None:
        logger.warning("%s: %s", self._folder, message)
        self.warnings.append(message)


Stamp = tuple[tuple[int, int], ...]


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


class WriteSession:
    """What may be done while the write lock is held."""

    def __init__(self, store: CollectionStore, catalog: CatalogWriter) -> None:
        self.catalog = catalog
        self.stage = store.stage
        self.publish = store.publish
        self.rebuild = store.rebuild
        self.rebuild_when_due = store.rebuild_when_due
        self.rollback = store.rollback
        self.undo = store.undo
