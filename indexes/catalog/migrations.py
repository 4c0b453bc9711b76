"""The catalog's schema, as numbered migrations. A migration that has been released is never edited; add the next number.

A document *version* is immutable: replacing a document inserts a new version and marks the old one removed, in one
transaction. A version is visible at sequence number ``s`` when ``added_seq <= s`` and it was not removed at or before ``s``.
That is what lets a reader hold one consistent view while a writer goes on (the idea of multi-version concurrency control).
"""

import sqlite3

from ragline.errors import IncompatibleError

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    INSERT INTO settings VALUES ('sequence', '0');

    CREATE TABLE runs (
        run_id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        started_at REAL NOT NULL,
        finished_at REAL,
        summary TEXT NOT NULL DEFAULT '{}'
    );

    CREATE TABLE roots (path TEXT PRIMARY KEY, prefix TEXT NOT NULL UNIQUE) WITHOUT ROWID;

    CREATE TABLE documents (
        doc_no INTEGER PRIMARY KEY AUTOINCREMENT,
        doc_id TEXT NOT NULL,
        added_seq INTEGER NOT NULL,
        removed_seq INTEGER,
        content_hash TEXT NOT NULL,
        config_hash TEXT NOT NULL,
        run_id TEXT NOT NULL REFERENCES runs,
        ingested_at REAL NOT NULL,
        source TEXT NOT NULL,
        language TEXT,
        title TEXT NOT NULL,
        metadata TEXT NOT NULL,
        acl TEXT,
        text TEXT NOT NULL
    );
    CREATE UNIQUE INDEX documents_live ON documents (doc_id) WHERE removed_seq IS NULL;
    CREATE INDEX documents_removed ON documents (removed_seq) WHERE removed_seq IS NOT NULL;
    CREATE INDEX documents_added ON documents (added_seq);
    CREATE INDEX documents_restricted ON documents (added_seq) WHERE acl IS NOT NULL;

    -- Versions whose rows have been reclaimed, kept so that an older view can still learn that they left.
    CREATE TABLE tombstones (doc_no INTEGER PRIMARY KEY, removed_seq INTEGER NOT NULL);
    CREATE INDEX tombstones_removed ON tombstones (removed_seq);

    CREATE TABLE vectors (
        vector_no INTEGER PRIMARY KEY,
        embed_hash BLOB NOT NULL,
        vector BLOB NOT NULL
    );

    CREATE TABLE chunks (
        chunk_no INTEGER PRIMARY KEY AUTOINCREMENT,
        doc_no INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        vector_no INTEGER NOT NULL REFERENCES vectors,
        chunk_id TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        start_char INTEGER NOT NULL,
        end_char INTEGER NOT NULL,
        kind TEXT NOT NULL,
        page INTEGER,
        section_path TEXT NOT NULL,
        context TEXT NOT NULL,
        text TEXT NOT NULL
    );
    CREATE INDEX chunks_document ON chunks (doc_no);
    CREATE INDEX chunks_vector ON chunks (vector_no);
    """,
    """
    -- Equal embedded texts share one vector, whichever documents they are in.
    CREATE INDEX vectors_hash ON vectors (embed_hash);

    -- The run that replaced or removed a version; null where a caller deleted the document. It is what a rollback brings back.
    ALTER TABLE documents ADD COLUMN removed_run TEXT;
    CREATE INDEX documents_removed_run ON documents (removed_run) WHERE removed_run IS NOT NULL;
    CREATE INDEX documents_run ON documents (run_id);

    -- When the source was last changed, in seconds since 1970; null where that is not known.
    ALTER TABLE documents ADD COLUMN modified_at REAL;
    """,
    """
    -- Near-duplicates: MinHash signatures of embedded texts and of documents, with a digest that equal texts share; and the
    -- number of the text that leads the cluster of each. A link is about texts only: it goes with the last chunk that has the
    -- text. The number of a leader that is gone still tells its followers apart from others, and nothing else.
    CREATE TABLE chunk_signatures (
        vector_no INTEGER PRIMARY KEY REFERENCES vectors ON DELETE CASCADE, digest BLOB NOT NULL, signature BLOB NOT NULL
    );
    CREATE TABLE chunk_links (vector_no INTEGER PRIMARY KEY REFERENCES vectors ON DELETE CASCADE, cluster INTEGER NOT NULL);
    CREATE TABLE document_signatures (
        doc_no INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE, digest BLOB NOT NULL, signature BLOB NOT NULL
    );
    CREATE TABLE document_links (doc_no INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE, cluster INTEGER NOT NULL);
    CREATE INDEX document_links_cluster ON document_links (cluster);
    """,
    """
    -- What a chunk is for (see ragline.types.Chunk), and where its section begins and ends; of older chunks that is not known.
    ALTER TABLE chunks ADD COLUMN role TEXT NOT NULL DEFAULT 'body';
    ALTER TABLE chunks ADD COLUMN section_start INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE chunks ADD COLUMN section_end INTEGER NOT NULL DEFAULT 0;
    """,
    """
    -- CRC-32 of what no other row can tell: a vector, and the fields of a document (see indexes.catalog.records). SQLite has
    -- none of its own. Of older rows it is null.
    ALTER TABLE vectors ADD COLUMN checksum INTEGER;
    ALTER TABLE documents ADD COLUMN checksum INTEGER;
    """,
    """
    -- How much a chunk looks like orders to a model, null where that was not looked at; whether it is kept out of every index
    -- and prompt for it; and whether somebody has released this version of the document.
    ALTER TABLE chunks ADD COLUMN injection REAL;
    ALTER TABLE chunks ADD COLUMN quarantined INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE documents ADD COLUMN released INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX chunks_quarantined ON chunks (doc_no) WHERE quarantined;
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a catalog to the newest schema, one transaction per migration.

    Raises :class:`IncompatibleError` for a catalog written by a newer release.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise IncompatibleError(
            f"The catalog has schema {version}, and this release knows {len(MIGRATIONS)}. Upgrade: pip install -U ragline"
        )
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")
