"""The catalog's writing side. Each public method is one transaction: it happens as a whole or not at all."""

import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from indexes.catalog.connection import connect_writer
from indexes.catalog.records import DocumentVersion, can_be_id, document_checksum
from indexes.catalog.undo import Undone, undo_run
from indexes.disk import catalog_errors, storage_errors
from ragline.durable import sync_file

_PARAMETERS_PER_QUERY = 500
_JSON = json.JSONEncoder(ensure_ascii=False)


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

        ``vectors`` maps an embed hash to its vector, at least for every hash that is not among :meth:`known_hashes`; a vector
        that is there already stays.
        """
        return self.replace_documents((version,), vectors, run_id=run_id)

    def replace_documents(
        self,
        versions: Sequence[DocumentVersion],
        vectors: Mapping[bytes, NDArray[np.float32]],
        *,
        run_id: str | None,
        removed: Iterable[str] = (),
    ) -> int:
        """:meth:`replace_document` for several documents in one commit; returns the last sequence number.

        ``removed`` are ids of documents that leave in the same commit, because they have come back under another id.

        ``run_id`` is ``None`` for versions with an origin: what they replace then left by no run.

        Documents are whole in any case, since a commit holds whole documents only; together they cost a third as much, as
        SQLite writes a page that several of them touch only once.
        """
        with self._transaction() as run:
            hashes = list(dict.fromkeys(key for version in versions for key in version.embed_hashes))
            numbers = self._vector_numbers(hashes)
            self._insert_vectors({key: vectors[key] for key in hashes if key not in numbers}, numbers)
            sequence = self._sequence()
            live = self._live([version.doc_id for version in versions])
            for version in versions:
                sequence += 1
                if version.doc_id in live:
                    run(_REMOVE, (sequence, run_id, version.doc_id))
                self._insert_chunks(version, self._insert_document(version, sequence, run_id), numbers)
                live.add(version.doc_id)
            for doc_id in removed:
                sequence += run(_REMOVE, (sequence + 1, run_id, doc_id)).rowcount
            self._set_sequence(sequence)
        return sequence

    def write(self, change: Callable[[sqlite3.Connection], None]) -> None:
        """Make a ``change``, a function of this package, in one transaction; it is none of documents and has no number."""
        with self._transaction():
            change(self._connection)

    def known_hashes(self, hashes: Sequence[bytes]) -> set[bytes]:
        """Those of the embed hashes whose vectors are there already."""
        with self._lock, catalog_errors(self._path):
            return set(self._vector_numbers(hashes))

    def remove_document(self, doc_id: str) -> int | None:
        """Mark a document removed; returns the sequence number, or ``None`` when there is no such document."""
        return self.remove_documents((doc_id,), run_id=None) or None

    def remove_documents(self, doc_ids: Iterable[str], *, run_id: str | None) -> int:
        """Mark documents removed, by a run or (``None``) for good; returns the last sequence number, 0 when none was there."""
        with self._transaction() as run:
            sequence = before = self._sequence()
            for doc_id in filter(can_be_id, doc_ids):
                sequence += run(_REMOVE, (sequence + 1, run_id, doc_id)).rowcount
            self._set_sequence(sequence)
        return sequence if sequence > before else 0

    def reclaim(self, sequence: int, *, keep_runs: int = 0) -> int:
        """Delete the rows of versions removed at or before ``sequence``; returns how many versions.

        A tombstone (two numbers) remains of each. What the last ``keep_runs`` runs have replaced or removed stays for a
        rollback, out of sight; of another run it is counted how many it has lost, as one that was killed never said how many it
        had. Call it when every index has caught up with ``sequence``.
        """
        with self._transaction() as run:
            gone = run(_RECLAIMABLE, {"sequence": sequence, "keep": keep_runs}).fetchall()
            for run_id, lost in Counter(removed_run for _, _, removed_run in gone if removed_run).items():
                run(_COUNT_LOST, {"run_id": run_id, "lost": lost})
            for doc_no, removed_seq, _ in gone:
                run("INSERT INTO tombstones VALUES (?, ?)", (doc_no, removed_seq))
                numbers = run("SELECT DISTINCT vector_no FROM chunks WHERE doc_no = ?", (doc_no,)).fetchall()
                run("DELETE FROM documents WHERE doc_no = ?", (doc_no,))
                self._connection.executemany(
                    "DELETE FROM vectors WHERE vector_no = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE vector_no = ?1)",
                    numbers,
                )
        return len(gone)

    def undo_run(self, run_id: str, *, by: str) -> Undone:
        """Undo a run in one transaction, recorded as the run ``by``. Raises as :func:`indexes.catalog.undo.undo_run` does."""
        now = time.time()
        with self._transaction() as run:
            run("INSERT INTO runs (run_id, kind, started_at) VALUES (?, 'rollback', ?)", (by, now))
            undone = undo_run(self._connection, run_id, by=by, sequence=self._sequence())
            self._set_sequence(undone.sequence)
            counts = {"removed": len(undone.removed), "restored": len(undone.restored), "kept": len(undone.kept)}
            summary = json.dumps({**counts, "undone": run_id, "replaced": undone.replaced})
            run("UPDATE runs SET finished_at = ?, summary = ? WHERE run_id = ?", (time.time(), summary, by))
        return undone

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
        """Make everything committed so far survive a power failure, by flushing the write-ahead log.

        SQLite flushes the database file itself, when it moves the log into it. To open that file here would be a mistake:
        closing it again would drop the locks that this process has on it (see "How To Corrupt An SQLite Database File", 2.2).
        """
        log = self._path.with_name(self._path.name + "-wal")
        with storage_errors(log):
            if log.exists():
                sync_file(log)

    def checkpoint(self) -> None:
        """Move the write-ahead log into the database file, as far as readers allow."""
        with self._lock, catalog_errors(self._path):
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def vacuum(self) -> bool:
        """Write the database anew without free pages, and empty the log; False where readers keep the old state in the log."""
        with self._lock, catalog_errors(self._path):
            self._connection.execute("VACUUM")
            (is_busy, *_) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not is_busy

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        with self._lock, catalog_errors(self._path):
            execute = self._connection.execute
            try:
                execute("BEGIN IMMEDIATE")
                yield execute
                execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # closed meanwhile: then it is rolled back
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _sequence(self) -> int:
        return int(self._connection.execute("SELECT value FROM settings WHERE key = 'sequence'").fetchone()[0])

    def _set_sequence(self, sequence: int) -> None:
        self._connection.execute("UPDATE settings SET value = ? WHERE key = 'sequence'", (str(sequence),))

    def _vector_numbers(self, hashes: Sequence[bytes]) -> dict[bytes, int]:
        """The numbers of the vectors that are there, by embed hash."""
        numbers: dict[bytes, int] = {}
        for start in range(0, len(hashes), _PARAMETERS_PER_QUERY):
            batch = hashes[start : start + _PARAMETERS_PER_QUERY]
            marks = ",".join("?" * len(batch))
            rows = self._connection.execute(f"SELECT embed_hash, vector_no FROM vectors WHERE embed_hash IN ({marks})", batch)
            numbers.update((bytes(key), int(number)) for key, number in rows)
        return numbers

    def _live(self, doc_ids: Sequence[str]) -> set[str]:
        """Those of the documents that are there."""
        found: set[str] = set()
        for start in range(0, len(doc_ids), _PARAMETERS_PER_QUERY):
            batch = doc_ids[start : start + _PARAMETERS_PER_QUERY]
            marks = ",".join("?" * len(batch))
            query = f"SELECT doc_id FROM documents WHERE removed_seq IS NULL AND doc_id IN ({marks})"
            found.update(doc_id for (doc_id,) in self._connection.execute(query, batch))
        return found

    def _insert_vectors(self, vectors: Mapping[bytes, NDArray[np.float32]], numbers: dict[bytes, int]) -> None:
        """Insert the vectors and add their numbers to ``numbers``."""
        (last,) = self._connection.execute("SELECT coalesce(max(vector_no), 0) FROM vectors").fetchone()
        numbers.update(zip(vectors, range(last + 1, last + 1 + len(vectors)), strict=True))
        self._connection.executemany(
            "INSERT INTO vectors (vector_no, embed_hash, vector, checksum) VALUES (?, ?, ?, ?)",
            [(numbers[key], key, data, crc32(data)) for key, vector in vectors.items() for data in (vector.tobytes(),)],
        )

    def _insert_document(self, version: DocumentVersion, sequence: int, run_id: str | None) -> int:
        metadata = _JSON.encode(dict(version.metadata)) if version.metadata else "{}"
        acl = None if version.acl is None else json.dumps(version.acl)
        names = (version.doc_id, version.source, version.title, version.text)
        origin = version.origin
        cursor = self._connection.execute(
            "INSERT INTO documents (doc_no, doc_id, added_seq, content_hash, config_hash, run_id, ingested_at, modified_at, "
            "source, language, title, metadata, acl, text, checksum, released) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                None if origin is None else origin.doc_no,
                version.doc_id,
                sequence,
                version.content_hash,
                version.config_hash,
                run_id if origin is None else origin.run_id,
                time.time() if origin is None else origin.ingested_at,
                version.modified_at,
                version.source,
                version.language,
                version.title,
                metadata,
                acl,
                version.text,
                document_checksum(*names, metadata, acl, version.language),
                int(version.released),
            ),
        )
        if cursor.lastrowid is None:
            raise sqlite3.IntegrityError("the catalog gave the new document no number")
        return cursor.lastrowid

    def _insert_chunks(self, version: DocumentVersion, doc_no: int, vector_nos: Mapping[bytes, int]) -> None:
        self._connection.executemany(
            "INSERT INTO chunks (doc_no, vector_no, chunk_id, ordinal, start_char, end_char, kind, page, section_path, "
            "context, text, role, section_start, section_end, injection, quarantined) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                    chunk.role,
                    chunk.section_start,
                    chunk.section_end,
                    chunk.injection,
                    int(chunk.quarantined and not version.released),  # sqlite3 takes three times as long over a bool
                )
                for chunk, key in zip(version.chunks, version.embed_hashes, strict=True)
            ],
        )


@lru_cache(maxsize=1024)
def _path_json(path: tuple[str, ...]) -> str:
    """Chunks of one section follow one another, so their path is encoded once."""
    return _JSON.encode(path)


_REMOVE = "UPDATE documents SET removed_seq = ?, removed_run = ? WHERE doc_id = ? AND removed_seq IS NULL"
_COUNT_LOST = (
    "UPDATE runs SET summary = json_set(summary, '$.reclaimed', coalesce(json_extract(summary, '$.reclaimed'), 0) + :lost) "
    "WHERE run_id = :run_id"
)
_RECLAIMABLE = (
    "SELECT doc_no, removed_seq, removed_run FROM documents WHERE removed_seq <= :sequence "
    "AND (removed_run IS NULL OR removed_run NOT IN (SELECT run_id FROM runs ORDER BY started_at DESC, rowid DESC LIMIT :keep))"
)
