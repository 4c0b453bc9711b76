"""The dual-index swap: the next generation is built aside from what is published, checked, and put in use by one rename.

Nothing waits for a build but another build. Readers stay on the generation that they have; writers go on writing, and what they
commit meanwhile is what every view adds to its generation anyway: new chunks are searched exactly, those that left are masked.
So a build needs no log of what happened beside it; the catalog is the log.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexes.catalog.reader import CatalogReader
from indexes.disk import storage_errors
from indexes.generations import GenerationStore
from indexes.lock import WriteLock
from indexes.options import StoreOptions
from indexes.rebuilding.build import Comparison, RebuildReport, build_generation
from indexes.rebuilding.refusal import Refusal, RefusalNote
from indexes.snapshot import Snapshot
from indexes.threads import blas_threads
from indexes.vector.base import VectorIndex, Vectors
from indexes.vector.registry import AUTO, Kind, choose_kind
from indexes.views import Views
from ragline.errors import CorruptIndexError, IncompatibleError, MissingExtra, RebuildRefusedError

LOCK = "rebuild.lock"


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
        self._lock = WriteLock(folder / LOCK, doing="rebuilt")
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
        if refusal is None or refusal.attempt != self._attempt(snapshot.sequence, self.kind(AUTO, snapshot)):
            return ""
        return refusal.reason

    def refusal(self) -> str:
        """Why the newest generation was refused; empty when it was not."""
        refusal = self._refusal.read()
        return "" if refusal is None else refusal.reason

    def rebuild(self, asked: str = AUTO, *, golden: Vectors | None = None) -> RebuildReport:
        """Build the next generation from what is published, check it, put it in use.

        ``golden`` are vectors of queries that it is checked with too. Raises :class:`RebuildRefusedError` when a check fails,
        :class:`MissingExtra` for a kind whose library is absent.
        """
        with self.alone(), storage_errors(self._folder):
            before = self._in_use()
            with self._views.pinned() as sequence:
                rows = self._catalog.vector_rows(0, sequence, dim=self._options.dim)
                expected = self._catalog.visible_chunks(sequence)
            settings = self._options.settings
            kind = choose_kind(asked, settings, len(rows.chunk_nos), in_use=before)
            try:
                with blas_threads(self._options.threads):
                    report = build_generation(
                        rows,
                        self._generations,
                        kind,
                        settings,
                        self._options.threads,
                        sequence=sequence,
                        expected=expected,
                        comparison=Comparison(golden, before),
                    )
            except (IncompatibleError, MissingExtra) as error:
                checks = error.checks if isinstance(error, RebuildRefusedError) else ()
                self._refusal.write(Refusal(self._attempt(sequence, kind), str(error)), checks)
                raise
            self.use(report.number)
            self._generations.prune()
            self._refusal.forget()
        return report

    def use(self, number: int) -> None:
        """Put a generation in use (0 = none). Raises :class:`CorruptIndexError` for one that cannot be read."""
        with self.alone(), storage_errors(self._folder):
            if number:
                self._generations.load(number)  # nothing that cannot be read comes into use
            self._generations.use(number)

    def roll_back(self) -> int:
        """Put the generation before the one in use in its place. Returns its number."""
        with self.alone(), storage_errors(self._folder):
            number = self._generations.previous()
            self.use(number)
        return number

    def kind(self, asked: str, snapshot: Snapshot) -> Kind:
        """The kind that would be built of a view."""
        generation = snapshot.generation
        in_use = None if generation is None else generation.index
        return choose_kind(asked, self._options.settings, snapshot.live_count, in_use=in_use)

    def _attempt(self, sequence: int, kind: Kind) -> tuple[object, ...]:
        settings = self._options.settings
        return (sequence, kind.name, repr(kind.parameters(settings)), settings.target_recall, settings.p95_ms)

    def _in_use(self) -> VectorIndex | None:
        try:
            number = self._generations.current()
            return self._generations.load(number).generation.index if number else None
        except (CorruptIndexError, IncompatibleError, MissingExtra):  # a new one is what helps
            return None
