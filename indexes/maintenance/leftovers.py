"""Files that writers leave which die in the middle of a durable write."""

from collections.abc import Iterator
from pathlib import Path

from indexes.spaces import SPACES
from ragline.durable import TEMPORARY_SUFFIX

_PATTERN = f"*{TEMPORARY_SUFFIX}"


def leftovers(home: Path, folder: Path) -> Iterator[Path]:
    """Temporary files of the space in ``folder`` and beside it, in the collection's folder ``home``.

    While the write lock is held they are nobody's. Other spaces are left alone: one may be in the making.
    """
    own = (path for path in folder.rglob(_PATTERN) if path.relative_to(folder).parts[0] != SPACES)
    beside = () if folder == home else home.glob(_PATTERN)
    return (path for path in (*own, *beside) if path.is_file())


def remove_leftovers(home: Path, folder: Path) -> None:
    """Remove them; the caller holds the write lock."""
    for path in list(leftovers(home, folder)):
        path.unlink(missing_ok=True)
