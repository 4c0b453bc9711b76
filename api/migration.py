"""Moves a collection to another embedder, chunker or analysis while it goes on serving: build aside, catch up, verify, switch.

The old space is read and written all the while. The write lock is held in the last step only: the last few changes are brought,
both spaces are compared, and one rename puts index and query encoder in use together. Killed at any point before it, the old
space serves, and the same migration goes on where it was; at any point after it, the new one does.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import asdict, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from api.configuration import CollectionConfiguration, chunker_of, configuration_in, save_configuration
from api.migration_target import Target, new_hash
from api.quality import check_loss, compare
from api.serving import golden_vectors
from indexes.canary import check_canary
from indexes.catalog import transfer
from indexes.catalog.signatures import link_settings
from indexes.creation import make_space
from indexes.ingest import config_hash
from indexes.lock import WriteLock
from indexes.migration.bring import Bringer, Keeper, Rechunker
from indexes.migration.catch_up import CatchUp
from indexes.migration.forecast import forecast
from indexes.migration.report import MigrationProgress, MigrationReport, ProgressCallback, Quality, Step
from indexes.migration.verify import check_documents, check_indexes, check_vectors
from indexes.options import StoreOptions
from indexes.spaces import (
    begin_space,
    finish_space,
    remove_space,
    space_folder,
    space_in_use,
    spaces_on_disk,
    unfinished,
    use_space,
)
from indexes.store import CollectionStore
from ragline.errors import (
    CollectionLockedError,
    CorruptIndexError,
    EmbedderMismatchError,
    IncompatibleError,
    InputError,
    StorageError,
)
from ragline.reports import RollbackReport
from retrieval.access import stored_as, stored_demand
from retrieval.hybrid import HybridRetriever
from retrieval.rerankers.registry import load_reranker

if TYPE_CHECKING:
    from api.serving import Serving, Space
    from eval.golden import GoldenSet
    from indexes.embedders.base import Embedder
    from ragline.settings import Settings

LOCK_WAIT_S = 600.0
"""How long the last step waits for a writer elsewhere to end; it goes on catching up meanwhile."""

_LOCK_POLL_S = 0.5
_FEW = 64
"""Changes that may be left for the last step, in which writers wait."""

_MOST_ROUNDS = 10
"""A writer that never rests is not outrun; then the last step takes longer."""


class Migration:
    """One migration of one collection. ``source`` is the space in use; the caller holds ``lock``, the migration lock."""

    def __init__(
        self,
        serving: Serving,
        settings: Settings,
        source: Space,
        lock: WriteLock,
        *,
        golden: GoldenSet | None = None,
        max_loss: float = 0.0,
        progress: ProgressCallback | None = None,
    ) -> None:
        self._serving = serving
        self._settings = settings
        self._source = source
        self._home = source.home
        self._lock = lock
        self._golden = golden
        self._max_loss = max_loss
        self._progress = progress
        self._resumed = False
        self._recall: float | None = None

    def migrate(self, wanted: CollectionConfiguration, embedder: Embedder) -> MigrationReport:
        """Make the new space, and put it in use. See :meth:`api.upkeep.Upkeep.migrate`."""
        started = time.perf_counter()
        chunks_before = self._source.store.catalog.counts().chunks
        target = self._checked(wanted, embedder)
        number = self._begin(target)
        with closing(self._open(number, target)) as store:
            catch_up = self._catch_up(store, target)
            self._bring(store, catch_up)
            self._build_index(store)
            quality = self._compare(store, embedder)
            ways = self._switch(number, store, target, catch_up)
            counts = store.catalog.counts()
        self._tidy()
        caught = catch_up.caught
        return MigrationReport(
            space=number,
            before=str(self._source.configuration),
            after=str(wanted),
            documents=counts.documents,
            chunks_before=chunks_before,
            chunks=counts.chunks,
            ways=ways,
            embedded=caught.embedded,
            reused=caught.reused,
            rounds=caught.rounds,
            resumed=self._resumed,
            recall_at_10=self._recall,
            quality=quality,
            seconds=time.perf_counter() - started,
            warnings=self._warnings(ways),
        )

    def forecast(self, wanted: CollectionConfiguration, embedder: Embedder) -> MigrationReport:
        """What :meth:`migrate` would do, from a sample of the documents; nothing is written."""
        target = self._checked(wanted, embedder)
        catalog = self._source.store.catalog
        embeds = None if self._keeps_chunks(target) else embedder
        counts, found = catalog.counts(), forecast(catalog, self._bringer(target), embeds)
        return MigrationReport(
            space=self._source.number,
            before=str(self._source.configuration),
            after=str(target.configuration),
            documents=counts.documents,
            chunks_before=counts.chunks,
            chunks=found.chunks,
            ways=found.ways,
            seconds=found.seconds,
            dry_run=True,
            warnings=self._warnings(found.ways),
        )

    def go_back(self) -> RollbackReport:
        """Put the space before this one in use again, with all that was written since."""
        from indexes.embedders.registry import load_embedder

        number = space_in_use(self._home).previous
        configuration = None if number is None else configuration_in(space_folder(self._home, number))
        if number is None or configuration is None:
            raise InputError(f"The collection {self._home} has no space before this one to go back to. Migrate again instead.")
        settings = self._settings
        embedder = load_embedder(configuration.embedder.name, threads=settings.threads or None, runtime=settings.runtime)
        if embedder.fingerprint != configuration.embedder:
            raise EmbedderMismatchError(
                f"The space before this one was embedded by {configuration.embedder}; installed is {embedder.fingerprint}. "
                f"Install the package version that it was made with."
            )
        target = Target(configuration, embedder)
        self._make(number, target)  # by an older release, perhaps
        with closing(self._open(number, target)) as store:
            catch_up = self._catch_up(store, target)
            self._bring(store, catch_up)
            self._switch(number, store, target, catch_up)
            generation = store.snapshot().generation
        brought = set(catch_up.caught.brought)
        removed = tuple(sorted(set(catch_up.caught.removed) - brought))
        in_use = 0 if generation is None else generation.number
        return RollbackReport(in_use, removed=removed, space=number, brought=tuple(sorted(brought)))

    def _checked(self, wanted: CollectionConfiguration, embedder: Embedder) -> Target:
        if wanted == self._source.configuration and self._has_same_vectors(embedder):
            raise InputError(f"The collection {self._home} is so already ({wanted}). Say what is to change, e.g. --embedder.")
        return Target(wanted, embedder)

    def _begin(self, target: Target) -> int:
        """The number of the space in the making: one that was begun for the same, or a new one."""
        in_use = space_in_use(self._home)
        for number in (in_use.number, in_use.previous or in_use.number):
            finish_space(self._home, number)  # a process died between the switch and this
        chunker = chunker_of(target.configuration, target.embedder, self._settings)
        wanted = {
            "from": in_use.number,
            "configuration": asdict(target.configuration),
            "hash": config_hash(chunker, target.configuration.embedder, self._settings),  # other parsers, other chunks
        }
        for number, note in unfinished(self._home).items():
            if note == wanted and self._is_usable(number, target):
                self._resumed = True
                return number
            remove_space(self._home, number)
        number = begin_space(self._home, wanted)
        self._make(number, target)
        return number

    def _is_usable(self, number: int, target: Target) -> bool:
        """Whether the space in the making can be gone on with: its embedder computes what it did when it was begun."""
        try:
            self._make(number, target)
            with closing(self._open(number, target)) as store:
                check_canary(store.catalog.settings(), target.embedder, store.folder)
        except (IncompatibleError, CorruptIndexError):
            return False
        return True

    def _make(self, number: int, target: Target) -> None:
        folder = space_folder(self._home, number)
        make_space(folder, target.configuration.analysis)
        if configuration_in(folder) is None:
            save_configuration(folder, target.configuration, target.embedder)

    def _open(self, number: int, target: Target) -> CollectionStore:
        fingerprint = target.configuration.embedder
        source = self._source
        options = StoreOptions(
            fingerprint.dim,
            str(fingerprint),
            source.threads,
            self._settings,
            source.given,
            target.configuration.analysis,
        )
        golden = partial(golden_vectors, self._settings, lambda: target.embedder)
        return CollectionStore(space_folder(self._home, number), options, golden=golden, lock=self._lock)

    def _catch_up(self, store: CollectionStore, target: Target) -> CatchUp:
        chunker = chunker_of(target.configuration, target.embedder, self._settings)
        return CatchUp(
            self._source.store,
            store,
            self._bringer(target),
            target.embedder,
            new_hash=new_hash(self._source.configuration, target, chunker, self._settings),
            same_vectors=self._has_same_vectors(target.embedder),
            batch_chunks=self._settings.batch_chunks,
            progress=lambda done, total, embedded: self._tell("bring", done, total, embedded),
        )

    def _bringer(self, target: Target) -> Bringer:
        analysis = target.configuration.analysis
        if self._keeps_chunks(target):
            return Keeper(analysis)
        return Rechunker(chunker_of(target.configuration, target.embedder, self._settings), self._settings, analysis)

    def _keeps_chunks(self, target: Target) -> bool:
        """Whether nothing but the terms changes, so that chunks and vectors are those that there are."""
        current = self._source.configuration
        return replace(target.configuration, analysis=current.analysis) == current and self._has_same_vectors(target.embedder)

    def _bring(self, store: CollectionStore, catch_up: CatchUp) -> None:
        for _ in range(_MOST_ROUNDS):
            with store.writing() as session:
                if catch_up.round(session) <= _FEW:
                    return

    def _build_index(self, store: CollectionStore) -> None:
        """A vector index where the collection has one, or is large enough; its recall is measured by the build."""
        before, now = self._source.store.snapshot().generation, store.snapshot()
        is_wanted = before is not None or now.live_count > self._settings.exact_threshold
        if now.generation is not None or not is_wanted or not now.live_count:
            return
        self._tell("index", 0, now.live_count, 0)
        self._recall = store.rebuilds.rebuild(kind="auto" if before is None else before.index.kind).recall_at_10

    def _compare(self, store: CollectionStore, embedder: Embedder) -> tuple[Quality, ...]:
        if self._golden is None:
            return ()
        self._tell("compare", 0, len(self._golden), 0)
        once = replace(self._settings, recall_sample=0.0)  # this one serves nobody, and goes when it has been compared
        after = HybridRetriever(store, lambda: embedder, once, reranker=load_reranker(once, lambda: embedder))
        quality = compare(self._golden, self._retriever_before, after)
        check_loss(quality, self._max_loss)
        return quality

    def _retriever_before(self) -> HybridRetriever:
        self._source.embedder  # noqa: B018 - that it cannot be loaded is one reason to migrate
        return self._source.retriever

    def _switch(self, number: int, store: CollectionStore, target: Target, catch_up: CatchUp) -> dict[str, int]:
        """The last round, the checks and the switch, under the write lock; how many documents came which way."""
        deadline = time.monotonic() + LOCK_WAIT_S
        for attempt in count(1):
            try:
                with self._serving.holding() as source, store.writing() as session:
                    if attempt > _MOST_ROUNDS or catch_up.pending() <= _FEW:
                        self._tell("catch up", 0, catch_up.pending(), catch_up.caught.embedded)
                        while catch_up.round(session):
                            pass
                        ways = store.catalog.read(transfer.ways)
                        self._verify(store, target)
                        catch_up.finish(session)
                        session.catalog.set_settings(stored_as(stored_demand(self._source.store.catalog)))
                        with self._serving.prepared(number):
                            use_space(self._home, number, previous=source.number)
                        with suppress(StorageError):  # it is in use, whatever becomes of these notes
                            session.catalog.write(transfer.forget_ways)
                        break
            except CollectionLockedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_LOCK_POLL_S)
            with store.writing() as session:
                catch_up.round(session)
        finish_space(self._home, number)
        self._tell("switch", 1, 1, catch_up.caught.embedded)
        return ways

    def _verify(self, store: CollectionStore, target: Target) -> None:
        check_documents(self._source.store.catalog, store.catalog)
        check_indexes(store)
        check_vectors(store, target.embedder)
        check_canary(store.catalog.settings(), target.embedder, store.folder)

    def _tidy(self) -> None:
        """Remove the spaces that nothing leads to any more."""
        in_use = space_in_use(self._home)
        for number in spaces_on_disk(self._home):
            if number not in {in_use.number, in_use.previous}:
                remove_space(self._home, number)

    def _has_same_vectors(self, embedder: Embedder) -> bool:
        """Whether the vectors that are stored are those that this embedder gives."""
        if self._source.configuration.embedder != embedder.fingerprint:
            return False
        try:
            check_canary(self._source.store.catalog.settings(), embedder, self._home)
        except EmbedderMismatchError:
            return False
        return True

    def _warnings(self, ways: Mapping[str, int]) -> tuple[str, ...]:
        """What does not carry over as it was."""
        warnings = []
        if lossy := ways.get("chunks"):
            warnings.append(
                f"of {lossy} documents neither text nor file gives the structure, so their old chunks do; ingest their sources "
                f"again for the rest (cells of tables, where elements begin)"
            )
        if self._source.store.catalog.read(link_settings):
            warnings.append("near-duplicates are not linked any more; link them again: ragline duplicates")
        generation = self._source.store.snapshot().generation
        if generation is not None and generation.tuned:
            warnings.append("the vector index is not tuned any more, as its vectors are others; tune it again: ragline tune")
        return tuple(warnings)

    def _tell(self, step: Step, done: int, total: int, embedded: int) -> None:
        if self._progress is not None:
            self._progress(MigrationProgress(step, done, total, embedded))
