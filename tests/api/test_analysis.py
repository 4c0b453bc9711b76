"""How words become terms is a choice of a collection, kept, refused to change silently, and migrated like any other."""

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ragline
from indexes.creation import make_lexical_index, prepare_store
from indexes.lexical import ahead
from indexes.lexical.manifest import LexicalManifest
from indexes.migration.catch_up import CatchUp
from indexes.places import CATALOG, LEXICAL
from indexes.store import CollectionStore
from ragline.errors import IncompatibleError, SettingsError
from ragline.types import Document
from tests.api.test_migrate import at_step, check_is_well, chunk_ids, everything, golden, vectors
from tests.api.test_migrate import documents as pumps

EXACT = "ragline-terms/1 exact"
TEXTS = {
    "running": "The running pump HX-200B.",
    "runner": "A runner runs.",
    "café": "The café was closed.",
    "zh": "人工智能时代",
}


def documents() -> list[Document]:
    return [Document(name, text) for name, text in TEXTS.items()]


def found(kb: ragline.Collection, query: str) -> set[str]:
    return {hit.doc_id for hit in kb.search(query, k=100, mode="lexical")}


def scores(kb: ragline.Collection) -> list[list[tuple[str, float]]]:
    queries = ("the pumps", "pump 12", "valve", "HX200B", "running", "oil number 7", "needs")
    return [[(hit.chunk.id, hit.score) for hit in kb.search(query, k=50, mode="lexical")] for query in queries]


def rules(folder: Path) -> str:
    return LexicalManifest.read(folder / LEXICAL).analyser


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light", analysis="exact") as collection:
        collection.ingest(documents())
        yield collection


def check_finds_exactly(kb: ragline.Collection) -> None:
    queries = {
        "running": {"running"},
        "runs": {"runner"},
        "run": set(),
        "hx200b": {"running"},
        "CAFE": {"café"},
        "智能": {"zh"},
    }
    assert {query: found(kb, query) for query in queries} == queries


def test_an_exact_collection_finds_a_word_by_itself_alone(kb: ragline.Collection) -> None:
    check_finds_exactly(kb)
    assert found(kb, "the") == {"running", "café"}
    assert kb.search("the running", k=1, explain=True)[0].doc_id == "running"
    assert kb.stats()["analysis"] == "exact"
    assert str(kb.configuration).endswith(", exact terms")
    check_is_well(kb)
    with ragline.open(kb.folder) as again:
        assert again.configuration.analysis == "exact"
        assert again.health()["warnings"] == []
        check_finds_exactly(again)


@pytest.mark.parametrize("before", ["nothing", "language", "exact", "damaged"])
def test_a_new_collection_opens_without_a_repair(tmp_path: Path, before: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever a first open that was killed has left: the lexical index of its analysis, or none, and no configuration."""
    folder = tmp_path / "kb"
    analysis = "language" if before == "exact" else "exact"
    if before != "nothing":
        prepare_store(folder)
    if before == "exact":
        make_lexical_index(folder, "exact")
        assert rules(folder) == EXACT
    if before == "damaged":
        (folder / LEXICAL / "manifest.json").write_text("{}")
    with ragline.open(folder, embedder="light", analysis=analysis) as kb:
        assert (rules(folder) == EXACT) == (analysis == "exact")
        assert kb.health()["warnings"] == []
        kb.ingest(documents())
        assert found(kb, "run") == (set() if analysis == "exact" else {"running", "runner"})
        check_is_well(kb)
    assert "rebuilt" not in caplog.text


def test_an_empty_exact_collection_whose_lexical_index_is_lost_stays_exact(tmp_path: Path) -> None:
    ragline.open(tmp_path / "kb", embedder="light", analysis="exact").close()
    (tmp_path / "kb" / LEXICAL / "manifest.json").unlink()
    with ragline.open(tmp_path / "kb") as kb:
        assert kb.health()["warnings"] == []
        assert rules(kb.folder) == EXACT


def test_a_collection_made_before_there_was_a_choice_is_analysed_by_language(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest(documents())
    with sqlite3.connect(tmp_path / "kb" / CATALOG) as connection:
        (value,) = connection.execute("SELECT value FROM settings WHERE key = 'configuration'").fetchone()
        old = {name: each for name, each in json.loads(value).items() if name != "analysis"}
        connection.execute("UPDATE settings SET value = ? WHERE key = 'configuration'", (json.dumps(old),))
    connection.close()
    with ragline.open(tmp_path / "kb", analysis="language") as kb:
        assert kb.stats()["analysis"] == "language"
        assert kb.health()["warnings"] == []
        assert found(kb, "run") == {"running", "runner"}
    with pytest.raises(IncompatibleError, match="analysed with analysis=language, not exact"):
        ragline.open(tmp_path / "kb", analysis="exact")


def test_another_analysis_is_refused_with_the_way_out(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IncompatibleError, match=r"analysis=exact, not language.* ragline migrate --analysis language --kb"):
        ragline.open(kb.folder, analysis="language")
    monkeypatch.setenv("RAGLINE_ANALYSIS", "language")
    with pytest.raises(IncompatibleError, match="ragline migrate --analysis language"):
        ragline.open(kb.folder)
    with pytest.raises(SettingsError, match="language, exact"):
        ragline.open(kb.folder, analysis="none")


def test_what_children_analyse_is_what_this_process_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, made_ahead, found_by = CollectionStore._stage, [], []

    def stage(store: CollectionStore, lexical: Any, target: int, known: Any = None) -> None:
        made_ahead.extend((known or {}).values())
        real(store, lexical, target, known if uses_children else None)

    monkeypatch.setattr(CollectionStore, "_stage", stage)
    for uses_children in (True, False):
        with ragline.open(tmp_path / str(uses_children), embedder="light", chunk_tokens=64, analysis="exact") as kb:
            kb.ingest(pumps(300))
            check_is_well(kb)
            found_by.append(scores(kb))
    assert found_by[0] == found_by[1]
    assert any(found_by[0])
    assert {language for language, _ in made_ahead} == {"und"}


def test_the_recipe_of_children_makes_exact_terms(kb: ragline.Collection) -> None:
    chunks = kb.chunks("running")
    assert ahead.recipe_of_terms("exact").make()(chunks, "en") == [("und", kb._store.analyser.joined(chunks[0].text))]


def test_restored_repaired_and_rebuilt_it_is_exact(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.backup(tmp_path / "backup")
    ragline.restore(tmp_path / "backup", tmp_path / "restored")
    with ragline.open(tmp_path / "restored") as restored:
        assert restored.health()["warnings"] == []
        check_finds_exactly(restored)
        restored.start_rebuild(kind="flat")
        assert restored.wait_for_rebuild(60)
        assert restored.stats()["generation"] == 1
        restored.purge(["zh"])
        check_is_well(restored)
    next((tmp_path / "restored" / LEXICAL).glob("view-*/*.term")).write_bytes(b"")
    with ragline.open(tmp_path / "restored") as restored:
        assert "was rebuilt" in restored.health()["warnings"][0]
        assert rules(restored.folder) == EXACT
        assert restored.doctor(repair=True).ok
        assert found(restored, "run") == set()


# Migrations.


class CountsTexts:
    """Notes how many texts are embedded, beside those by which an embedder and stored vectors are checked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts = 0
        real = CatchUp.__init__

        def init(catch_up: CatchUp, source: Any, target: Any, bringer: Any, embedder: Any, **named: Any) -> None:
            def embed(texts: list[str]) -> Any:
                self.texts += len(texts)
                return embedder.embed_documents(texts)

            real(catch_up, source, target, bringer, type("Counting", (), {"embed_documents": staticmethod(embed)})(), **named)

        monkeypatch.setattr(CatchUp, "__init__", init)


def test_language_to_exact_and_back_embeds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = CountsTexts(monkeypatch)
    with ragline.open(tmp_path / "kb", embedder="light", chunk_tokens=64) as kb:
        kb.ingest([*pumps(), *documents()])
        before = everything(kb), chunk_ids(kb), vectors(kb), scores(kb)
        report = kb.migrate(analysis="exact", golden=golden(tmp_path), max_loss=0.5)
        assert (report.documents, report.ways, report.embedded) == (34, {"kept": 34}, 0)
        assert report.chunks == report.chunks_before
        assert report.reused > 34
        assert report.after.endswith("exact terms")
        assert len(report.quality) == 2
        assert (everything(kb), chunk_ids(kb), vectors(kb)) == before[:3]
        check_finds_exactly(kb)
        check_is_well(kb)
        with ragline.open(tmp_path / "fresh", embedder="light", chunk_tokens=64, analysis="exact") as fresh:
            fresh.ingest([*pumps(), *documents()])
            assert scores(kb) == scores(fresh)
        assert kb.ingest([*pumps(), *documents()]).counts["unchanged"] == 34
        kb.ingest([Document("new", "Somebody is running.")])
        assert found(kb, "running") == {"running", "new"}
        # Both ways back.
        undone = kb.rollback(space=True)
        assert undone.brought == ("new",)
        assert kb.stats()["analysis"] == "language"
        assert found(kb, "run") == {"running", "runner", "new"}
        kb.migrate(analysis="exact")
        kb.delete("new")
        assert kb.migrate(analysis="language").embedded == 0
        assert (everything(kb), chunk_ids(kb), vectors(kb), scores(kb)) == before
        check_is_well(kb)
    assert embedded.texts == 0


def test_it_is_searched_and_written_meanwhile(tmp_path: Path) -> None:
    """Every search has the hits of one analysis: by language the plural finds both words, exactly only itself."""
    end, errors, seen = threading.Event(), [], set()
    with ragline.open(tmp_path / "kb", embedder="light", chunk_tokens=64, batch_chunks=32) as kb:
        kb.ingest([*pumps(), Document("one", "A turbine."), Document("two", "Two turbines.")])

        def read() -> None:
            while not end.wait(0.01):
                try:
                    seen.add(frozenset(found(kb, "turbines")))
                except Exception as error:  # noqa: BLE001 - any error of a reader is what this is about
                    errors.append(repr(error))

        reader = threading.Thread(target=read)
        reader.start()
        try:
            write = at_step(kb, "bring", lambda: kb.ingest([Document("late", "Late thoughts on valves.")]))
            kb.migrate(analysis="exact", progress=write)
            end.wait(0.3)
        finally:
            end.set()
            reader.join()
        assert errors == []
        assert seen == {frozenset({"one", "two"}), frozenset({"two"})}
        assert found(kb, "thoughts") == {"late"}
        assert found(kb, "thought") == set()
        check_is_well(kb)


def test_with_something_else_it_is_chunked_as_in_any_migration(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light", chunk_tokens=64) as kb:
        kb.ingest([*pumps(), *documents()])
        report = kb.migrate(analysis="exact", chunk_tokens=120)
        assert report.ways == {"text": 34}
        check_finds_exactly(kb)
        check_is_well(kb)
        with ragline.open(tmp_path / "fresh", embedder="light", chunk_tokens=120, analysis="exact") as fresh:
            fresh.ingest([*pumps(), *documents()])
            assert scores(kb) == scores(fresh)


def test_a_dry_run_says_that_chunks_are_kept(kb: ragline.Collection) -> None:
    report = kb.migrate(analysis="language", dry_run=True)
    assert (report.ways, report.chunks, report.chunks_before) == ({"kept": 4}, 4, 4)
    assert kb.stats()["analysis"] == "exact"


def test_what_was_begun_is_gone_on_with(kb: ragline.Collection) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kb.migrate(analysis="language", progress=at_step(kb, "bring", stop))
    check_finds_exactly(kb)
    report = kb.migrate(analysis="language")
    assert (report.resumed, report.ways, report.embedded) == (True, {"kept": 4}, 0)
    assert found(kb, "run") == {"running", "runner"}
    check_is_well(kb)


def test_from_a_shell(kb: ragline.Collection) -> None:
    kb.close()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from api.cli import main; main()", *arguments, "--kb", str(kb.folder)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    shown = run("migrate", "--analysis", "language")
    assert "4 documents (4 with the chunks they had)" in " ".join(shown.stdout.split())
    assert "0 embedded, 4 vectors taken over" in " ".join(shown.stdout.split())
    assert run("migrate", "--analysis", "language").returncode == 2
    assert run("migrate", "--analysis", "stems").returncode == 2
    assert run("rollback", "--space").returncode == 0
    assert json.loads(run("stats", "--json").stdout)["analysis"] == "exact"
