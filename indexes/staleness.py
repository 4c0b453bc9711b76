"""Which documents are older than their sources: files that have changed, or gone, since they were ingested."""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A live document: its source, the last change of that when it was read (s since 1970), and the hash of what was read."""

    doc_id: str
    source: str
    modified_at: float | None
    ingested_at: float
    content_hash: str

    @property
    def is_file(self) -> bool:
        """Whether it came from a file: one that was in hand has its id as its source, and one from the web its address."""
        return self.modified_at is not None and self.source != self.doc_id and "://" not in self.source


@dataclass(frozen=True, slots=True)
class Staleness:
    """Of ``files`` documents that came from files, ids of those whose file has ``changed`` or ``vanished`` since.

    ``touched`` counts files with another time and the same content. ``age_p50`` and ``age_p90`` are the days since the
    documents were last changed (or ingested), ``None`` without any.
    """

    documents: int
    files: int
    changed: tuple[str, ...]
    vanished: tuple[str, ...]
    touched: int
    age_p50: float | None
    age_p90: float | None

    @property
    def stale(self) -> int:
        """Documents that are not what their source is now."""
        return len(self.changed) + len(self.vanished)


def source_rows(connection: sqlite3.Connection) -> list[SourceRow]:
    """The live documents, by id; to be read through :meth:`indexes.catalog.reader.CatalogReader.read`."""
    rows = connection.execute(
        "SELECT doc_id, source, modified_at, ingested_at, content_hash FROM documents WHERE removed_seq IS NULL ORDER BY doc_id"
    )
    return [SourceRow(*row) for row in rows]


def staleness(rows: Iterable[SourceRow], *, now: float, hash_of: Callable[[SourceRow], str | None]) -> Staleness:
    """Compare the rows with their files: one with another time is read, and has changed where its hash is another one.

    ``hash_of`` gives the hash that an ingest would give the file now, ``None`` where it cannot be read.
    """
    rows = list(rows)
    changed, vanished, touched = list[str](), list[str](), 0
    for row in filter(lambda each: each.is_file, rows):
        try:
            seen = Path(row.source).stat().st_mtime
        except OSError:
            vanished.append(row.doc_id)
            continue
        if seen == row.modified_at:
            continue
        if hash_of(row) == row.content_hash:
            touched += 1
        else:
            changed.append(row.doc_id)
    ages = [(now - (row.modified_at or row.ingested_at)) / DAY_S for row in rows]
    p50, p90 = np.percentile(ages, (50, 90)).tolist() if ages else (None, None)
    return Staleness(len(rows), sum(row.is_file for row in rows), tuple(changed), tuple(vanished), touched, p50, p90)
