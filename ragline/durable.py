"""Files that are either the old ones or the new ones, whatever happens in between.

Order of a durable write (as in SQLite's "Atomic Commit" page): write a temporary file beside the target, fsync it, rename it
over the target, fsync the folder. Temporary files end in ``.tmp``; a left-over one is never read.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

TEMPORARY_SUFFIX = ".tmp"
_BLOCK = 1 << 20


def write_atomically(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``, durably; a crash leaves the old content or the new one, never a part."""
    temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Replace ``path`` by the JSON of ``value`` (sorted keys), durably."""
    write_atomically(path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode())


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
