"""The catalog's writing side. Each public method is one transaction: it happens as a whole or not at all."""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.catalog.connection import connect_writer
from indexes.catalog.records import DocumentVersion


class CatalogWriter:
    """Writes documents, runs and settings. The caller holds the collection's write lock.

    Every committed change carries the next sequence number; numbers of documents and chunks are never used twice.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = connect_writer(path)
        self._lock = threading.Lock()

    def close(self) -> None:
        self._connection.close()

    def replace_document(self, version: DocumentVersion, vectors: Mapping[bytes, NDArray[np.float32]], *, run_id: str) -> int:
        """Put a document's new version in the place of the old one, if there is one; returns the sequence number.

        ``vectors`` maps the embed hash of each chunk that is not in the old version to its vector; a chunk whose embedded
        text is unchanged keeps its stored vector.
        """
        return self.replace_documents((version,), vectors, run_id=run_id)

    def replace_documents(
        self, versions: Iterable[DocumentVersion], vectors: Mapping[bytes, NDArray[np.float32]], *, run_id: str
    ) -> int:
        """:meth:`replace_document` for several documents in one commit; returns the last sequence number.

        Documents are whole in any case, since a commit holds whole documents only; together they cost a third as much, as
        SQLite writes a page that several of them touch only once.
        """
        with self._transaction() as run:
            (vector_no,) = run("SELECT coalesce(max(vector_no), 0) FROM vectors").fetchone()
            (sequence,) = run("SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'sequence'").fetchone()
            for version in versions:
                sequence += 1
                vector_no = self._replace(version, vectors, run_id, sequence, vector_no)
            run("UPDATE settings SET value = ? WHERE key = 'sequence'", (str(sequence),))
        return int(sequence)

    def remove_document(self, doc_id: str) -> int | None:
        """Mark a document removed; returns the sequence number, or ``None`` when there is no such document."""
        with self._transaction() as run:
            found = run("SELECT doc_no FROM documents WHERE doc_id = ? AND removed_seq IS NULL", (doc_id,)).fetchone()
            if found is None:
                return None
            sequence = self._next_sequence()
            run("UPDATE documents SET removed_seq = ? WHERE doc_no = ?", (sequence, found[0]))
        return sequence

    def known_vectors(self, doc_id: str) -> set[bytes]:
        """Embed hashes whose vectors the live version of a document already holds."""
        rows = self._connection.execute(
            "SELECT embed_hash FROM documents JOIN chunks USING (doc_no) JOIN vectors USING (vector_no) "
            "WHERE doc_id = ? AND removed_seq IS NULL",
            (doc_id,),
        )
        return {bytes(key) for (key,) in rows}

    def reclaim(self, sequence: int) -> int:
        """Delete the rows of all versions removed at or before ``sequence``; returns how many versions.

        A tombstone (two numbers) remains of each. Call it when every index has caught up with ``sequence``.
        """
        with self._transaction() as run:
            gone = run("SELECT doc_no, removed_seq FROM documents WHERE removed_seq <= ?", (sequence,)).fetchall()
            for doc_no, removed_seq in gone:
                run("INSERT INTO tombstones VALUES (?, ?)", (doc_no, removed_seq))
                numbers = run("SELECT DISTINCT vector_no FROM chunks WHERE doc_no = ?", (doc_no,)).fetchall()
                run("DELETE FROM documents WHERE doc_no = ?", (doc_no,))
                self._connection.executemany(
                    "DELETE FROM vectors WHERE vector_no = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE vector_no = ?1)",
                    numbers,
                )
        return len(gone)

    def start_run(self, run_id: str, kind: str) -> None:
        """Record the start of an ingest, rebuild or other run."""
        with self._transaction() as run:
            run("INSERT INTO runs (run_id, kind, started_at) VALUES (?, ?, ?)", (run_id, kind, time.time()))

    def finish_run(self, run_id: str, summary: Mapping[str, Any]) -> None:
        """Record the end of a run with its counts."""
        with self._transaction() as run:
            run(
                "UPDATE runs SET finished_at = ?, summary = ? WHERE run_id = ?",
                (time.time(), json.dumps(summary, sort_keys=True), run_id),
            )

    def set_settings(self, values: Mapping[str, Any]) -> None:
        """Store settings of the collection (any JSON values)."""
        with self._transaction() as run:
            for key, value in values.items():
                run("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, json.dumps(value, sort_keys=True)))

    def set_root(self, path: str, prefix: str) -> None:
        """Remember that documents below ``path`` have ids that start with ``prefix``."""
        with self._transaction() as run:
            run("INSERT OR REPLACE INTO roots VALUES (?, ?)", (path, prefix))

    def sync(self) -> None:
        """Make everything committed so far survive a power failure, by flushing the write-ahead log."""
        log = self._path.with_name(self._path.name + "-wal")
        for path in (log, self._path):
            if path.exists():
                descriptor = os.open(path, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)

    def checkpoint(self) -> None:
        """Move the write-ahead log into the database file, as far as readers allow."""
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        with self._lock:
            execute = self._connection.execute
            execute("BEGIN IMMEDIATE")
            try:
                yield execute
                execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    execute("ROLLBACK")
                raise

    def _replace(
        self,
        version: DocumentVersion,
        vectors: Mapping[bytes, NDArray[np.float32]],
        run_id: str,
        sequence: int,
        vector_no: int,
    ) -> int:
        """Write one document's new version; vectors get the numbers after ``vector_no``. Returns the last one in use."""
        run = self._connection.execute
        old = run("SELECT doc_no FROM documents WHERE doc_id = ? AND removed_seq IS NULL", (version.doc_id,)).fetchone()
        kept: dict[bytes, int] = {}
        if old is not None:
            run("UPDATE documents SET removed_seq = ? WHERE doc_no = ?", (sequence, old[0]))
            kept = _vector_numbers(run(_CHUNK_VECTORS, (old[0],)))
        doc_no = self._insert_document(version, sequence, run_id)
        fresh = [key for key in dict.fromkeys(version.embed_hashes) if key not in kept]
        kept.update(zip(fresh, range(vector_no + 1, vector_no + 1 + len(fresh)), strict=True))
        self._connection.executemany(
            "INSERT INTO vectors (vector_no, embed_hash, vector) VALUES (?, ?, ?)",
            [(kept[key], key, vectors[key].tobytes()) for key in fresh],
        )
        self._insert_chunks(version, doc_no, kept)
        return vector_no + len(fresh)

    def _next_sequence(self) -> int:
        row = self._connection.execute(
            "UPDATE settings SET value = CAST(value AS INTEGER) + 1 WHERE key = 'sequence' RETURNING value"
        ).fetchone()
        return int(row[0])

    def _insert_document(self, version: DocumentVersion, sequence: int, run_id: str) -> int:
        cursor = self._connection.execute(
            "INSERT INTO documents (doc_id, added_seq, content_hash, config_hash, run_id, ingested_at, source, language, "
            "title, metadata, acl, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                version.doc_id,
                sequence,
                version.content_hash,
                version.config_hash,
                run_id,
                time.time(),
                version.source,
                version.language,
                version.title,
                json.dumps(dict(version.metadata), ensure_ascii=False),
                None if version.acl is None else json.dumps(version.acl),
                version.text,
            ),
        )
        if cursor.lastrowid is None:
            raise sqlite3.IntegrityError("the catalog gave the new document no number")
        return cursor.lastrowid

    def _insert_chunks(self, version: DocumentVersion, doc_no: int, vector_nos: Mapping[bytes, int]) -> None:
        self._connection.executemany(
            "INSERT INTO chunks (doc_no, vector_no, chunk_id, ordinal, start_char, end_char, kind, page, section_path, "
            "context, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    doc_no,
                    vector_nos[key],
                    chunk.id,
                    chunk.ordinal,
                    chunk.start,
                    chunk.end,
                    chunk.kind,
                    chunk.page,
                    _path_json(chunk.section_path),
                    chunk.context,
                    chunk.text,
                )
                for chunk, key in zip(version.chunks, version.embed_hashes, strict=True)
            ],
        )


@lru_cache(maxsize=1024)
def _path_json(path: tuple[str, ...]) -> str:
    """Chunks of one section follow one another, so their path is encoded once."""
    return json.dumps(path, ensure_ascii=False)


_CHUNK_VECTORS = "SELECT embed_hash, vector_no FROM chunks JOIN vectors USING (vector_no) WHERE doc_no = ?"


def _vector_numbers(rows: sqlite3.Cursor) -> dict[bytes, int]:
    return {bytes(key): int(number) for key, number in rows}
