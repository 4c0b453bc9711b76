"""Opening what somebody else may have put there: a name can be a pipe or a device by the time it is opened."""

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


def _open_regular(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a regular file", path)
