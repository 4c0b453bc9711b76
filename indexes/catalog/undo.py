"""Undoing a run: what it added goes, what it replaced or removed comes back as a new version with the same content."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from ragline.errors import InputError


@dataclass(frozen=True, slots=True)
class Undone:
    """Document ids: removed again, brought back, and left as they are because something else has changed them since.

    ``replaced`` counts the versions that the undoing itself has taken out of sight.
    """

    removed: tuple[str, ...]
    restored: tuple[str, ...]
    kept: tuple[str, ...]
    replaced: int
    sequence: int


def undo_run(connection: sqlite3.Connection, run_id: str, *, by: str, sequence: int) -> Undone:
    """Undo ``run_id`` inside the caller's transaction, on behalf of the run ``by``; changes get the numbers after ``sequence``.

    Raises :class:`InputError` for a run that is unknown, or that replaced versions which are no longer kept.
    """
    _check_kept(connection, run_id)
    written = _by_id(connection, "SELECT doc_id, doc_no FROM documents WHERE run_id = ? AND removed_seq IS NULL", run_id)
    before = _by_id(connection, "SELECT doc_id, doc_no FROM documents WHERE removed_run = ?", run_id)
    ever = _by_id(connection, "SELECT doc_id, doc_no FROM documents WHERE run_id = ?", run_id)
    live = _by_id(connection, "SELECT doc_id, doc_no FROM documents WHERE removed_seq IS NULL AND run_id <> ?", run_id)
    kept = sorted(doc_id for doc_id in ever.keys() | before.keys() if doc_id in live)
    for doc_id in sorted(written):
        sequence += 1
        connection.execute(
            "UPDATE documents SET removed_seq = ?, removed_run = ? WHERE doc_no = ?", (sequence, by, written[doc_id])
        )
    restored = sorted(before.keys() - live.keys())
    for doc_id in restored:
        sequence += 1
        _restore(connection, before[doc_id], sequence, by)
    return Undone(tuple(sorted(written.keys() - before.keys())), tuple(restored), tuple(kept), len(written), sequence)


def _check_kept(connection: sqlite3.Connection, run_id: str) -> None:
    row = connection.execute("SELECT summary FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    if row is None:
        raise InputError(f"There is no run {run_id!r}. List the runs with: ragline runs")
    summary = json.loads(row[0])
    (kept,) = connection.execute("SELECT count(*) FROM documents WHERE removed_run = ?", (run_id,)).fetchone()
    # A run that was killed has not said how many it replaced; then what it has lost since tells.
    replaced = max(int(summary.get("replaced", 0)), kept + int(summary.get("reclaimed", 0)))
    if kept < replaced:
        query = "SELECT run_id FROM runs WHERE json_extract(summary, '$.undone') = ? ORDER BY started_at DESC"
        by = connection.execute(query, (run_id,)).fetchone()
        if by is not None:
            raise InputError(f"The run {run_id} has been undone by the run {by[0]} already. Look at: ragline runs")
        raise InputError(
            f"The run {run_id} replaced or removed {replaced} documents, and only {kept} of their versions are still kept. "
            f"Ingest the sources as they were; to keep more runs from now on, raise keep_runs."
        )


def _by_id(connection: sqlite3.Connection, query: str, run_id: str) -> Mapping[str, int]:
    """Of several versions of one document the newest."""
    return dict(connection.execute(f"{query} ORDER BY doc_no", (run_id,)).fetchall())


def _restore(connection: sqlite3.Connection, doc_no: int, sequence: int, run_id: str) -> None:
    """Copy a version with its chunks under new numbers; vectors are shared."""
    own = {"doc_no": "NULL", "added_seq": ":sequence", "removed_seq": "NULL", "removed_run": "NULL", "run_id": ":run_id"}
    cursor = connection.execute(_copy(connection, "documents", own), {"doc_no": doc_no, "sequence": sequence, "run_id": run_id})
    own = {"chunk_no": "NULL", "doc_no": ":new"}
    connection.execute(f"{_copy(connection, 'chunks', own)} ORDER BY ordinal", {"doc_no": doc_no, "new": cursor.lastrowid})


def _copy(connection: sqlite3.Connection, table: str, own: Mapping[str, str]) -> str:
    """A statement that copies the rows of a document within ``table``, with values of its own for some columns."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(own.get(column, column) for column in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE doc_no = :doc_no"
