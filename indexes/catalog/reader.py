"""The catalog's reading side: plain SELECTs on a connection of the calling thread, never blocked by the writer."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from indexes.catalog.connection import ReaderPool
from indexes.catalog.records import Counts, DocumentFields, DocumentState, DocumentVersion, Origin, VectorRows, can_be_id
from indexes.disk import catalog_errors
from indexes.lexical.base import LexicalEntry
from ragline.errors import CorruptIndexError
from ragline.filters import OWN_FIELDS
from ragline.types import Chunk, Document

_VISIBLE = "d.added_seq > :low AND d.added_seq <= :high AND (d.removed_seq IS NULL OR d.removed_seq > :high)"
# By ascending chunk number: versions are inserted in the order of their sequence numbers, each with all of its chunks. Said
# like this, rows come as they are found, and are not all sorted first.
_IN_ORDER = "ORDER BY d.added_seq, c.chunk_no"
_FREE = "AND NOT c.quarantined"
_CHUNK_COLUMNS = (
    "c.chunk_no, c.chunk_id, d.doc_id, c.text, c.start_char, c.end_char, c.kind, c.section_path, c.page, c.ordinal, d.title, "
    "c.context, d.metadata, c.role, c.section_start, c.section_end, c.injection, c.quarantined"
)
_PARAMETERS_PER_QUERY = 500
_ROWS_AT_ONCE = 4096
_FLOAT_BYTES = 4
Result = TypeVar("Result")


class CatalogReader:
    """Reads a catalog. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pool = ReaderPool(path)

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """What this thread reads inside is one state of the catalog, whatever is committed meanwhile. Not to be nested."""
        with self._reading() as connection:
            try:
                connection.execute("BEGIN")
                connection.execute("SELECT count(*) FROM settings").fetchone()  # the first read pins, not BEGIN
                yield
            finally:
                if connection.in_transaction:
                    connection.execute("COMMIT")

    def read(self, query: Callable[[sqlite3.Connection], Result]) -> Result:
        """What ``query``, a function of this package, finds on this thread's connection."""
        with self._reading() as connection:
            return query(connection)

    def sequence(self) -> int:
        """The number of the last committed change."""
        with self._reading() as connection:
            return int(connection.execute("SELECT value FROM settings WHERE key = 'sequence'").fetchone()[0])

    def settings(self) -> dict[str, Any]:
        """The collection's settings."""
        with self._reading() as connection:
            return {key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM settings")}

    def setting(self, key: str) -> Any:
        """One of the collection's settings, ``None`` where there is none of that name."""
        with self._reading() as connection:
            row = connection.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        return None if row is None else json.loads(row[0])

    def roots(self) -> dict[str, str]:
        """Ingested folders: absolute path to id prefix."""
        with self._reading() as connection:
            return dict(connection.execute("SELECT path, prefix FROM roots").fetchall())

    def runs(self) -> list[dict[str, Any]]:
        """All recorded runs, oldest first."""
        with self._reading() as connection:
            rows = connection.execute("SELECT run_id, kind, started_at, finished_at, summary FROM runs ORDER BY started_at")
            return [{"run_id": r[0], "kind": r[1], "started_at": r[2], "finished_at": r[3], **json.loads(r[4])} for r in rows]

    def changes(self, only: AbstractSet[str] | None = None) -> dict[str, list[float]]:
        """When the live documents of each source were last changed (or ingested), in seconds since 1970.

        ``only`` these documents count; ``None`` = all of them.

        A source is the folder that the document ids begin with; empty for ids without one.
        """
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT doc_id, coalesce(modified_at, ingested_at) FROM documents WHERE removed_seq IS NULL"
            )
            found: dict[str, list[float]] = {}
            for doc_id, changed_at in rows:
                if only is not None and doc_id not in only:
                    continue
                found.setdefault(doc_id.rpartition("/")[0], []).append(changed_at)
            return found

    def counts(self) -> Counts:
        """Live documents, and the chunks of them that can be found."""
        with self._reading() as connection:
            (documents,) = connection.execute("SELECT count(*) FROM documents WHERE removed_seq IS NULL").fetchone()
            (chunks,) = connection.execute(
                "SELECT count(*) FROM chunks JOIN documents USING (doc_no) WHERE removed_seq IS NULL AND NOT quarantined"
            ).fetchone()
            return Counts(documents, chunks)

    def characters(self) -> int:
        """Characters of all live documents together."""
        with self._reading() as connection:
            query = "SELECT coalesce(sum(length(text)), 0) FROM documents WHERE removed_seq IS NULL"
            return int(connection.execute(query).fetchone()[0])

    def states(self) -> dict[str, DocumentState]:
        """The state of every live document by its id."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT doc_id, content_hash, config_hash, source, acl IS NOT NULL, released, "
                "EXISTS (SELECT 1 FROM chunks c WHERE c.doc_no = documents.doc_no AND c.quarantined) "
                "FROM documents WHERE removed_seq IS NULL"
            )
            return {
                doc_id: DocumentState(content_hash, config_hash, source, *map(bool, marks))
                for doc_id, content_hash, config_hash, source, *marks in rows
            }

    def document(self, doc_id: str) -> Document | None:
        """The live version of a document."""
        if not can_be_id(doc_id):
            return None
        with self._reading() as connection:
            row = connection.execute(
                "SELECT text, title, metadata, acl FROM documents WHERE doc_id = ? AND removed_seq IS NULL", (doc_id,)
            ).fetchone()
        if row is None:
            return None
        return Document(doc_id, row[0], row[1], json.loads(row[2]), _acl(row[3]))

    def version(self, doc_id: str) -> DocumentVersion | None:
        """The live version of a document, whole."""
        if not can_be_id(doc_id):
            return None
        with self.pinned(), self._reading() as connection:
            row = connection.execute(
                "SELECT source, title, text, metadata, acl, language, content_hash, config_hash, modified_at, doc_no, run_id, "
                "ingested_at, released FROM documents WHERE doc_id = ? AND removed_seq IS NULL",
                (doc_id,),
            ).fetchone()
            keys = connection.execute(
                "SELECT v.embed_hash FROM chunks JOIN documents d USING (doc_no) JOIN vectors v USING (vector_no) "
                "WHERE d.doc_id = ? AND d.removed_seq IS NULL ORDER BY ordinal",
                (doc_id,),
            ).fetchall()
            chunks = self.document_chunks(doc_id, quarantined=True)
        if row is None:
            return None
        source, title, text, metadata, acl, language, content_hash, config_hash, modified_at, *origin, released = row
        return DocumentVersion(
            doc_id,
            source,
            title,
            text,
            json.loads(metadata),
            _acl(acl),
            language,
            content_hash,
            config_hash,
            tuple(chunks),
            tuple(bytes(key) for (key,) in keys),
            modified_at,
            Origin(*origin),
            bool(released),
        )

    def document_ids(self) -> list[str]:
        """Ids of all live documents, sorted."""
        return sorted(self.states())

    def visible_chunks(self, sequence: int) -> int:
        """The number of chunks that are visible at ``sequence``."""
        with self._reading() as connection:
            counted = connection.execute(
                f"SELECT count(*) FROM documents d JOIN chunks c USING (doc_no) WHERE {_VISIBLE} {_FREE}",
                {"low": 0, "high": sequence},
            )
            return int(counted.fetchone()[0])

    def vector_rows(self, low: int, high: int, *, dim: int, into: BinaryIO | None = None) -> VectorRows:
        """Chunks that came with a change in ``(low, high]`` and are visible at ``high``.

        The vectors are read ``into`` an empty file, where one is given, and mapped from there: then they take no memory that
        the system could not have back.
        """
        blocks: list[VectorRows] = []
        with self._reading() as connection:
            found = connection.execute(
                "SELECT c.chunk_no, c.doc_no, c.chunk_id, v.vector FROM documents d JOIN chunks c USING (doc_no) "
                f"JOIN vectors v USING (vector_no) WHERE {_VISIBLE} {_FREE} {_IN_ORDER}",
                {"low": low, "high": high},
            )
            held = bytearray()
            while block := found.fetchmany(_ROWS_AT_ONCE):  # all of the vectors are held once, not as rows too
                data = b"".join([row[3] for row in block])
                if len(data) != len(block) * dim * _FLOAT_BYTES:
                    raise CorruptIndexError(
                        f"The catalog {self._path} holds vectors of another size than {dim}. Restore it from a backup, or "
                        f"ingest anew."
                    )
                if into is None:
                    held += data
                else:
                    into.write(data)
                blocks.append(_numbered(block))
        rows = VectorRows.joined(blocks)
        if into is None or not blocks:
            vectors = np.frombuffer(held, np.float32)
        else:
            into.flush()
            vectors = np.memmap(into, np.float32, "r")
        return replace(rows, vectors=vectors.reshape(len(rows.chunk_nos), dim))

    def vectors(self, chunk_nos: Sequence[int], *, dim: int) -> NDArray[np.float32]:
        """The vectors of these chunks, float32 of shape ``(n, dim)``, by ascending number; none of chunks that are gone."""
        data = bytearray()
        with self._reading() as connection:
            for batch in _batches(sorted(chunk_nos)):
                marks = ",".join("?" * len(batch))
                rows = connection.execute(
                    f"SELECT v.vector FROM chunks c JOIN vectors v USING (vector_no) WHERE c.chunk_no IN ({marks}) "
                    "ORDER BY c.chunk_no",
                    batch,
                )
                data += b"".join(row[0] for row in rows)
        if len(data) % (4 * dim):
            raise self._foreign_vectors(dim)
        return np.frombuffer(data, np.float32).reshape(-1, dim)

    def lexical_entries(self, low: int, high: int) -> Iterator[LexicalEntry]:
        """What the lexical index takes of the chunks of :meth:`vector_rows`, in the same order."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT c.chunk_no, c.context, c.text, d.language FROM documents d JOIN chunks c USING (doc_no) "
                f"WHERE {_VISIBLE} {_FREE} {_IN_ORDER}",
                {"low": low, "high": high},
            )
            for chunk_no, context, text, language in rows:
                yield LexicalEntry(chunk_no, f"{context}\n{text}" if context else text, language)

    def removed_documents(self, low: int, high: int) -> list[int]:
        """Numbers of the document versions that left in ``(low, high]``."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT doc_no FROM documents WHERE removed_seq > :low AND removed_seq <= :high "
                "UNION SELECT doc_no FROM tombstones WHERE removed_seq > :low AND removed_seq <= :high",
                {"low": low, "high": high},
            )
            return [row[0] for row in rows]

    def removed_chunks(self, low: int, high: int) -> list[int]:
        """Numbers of chunks whose version left in ``(low, high]`` and whose rows are still there."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT chunk_no FROM chunks JOIN documents USING (doc_no) WHERE removed_seq > ? AND removed_seq <= ?",
                (low, high),
            )
            return [row[0] for row in rows]

    def chunks(self, chunk_nos: Sequence[int]) -> dict[int, Chunk]:
        """The chunks with these numbers; numbers whose rows are gone are missing from the result."""
        found: dict[int, Chunk] = {}
        with self._reading() as connection:
            for batch in _batches(chunk_nos):
                marks = ",".join("?" * len(batch))
                rows = connection.execute(
                    f"SELECT {_CHUNK_COLUMNS} FROM chunks c JOIN documents d USING (doc_no) WHERE c.chunk_no IN ({marks})",
                    batch,
                )
                found.update((row[0], _chunk(row)) for row in rows)
        return found

    def document_chunks(self, doc_id: str, *, quarantined: bool = False) -> list[Chunk]:
        """The chunks of a live document, in reading order; with ``quarantined`` also those that are in quarantine."""
        if not can_be_id(doc_id):
            return []
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT {_CHUNK_COLUMNS} FROM chunks c JOIN documents d USING (doc_no) "
                "WHERE d.doc_id = ? AND d.removed_seq IS NULL AND c.quarantined <= ? ORDER BY c.ordinal",
                (doc_id, quarantined),
            )
            return [_chunk(row) for row in rows]

    def quarantined_chunks(self) -> list[Chunk]:
        """The chunks of live documents that are kept out of reach, by document id and reading order."""
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT {_CHUNK_COLUMNS} FROM chunks c JOIN documents d USING (doc_no) "
                "WHERE c.quarantined AND d.removed_seq IS NULL ORDER BY d.doc_id, c.ordinal"
            )
            return [_chunk(row) for row in rows]

    def document_fields(self, doc_nos: Sequence[int]) -> dict[int, DocumentFields]:
        """What filters and access control look at, for these document versions."""
        found: dict[int, DocumentFields] = {}
        with self._reading() as connection:
            for batch in _batches(doc_nos):
                marks = ",".join("?" * len(batch))
                rows = connection.execute(
                    f"SELECT doc_no, doc_id, title, source, language, metadata, acl FROM documents WHERE doc_no IN ({marks})",
                    batch,
                )
                for doc_no, doc_id, title, source, language, metadata, acl in rows:
                    own = {"doc_id": doc_id, "title": title, "source": source, "language": language}
                    found[doc_no] = DocumentFields(_named(json.loads(metadata)) | own, _acl(acl))
        return found

    def access_lists(self, low: int, high: int) -> dict[int, tuple[str, ...]]:
        """Access lists of the restricted document versions that came with a change in ``(low, high]``."""
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT doc_no, acl FROM documents d WHERE acl IS NOT NULL AND {_VISIBLE}", {"low": low, "high": high}
            )
            return {doc_no: tuple(json.loads(acl)) for doc_no, acl in rows}

    def chunk_fields(self, chunk_nos: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The filter fields that belong to a chunk, for these chunk numbers."""
        found: dict[int, dict[str, Any]] = {}
        with self._reading() as connection:
            for batch in _batches(chunk_nos):
                marks = ",".join("?" * len(batch))
                rows = connection.execute(
                    f"SELECT chunk_no, kind, page, section_path, injection FROM chunks WHERE chunk_no IN ({marks})",
                    batch,
                )
                for chunk_no, kind, page, path, injection in rows:
                    found[chunk_no] = {"kind": kind, "page": page, "section_path": json.loads(path), "injection": injection}
        return found

    def _foreign_vectors(self, dim: int) -> CorruptIndexError:
        return CorruptIndexError(
            f"The catalog {self._path} holds vectors of another size than {dim}. Restore it from a backup, or ingest anew."
        )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        connection = self._pool.get()
        with catalog_errors(self._path):
            yield connection


def _numbered(block: Sequence[Sequence[Any]]) -> VectorRows:
    """The numbers and ids of rows, without their vectors."""
    return VectorRows(
        np.fromiter((row[0] for row in block), np.int64, len(block)),
        np.fromiter((row[1] for row in block), np.int64, len(block)),
        np.array([row[2] for row in block], dtype="S32"),
        np.empty((0, 0), np.float32),
    )


def _chunk(row: Sequence[Any]) -> Chunk:
    _, chunk_id, doc_id, text, start, end, kind, path, page, ordinal, title, context, metadata, *rest = row
    own: Mapping[str, Any] = {} if metadata == "{}" else json.loads(metadata)
    role, first, last, injection, kept = rest
    place = (start, end, kind, _section_path(path), page, ordinal, title, context, own, role, first, last)
    return Chunk(chunk_id, doc_id, text, *place, injection, bool(kept))


@lru_cache(maxsize=1024)
def _section_path(text: str) -> tuple[str, ...]:
    """Few different paths come up again and again."""
    return tuple(json.loads(text))


def _named(metadata: dict[str, Any]) -> dict[str, Any]:
    """Metadata as filters name them: what one of our own fields hides has a second name, ``metadata.kind``."""
    return metadata | {f"metadata.{name}": metadata[name] for name in OWN_FIELDS & metadata.keys()}


def _acl(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(json.loads(text))


def _batches(numbers: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), _PARAMETERS_PER_QUERY):
        yield [int(number) for number in numbers[start : start + _PARAMETERS_PER_QUERY]]
