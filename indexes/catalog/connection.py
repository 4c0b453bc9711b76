"""SQLite connections of a catalog: one that writes, and one per reading thread."""

import sqlite3
import threading
import weakref
from contextlib import closing
from pathlib import Path

from indexes.catalog.migrations import migrate
from indexes.disk import catalog_errors, closed, primary_code
from ragline.errors import CollectionNotFoundError, InputError

BUSY_TIMEOUT_S = 10.0
"""How long a statement waits for another connection's short transaction."""

CACHE_KIB = 16_384
PAGE_BYTES = 16_384
"""Ten vectors of 384 dimensions fit on a page; on one of 4,096 bytes two do, and a quarter of it stays empty."""

LOG_PAGES = 2048
"""Pages (32 MiB) that the log grows to before a commit folds it into the database: a long ingest does so seldom."""

MMAP_BYTES = 1 << 28
"""Reads go through the page cache of the kernel, shared by all reading processes."""


def connect_writer(path: Path) -> sqlite3.Connection:
    """The connection that writes: WAL, foreign keys, explicit transactions; the schema is brought up to date.

    ``synchronous=NORMAL``: a commit survives the death of the process at once, and of the machine from the next
    :func:`Catalog.sync` on. Raises :class:`InputError` for a database of another program, :class:`CorruptIndexError`,
    :class:`StorageError`, and :class:`IncompatibleError` for a catalog written by a newer release.
    """
    with catalog_errors(path):
        connection = _connect(path, "rwc")
        try:
            _refuse_foreign(connection, path)
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # of a new file; what is there keeps its own
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
            migrate(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def schema_version(path: Path) -> int:
    """The number of the schema of a catalog; 0 for one in which nothing was ever committed."""
    with catalog_errors(path):
        try:
            with closing(_connect(path, "ro")) as connection:
                return int(connection.execute("PRAGMA user_version").fetchone()[0])
        except sqlite3.OperationalError as error:
            # The journal of a first transaction that died is there: the next writer undoes it, which a reader may not.
            if primary_code(error) == sqlite3.SQLITE_READONLY:
                return 0
            raise


class ReaderPool:
    """Read-only connections, one for each thread that asks; closed when their thread ends, and all together at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._open: set[sqlite3.Connection] = set()
        self._closed = False

    def get(self) -> sqlite3.Connection:
        """This thread's connection.

        Raises :class:`CollectionNotFoundError`, :class:`CorruptIndexError` or :class:`StorageError`, and :class:`InputError`
        after :meth:`close`.
        """
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if self._closed:
            raise closed(self._path.parent)
        if connection is None:
            if not self._path.is_file():
                raise CollectionNotFoundError(f"No catalog at {self._path}. Create the collection by ingesting into it.")
            with catalog_errors(self._path):
                connection = _connect(self._path, "ro")
            self._open.add(connection)
            self._local.connection = connection
            self._local.end = end = _ThreadEnd()
            weakref.finalize(end, _close, connection, self._open).atexit = False
        return connection

    def close(self) -> None:
        self._closed = True
        for connection in list(self._open):
            _close(connection, self._open)


class _ThreadEnd:
    """What lives as long as the thread whose local value it is."""


def _close(connection: sqlite3.Connection, pool: set[sqlite3.Connection]) -> None:
    pool.discard(connection)
    connection.close()


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version == 0 and tables:
        raise InputError(f"{path} is a database of another program. Choose an empty or new folder.")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # check_same_thread is off because close() is called from one thread; every other use stays in the thread that opened it
    # or under the writer's lock.
    uri = f"file:{_quote(path)}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA mmap_size = {MMAP_BYTES}")
    except BaseException:
        connection.close()
        raise
    return connection


def _quote(path: Path) -> str:
    return str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
