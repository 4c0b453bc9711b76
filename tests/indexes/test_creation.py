"""What counts as a new folder, and what is left alone."""

import sqlite3
from pathlib import Path

import pytest

import ragline
from indexes.catalog.connection import schema_version
from indexes.catalog.migrations import MIGRATIONS
from indexes.creation import is_collection, prepare_store
from indexes.lock import WriteLock
from indexes.places import CATALOG, LEXICAL, LOCK
from ragline.errors import CollectionLockedError, CorruptIndexError, IncompatibleError, InputError
from ragline.types import Document


def leave_nothing(folder: Path) -> None: ...


def leave_a_lock(folder: Path) -> None:
    (folder / LOCK).write_text('{"pid": 1')


def leave_an_empty_catalog(folder: Path) -> None:
    leave_a_lock(folder)
    (folder / CATALOG).touch()


def leave_a_catalog_without_schema(folder: Path) -> None:
    leave_a_lock(folder)
    connection = sqlite3.connect(folder / CATALOG, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def leave_a_hot_journal(folder: Path) -> None:
    """Copied in the middle of the first transaction, so that SQLite finds a journal to undo."""
    leave_a_lock(folder)
    connection = sqlite3.connect(folder / "source", isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("CREATE TABLE t (x)")
    connection.execute("DROP TABLE t")
    connection.execute("BEGIN")
    connection.execute("CREATE TABLE t (x)")
    connection.executemany("INSERT INTO t VALUES (?)", [("x" * 3000,)] * 50)
    for end in ("", "-journal"):
        (folder / f"{CATALOG}{end}").write_bytes((folder / f"source{end}").read_bytes())
    connection.close()
    for left in folder.glob("source*"):
        left.unlink()


def leave_no_lexical_index(folder: Path) -> None:
    prepare_store(folder)
    for path in sorted((folder / LEXICAL).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.parametrize(
    "leave",
    [
        leave_nothing,
        leave_a_lock,
        leave_an_empty_catalog,
        leave_a_catalog_without_schema,
        leave_a_hot_journal,
        leave_no_lexical_index,
    ],
)
def test_what_a_killed_first_open_left_counts_as_new(tmp_path: Path, leave: object) -> None:
    assert callable(leave)
    leave(tmp_path)
    assert is_collection(tmp_path) == (leave is leave_no_lexical_index)
    with ragline.open(tmp_path, embedder="light") as kb:
        assert kb.health()["ok"], kb.health()
        kb.ingest([Document("a", "words")])
        assert kb.search("words")


def test_an_old_schema_is_brought_up_to_date_before_it_is_read(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / CATALOG, isolation_level=None)
    connection.executescript(f"{MIGRATIONS[0]}; PRAGMA user_version = 1;")
    connection.close()
    with ragline.open(tmp_path, embedder="light") as kb:
        assert kb.ingest([Document("a", "words")]).counts["added"] == 1
    assert schema_version(tmp_path / CATALOG) == len(MIGRATIONS)


def test_opening_what_is_complete_takes_no_lock(tmp_path: Path) -> None:
    prepare_store(tmp_path)
    with WriteLock(tmp_path / LOCK).hold():
        prepare_store(tmp_path)
        (tmp_path / "new").mkdir()
    with WriteLock(tmp_path / "new" / LOCK).hold(), pytest.raises(CollectionLockedError):
        prepare_store(tmp_path / "new")


def test_a_newer_schema_is_refused_at_opening(tmp_path: Path) -> None:
    prepare_store(tmp_path)
    connection = sqlite3.connect(tmp_path / CATALOG)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(IncompatibleError, match="pip install -U ragline"):
        ragline.open(tmp_path)


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_a_lost_catalog_is_not_taken_for_a_new_collection(tmp_path: Path, damage: object) -> None:
    prepare_store(tmp_path)
    assert callable(damage)
    damage(tmp_path / CATALOG)
    with pytest.raises(CorruptIndexError, match="Restore"):
        ragline.open(tmp_path)
    assert (tmp_path / LEXICAL).is_dir()


def test_paths_that_can_be_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    for place in (tmp_path / "file", tmp_path / "file" / "kb", Path("/proc/ragline"), tmp_path / ("x" * 300), "null\0byte"):
        for create in (True, False):
            with pytest.raises(ragline.RaglineError, match=r"Choose (a|another|an) |no collection at"):
                ragline.open(place, create=create)
        with pytest.raises(InputError):
            ragline.open(place)
    assert (tmp_path / "file").read_text() == "precious"


def test_chunks_of_an_older_schema_are_bodies_of_no_known_section(tmp_path: Path) -> None:
    """They are replaced when their documents are next ingested, since the chunker is another."""
    with sqlite3.connect(tmp_path / CATALOG) as connection:
        connection.executescript("".join(MIGRATIONS[:3]) + "; PRAGMA user_version = 3;")
        connection.execute("INSERT INTO runs (run_id, kind, started_at) VALUES ('r', 'ingest', 0)")
        connection.execute(
            "INSERT INTO documents (doc_id, added_seq, content_hash, config_hash, run_id, ingested_at, source, title, "
            "metadata, text) VALUES ('a', 0, '', '', 'r', 0, 'a', '', '{}', 'words')"
        )
        connection.execute("INSERT INTO vectors VALUES (1, x'00', zeroblob(1024))")
        connection.execute("INSERT INTO chunks VALUES (1, 1, 1, 'c', 0, 0, 5, 'paragraph', NULL, '[]', '', 'words')")
    connection.close()
    with ragline.open(tmp_path, embedder="light") as kb:
        (chunk,) = kb.chunks("a")
        assert (chunk.role, chunk.section_start, chunk.section_end) == ("body", 0, 0)
        assert kb.ingest([Document("a", "words")]).counts["updated"] == 1
        (chunk,) = kb.chunks("a")
        assert (chunk.role, chunk.section_start, chunk.section_end) == ("body", 0, 5)
