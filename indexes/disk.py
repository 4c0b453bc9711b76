"""What the operating system and SQLite report of a file, as Ragline's errors."""

import errno
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ragline.errors import CollectionLockedError, CorruptIndexError, InputError, RaglineError, StorageError

DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE})
"""What the disk is to blame for, whatever path was given."""

_REFUSED = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
}


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Inside, an :class:`OSError` becomes a :class:`StorageError` that names ``place``."""
    try:
        yield
    except OSError as error:
        raise _refused(place, error) from error


@contextmanager
def path_errors(place: Path) -> Iterator[None]:
    """Inside, an :class:`OSError` becomes an :class:`InputError`: ``place`` was given by the caller."""
    try:
        yield
    except RaglineError:
        raise
    except ValueError as error:  # a null byte
        raise InputError(f"{str(place)!r} is no path ({error}). Choose another folder.") from error
    except OSError as error:
        if error.errno in DISK_ERRORS:
            raise _refused(place, error) from error
        raise InputError(f"{place} cannot be used ({error.strerror}). Choose a folder that you may write to.") from error


@contextmanager
def catalog_errors(path: Path) -> Iterator[None]:
    """Inside, an error of SQLite about the catalog at ``path`` becomes the typed error for its cause.

    What only a wrong statement can bring about stays what it is.
    """
    try:
        yield
    except sqlite3.ProgrammingError as error:
        if "closed" in str(error):  # it has no code
            raise closed(path.parent) from error
        raise
    except sqlite3.IntegrityError:
        raise
    except json.JSONDecodeError as error:
        raise CorruptIndexError(f"The catalog {path} holds a damaged value ({error}). Restore it from a backup.") from error
    except sqlite3.DatabaseError as error:
        raise _catalog_error(path, error) from error


def _catalog_error(path: Path, error: sqlite3.DatabaseError) -> RaglineError:
    code = primary_code(error)
    if code in _REFUSED:
        return _refused(path, error)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return CollectionLockedError(f"{path} is in use by another process ({error}). Wait until it has finished, or stop it.")
    return CorruptIndexError(f"The catalog {path} cannot be read ({error}). Restore it from a backup, or delete it and ingest.")


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's result code without its extension."""
    return error.sqlite_errorcode & 0xFF


def closed(folder: Path) -> InputError:
    """The error for every use of a collection after its end."""
    return InputError(f"The collection {folder} is closed; open it again.")


def _refused(place: Path, error: Exception) -> StorageError:
    return StorageError(
        f"{place} cannot be read or written, because the disk is full or refuses ({error}). What was committed is safe: free "
        f"space, or repair the permissions, and run the same again."
    )
