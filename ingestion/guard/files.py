"""Opening what somebody else may have put there: a name can be a pipe or a device by the time it is opened."""

# ruff: noqa: PTH110, PTH112, PTH113, PTH114 - those of Path raise for names that are too long
import errno
import os
import stat
from pathlib import Path


def read_regular(path: Path, most_bytes: int) -> bytes:
    """The first ``most_bytes`` bytes of a file.

    A pipe is opened without waiting for a writer, and nothing but a regular file is read: a pipe or a device has no end. Raises
    :class:`OSError`.
    """
    with open(path, "rb", opener=_open_regular) as file:
        return file.read(most_bytes)


def is_there(path: Path) -> bool:
    """Whether something has this path, links followed; false for one that can be no path."""
    return os.path.exists(path)


def is_file(path: Path) -> bool:
    """Whether a regular file has this path, links followed; false for one that can be no path."""
    return os.path.isfile(path)


def is_folder(path: Path) -> bool:
    """Whether a folder has this path, links followed; false for one that can be no path."""
    return os.path.isdir(path)


def is_link(path: Path) -> bool:
    """Whether a symbolic link has this path; false for one that can be no path."""
    return os.path.islink(path)


def _open_regular(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a regular file", path)
