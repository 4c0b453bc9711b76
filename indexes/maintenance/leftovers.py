"""Files that writers leave which die in the middle of a durable write."""

from collections.abc import Iterator
from pathlib import Path

from ragline.durable import TEMPORARY_SUFFIX


def leftovers(folder: Path) -> Iterator[Path]:
    """Temporary files below a collection's folder. While the write lock is held they are nobody's."""
    return (path for path in folder.rglob(f"*{TEMPORARY_SUFFIX}") if path.is_file())


def remove_leftovers(folder: Path) -> None:
    """Remove them; the caller holds the write lock."""
    for path in list(leftovers(folder)):
        path.unlink(missing_ok=True)
