"""A file of JSON lines that any number of processes append to, and that makes way for a new one when it is large.

A row is there as a whole once :meth:`Journal.append` returns, also when the process is killed right after; it is not flushed to
the disk one by one, so a power failure may take the last seconds. What a kill leaves of a row in the making is passed over.
Nothing is ever deleted: files that are full are numbered, and whoever owns them takes them away.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ragline.errors import StorageError

SUFFIX = ".jsonl"
_OWN = 0o600  # who asked for what is for the owner to read
_DIGITS = 6


class Journal:
    """Appends to ``folder/name.jsonl``. Safe to use from several threads and processes.

    A file that would grow over ``max_bytes`` becomes ``name-000001.jsonl`` and so on.
    """

    def __init__(self, folder: Path, name: str, *, max_bytes: int) -> None:
        self._path = folder / f"{name}{SUFFIX}"
        self._max_bytes = max_bytes

    def append(self, *rows: Mapping[str, Any]) -> None:
        """Write rows, together and in this order. Raises :class:`StorageError` when the disk refuses."""
        if not rows:
            return
        data = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=str) + "\n" for row in rows)
        with _storage_errors(self._path):
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            with _alone(self._path.with_suffix(".lock")):
                self._write(data.encode("utf-8", "backslashreplace"))

    def _write(self, data: bytes) -> None:
        size = self._path.stat().st_size if self._path.exists() else 0
        if size and size + len(data) > self._max_bytes:
            self._path.rename(_numbered(self._path))
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _OWN)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":  # a process died in the middle of a row
                data = b"\n" + data
            while data:
                data = data[os.write(descriptor, data) :]
        finally:
            os.close(descriptor)


def read_journal(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """All rows, the oldest first; lines that are no JSON object are passed over."""
    path = folder / f"{name}{SUFFIX}"
    with _storage_errors(path):
        for file in [*sorted(folder.glob(f"{name}-*{SUFFIX}")), *([path] if path.exists() else [])]:
            with file.open("rb") as lines:
                for line in lines:
                    try:
                        row = json.loads(line)
                    except ValueError:
                        continue
                    if isinstance(row, dict):
                        yield row


def _numbered(path: Path) -> Path:
    numbers = [int(found.stem[-_DIGITS:]) for found in path.parent.glob(f"{path.stem}-{'[0-9]' * _DIGITS}{SUFFIX}")]
    return path.with_name(f"{path.stem}-{max(numbers, default=0) + 1:0{_DIGITS}d}{SUFFIX}")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """While no other thread or process is in here with the same path: the lock goes with whoever dies holding it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWN)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path} cannot be read or written ({error}). Make room or mend the permissions.") from error
