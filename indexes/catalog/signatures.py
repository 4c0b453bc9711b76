"""The catalog's tables for near-duplicates: a signature of every text, and a link from every text to its cluster.

The text of a chunk is what was embedded for it, so chunks with one vector have one signature; the rows go when the vector does,
with the last chunk that has it. Rows of a document go with its version. Signatures are kept for as long as their recipe is the
current one; links are replaced as a whole by every analysis.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ingestion.embedded import joined_text

LINKS = "links"
"""Key of the setting that says by which recipe and threshold the links of each unit were made."""

RECIPE = "signature_recipe"
PARAMETERS_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class UnitTables:
    """The statements for one unit. What has a signature of its own is numbered by ``vector_no`` or ``doc_no``."""

    signatures: str
    links: str
    number: str
    missing: str
    texts: str
    live: str


CHUNKS = UnitTables(
    signatures="chunk_signatures",
    links="chunk_links",
    number="vector_no",
    missing=(
        "SELECT DISTINCT vector_no FROM chunks JOIN documents USING (doc_no) WHERE removed_seq IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM chunk_signatures s WHERE s.vector_no = chunks.vector_no) ORDER BY vector_no"
    ),
    texts=(
        "SELECT vector_no, context, text FROM chunks WHERE chunk_no IN "
        "(SELECT min(chunk_no) FROM chunks WHERE vector_no IN ({marks}) GROUP BY vector_no)"
    ),
    live=(
        "SELECT vector_no, doc_id, chunk_id FROM documents JOIN chunks USING (doc_no) WHERE removed_seq IS NULL "
        "ORDER BY doc_id, ordinal"
    ),
)

DOCUMENTS = UnitTables(
    signatures="document_signatures",
    links="document_links",
    number="doc_no",
    missing=(
        "SELECT doc_no FROM documents WHERE removed_seq IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM document_signatures s WHERE s.doc_no = documents.doc_no) ORDER BY doc_no"
    ),
    texts="SELECT doc_no, '', text FROM documents WHERE doc_no IN ({marks})",
    live="SELECT doc_no, doc_id, '' FROM documents WHERE removed_seq IS NULL ORDER BY doc_id",
)


@dataclass(frozen=True, slots=True)
class StoredSignatures:
    """Numbers and digests of texts, and their signatures one after the other."""

    numbers: list[int]
    digests: list[bytes]
    signatures: bytearray


@dataclass(frozen=True, slots=True)
class LinkedChunk:
    """What decides whether a hit is a near-duplicate of another, or a part of it.

    That is the number of its text and of its text's cluster, ``None`` for a text that came after the last analysis; and where
    it stands in its document, and what for.
    """

    doc_id: str
    vector_no: int
    cluster: int | None
    role: str = "body"
    start: int = 0
    end: int = 0


def missing_signatures(connection: sqlite3.Connection, unit: UnitTables) -> list[int]:
    """Numbers of the live texts that have no signature yet, ascending."""
    return [number for (number,) in connection.execute(unit.missing)]


def texts(connection: sqlite3.Connection, unit: UnitTables, numbers: Sequence[int]) -> dict[int, str]:
    """The texts with these numbers."""
    found: dict[int, str] = {}
    for batch in _batches(numbers):
        query = unit.texts.format(marks=",".join("?" * len(batch)))
        found.update((number, joined_text(context, text)) for number, context, text in connection.execute(query, batch))
    return found


def live_texts(connection: sqlite3.Connection, unit: UnitTables) -> list[tuple[int, str, str]]:
    """The number of the text, the document's id and the chunk's id of all that is live, by document id and reading order."""
    return connection.execute(unit.live).fetchall()


def stored_signatures(connection: sqlite3.Connection, unit: UnitTables) -> StoredSignatures:
    """Every signature that there is, of live texts and of others, by ascending number."""
    numbers, digests, signatures = [], [], bytearray()
    rows = connection.execute(f"SELECT {unit.number}, digest, signature FROM {unit.signatures} ORDER BY {unit.number}")
    for number, digest, signature in rows:
        numbers.append(number)
        digests.append(digest)
        signatures += signature
    return StoredSignatures(numbers, digests, signatures)


def linked_documents(connection: sqlite3.Connection, doc_id: str) -> dict[str, tuple[str, ...] | None]:
    """Ids of the live documents in the cluster of a live document, itself among them, with their access lists; sorted by id."""
    rows = connection.execute(
        "SELECT other.doc_id, other.acl FROM documents own JOIN document_links mine USING (doc_no) "
        "JOIN document_links theirs ON theirs.cluster = mine.cluster JOIN documents other ON other.doc_no = theirs.doc_no "
        "WHERE own.doc_id = ? AND own.removed_seq IS NULL AND other.removed_seq IS NULL ORDER BY other.doc_id",
        (doc_id,),
    )
    return {other: None if acl is None else tuple(json.loads(acl)) for other, acl in rows}


def link_settings(connection: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """How the links of each unit were made; empty before the first analysis."""
    row = connection.execute("SELECT value FROM settings WHERE key = ?", (LINKS,)).fetchone()
    return {} if row is None else dict(json.loads(row[0]))


def linked_chunks(connection: sqlite3.Connection, chunk_nos: Sequence[int]) -> dict[int, LinkedChunk]:
    """What the links say of chunks, by chunk number; chunks whose rows are gone are missing."""
    found: dict[int, LinkedChunk] = {}
    for batch in _batches(chunk_nos):
        rows = connection.execute(
            "SELECT chunk_no, doc_id, vector_no, cluster, role, start_char, end_char FROM chunks JOIN documents USING (doc_no) "
            f"LEFT JOIN chunk_links USING (vector_no) WHERE chunk_no IN ({','.join('?' * len(batch))})",
            batch,
        )
        found.update((chunk_no, LinkedChunk(*rest)) for chunk_no, *rest in rows)
    return found


def drop_other_signatures(connection: sqlite3.Connection, recipe: str) -> None:
    """Delete all signatures unless they were made by this recipe, which is then the current one."""
    row = connection.execute("SELECT value FROM settings WHERE key = ?", (RECIPE,)).fetchone()
    if row is None or json.loads(row[0]) != recipe:
        for unit in (CHUNKS, DOCUMENTS):
            connection.execute(f"DELETE FROM {unit.signatures}")
        connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (RECIPE, json.dumps(recipe)))


def save_signatures(connection: sqlite3.Connection, unit: UnitTables, rows: Iterable[tuple[int, bytes, bytes]]) -> None:
    """Keep the digest and the signature of texts by number."""
    connection.executemany(f"INSERT OR REPLACE INTO {unit.signatures} VALUES (?, ?, ?)", rows)


def replace_links(
    connection: sqlite3.Connection, unit: UnitTables, rows: Iterable[tuple[int, int]], made_by: dict[str, Any]
) -> None:
    """Put the links (number of a text, number of its cluster) in the place of all that the unit had."""
    connection.execute(f"DELETE FROM {unit.links}")
    connection.executemany(f"INSERT INTO {unit.links} VALUES (?, ?)", rows)
    settings = json.dumps({**link_settings(connection), unit.links: made_by}, sort_keys=True)
    connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (LINKS, settings))


def _batches(numbers: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), PARAMETERS_PER_QUERY):
        yield [int(number) for number in numbers[start : start + PARAMETERS_PER_QUERY]]
