"""What one catalog takes from another, beside documents: the numbers of versions, runs, roots, vectors.

A version keeps its number, so two catalogs hold the same documents when the numbers of their live versions are the same: a
version never changes, and no number is used twice.
"""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PARAMETERS_PER_QUERY = 500
_WAYS = "brought"
"""A table that only a space that is being brought up has: how the structure of each version was found."""


def live_numbers(connection: sqlite3.Connection) -> dict[int, str]:
    """Numbers of the live versions, with their ids."""
    return dict(connection.execute("SELECT doc_no, doc_id FROM documents WHERE removed_seq IS NULL").fetchall())


def last_number(connection: sqlite3.Connection) -> int:
    """The highest number that a version ever had."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'documents'").fetchone()
    return 0 if row is None else int(row[0])


def set_last_number(connection: sqlite3.Connection, number: int) -> None:
    """Let no version have a number up to this one, which may have been used in another space."""
    if last_number(connection) < number:
        connection.execute("DELETE FROM sqlite_sequence WHERE name = 'documents'")
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('documents', ?)", (number,))


def runs(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Rows of the recorded runs. What they have replaced stays behind, and is counted as lost in their summaries."""
    kept = dict(connection.execute("SELECT removed_run, count(*) FROM documents WHERE removed_run IS NOT NULL GROUP BY 1"))
    found = []
    for run_id, kind, started_at, finished_at, summary in connection.execute(
        "SELECT run_id, kind, started_at, finished_at, summary FROM runs ORDER BY started_at, rowid"
    ):
        said = json.loads(summary)
        if run_id in kept:
            said["reclaimed"] = said.get("reclaimed", 0) + kept[run_id]
        found.append((run_id, kind, started_at, finished_at, json.dumps(said, sort_keys=True)))
    return found


def put_runs(connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Record the runs that are not there, or not as finished; what is known of a finished one stays."""
    connection.executemany(
        "INSERT INTO runs (run_id, kind, started_at, finished_at, summary) VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_id) "
        "DO UPDATE SET finished_at = excluded.finished_at, summary = excluded.summary WHERE runs.finished_at IS NULL",
        rows,
    )


def put_roots(connection: sqlite3.Connection, roots: Sequence[tuple[str, str]]) -> None:
    """Remember what the ids of documents begin with."""
    connection.executemany("INSERT OR REPLACE INTO roots VALUES (?, ?)", roots)


def vectors_of(connection: sqlite3.Connection, hashes: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
    """The vectors that are there of these embed hashes."""
    found: dict[bytes, NDArray[np.float32]] = {}
    for start in range(0, len(hashes), _PARAMETERS_PER_QUERY):
        batch = hashes[start : start + _PARAMETERS_PER_QUERY]
        marks = ",".join("?" * len(batch))
        rows = connection.execute(f"SELECT embed_hash, vector FROM vectors WHERE embed_hash IN ({marks})", batch)
        found.update((bytes(key), np.frombuffer(data, np.float32)) for key, data in rows)
    return found


def note_ways(connection: sqlite3.Connection, ways: Sequence[tuple[int, str]]) -> None:
    """Note how the structure of versions was found, before they are written: what was not written after all, counts nothing."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS {_WAYS} (doc_no INTEGER PRIMARY KEY, way TEXT NOT NULL)")
    connection.executemany(f"INSERT OR REPLACE INTO {_WAYS} VALUES (?, ?)", ways)


def ways(connection: sqlite3.Connection) -> dict[str, int]:
    """How many live versions came which way, as far as that is noted."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_WAYS,)).fetchone():
        return {}
    query = f"SELECT way, count(*) FROM {_WAYS} JOIN documents USING (doc_no) WHERE removed_seq IS NULL GROUP BY way"
    return dict(connection.execute(query).fetchall())


def forget_ways(connection: sqlite3.Connection) -> None:
    """The making has ended."""
    connection.execute(f"DROP TABLE IF EXISTS {_WAYS}")


def outlines(connection: sqlite3.Connection) -> dict[int, tuple[Any, ...]]:
    """What must be the same in both catalogs, for every live version by its number: its fields, and whether it has chunks.

    The fifth value is the check sum of all texts, which old rows lack.
    """
    return {
        row[0]: row[1:]
        for row in connection.execute(
            "SELECT doc_no, doc_id, acl, content_hash, run_id, checksum, modified_at, "
            "EXISTS (SELECT 1 FROM chunks c WHERE c.doc_no = d.doc_no) FROM documents d WHERE removed_seq IS NULL"
        )
    }


def sample_vectors(connection: sqlite3.Connection, count: int) -> list[tuple[str, str, bytes]]:
    """Context, text and vector of ``count`` chunks, spread over all there are."""
    (last,) = connection.execute("SELECT coalesce(max(chunk_no), 0) FROM chunks").fetchone()
    found = []
    for part in range(count):
        row = connection.execute(
            "SELECT context, text, vector FROM chunks JOIN vectors USING (vector_no) WHERE chunk_no >= ? LIMIT 1",
            (1 + part * last // count,),
        ).fetchone()
        found += [row] if row is not None else []
    return found
