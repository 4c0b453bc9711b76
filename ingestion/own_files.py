"""What Ragline itself writes to folders that people also ingest: collections and reports. None of it is a document."""

from collections.abc import Iterable
from pathlib import Path

from ingestion.guard.files import read_regular
from ragline.durable import write_atomically

COLLECTION_FILES = frozenset({"catalog.sqlite", "write.lock"})
"""Every collection's folder has these from the moment it is made."""

MIGRATED_FILES = frozenset({"space.json", "write.lock"})
"""One that was migrated may have its catalog elsewhere."""

REPORT_MARKER = ".ragline-report"
"""Beside the reports of an evaluation, with their names in it, one a line: the folder may hold documents too."""

# A marker names a handful of files; a larger file of that name is not ours.
_MAX_MARKER_BYTES = 4096


def is_collection(names: Iterable[str]) -> bool:
    """Whether a folder with these entries is a collection."""
    found = set(names)
    return found >= COLLECTION_FILES or found >= MIGRATED_FILES


def mark_reports(folder: Path, names: Iterable[str]) -> None:
    """Leave word in ``folder`` that the files with these names are reports, beside those that are known to be."""
    known = report_names(folder) | set(names)
    write_atomically(folder / REPORT_MARKER, "".join(f"{name}\n" for name in sorted(known)).encode("utf-8"))


def report_names(folder: Path) -> frozenset[str]:
    """Names of the reports in ``folder``; none where there is no marker that can be read."""
    try:
        lines = read_regular(folder / REPORT_MARKER, _MAX_MARKER_BYTES).decode("utf-8", "replace").split("\n")
    except OSError:
        return frozenset()
    return frozenset(line for line in lines if line)
