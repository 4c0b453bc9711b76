"""SQLite connections of a catalog: one that writes, and one per reading thread."""

import sqlite3
import threading
from pathlib import Path

from indexes.catalog.migrations import migrate
from ragline.errors import CollectionNotFoundError, CorruptIndexError

BUSY_TIMEOUT_S = 10.0
"""How long a statement waits for another connection's short transaction."""

CACHE_KIB = 16_384
LOG_PAGES = 8192
"""Pages (32 MiB) that the log grows to before a commit folds it into the database: a long ingest does so seldom."""

MMAP_BYTES = 1 << 28
"""Reads go through the page cache of the kernel, shared by all reading processes."""


def connect_writer(path: Path) -> sqlite3.Connection:
    """The connection that writes: WAL, foreign keys, explicit transactions; the schema is brought up to date.

    ``synchronous=NORMAL``: a commit survives the death of the process at once, and of the machine from the next
    :func:`Catalog.sync` on.
    """
    connection = _connect(path, "rwc")
    try:
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        migrate(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise corrupt(path, error) from error
    return connection


class ReaderPool:
    """Read-only connections, one for each thread that asks; all closed together."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[sqlite3.Connection] = []

    def get(self) -> sqlite3.Connection:
        """This thread's connection. Raises :class:`CollectionNotFoundError` or :class:`CorruptIndexError`."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            if not self._path.is_file():
                raise CollectionNotFoundError(f"No catalog at {self._path}. Create the collection by ingesting into it.")
            connection = _connect(self._path, "ro")
            with self._lock:
                self._open.append(connection)
            self._local.connection = connection
        return connection

    def close(self) -> None:
        with self._lock:
            connections, self._open = self._open, []
        for connection in connections:
            connection.close()
        self._local = threading.local()


def corrupt(path: Path, error: sqlite3.DatabaseError) -> CorruptIndexError:
    """The typed error for a catalog that SQLite cannot read."""
    return CorruptIndexError(f"The catalog {path} cannot be read ({error}). Restore it from a backup, or delete it and ingest.")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # check_same_thread is off because close() is called from one thread; every other use stays in the thread that opened it
    # or under the writer's lock.
    uri = f"file:{_quote(path)}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA mmap_size = {MMAP_BYTES}")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise corrupt(path, error) from error
    return connection


def _quote(path: Path) -> str:
    return str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
