"""The catalog: whole documents or nothing, sequence numbers, and views that stay as they were."""

import resource
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import astuple, replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from indexes.catalog.migrations import MIGRATIONS
from indexes.catalog.reader import CatalogReader
from indexes.catalog.records import Counts, DocumentVersion, embed_hash
from indexes.catalog.writer import CatalogWriter
from ingestion.embedded import embedded_text
from ragline.errors import CollectionNotFoundError, CorruptIndexError, IncompatibleError, InputError, StorageError
from ragline.types import Chunk, ChunkRole

DIM = 4
ROLES = get_args(ChunkRole)


def version(doc_id: str, *texts: str, acl: tuple[str, ...] | None = None) -> DocumentVersion:
    text, chunks = " ".join(texts), []
    for ordinal, part in enumerate(texts):
        start = text.index(part)
        end, role = start + len(part), ROLES[ordinal % len(ROLES)]
        place = {"ordinal": ordinal, "role": role, "section_start": ordinal, "section_end": end + 9}
        chunks.append(Chunk(f"{doc_id}/{part}"[:32], doc_id, part, start, end, section_path=("S",), **place))
    metadata = {"year": 2025, "tags": ["a"]}
    hashes = tuple(embed_hash(embedded_text(chunk)) for chunk in chunks)
    return DocumentVersion(
        doc_id, f"{doc_id}.md", "T", text, metadata, acl, "en", f"hash of {text}", "config", tuple(chunks), hashes
    )


def vectors_of(item: DocumentVersion) -> dict[bytes, np.ndarray]:
    keys = [embed_hash(embedded_text(chunk)) for chunk in item.chunks]
    return {key: np.frombuffer(key, np.uint8)[:DIM].astype(np.float32) for key in keys}


class Both:
    """A writer and a reader on one catalog."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer = CatalogWriter(path)
        self.reader = CatalogReader(path)
        self.writer.start_run("run", "ingest")

    def put(self, item: DocumentVersion, vectors: dict[bytes, np.ndarray] | None = None) -> int:
        return self.writer.replace_document(item, vectors_of(item) if vectors is None else vectors, run_id="run")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Both]:
    both = Both(tmp_path / "catalog.sqlite")
    yield both
    both.reader.close()
    both.writer.close()


def test_a_document_comes_back_as_it_went_in(catalog: Both) -> None:
    item = version("a", "one", "two", acl=("staff",))
    assert catalog.put(item) == 1
    document = catalog.reader.document("a")
    assert document is not None
    assert (document.text, document.title, dict(document.metadata)) == ("one two", "T", {"year": 2025, "tags": ["a"]})
    assert document.acl == ("staff",)
    assert catalog.reader.document_chunks("a") == [replace(chunk, title="T", metadata=item.metadata) for chunk in item.chunks]
    assert catalog.reader.counts() == Counts(documents=1, chunks=2)
    assert catalog.reader.states()["a"].content_hash == "hash of one two"


def test_every_change_has_the_next_sequence_number(catalog: Both) -> None:
    assert [catalog.put(version("a", "x")), catalog.put(version("b", "y"))] == [1, 2]
    assert catalog.writer.remove_document("a") == 3
    assert catalog.writer.remove_document("a") is None
    assert catalog.reader.sequence() == 3


def test_replacing_keeps_vectors_of_unchanged_text(catalog: Both) -> None:
    catalog.put(version("a", "one", "two"))
    changed = version("a", "one", "three")
    known = catalog.writer.known_hashes(changed.embed_hashes)
    missing = {key: vector for key, vector in vectors_of(changed).items() if key not in known}
    assert len(missing) == 1
    catalog.put(changed, missing)
    rows = catalog.reader.vector_rows(0, 2, dim=DIM)
    assert [vector.tolist() for vector in rows.vectors] == [vector.tolist() for vector in vectors_of(changed).values()]


def test_a_view_sees_one_version_and_never_none(catalog: Both) -> None:
    catalog.put(version("a", "old"))
    catalog.put(version("a", "new"))
    for low, high, expected in ((0, 1, ["old"]), (0, 2, ["new"]), (1, 2, ["new"])):
        rows = catalog.reader.vector_rows(low, high, dim=DIM)
        found = catalog.reader.chunks(rows.chunk_nos.tolist())
        assert [chunk.text for chunk in found.values()] == expected
        assert [entry.text for entry in catalog.reader.lexical_entries(low, high)] == expected
    assert catalog.reader.removed_documents(1, 2) == [1]
    assert catalog.reader.removed_chunks(1, 2) == [1]


def test_reclaiming_leaves_a_tombstone_and_no_rows(catalog: Both) -> None:
    catalog.put(version("a", "secret", "kept"))
    changed = version("a", "kept")
    catalog.put(changed, {})
    assert catalog.writer.reclaim(1) == 0
    assert catalog.writer.reclaim(2) == 1
    assert catalog.reader.removed_documents(0, 2) == [1]
    assert catalog.reader.removed_chunks(0, 2) == []
    with sqlite3.connect(catalog.path) as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("chunks", "vectors")]
    connection.close()
    assert counts == [1, 1]


def test_vectors_read_into_a_file_are_the_same_and_mapped(catalog: Both, tmp_path: Path) -> None:
    for number in range(20):
        catalog.put(version(f"d{number}", f"text {number}"))
    held = catalog.reader.vector_rows(0, 20, dim=DIM)
    with (tmp_path / "vectors").open("w+b") as file:
        mapped = catalog.reader.vector_rows(0, 20, dim=DIM, into=file)
    assert isinstance(mapped.vectors.base, np.memmap)
    for one, other in zip(astuple(held), astuple(mapped), strict=True):
        assert np.array_equal(one, other)
    with (tmp_path / "none").open("w+b") as file:
        assert catalog.reader.vector_rows(20, 20, dim=DIM, into=file).vectors.shape == (0, DIM)
    with (tmp_path / "wrong").open("w+b") as file, pytest.raises(CorruptIndexError, match="another size than 3"):
        catalog.reader.vector_rows(0, 20, dim=3, into=file)


def test_vectors_of_some_chunks_come_by_number_and_without_those_that_are_gone(catalog: Both) -> None:
    for number in range(700):  # more than go into one query
        catalog.put(version(f"d{number}", f"text {number}"))
    rows = catalog.reader.vector_rows(0, 700, dim=DIM)
    wanted = rows.chunk_nos[::-1][:650].tolist()
    found = catalog.reader.vectors(wanted, dim=DIM)
    assert found.dtype == np.float32
    assert np.array_equal(found, rows.vectors[50:])
    catalog.put(version("d699", "changed"))
    catalog.writer.reclaim(701)
    assert len(catalog.reader.vectors(wanted, dim=DIM)) == 649
    assert catalog.reader.vectors([], dim=DIM).shape == (0, DIM)
    with pytest.raises(CorruptIndexError, match="another size"):
        catalog.reader.vectors(wanted[-1:], dim=3)


def test_equal_texts_share_one_vector_until_the_last_of_them_is_gone(catalog: Both) -> None:
    catalog.put(version("a", "same", "own"))
    catalog.put(version("b", "same"), {})
    (rows,) = [catalog.reader.vector_rows(0, 2, dim=DIM)]
    assert rows.vectors[2].tolist() == rows.vectors[0].tolist()
    for doc_id, left in (("a", 1), ("b", 0)):
        sequence = catalog.writer.remove_document(doc_id)
        assert sequence is not None
        catalog.writer.reclaim(sequence)
        with sqlite3.connect(catalog.path) as connection:
            assert connection.execute("SELECT count(*) FROM vectors").fetchone()[0] == left
        connection.close()


def test_what_the_last_runs_replaced_is_kept_and_what_a_caller_deleted_is_not(catalog: Both) -> None:
    catalog.put(version("a", "first"))
    catalog.writer.start_run("later", "ingest")
    catalog.writer.replace_document(version("a", "second"), vectors_of(version("a", "second")), run_id="later")
    catalog.put(version("b", "bye"))
    catalog.writer.remove_document("b")
    assert catalog.writer.reclaim(4, keep_runs=1) == 1
    catalog.writer.start_run("last", "ingest")
    assert catalog.writer.reclaim(4, keep_runs=2) == 0
    assert catalog.writer.reclaim(4, keep_runs=1) == 1


def test_numbers_are_never_used_again(catalog: Both) -> None:
    catalog.put(version("a", "one"))
    catalog.writer.remove_document("a")
    catalog.writer.reclaim(2)
    catalog.put(version("b", "two"))
    rows = catalog.reader.vector_rows(0, 3, dim=DIM)
    assert (rows.chunk_nos.tolist(), rows.doc_nos.tolist()) == ([2], [2])


def test_a_failed_write_changes_nothing(catalog: Both) -> None:
    catalog.put(version("a", "old"))
    with pytest.raises(KeyError):
        catalog.put(version("a", "one", "two"), {})
    assert catalog.reader.sequence() == 1
    assert [chunk.text for chunk in catalog.reader.document_chunks("a")] == ["old"]
    assert catalog.put(version("a", "new")) == 2


def test_a_writer_does_not_block_readers(catalog: Both) -> None:
    catalog.put(version("a", "old"))
    other = sqlite3.connect(catalog.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE settings SET value = '99' WHERE key = 'sequence'")
    assert catalog.reader.sequence() == 1
    assert catalog.reader.document("a") is not None
    other.execute("ROLLBACK")
    other.close()


def test_fields_for_filters(catalog: Both) -> None:
    catalog.put(version("a", "one", acl=()))
    fields = catalog.reader.document_fields([1])[1]
    assert fields.acl == ()
    assert fields.fields["year"] == 2025
    assert fields.fields["doc_id"] == "a"
    assert catalog.reader.chunk_fields([1]) == {
        1: {"kind": "paragraph", "page": None, "section_path": ["S"], "injection": None}
    }
    assert catalog.reader.access_lists(0, 1) == {1: ()}


def test_own_metadata_cannot_pose_as_a_builtin_field(catalog: Both) -> None:
    item = replace(version("a", "one"), metadata={"doc_id": "someone else"})
    catalog.put(item)
    assert catalog.reader.document_fields([1])[1].fields["doc_id"] == "a"


def test_runs_and_settings(catalog: Both) -> None:
    catalog.writer.set_settings({"configuration": {"b": [1, 2]}})
    catalog.writer.finish_run("run", {"added": 3})
    assert catalog.reader.settings()["configuration"] == {"b": [1, 2]}
    (run,) = catalog.reader.runs()
    assert run["added"] == 3
    assert run["finished_at"] >= run["started_at"]


def test_foreign_keys_are_on(catalog: Both) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        catalog.writer.replace_document(version("a", "x"), vectors_of(version("a", "x")), run_id="no such run")


def test_hostile_ids_and_text_are_only_data(catalog: Both) -> None:
    evil = "'; DROP TABLE documents; --"
    catalog.put(version(evil, "x'); DELETE FROM chunks; --"))
    assert catalog.reader.document(evil) is not None
    assert catalog.reader.counts().chunks == 1


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    CatalogWriter(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(IncompatibleError, match="pip install -U ragline"):
        CatalogWriter(path)


def test_chunks_from_before_scores_have_none_and_are_free(tmp_path: Path) -> None:
    path, before = tmp_path / "catalog.sqlite", 5
    connection = sqlite3.connect(path)
    for number, script in enumerate(MIGRATIONS[:before], start=1):
        connection.executescript(f"BEGIN; {script}; PRAGMA user_version = {number}; COMMIT;")
    connection.executescript(
        "INSERT INTO runs (run_id, kind, started_at) VALUES ('first', 'ingest', 0);"
        "INSERT INTO documents (doc_id, added_seq, content_hash, config_hash, run_id, ingested_at, source, title, metadata, "
        "text) VALUES ('a', 1, 'h', 'c', 'first', 0, 'a', '', '{}', 'old');"
        "UPDATE settings SET value = '1' WHERE key = 'sequence';"
        "INSERT INTO vectors (embed_hash, vector) VALUES (x'00', zeroblob(16));"
        "INSERT INTO chunks (doc_no, vector_no, chunk_id, ordinal, start_char, end_char, kind, section_path, context, text)"
        " VALUES (1, 1, 'id', 0, 0, 3, 'paragraph', '[]', '', 'old');"
    )
    connection.close()
    catalog = Both(path)
    (chunk,) = catalog.reader.document_chunks("a")
    assert (chunk.injection, chunk.quarantined) == (None, False)
    assert (catalog.reader.counts(), catalog.reader.quarantined_chunks()) == (Counts(1, 1), [])
    assert not catalog.reader.states()["a"].is_quarantined


def test_chunks_in_quarantine_are_in_no_index_and_in_the_whole_version(catalog: Both) -> None:
    plain = version("a", "one", "two", "three")
    kept = replace(plain, chunks=(replace(plain.chunks[0], injection=0.9, quarantined=True), *plain.chunks[1:]))
    catalog.put(kept)
    assert len(catalog.reader.vector_rows(0, 1, dim=DIM).chunk_nos) == 2
    assert [entry.chunk_no for entry in catalog.reader.lexical_entries(0, 1)] == [2, 3]
    assert (catalog.reader.counts(), catalog.reader.visible_chunks(1)) == (Counts(1, 2), 2)
    assert [chunk.text for chunk in catalog.reader.quarantined_chunks()] == ["one"]
    whole = catalog.reader.version("a")
    assert whole is not None
    assert [(chunk.text, chunk.injection, chunk.quarantined) for chunk in whole.chunks] == [
        ("one", 0.9, True),
        ("two", None, False),
        ("three", None, False),
    ]
    catalog.put(replace(whole, released=True, origin=None))
    assert (catalog.reader.counts(), catalog.reader.quarantined_chunks()) == (Counts(1, 3), [])
    assert catalog.reader.states()["a"].is_released


def test_absent_and_damaged_catalogs_are_typed_errors(tmp_path: Path) -> None:
    with pytest.raises(CollectionNotFoundError):
        CatalogReader(tmp_path / "none.sqlite").sequence()
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"this is no database, although it is long enough to be looked at" * 100)
    with pytest.raises(CorruptIndexError, match="broken"):
        CatalogWriter(broken)
    with pytest.raises(CorruptIndexError, match="broken"):
        CatalogReader(broken).sequence()


def test_a_commit_survives_the_death_of_the_process(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    code = (
        "import os, sys; from pathlib import Path; from indexes.catalog.writer import CatalogWriter\n"
        f"writer = CatalogWriter(Path({str(path)!r})); writer.start_run('r', 'ingest')\n"
        "writer.set_settings({'k': 'v'}); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == -9
    reader = CatalogReader(path)
    assert reader.settings()["k"] == "v"
    reader.close()


def test_flushing_keeps_the_locks_that_guard_the_log(catalog: Both) -> None:
    catalog.put(version("a", "one"))
    catalog.writer.sync()
    # The bytes that SQLite locks as long as a connection is open; without them another process would remove the log.
    code = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+b')\nfcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)"
    )
    tried = subprocess.run([sys.executable, "-c", code, catalog.path], capture_output=True, text=True, check=False, timeout=60)
    assert "BlockingIOError" in tried.stderr


def test_connections_end_with_their_threads(catalog: Both) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    catalog.put(version("a", "one"))
    assert catalog.reader.sequence() == 1
    before = open_files()
    for _ in range(20):
        threads = [threading.Thread(target=catalog.reader.sequence) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert open_files() <= before + 6  # SQLite keeps some open for its next connections
    assert catalog.reader.sequence() == 1


def test_a_closed_catalog_says_so(catalog: Both) -> None:
    catalog.put(version("a", "one"))
    catalog.reader.close()
    catalog.writer.close()
    for use in (
        catalog.reader.sequence,
        lambda: catalog.put(version("b", "two")),
        lambda: catalog.writer.known_hashes([b"x"]),
        catalog.writer.checkpoint,
    ):
        with pytest.raises(InputError, match="is closed; open it again"):
            use()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(InputError, match="another program"):
        CatalogWriter(path)
    assert path.read_bytes() == before


def test_a_full_disk_is_a_typed_error_and_changes_nothing(catalog: Both) -> None:
    catalog.put(version("a", "old"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(StorageError, match="free space"):
            catalog.put(version("a", "x" * 1_000_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert catalog.reader.sequence() == 1
    assert [chunk.text for chunk in catalog.reader.document_chunks("a")] == ["old"]
    assert catalog.put(version("a", "x" * 1_000_000)) == 2


def test_a_catalog_that_may_not_be_opened(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="free space"):
        CatalogWriter(tmp_path / "missing" / "catalog.sqlite")
