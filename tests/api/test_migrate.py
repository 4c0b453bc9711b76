"""Migrations: the same documents under another embedder or chunker, put in use in one step, while everything goes on."""

import dataclasses
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ragline
from api.migration import Migration
from indexes.canary import SENTENCES
from indexes.migration.catch_up import CatchUp
from indexes.migration.report import MigrationProgress
from indexes.spaces import space_in_use, spaces_on_disk
from ragline.errors import (
    CollectionLockedError,
    CorruptIndexError,
    EmbedderMismatchError,
    InputError,
    MigrationRefusedError,
    RebuildRefusedError,
    SettingsError,
)
from ragline.types import Description, Document, Principal
from retrieval.rerankers.weights import SHIPPED
from tests.api.test_maintenance import holds

STAFF = Principal("ann", frozenset({"staff"}))
TEXT = "\n\n".join(f"Part {part} of the manual. " + f"The pump {part} needs oil number {part * 7}. " * 9 for part in range(6))


def documents(count: int = 30) -> list[Document]:
    """Every third one is closed but for the staff."""
    return [
        Document(
            f"d{at}", f"Document {at} tells of pump {at} and valve {at * 7}.\n\n{TEXT}", f"Title {at}", {"number": at},
            acl=("staff",) if at % 3 == 0 else None,
        )
        for at in range(count)
    ]  # fmt: skip


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light", chunk_tokens=64, batch_chunks=32) as collection:
        collection.ingest(documents())
        yield collection


def everything(kb: ragline.Collection) -> dict[str, Any]:
    """All that a document is, apart from its chunks."""
    catalog = kb._store.catalog
    kept = {doc_id: catalog.version(doc_id) for doc_id in kb.document_ids()}
    return {
        doc_id: dataclasses.replace(version, chunks=(), embed_hashes=(), config_hash="")
        for doc_id, version in kept.items()
        if version is not None
    }


def chunk_ids(kb: ragline.Collection) -> dict[str, list[str]]:
    return {doc_id: [chunk.id for chunk in kb.chunks(doc_id)] for doc_id in kb.document_ids()}


def vectors(kb: ragline.Collection) -> dict[str, bytes]:
    sequence = kb._store.catalog.sequence()
    rows = kb._store.catalog.vector_rows(0, sequence, dim=kb.configuration.embedder.dim)
    return {chunk_id.decode(): vector.tobytes() for chunk_id, vector in zip(rows.chunk_ids, rows.vectors, strict=True)}


def check_is_well(kb: ragline.Collection) -> None:
    assert kb.health()["ok"], kb.health()
    assert kb.doctor().ok, [finding for finding in kb.doctor().findings if not finding.ok]


def at_step(kb: ragline.Collection, step: str, act: Callable[[], object]) -> Callable[[MigrationProgress], None]:
    """Progress that acts once, when the migration is at ``step`` for the first time."""
    waiting = [act]

    def show(state: MigrationProgress) -> None:
        if state.step == step and waiting:
            waiting.pop()()

    return show


# What a migration makes is what an ingest makes.


@pytest.mark.parametrize(
    "change",
    [{"chunk_tokens": 200}, {"chunker": "sentence"}, {"chunker": "auto", "table_chunks": "rows", "chunk_overlap": 0.0}],
)
def test_a_migrated_collection_is_as_if_made_so(tmp_path: Path, samples: Path, change: dict[str, Any]) -> None:
    with ragline.open(tmp_path / "kb", embedder="light", chunk_tokens=64) as kb:
        kb.ingest(samples / "documents")
        before = everything(kb)
        report = kb.migrate(**change)
        assert report.ways.keys() <= {"text", "file"}
        assert everything(kb) == before
        check_is_well(kb)
        settings = {"embedder": "light", "chunk_tokens": 64, **change}
        with ragline.open(tmp_path / "fresh", **settings) as fresh:
            fresh.ingest(samples / "documents")
            assert chunk_ids(kb) == chunk_ids(fresh)
            assert vectors(kb) == vectors(fresh)
            ours, theirs = ([(hit.chunk.id, hit.score) for hit in each.search("error E-4012")] for each in (kb, fresh))
            assert ours == theirs
        assert kb.ingest(samples / "documents").counts["unchanged"] == len(before)


@pytest.mark.models
def test_another_embedder_takes_over_index_and_queries_in_one_step(kb: ragline.Collection) -> None:
    before = everything(kb)
    report = kb.migrate(embedder="minilm")
    assert (report.space, report.documents, report.ways) == (2, 30, {"text": 30})
    assert everything(kb) == before
    assert kb.configuration.embedder.name == kb.embedder.fingerprint.name == "minilm"
    assert kb.search("valve 35", mode="vector")[0].legs["vector"].score > 0.3
    check_is_well(kb)
    with pytest.raises(EmbedderMismatchError, match="ragline migrate --embedder light --kb"):
        ragline.open(kb.folder, embedder="light")
    kb.rollback(space=True)
    assert kb.embedder.fingerprint.name == "light"
    assert kb.search("valve 35", mode="vector")
    check_is_well(kb)


def test_access_lists_are_never_lost(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "own.md").write_text("---\nacl: [staff]\n---\n# Own\n\nThe xylophone is in the cellar.\n")
    (folder / "side.txt").write_text("The xylophone is for the staff.\n")
    (folder / "side.txt.meta.yaml").write_text("acl: [staff]\n")
    (folder / "told.html").write_text("<h1>Told</h1><p>A xylophone was told of.</p>")
    (folder / "wide.csv").write_text("item,price\nxylophone,12\n")
    with ragline.open(tmp_path / "kb", embedder="light", chunk_tokens=64) as kb:
        kb.ingest(folder, describe=lambda path: Description(acl=("staff",)) if path.suffix in {".html", ".csv"} else None)
        kb.ingest([Document("hand", "A xylophone in hand.", acl=("staff",)), Document("none", "A xylophone.", acl=())])
        # What is said of the files now, and what they are, is not asked: what was stored holds.
        (folder / "side.txt.meta.yaml").unlink()
        (folder / "own.md").write_text("# Own\n\nThe xylophone is in the cellar.\n")
        (folder / "told.html").write_text("<p>Nothing.</p>")
        before = everything(kb)
        assert kb.migrate(chunk_tokens=128).ways == {"text": 4, "file": 1, "chunks": 1}
        assert everything(kb) == before
        assert kb.search("xylophone") == []
        found = {hit.doc_id for hit in kb.search("xylophone", principal=STAFF)}
        assert found == {"docs/own.md", "docs/side.txt", "docs/told.html", "docs/wide.csv", "hand"}
        kb.rollback(space=True)
        assert everything(kb) == before
        assert kb.search("xylophone") == []


def test_where_the_structure_comes_from(tmp_path: Path) -> None:
    """The stored text, where it is the source; the file, where it is still the same; else what the chunks know."""
    folder = tmp_path / "docs"
    folder.mkdir()
    table = "\n".join(f"<tr><td>part {row}</td><td>{row * 3}.50</td></tr>" for row in range(40))
    page = f"<html><body><h1>Prices</h1><h2>Pumps</h2><table><tr><th>part</th><th>price</th></tr>{table}</table></body></html>"
    for name in ("kept", "gone", "changed"):
        (folder / f"{name}.html").write_text(page.replace("Pumps", f"Pumps {name}"))
    (folder / "manual.md").write_text("# Manual\n\n## Oil\n\n" + TEXT)
    (folder / "liar.md").write_text(page.replace("Pumps", "Liars"))
    with ragline.open(tmp_path / "kb", embedder="light", chunk_tokens=64) as kb:
        kb.ingest(folder)
        (folder / "gone.html").unlink()
        (folder / "changed.html").write_text("<p>Now another.</p>")
        (folder / "manual.md").unlink()
        report = kb.migrate(chunk_tokens=120)
        assert report.ways == {"text": 1, "file": 2, "chunks": 2}
        for name in ("gone", "changed", "kept"):
            chunks = kb.chunks(f"docs/{name}.html")
            assert {chunk.section_path for chunk in chunks} == {("Prices", f"Pumps {name}")}
            assert {chunk.kind for chunk in chunks} == {"table"}
        check_is_well(kb)
        # What only its chunks told is read anew when its source comes by.
        (folder / "gone.html").write_text(page.replace("Pumps", "Pumps gone"))
        assert kb.ingest(folder / "gone.html").counts["updated"] == 1
        assert kb.ingest(folder / "kept.html").counts["unchanged"] == 1


def test_only_the_chunker_changes_and_equal_texts_keep_their_vectors(kb: ragline.Collection) -> None:
    kb.ingest([Document("short", "One sentence only.")])
    report = kb.migrate(chunk_overlap=0.0)
    assert report.reused > 0
    assert report.embedded + report.reused == kb._store.catalog.read(
        lambda connection: connection.execute("SELECT count(*) FROM vectors").fetchone()[0]
    )


def test_nothing_and_blank_documents_can_be_migrated(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        assert kb.migrate(chunk_tokens=100).documents == 0
        kb.ingest([Document("blank", " \n "), Document("one", "A word.")])
        report = kb.migrate(chunk_tokens=64)
        assert (report.documents, report.chunks, report.ways) == (2, 1, {"text": 2})
        check_is_well(kb)


def test_another_version_of_the_same_model_is_a_reason_to_migrate(kb: ragline.Collection, tmp_path: Path) -> None:
    """The installed weights are others than the collection was made with: only the lexical leg works until it migrates."""
    kb.close()
    with sqlite3.connect(kb.folder / "catalog.sqlite") as connection:
        connection.execute("UPDATE settings SET value = replace(value, '64b47a2d', '00000000') WHERE key = 'configuration'")
    connection.close()
    with ragline.open(kb.folder) as old:
        with pytest.raises(EmbedderMismatchError, match="ragline migrate --embedder light --kb"):
            old.search("pump")
        report = old.migrate(golden=golden(tmp_path))
        assert (report.reused, report.ways) == (0, {"text": 30})
        assert all(each.before is None and each.after for each in report.quality)
        assert old.search("pump")
        with pytest.raises(EmbedderMismatchError, match="space before this one was embedded by"):
            old.rollback(space=True)


# While it goes on.


def test_searches_go_on_and_never_mix_spaces(kb: ragline.Collection) -> None:
    """Every hit of a query has the size of chunks of one space; a vector of the other would have another dimension or score."""
    end, errors, seen = threading.Event(), [], set()
    sizes = {chunk.id: "old" for doc_id in kb.document_ids() for chunk in kb.chunks(doc_id)}

    def read() -> None:
        while not end.wait(0.01):  # without a rest it would keep the interpreter from the migration
            try:
                for mode in ("hybrid", "vector", "lexical"):
                    hits = kb.search("pump valve oil", k=20, mode=mode, principal=STAFF)  # type: ignore[arg-type]
                    spaces = {sizes.get(hit.chunk.id, "new") for hit in hits}
                    seen.update(spaces)
                    if len(hits) != 20 or len(spaces) != 1:
                        errors.append(f"{mode}: {len(hits)} hits of {spaces}")
            except Exception as error:  # noqa: BLE001 - any error of a reader is what this is about
                errors.append(repr(error))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        kb.migrate(chunk_tokens=200)
    finally:
        end.wait(0.3)
        end.set()
        for reader in readers:
            reader.join()
    assert errors == []
    assert seen == {"old", "new"}


@pytest.mark.models
def test_two_embedders_of_different_size_never_meet(kb: ragline.Collection) -> None:
    end, errors, names = threading.Event(), [], set()

    def read() -> None:
        while not end.wait(0.01):  # without a rest it would keep the interpreter from the migration
            try:
                assert len(kb.search("pump valve oil", k=20, mode="vector", principal=STAFF)) == 20
                names.add(kb.configuration.embedder.name)
            except Exception as error:  # noqa: BLE001 - as above
                errors.append(repr(error))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        kb.migrate(embedder="minilm")
        kb.search("pump", mode="vector")
        kb.rollback(space=True)
    finally:
        end.wait(0.3)
        end.set()
        reader.join()
    assert errors == []
    assert names == {"light", "minilm"}


def test_writes_at_every_stage_are_there_afterwards(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Insert, edit, delete and close a document in front of every step; the result is as if migrated after all of it."""
    steps: list[str] = []

    def write(name: str) -> None:
        at = len(steps)
        steps.append(name)
        with ragline.open(kb.folder) as other:
            other.ingest(
                [Document(f"new{at}", f"Written at {name}."), Document(f"d{at}", f"Edited at {name}.", acl=("staff",))]
            )
            other.delete(f"d{29 - at}")

    def before(owner: Any, method: str) -> None:
        original = getattr(owner, method)

        def wrapped(*arguments: Any, **named: Any) -> Any:
            write(method)
            return original(*arguments, **named)

        monkeypatch.setattr(owner, method, wrapped)

    for method in ("_begin", "_bring", "_build_index", "_compare", "_switch"):
        before(Migration, method)
    kb.migrate(chunk_tokens=200)
    monkeypatch.undo()
    assert steps == ["_begin", "_bring", "_build_index", "_compare", "_switch"]
    ids = {f"d{at}" for at in range(25)} | {f"new{at}" for at in range(5)}
    assert set(kb.document_ids()) == ids
    for at, name in enumerate(steps):
        assert kb.get(f"d{at}") == Document(f"d{at}", f"Edited at {name}.", acl=("staff",))
        assert {hit.doc_id for hit in kb.search(f"written {name}", mode="lexical", k=50)} >= {f"new{at}"}
    check_is_well(kb)
    with ragline.open(kb.folder.with_name("fresh"), embedder="light", chunk_tokens=200) as fresh:
        fresh.ingest([document for doc_id in sorted(ids) if (document := kb.get(doc_id)) is not None])
        assert vectors(fresh) == vectors(kb)


def test_what_a_migration_brings_while_it_is_edited_is_the_last_version(
    kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the list of what to bring and the reading of it: edited, deleted, and written by a run that is not known yet."""
    original = CatchUp._versions
    waiting = [True]

    def versions(self: CatchUp, doc_ids: list[str]) -> Any:
        if waiting:
            waiting.clear()
            kb.ingest([Document("d1", "Edited in between.")])
            kb.delete("d2")
        return original(self, doc_ids)

    monkeypatch.setattr(CatchUp, "_versions", versions)
    kb.migrate(chunk_tokens=200)
    assert kb.get("d1") == Document("d1", "Edited in between.")
    assert kb.get("d2") is None
    check_is_well(kb)


def test_a_writer_that_goes_on_for_long_is_waited_for(kb: ragline.Collection) -> None:
    inside, leave = threading.Event(), threading.Event()
    other = ragline.open(kb.folder)

    def source() -> Iterator[Document]:
        inside.set()
        for at in range(200):
            yield Document(f"stream{at}", f"Streamed {at}. {TEXT}")
        leave.wait(20)

    writer = threading.Thread(target=lambda: other.ingest(source()))
    writer.start()
    assert inside.wait(20)
    kb.migrate(chunk_tokens=200, progress=at_step(kb, "bring", lambda: threading.Timer(1.5, leave.set).start()))
    writer.join()
    assert len(kb.document_ids()) == 230
    assert len(other.document_ids()) == 230
    other.ingest([Document("after", "Written by the one that wrote before.")])
    assert kb.get("after") is not None
    check_is_well(kb)
    other.close()


def test_there_is_one_migration_at_a_time(kb: ragline.Collection) -> None:
    def second() -> None:
        with ragline.open(kb.folder) as other, pytest.raises(CollectionLockedError):
            other.migrate(chunk_tokens=100)

    kb.migrate(chunk_tokens=200, progress=at_step(kb, "bring", second))
    assert kb.configuration.chunk_tokens == 200


FOLLOWER = """
import json, sys, ragline
kb = ragline.open(sys.argv[1])
for line in sys.stdin:
    hits = kb.search("pump valve oil", k=5, mode="vector", principal=ragline.Principal("ann", frozenset({"staff"})))
    if line.strip() == "write":
        kb.ingest([ragline.Document("theirs", "Written by the follower.")])
    stats = kb.stats()
    print(json.dumps({"embedder": kb.embedder.fingerprint.name, "tokens": stats["chunk_tokens"], "space": stats["space"],
                      "ids": [hit.chunk.id for hit in hits], "documents": stats["documents"]}), flush=True)
"""


@pytest.mark.parametrize("change", [{"chunk_tokens": 200}, pytest.param({"embedder": "minilm"}, marks=pytest.mark.models)])
def test_another_process_follows_the_switch(kb: ragline.Collection, change: dict[str, Any]) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", FOLLOWER, kb.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None
    assert child.stdout is not None

    def ask(line: str) -> Any:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(f"{line}\n")
        child.stdin.flush()
        return json.loads(child.stdout.readline())

    def ours() -> list[str]:
        return [hit.chunk.id for hit in kb.search("pump valve oil", k=5, mode="vector", principal=STAFF)]

    assert ask("search") == {"embedder": "light", "tokens": 64, "space": 1, "ids": ours(), "documents": 30}
    kb.migrate(**change)
    told = ask("write")
    assert (told["space"], told["embedder"], told["ids"]) == (2, change.get("embedder", "light"), ours())
    assert kb.get("theirs") is not None
    kb.rollback(space=True)
    told = ask("search")
    assert (told["space"], told["embedder"], told["documents"], told["ids"]) == (1, "light", 31, ours())
    child.stdin.close()
    assert child.wait(20) == 0
    child.stdout.close()


# Refusals, and going on.


def golden(tmp_path: Path) -> Path:
    rows = [
        {"id": f"q{at}", "query": f"pump {at} valve {at * 7}", "relevant": [{"doc_id": f"d{at}"}]} for at in range(30) if at % 3
    ]
    place = tmp_path / "golden.jsonl"
    place.write_text("\n".join(map(json.dumps, rows)))
    return place


def test_a_loss_of_quality_is_refused_and_the_same_migration_goes_on(
    kb: ragline.Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Worse:
        def search(self, query: str, k: int, **_: Any) -> list[Any]:
            return kb.search("turbine", k, mode="lexical")

    with monkeypatch.context() as patch:
        patch.setattr("api.migration.HybridRetriever", lambda *_, **__: Worse())
        with pytest.raises(MigrationRefusedError, match=r"nDCG@10 \d\.\d+ -> 0\.000, recall@10 \d\.\d+ -> 0\.000"):
            kb.migrate(chunk_tokens=200, golden=golden(tmp_path))
    assert kb.stats()["space"] == 1
    assert kb.stats()["spaces_unfinished"] == [2]
    assert "unfinished" in kb.doctor().findings[-1].repair
    report = kb.migrate(chunk_tokens=200, golden=golden(tmp_path), max_loss=0.2)
    assert (report.space, report.resumed, report.embedded, report.ways) == (2, True, 0, {"text": 30})
    assert [each.metric for each in report.quality] == ["nDCG@10", "recall@10"]
    assert all(each.before and each.after for each in report.quality)


def test_quality_is_compared_with_the_reranker_that_will_serve(
    kb: ragline.Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []

    def ask(questions: Any, before: Callable[[], Any], after: Any) -> tuple[Any, ...]:
        said.extend(retriever.search("pump 4 valve 28", 1)[0].rerank for retriever in (before(), after))
        return ()

    monkeypatch.setattr("api.migration.compare", ask)
    kb.migrate(chunk_tokens=200, golden=golden(tmp_path))
    assert [rerank.reranker for rerank in said] == [SHIPPED, SHIPPED]


def test_an_index_that_misses_its_targets_is_refused(kb: ragline.Collection) -> None:
    kb.rebuild(kind="flat")
    with ragline.open(kb.folder, p95_ms=0.000_001) as strict, pytest.raises(RebuildRefusedError, match="p95 of a search"):
        strict.migrate(chunk_tokens=200)
    assert kb.stats()["space"] == 1
    report = kb.migrate(chunk_tokens=200)
    assert (report.embedded, report.recall_at_10, kb.stats()["index"]) == (0, 1.0, "flat")


def elsewhere(embedder: Any) -> Any:
    """The vectors that a broken runtime might give: of the right shape, and wrong."""
    return np.roll(embedder.embed_documents(SENTENCES), 1, axis=1)


def test_a_wrong_canary_is_refused(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder computes something else than when the space was begun: its queries would miss what it embedded then."""
    original = Migration._switch

    def switch(self: Migration, *arguments: Any) -> Any:
        monkeypatch.setattr("indexes.canary._vectors", elsewhere)
        return original(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Migration, "_switch", switch)
        with pytest.raises(EmbedderMismatchError, match="8 of 8 fixed sentences"):
            kb.migrate(chunk_tokens=200)
    assert kb.stats()["space"] == 1
    report = kb.migrate(chunk_tokens=200)  # what was begun with another encoder is begun anew, with the one that is there now
    assert (report.resumed, report.reused) == (False, 0)


def test_a_collection_whose_encoder_has_changed_is_embedded_anew(
    kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexes.canary._vectors", elsewhere)
    with ragline.open(kb.folder) as other:
        with pytest.raises(EmbedderMismatchError, match="ragline migrate --embedder light"):
            other.search("pump")
        assert other.search("pump", mode="lexical")
        report = other.migrate(embedder="light")
        assert (report.reused, report.ways) == (0, {"text": 30})
        assert other.search("pump")


def test_a_sample_of_wrong_vectors_is_refused(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    original = CatchUp._vectors

    def wrong(self: CatchUp, texts: dict[bytes, str]) -> Any:
        return {key: np.roll(vector, 1) for key, vector in original(self, texts).items()}

    monkeypatch.setattr(CatchUp, "_vectors", wrong)
    with pytest.raises(CorruptIndexError, match="other vectors than are stored"):
        kb.migrate(chunk_tokens=200)
    assert kb.stats()["space"] == 1
    assert kb.search("pump")


@pytest.mark.parametrize(
    "statement", ["UPDATE documents SET acl = NULL WHERE doc_id = 'd3'", "DELETE FROM chunks WHERE doc_no = 5"]
)
def test_a_document_that_is_not_the_same_is_refused(
    kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    original = Migration._verify

    def verify(self: Migration, store: Any, target: Any) -> None:
        with store.writing() as session:
            session.catalog.write(lambda connection: connection.execute(statement))
        original(self, store, target)

    monkeypatch.setattr(Migration, "_verify", verify)
    with pytest.raises(CorruptIndexError, match="1 documents are not the same"):
        kb.migrate(chunk_tokens=200)
    assert kb.stats()["space"] == 1


def test_what_was_begun_is_gone_on_with_and_another_wish_starts_anew(
    kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kb.migrate(chunk_tokens=200, progress=at_step(kb, "bring", stop))
    assert (kb.folder / "spaces" / "000002").is_dir()
    report = kb.migrate(chunk_tokens=100)
    assert (report.space, report.resumed) == (2, False)
    with pytest.raises(KeyboardInterrupt):
        kb.migrate(chunk_tokens=200, progress=at_step(kb, "bring", stop))
    report = kb.migrate(chunk_tokens=200)
    assert (report.space, report.resumed, report.ways) == (3, True, {"text": 30})
    assert spaces_on_disk(kb.folder) == [2, 3]


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({}, InputError, "is so already"),
        ({"embedder": "light"}, InputError, "is so already"),
        ({"embedder": "bge"}, SettingsError, "choose one of"),
        ({"chunk_tokens": 8}, SettingsError, "at least 16"),
        ({"chunker": "fixed", "table_chunks": "rows"}, SettingsError, "makes no table_chunks"),
        ({"chunk_tokens": 100, "golden": "nowhere.jsonl"}, InputError, "no such file"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_made(
    kb: ragline.Collection, asked: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        kb.migrate(**asked)
    assert not (kb.folder / "spaces").exists()


def test_a_dry_run_makes_nothing_and_tells_what_comes(kb: ragline.Collection) -> None:
    forecast = kb.migrate(chunk_tokens=200, dry_run=True)
    assert not (kb.folder / "spaces").exists()
    report = kb.migrate(chunk_tokens=200)
    assert (forecast.space, forecast.documents, forecast.chunks_before) == (1, 30, report.chunks_before)
    assert forecast.ways == {"text": 30}
    assert 0.8 < forecast.chunks / report.chunks < 1.25
    assert forecast.seconds > 0


# Afterwards.


def test_going_back_loses_nothing_and_can_be_undone(kb: ragline.Collection) -> None:
    kb.migrate(chunk_tokens=200)
    kb.ingest([Document("late", "Written since."), Document("d1", "Edited since.", acl=("staff",))])
    kb.delete("d2")
    report = kb.rollback(space=True)
    assert (report.space, report.brought, report.removed) == (1, ("d1", "late"), ("d2",))
    for _ in range(3):
        assert kb.get("d1") == Document("d1", "Edited since.", acl=("staff",))
        assert kb.get("d2") is None
        assert kb.search("written since", mode="lexical")[0].doc_id == "late"
        check_is_well(kb)
        kb.ingest([Document(f"more{kb.stats()['space']}", "More.")])
        kb.delete("d4")
        kb.rollback(space=True)
    assert kb.configuration.chunk_tokens == 200
    assert {"more1", "more2"} < set(kb.document_ids())
    assert "d4" not in kb.document_ids()


def test_without_a_space_before_there_is_no_going_back(kb: ragline.Collection) -> None:
    with pytest.raises(InputError, match="no space before this one"):
        kb.rollback(space=True)
    with pytest.raises(InputError, match="of a run or of a space"):
        kb.rollback("some-run", space=True)
    kb.migrate(chunk_tokens=200)
    kb.compact()
    with pytest.raises(InputError, match="no space before this one"):
        kb.rollback(space=True)


def test_runs_and_roots_and_times_stay(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n\nFirst.\n")
    (folder / "b.md").write_text("# B\n\nSecond.\n")
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest(folder)
        (folder / "a.md").write_text("# A\n\nFirst, edited.\n")
        edited = kb.ingest(folder)
        added = kb.ingest([Document("c", "Third.")])
        runs, fresh = kb.runs(), kb.freshness()
        kb.migrate(chunk_tokens=100)
        assert [run["run_id"] for run in kb.runs()] == [run["run_id"] for run in runs]
        assert kb.freshness().documents == fresh.documents
        assert kb.ingest(folder / "b.md").counts["unchanged"] == 1
        assert kb.rollback(added.run_id).removed == ("c",)
        with pytest.raises(InputError, match="only 0 of their versions are still kept"):
            kb.rollback(edited.run_id)


def test_a_purge_leaves_no_byte_in_any_space(kb: ragline.Collection) -> None:
    secret = "xylophonequartz"
    kb.ingest([Document("secret", f"The password is {secret}.", f"About {secret}")])
    kb.migrate(chunk_tokens=200)
    assert len(holds(kb.folder, secret)) > 1
    assert kb.purge(["secret"]).warnings == ()
    assert holds(kb.folder, secret) == []
    assert not (kb.folder / "catalog.sqlite").exists()
    assert spaces_on_disk(kb.folder) == [2]
    check_is_well(kb)
    with ragline.open(kb.folder) as again:
        assert len(again.document_ids()) == 30
    kb.ingest([Document("secret", f"The password is {secret}.")])
    with pytest.raises(KeyboardInterrupt):
        kb.migrate(chunk_tokens=100, progress=at_step(kb, "bring", interrupt))
    kb.purge(["secret"])
    assert holds(kb.folder, secret) == []
    assert spaces_on_disk(kb.folder) == [2]


def interrupt() -> None:
    raise KeyboardInterrupt


def test_a_purge_during_a_migration_says_what_it_cannot_reach(kb: ragline.Collection) -> None:
    warnings: list[str] = []

    def purge() -> None:
        with ragline.open(kb.folder) as other:
            warnings.extend(other.purge(["d1"]).warnings)

    kb.migrate(chunk_tokens=200, progress=at_step(kb, "bring", purge))
    assert any("a migration is at work" in warning for warning in warnings)
    assert "d1" not in kb.document_ids()
    assert kb.purge().warnings == ()
    assert holds(kb.folder, "Title 1\x00") == []


def test_a_backup_is_of_the_space_in_use(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.migrate(chunk_tokens=200)
    kb.ingest([Document("late", "Written since.")])
    kb.backup(tmp_path / "copy")
    ragline.restore(tmp_path / "copy", tmp_path / "again")
    with ragline.open(tmp_path / "again") as again:
        assert again.configuration == kb.configuration
        assert chunk_ids(again) == chunk_ids(kb)
        check_is_well(again)


def test_a_migrated_collection_in_the_tree_is_not_ingested(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.migrate(chunk_tokens=200)
    kb.purge()
    (tmp_path / "note.txt").write_text("A note.")
    with ragline.open(tmp_path.with_name(f"{tmp_path.name}-other"), embedder="light") as other:
        rows = other.ingest(tmp_path).rows
    assert {row.status for row in rows if row.source.startswith(str(kb.folder))} == {"skipped"}
    assert len(rows) == 2


def test_paths_may_be_relative_and_the_folder_may_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with ragline.open("kb", embedder="light", chunk_tokens=64) as kb:
        kb.ingest(documents(6))
        kb.migrate(chunk_tokens=200)
    shutil.move("kb", "elsewhere")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    with ragline.open("../elsewhere") as kb:
        assert kb.configuration.chunk_tokens == 200
        kb.rollback(space=True)
        assert kb.configuration.chunk_tokens == 64
        check_is_well(kb)
    with ragline.open(tmp_path / "elsewhere") as kb:
        kb.migrate(chunk_tokens=100)
        check_is_well(kb)


@pytest.mark.parametrize("damage", [b"", b"{", b'{"space": 1, "previous": 1, "check": 12}', b'{"space": 2}'])
def test_a_damaged_pointer_is_named_and_never_another_space(kb: ragline.Collection, damage: bytes) -> None:
    kb.migrate(chunk_tokens=200)
    kb.close()
    whole = (kb.folder / "space.json").read_bytes()
    (kb.folder / "space.json").write_bytes(damage)
    with pytest.raises(CorruptIndexError, match=r"space\.json cannot be read"):
        ragline.open(kb.folder)
    for place in range(len(whole)):
        (kb.folder / "space.json").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            assert space_in_use(kb.folder).number == 2
        except CorruptIndexError:
            continue


def test_a_lost_space_is_named(kb: ragline.Collection) -> None:
    kb.migrate(chunk_tokens=200)
    kb.compact()
    kb.close()
    shutil.rmtree(kb.folder / "spaces" / "000002")
    with pytest.raises(CorruptIndexError, match="backup"):
        ragline.open(kb.folder)


def test_the_command_line(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.close()

    def run(*arguments: str) -> Any:
        command = [sys.executable, "-c", "from api.cli import main; main()", *arguments, "--kb", os.fspath(kb.folder)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    shown = run("migrate", "--chunk-tokens", "200", "--dry-run")
    assert "would take about" in shown.stdout
    told = json.loads(
        run("migrate", "--chunk-tokens", "200", "--golden", str(golden(tmp_path)), "--max-loss", "1", "--json").stdout
    )
    assert (told["space"], told["documents"], len(told["quality"])) == (2, 30, 2)
    again = run("migrate", "--chunk-tokens", "200")
    assert (again.returncode, "is so already" in again.stderr) == (2, True)
    refused = run("migrate", "--chunk-tokens", "32", "--golden", str(golden(tmp_path)), "--max-loss", "-1", "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"]["type"] == "MigrationRefusedError"
    assert "space 1 is in use" in run("rollback", "--space").stdout
    assert json.loads(run("stats", "--json").stdout)["spaces_unfinished"] == [3]
