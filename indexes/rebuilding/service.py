"""When a collection's vector index is rebuilt, and how: at once, or beside everything else."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from indexes.options import StoreOptions
from indexes.rebuilding.background import BackgroundRebuild
from indexes.rebuilding.build import RebuildReport, Settle
from indexes.rebuilding.plan import Plan
from indexes.rebuilding.rebuilder import Rebuilder
from indexes.snapshot import Snapshot
from indexes.tuned import Tuned
from indexes.vector.base import Vectors
from indexes.vector.registry import AUTO
from ragline.errors import CollectionLockedError, IncompatibleError, InputError, MissingExtra, StorageError
from ragline.reports import RollbackReport

Golden = Callable[[], Vectors | None]
"""Gives the vectors of the queries that new indexes are checked with, where there are some."""

logger = logging.getLogger(__name__)


class RebuildService:
    """The rebuilds of one open collection. ``snapshot`` gives its newest view; ``adopt`` takes what came into use into service.

    What changes the generation in use takes effect for the caller before it returns.
    """

    def __init__(
        self,
        folder: Path,
        options: StoreOptions,
        rebuilder: Rebuilder,
        snapshot: Callable[[], Snapshot],
        adopt: Callable[[], None],
        golden: Golden,
    ) -> None:
        self._folder = folder
        self._options = options
        self._rebuilder = rebuilder
        self._snapshot = snapshot
        self._adopt = adopt
        self._golden = golden
        self._beginning = threading.Lock()
        self._background: BackgroundRebuild | None = None
        self._ended = False

    def when_due(self) -> str:
        """Rebuild, or begin to, when a large collection has changed much since the last time, as the settings say.

        Returns why the new generation was refused; empty when it was not. What was refused is not built again until something
        has changed.
        """
        mode, snapshot = self._options.settings.auto_rebuild, self._snapshot()
        if mode == "off" or not self._rebuilder.is_due(snapshot):
            return ""
        if reason := self._rebuilder.refused(snapshot):
            return reason
        try:
            self.start() if mode == "background" else self.rebuild()
        except CollectionLockedError:  # another process is at it
            logger.info("%s: a rebuild is due, and is being made by another process", self._folder)
        except (IncompatibleError, InputError, MissingExtra, StorageError) as error:  # an InputError is about the golden set
            return str(error)
        return ""

    def refusal(self) -> str:
        """Why the newest generation was refused; empty when it was not."""
        return self._rebuilder.refusal()

    def plan(self, kind: str = AUTO) -> Plan:
        """What :meth:`rebuild` would build of the newest view."""
        return self._rebuilder.plan(kind, self._snapshot())

    def rebuild(self, *, kind: str = AUTO, tuned: Tuned | None = None, settle: Settle | None = None) -> RebuildReport:
        """Build the next generation from what is published, check it, put it in use; readers and writers go on meanwhile.

        ``tuned`` is a new choice of how it is built and searched, and ``settle`` makes one of the index that was built; without
        them that of the generation in use stays, if the kind does. Raises :class:`ragline.errors.RebuildRefusedError` when it
        does not pass its checks, :class:`ragline.errors.CollectionLockedError` while another process builds.
        """
        self.stop()
        report = self._rebuilder.rebuild(kind, golden=self._golden(), tuned=tuned, settle=settle)
        self._adopt()
        return report

    def start(self, *, kind: str = AUTO) -> None:
        """Begin to build the next generation in a process of its own, unless one is being built.

        Raises :class:`ragline.errors.StorageError` when the system has no room for a process.
        """
        golden = self._golden()
        with self._beginning:
            if not self.is_running and not self._ended:
                self._begin(kind, golden)

    @property
    def is_running(self) -> bool:
        """Whether a build of this process is running in the background."""
        return self._background is not None and self._background.is_running

    @property
    def last_error(self) -> str:
        """Why the last build in the background came to nothing; empty when it did not."""
        return "" if self._background is None else self._background.error

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until no build of this process is running in the background; false when that takes longer."""
        while (running := self._background) is not None:
            if not running.wait(timeout_s):
                return False
            if self._background is running:  # and has not begun another
                break
        return True

    def stop(self) -> None:
        """End a build in the background, and the one that it may just have begun."""
        while (running := self._background) is not None and running.is_running:
            running.stop()

    def end(self, *, wait: bool) -> None:
        """Nothing is begun any more; a build in the background is waited for, or else ended."""
        try:
            if wait and not self._ended:
                self.wait()
        finally:
            with self._beginning:
                self._ended = True
            self.stop()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While inside, nothing but the caller builds generations or removes any.

        Raises :class:`ragline.errors.CollectionLockedError` while another process builds.
        """
        self.stop()
        with self._rebuilder.alone():
            yield

    def drop(self) -> None:
        """Do without a built vector index."""
        with self.alone():
            self._rebuilder.use(0)
        self._adopt()

    def rollback(self) -> RollbackReport:
        """Put the previous generation in use; what was written since stays visible."""
        before = self._snapshot()
        with self.alone():
            number = self._rebuilder.roll_back()
        self._adopt()
        after = self._snapshot()
        return RollbackReport(
            number,
            index_before=before.index_kind,
            index_after=after.index_kind,
            unindexed_before=before.count - before.rows.base_count,
            unindexed_after=after.count - after.rows.base_count,
        )

    def _begin(self, kind: str, golden: Vectors | None) -> None:
        self._background = BackgroundRebuild(self._folder, self._options, self._adopt_and_go_on, kind=kind, golden=golden)

    def _adopt_and_go_on(self) -> None:
        """When a build in the background has come into use: what was written meanwhile may make the next one due."""
        self._adopt()
        if self._ended:
            return
        snapshot = self._snapshot()
        if self._rebuilder.is_due(snapshot) and not self._rebuilder.refused(snapshot):
            golden = self._golden()
            with self._beginning:
                if not self._ended:  # nothing outlives its collection
                    self._begin(AUTO, golden)
