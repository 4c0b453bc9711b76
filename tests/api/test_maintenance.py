"""Looking after a collection: backups while it works, space given back, what is purged is gone, what is broken is mended."""

import os
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import ragline
from indexes.catalog.connection import connect_writer
from ragline.errors import CollectionNotFoundError, CorruptIndexError, InputError
from ragline.settings import Settings
from ragline.types import Document

SECRET = "xylophonequartz"
SMALL = Settings(embedder="light", exact_threshold=20, auto_rebuild="wait")


def documents(count: int) -> list[Document]:
    return [Document(f"d{at}", f"Document {at} tells of pump {at} and valve {at * 7}.", f"Title {at}") for at in range(count)]


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    """A collection with a generation, a delta behind it, and a removed document."""
    with ragline.open(tmp_path / "kb", settings=SMALL) as collection:
        collection.ingest(documents(60))
        collection.ingest([Document("late", "A late document about turbines.")])
        collection.delete("d7")
        assert collection.stats()["generation"] == 1
        yield collection


def found(kb: ragline.Collection, query: str) -> list[str]:
    return [hit.chunk.doc_id for hit in kb.search(query, k=8)]


def holds(folder: Path, text: str) -> list[str]:
    """The files in which ``text`` can be read, in UTF-8 and as UTF-32 (how NumPy keeps strings)."""
    spellings = (text.encode(), text.encode("utf-32-le"))
    paths = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return [str(path.relative_to(folder)) for path in paths if any(each in path.read_bytes() for each in spellings)]


def test_what_is_purged_is_in_no_file_any_more(kb: ragline.Collection) -> None:
    kb.ingest([Document("secret", f"The password is {SECRET}.", f"About {SECRET}", {"note": SECRET}, acl=(SECRET,))])
    kb.rebuild()
    kb.ingest([Document("secret", "Nothing to see.")])
    assert holds(kb.folder, SECRET)
    report = kb.purge()
    assert report.versions > 0
    assert not report.warnings
    assert holds(kb.folder, SECRET) == []
    assert "secret" in found(kb, "nothing to see")
    assert kb.health()["ok"]


def test_purging_a_document_deletes_it_and_its_vectors(kb: ragline.Collection) -> None:
    kb.ingest([Document("secret", f"The password is {SECRET}.")])
    kb.rebuild()
    report = kb.purge(["secret", "unknown"])
    assert (report.documents, report.absent) == (("secret",), ("unknown",))
    assert holds(kb.folder, SECRET) == []
    assert kb.get("secret") is None
    assert kb.stats()["removed_chunks"] == kb.stats()["delta_chunks"] == 0
    assert [path.name for path in (kb.folder / "generations").iterdir() if path.is_dir()] == ["000003"]
    assert found(kb, "pump 12")[0] == "d12"
    assert kb.doctor().ok


def test_compacting_keeps_what_a_rollback_needs(kb: ragline.Collection) -> None:
    run = kb.ingest([Document("d3", "Now about something else.")])
    before = found(kb, "valve 35")
    report = kb.compact()
    assert report.bytes_after <= report.bytes_before
    assert found(kb, "valve 35") == before
    assert kb.rollback(run.run_id).restored == ("d3",)
    assert "pump 3" in str(kb.get("d3"))


def test_a_reader_elsewhere_makes_compacting_say_what_stays(kb: ragline.Collection) -> None:
    with ragline.open(kb.folder) as other, other._store.catalog.pinned():
        assert "another process" in kb.compact().warnings[0]
    assert kb.compact().warnings == ()


def test_a_purge_is_followed_by_readers_that_are_open(kb: ragline.Collection) -> None:
    with ragline.open(kb.folder) as other:
        kb.purge(["d12"])
        assert "d12" not in found(other, "pump 12")
        assert found(other, "turbines")[0] == "late"


def test_a_backup_is_a_collection_as_it_was(kb: ragline.Collection, tmp_path: Path) -> None:
    before = [(hit.chunk.id, hit.score) for hit in kb.search("pump valve", k=10)]
    report = kb.backup(tmp_path / "copies" / "monday")
    kb.purge([f"d{at}" for at in range(50)])
    assert ragline.restore(tmp_path / "copies" / "monday", tmp_path / "again") == report
    with ragline.open(tmp_path / "again", settings=SMALL) as again:
        assert [(hit.chunk.id, hit.score) for hit in again.search("pump valve", k=10)] == before
        assert again.stats()["generation"] == 1
        assert again.doctor(repair=True).ok


def test_a_backup_inside_the_collection_is_refused(kb: ragline.Collection) -> None:
    with pytest.raises(InputError, match="inside the collection"):
        kb.backup(kb.folder / "copies" / "monday")
    assert not (kb.folder / "copies").exists()


def test_backups_are_made_while_others_write(kb: ragline.Collection, tmp_path: Path) -> None:
    end = threading.Event()

    def write() -> None:
        at = 0
        while not end.is_set():
            kb.ingest([Document(f"more{at}", f"More about pump {at}."), Document("d0", f"Changed {at} times.")])
            at += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        reports = [kb.backup(tmp_path / f"copy{number}") for number in range(6)]
    finally:
        end.set()
        writer.join()
    assert reports[0].sequence < reports[-1].sequence
    for number, report in enumerate(reports):
        ragline.restore(tmp_path / f"copy{number}", tmp_path / f"kb{number}")
        with ragline.open(tmp_path / f"kb{number}", settings=SMALL) as again:
            assert again.stats()["documents"] == report.documents
            assert again.stats()["sequence"] == report.sequence
            assert again.doctor().ok


def test_a_damaged_backup_is_refused_and_nothing_is_left(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.backup(tmp_path / "copy")
    with (tmp_path / "copy" / "catalog.sqlite").open("r+b") as file:
        file.seek(5000)
        file.write(b"x")
    with pytest.raises(CorruptIndexError, match="differs from what was backed up"):
        ragline.restore(tmp_path / "copy", tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "kb"]


def test_backups_and_restores_never_write_over_anything(kb: ragline.Collection, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="exists"):
        kb.backup(tmp_path / "copy")
    kb.backup(tmp_path / "real")
    with pytest.raises(InputError, match="exists"):
        ragline.restore(tmp_path / "real", kb.folder)
    with pytest.raises(CollectionNotFoundError, match="It is a collection"):
        ragline.restore(kb.folder, tmp_path / "again")
    with pytest.raises(CollectionNotFoundError, match="no backup"):
        ragline.restore(tmp_path / "copy", tmp_path / "again")


def test_a_well_kept_collection_is_found_well(kb: ragline.Collection) -> None:
    report = kb.doctor()
    assert report.ok
    assert [finding.problem for finding in report.findings] == [""] * 10


@pytest.mark.parametrize("broken", ["lexical/manifest.json", "generations/000001/manifest.json", "generations/current.json"])
def test_what_can_be_made_anew_is_mended(kb: ragline.Collection, broken: str) -> None:
    before = found(kb, "pump 12")
    kb.close()
    with ragline.open(kb.folder, settings=SMALL) as served:
        (kb.folder / broken).write_bytes(b"{")
        (kb.folder / "generations" / "current.json.x.tmp").write_bytes(b"half")
        report = served.doctor()
        assert {finding.check for finding in report.findings if not finding.ok} >= {"left-over files"}
        assert len([finding for finding in report.findings if not finding.ok]) >= 2
        assert served.doctor(repair=True).ok
        assert served.doctor().ok
        assert found(served, "pump 12") == before
    with ragline.open(kb.folder, settings=SMALL) as again:
        assert again.health()["ok"]


def test_damage_in_the_catalog_is_named_with_what_helps(kb: ragline.Collection) -> None:
    with closing(connect_writer(kb.folder / "catalog.sqlite")) as connection:
        connection.execute("UPDATE chunks SET text = 'altered' WHERE chunk_no = 5")
        connection.execute("UPDATE vectors SET vector = zeroblob(12) WHERE vector_no = 9")
        connection.execute("UPDATE vectors SET vector = zeroblob(length(vector)) WHERE vector_no = 11")
        connection.execute("UPDATE documents SET acl = '[]' WHERE doc_id = 'd6'")
        connection.execute("INSERT INTO vectors (vector_no, embed_hash, vector) VALUES (999, x'00', x'00000000')")
    problems = {finding.check: finding for finding in kb.doctor(repair=True).findings if finding.problem}
    assert problems.keys() == {"documents", "chunks", "vectors", "unused vectors"}
    assert "of d4" in problems["chunks"].problem
    assert "d6" in problems["documents"].problem
    assert "vector 9; vector 11" in problems["vectors"].problem
    assert problems["unused vectors"].is_repaired
