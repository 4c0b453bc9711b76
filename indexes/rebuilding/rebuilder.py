"""The dual-index swap: the next generation is built aside from what is published, checked, and put in use by one rename.

Nothing waits for a build but another build. Readers stay on the generation that they have; writers go on writing, and what they
commit meanwhile is what every view adds to its generation anyway: new chunks are searched exactly, those that left are masked.
So a build needs no log of what happened beside it; the catalog is the log.
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from indexes.catalog.reader import CatalogReader
from indexes.disk import storage_errors
from indexes.generations import GenerationStore
from indexes.lock import rebuild_lock
from indexes.options import StoreOptions
from indexes.places import CATALOG
from indexes.rebuilding.build import Comparison, RebuildReport, Settle, build_generation
from indexes.rebuilding.plan import Plan, next_plan
from indexes.rebuilding.refusal import Refusal, RefusalNote
from indexes.snapshot import Generation, Snapshot
from indexes.threads import blas_threads
from indexes.tuned import Tuned
from indexes.vector.base import Vectors
from indexes.vector.registry import AUTO
from indexes.views import Views
from ragline.errors import CollectionNotFoundError, CorruptIndexError, IncompatibleError, MissingExtra, RebuildRefusedError

logger = logging.getLogger(__name__)


class Rebuilder:
    """Builds generations of one collection and says which is in use; one process and thread at a time, under its own lock."""

    def __init__(
        self, folder: Path, catalog: CatalogReader, generations: GenerationStore, views: Views, options: StoreOptions
    ) -> None:
        self._folder = folder
        self._catalog = catalog
        self._generations = generations
        self._views = views
        self._options = options
        self._lock = rebuild_lock(folder)
        self._refusal = RefusalNote(generations.pointer.parent)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While inside, no other thread or process builds, prunes or changes what is in use.

        Raises :class:`ragline.errors.CollectionLockedError` when another process is building.
        """
        with self._lock.hold():
            yield

    def is_due(self, snapshot: Snapshot) -> bool:
        """Whether so much has come or left since the last build that a new index is worth it."""
        settings = self._options.settings
        if snapshot.live_count <= settings.exact_threshold:
            return False
        changed = snapshot.count - snapshot.rows.base_count + (snapshot.count - snapshot.live_count)
        return changed > settings.rebuild_share * snapshot.live_count

    def refused(self, snapshot: Snapshot) -> str:
        """Why what would be built now was refused before, from the same chunks and with the same settings; else empty."""
        refusal = self._refusal.read()
        if refusal is None or refusal.attempt != self._attempt(snapshot.sequence, self.plan(AUTO, snapshot)):
            return ""
        return refusal.reason

    def refusal(self) -> str:
        """Why the newest generation was refused; empty when it was not."""
        refusal = self._refusal.read()
        return "" if refusal is None else refusal.reason

    def rebuild(
        self,
        asked: str = AUTO,
        *,
        golden: Vectors | None = None,
        tuned: Tuned | None = None,
        settle: Settle | None = None,
    ) -> RebuildReport:
        """Build the next generation from what is published, check it, put it in use.

        ``golden`` are vectors of queries that it is checked with too. ``tuned`` is a new choice of how it is built and
        searched; without one that of the generation in use stays, if the kind does. Raises :class:`RebuildRefusedError` when a
        check fails, :class:`MissingExtra` for a kind whose library is absent.
        """
        with self.alone(), storage_errors(self._folder), self._unnamed_file() as file:
            self._check_is_there()
            before = self._in_use()
            with self._views.pinned() as sequence:
                rows = self._catalog.vector_rows(0, sequence, dim=self._options.dim, into=file)
                expected = self._catalog.visible_chunks(sequence)
            plan = next_plan(asked, self._options, len(rows.chunk_nos), before, tuned)
            try:
                with blas_threads(self._options.threads):
                    report = build_generation(
                        rows,
                        self._generations,
                        plan,
                        self._options,
                        sequence=sequence,
                        expected=expected,
                        comparison=Comparison(golden, None if before is None else before.index),
                        settle=settle,
                    )
            except (IncompatibleError, MissingExtra) as error:
                checks = error.checks if isinstance(error, RebuildRefusedError) else ()
                self._refusal.write(Refusal(self._attempt(sequence, plan), str(error)), checks)
                raise
            self.use(report.number)
            self._tidy()
        return report

    def _check_is_there(self) -> None:
        """What removes a space holds the same lock. An open catalog can be read after it; nothing may be built of that."""
        if not (self._folder / CATALOG).exists():
            raise CollectionNotFoundError(
                f"{self._folder} holds no collection any more: it was migrated, and its files were removed. Run the same again."
            )

    def _tidy(self) -> None:
        """What is left to do is not worth an error: the new generation is in use."""
        try:
            self._generations.prune()
            self._refusal.forget()
        except OSError as error:
            logger.warning("%s: old generations could not be removed; the next rebuild does it (%s)", self._folder, error)

    def use(self, number: int) -> None:
        """Put a generation in use (0 = none). Raises :class:`CorruptIndexError` for one that cannot be read."""
        with self.alone(), storage_errors(self._folder):
            self._check_is_there()
            if number:
                self._generations.load(number)  # nothing that cannot be read comes into use
            self._generations.use(number)

    def roll_back(self) -> int:
        """Put the generation before the one in use in its place. Returns its number."""
        with self.alone(), storage_errors(self._folder):
            number = self._generations.previous()
            self.use(number)
        return number

    def plan(self, asked: str, snapshot: Snapshot) -> Plan:
        """What would be built of a view."""
        return next_plan(asked, self._options, snapshot.live_count, snapshot.generation)

    @contextmanager
    def _unnamed_file(self) -> Iterator[BinaryIO]:
        """For the vectors that are built from: a file beside the generations that goes with whoever has it open."""
        folder = self._generations.pointer.parent
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            yield file

    def _attempt(self, sequence: int, plan: Plan) -> tuple[object, ...]:
        settings = plan.settings
        parameters = repr(plan.kind.parameters(settings))
        return (sequence, plan.kind.name, parameters, settings.target_recall, settings.p95_ms)

    def _in_use(self) -> Generation | None:
        try:
            number = self._generations.current()
            return self._generations.load(number).generation if number else None
        except (CorruptIndexError, IncompatibleError, MissingExtra):  # a new one is what helps
            return None
