"""Real files in many formats through the real ingest, in one run: nothing crashes, nothing hangs, every file has its row."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import ragline
from benchmarks.corpora import shared_folder
from benchmarks.figures import Figure
from benchmarks.workspace import Workspace
from ingestion.parsers.registry import SUPPORTED_SUFFIXES
from ragline.reports import IngestRow

_FOLDERS = ("docs-unstructured", "docs-pypdf-samples", "docs-markdown")
_DONE = frozenset({"added", "updated", "degraded"})
# Files that cannot be read by anybody: what they hold is not what a parser could give.
_UNREADABLE = ("encrypted", "password", "0 bytes", "no text in")


def measure(workspace: Workspace) -> list[Figure]:
    """Ingest the three folders with the light embedder; a quick run leaves out the 1,345 Markdown files."""
    folders = [shared_folder(name) for name in (_FOLDERS[:-1] if workspace.quick else _FOLDERS)]
    given = sum(
        len([path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path, folder)]) for folder in folders
    )
    with ragline.open(workspace.folder / "formats", embedder="light") as collection:
        report = collection.ingest(folders)
        again = collection.ingest(folders)
        is_well = collection.health()["ok"]
    rows = [row for row in report.rows if Path(row.source).is_file()]
    supported = [row for row in rows if Path(row.source).suffix.lower() in SUPPORTED_SUFFIXES]
    readable = [row for row in supported if not any(words in row.reason for words in _UNREADABLE)]
    done = sum(row.status in _DONE for row in readable)
    crashed = [row for row in rows if "crashed" in row.reason or "longer than" in row.reason]
    for row in supported:
        if row.status not in _DONE:
            print(f"    {row.status} {Path(row.source).name}: {row.reason[:150]}")
    return [
        Figure("files without a row", given - len(rows), "files", f"{given:,} files", "<= 0"),
        Figure("crashes and hangs", len(crashed), "files", "", "<= 0"),
        Figure(
            "supported formats, read", done / len(readable), "", f"{done:,} of {len(readable):,}; {_counts(rows)}", ">= 0.95"
        ),
        Figure(
            "ingest",
            report.seconds,
            "s",
            f"{len(rows) / report.seconds:.0f} files a second, {report.embedded:,} chunks embedded",
        ),
        Figure("second ingest: chunks embedded", again.embedded, "chunks", "", "<= 0"),
        Figure("healthy", float(is_well), "", "", ">= 1"),
    ]


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _counts(rows: Iterable[IngestRow]) -> str:
    return ", ".join(f"{count:,} {status}" for status, count in sorted(Counter(row.status for row in rows).items()))
