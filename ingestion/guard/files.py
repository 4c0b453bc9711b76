"""Opening what somebody else may have put there: a name can be a pipe or a device by the time it is opened."""

# ruff: noqa: PTH110, PTH112, PTH113, PTH114, PTH115 - those of Path raise for names that are too long
import errno
import os
import stat
from contextlib import suppress
from pathlib import Path


def read_regular(path: Path, most_bytes: int, *, place: str | None = None) -> bytes:
    """The first ``most_bytes`` bytes of a file.

    A pipe is opened without waiting for a writer, and nothing but a regular file is read: a pipe or a device has no end. With
    ``place`` the file must really be there, links followed: a link may have come into the path since it was looked at. Raises
    :class:`OSError`.
    """
    with open(path, "rb", opener=_open_regular) as file:
        if place is not None and not _is_at(file.fileno(), place):
            raise OSError(errno.ELOOP, "leads elsewhere than when it was found", str(path))
        return file.read(most_bytes)


def _is_at(descriptor: int, place: str) -> bool:
    """Whether an open file is, or was when it was opened, at ``place``.

    Linux tells where it is. Elsewhere, and on file systems that know it by another spelling, it must be the file that is there
    now, with no link on the way.
    """
    with suppress(OSError):
        if os.readlink(f"/proc/self/fd/{descriptor}").removesuffix(" (deleted)") == place:
            return True
    try:
        is_same = os.path.samestat(os.fstat(descriptor), os.lstat(place))
    except OSError:
        return False
    return is_same and os.path.realpath(place) == place


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
