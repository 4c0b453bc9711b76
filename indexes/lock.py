"""The single-writer lock of a collection: an advisory file lock that the kernel releases when its holder dies."""

import fcntl
import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock

from indexes.disk import storage_errors
from ragline.errors import CollectionLockedError

POLL_S = 0.05
REBUILD_LOCK = "rebuild.lock"


class WriteLock:
    """Held for the length of one write. Re-entrant in a thread; other threads of the process wait for it.

    ``doing`` is what messages call it.

    ``flock`` needs no stale-lock rule: the lock goes with the process that held it, also by ``kill -9``.
    """

    def __init__(self, path: Path, *, wait_s: float = 0.5, doing: str = "written") -> None:
        self._path = path
        self._doing = doing
        self._wait_s = wait_s
        self._threads = RLock()
        self._depth = 0
        self._descriptor: int | None = None

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Raises :class:`CollectionLockedError` within ``wait_s`` when another process holds it.

        Raises :class:`ragline.errors.StorageError` when there can be no lock file.
        """
        with self._threads:
            self._depth += 1
            try:
                if self._depth == 1:
                    self._descriptor = self._acquire()
                yield
            finally:
                self._depth -= 1
                if self._depth == 0 and self._descriptor is not None:
                    os.close(self._descriptor)
                    self._descriptor = None

    def _acquire(self) -> int:
        with storage_errors(self._path):
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._wait(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        with suppress(OSError):  # who holds it is for the message to others; a full disk takes nothing but that
            os.ftruncate(descriptor, 0)
            os.write(descriptor, json.dumps({"pid": os.getpid(), "host": platform.node()}).encode())
        return descriptor

    def _wait(self, descriptor: int) -> None:
        deadline = time.monotonic() + self._wait_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < deadline:
                    time.sleep(POLL_S)
                    continue
                raise CollectionLockedError(
                    f"{self._path.parent} is being {self._doing} by {self._holder()}. Wait until it has finished, or stop it."
                ) from None
            return

    def _holder(self) -> str:
        try:
            holder = json.loads(self._path.read_text())
            return f"process {holder['pid']} on {holder['host']}"
        except (OSError, ValueError, KeyError):
            return "another process"


def rebuild_lock(folder: Path) -> WriteLock:
    """What is held while a generation of the space in ``folder`` is built, removed or put in use."""
    return WriteLock(folder / REBUILD_LOCK, doing="rebuilt")
