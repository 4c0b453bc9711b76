"""Files that are either the old ones or the new ones, whatever happens in between.

Order of a durable write (as in SQLite's "Atomic Commit" page): write a temporary file beside the target, fsync it, rename it
over the target, fsync the folder. Temporary files end in ``.tmp``; a left-over one is never read.
"""

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ragline.errors import InputError, StorageError

TEMPORARY_SUFFIX = ".tmp"
READABLE = 0o644  # temporary files are made for their owner alone; other processes read these
_BLOCK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)


def write_atomically(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``, durably; a crash leaves the old content or the new one, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=TEMPORARY_SUFFIX)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(READABLE)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_named_file(path: Path, data: bytes) -> None:
    """:func:`write_atomically` to a place that a caller has named; its folder is made if absent.

    Raises :class:`InputError` where nothing can be written there, and :class:`StorageError` where the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data)
    except OSError as error:
        reason = f"{path}: cannot be written ({error.strerror})."
        if error.errno in _FULL:
            raise StorageError(f"{reason} Make room, and run again.") from error
        raise InputError(f"{reason} Name another place.") from error


def write_json(path: Path, value: Any) -> None:
    """Replace ``path`` by the JSON of ``value`` (sorted keys), durably."""
    write_atomically(path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode())


def json_digest(value: Mapping[str, Any]) -> str:
    """The sha256, as hex, of a JSON object, whatever its layout and the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def sync_file(path: Path) -> None:
    """Flush a file's content to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries (names of new, renamed and deleted files) to the disk."""
    sync_file(folder)


def sha256_file(path: Path) -> str:
    """The sha256 of a file, as hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def folder_size(folder: Path) -> int:
    """Bytes of all files below a folder; what vanishes while they are counted counts nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(place, name).lstat().st_size
    return total
