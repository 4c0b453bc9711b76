"""The public face: what the README and the design promise of a collection."""

import threading
from pathlib import Path

import pytest

import ragline
from ragline.errors import (
    BackendUnavailableError,
    CollectionNotFoundError,
    EmbedderMismatchError,
    FilterError,
    IncompatibleError,
    InputError,
)
from ragline.types import Document


def test_ingest_search_and_the_history_of_a_hit(kb: ragline.Collection, docs: Path) -> None:
    report = kb.ingest(docs)
    assert report.counts["added"] == len(report.rows) == 3
    assert sum(report.counts.values()) == len(report.rows)
    hits = kb.search("error E-4012", k=2)
    assert hits[0].doc_id == "docs/pump.txt"
    assert [hit.rank for hit in hits] == [1, 2]
    assert {"vector", "lexical"} == set(hits[0].legs)
    lexical = hits[0].legs["lexical"]
    assert (lexical.rank, lexical.score > 0) == (1, True)
    assert -1.0 <= hits[0].legs["vector"].score <= 1.0
    document = kb.get(hits[0].doc_id)
    assert document is not None
    assert document.text[hits[0].chunk.start : hits[0].chunk.end] == hits[0].text


def test_the_section_path_is_indexed_and_not_in_the_text(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs)
    hit = next(hit for hit in kb.search("parental leave", k=5) if "16 weeks" in hit.text)
    assert hit.chunk.section_path[-1] == "Parental leave"
    assert "Parental leave" in hit.chunk.context
    assert hit.chunk.context not in hit.text


def test_the_terms_of_an_explanation_add_up_to_the_score(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs)
    plain = kb.search("paid leave filter", k=5)
    explained = kb.search("paid leave filter", k=5, explain=True)
    best = {mode: kb.search("paid leave filter", k=1, mode=mode)[0].score for mode in ("vector", "lexical")}  # type: ignore[arg-type]
    assert [(hit.chunk.id, hit.score) for hit in plain] == [(hit.chunk.id, hit.score) for hit in explained]
    for hit in explained:
        assert hit.explanation is not None
        assert sum(hit.explanation.terms.values()) == pytest.approx(hit.score, abs=1e-12)
        terms = {leg.leg: leg.score / best[leg.leg] / (60 + leg.rank) for leg in hit.legs.values()}
        assert hit.explanation.terms == pytest.approx(terms, rel=1e-9)
        assert {"embed", "vector", "lexical", "fusion", "read"} <= set(hit.explanation.timings_ms)


def test_unchanged_sources_are_neither_embedded_nor_written(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs)
    before = kb.stats()["sequence"]
    again = kb.ingest(docs)
    assert again.counts["unchanged"] == 3
    assert again.embedded == 0
    assert kb.stats()["sequence"] == before


def test_an_edit_embeds_only_what_changed(kb: ragline.Collection, tmp_path: Path) -> None:
    path = tmp_path / "book.md"
    sections = [f"## Part {i}\n\n" + " ".join(f"w{i}x{j}" for j in range(20)) + "\n" for i in range(40)]
    path.write_text("# Book\n\n" + "\n".join(sections))
    first = kb.ingest(path)
    ids = {chunk.id for chunk in kb.chunks(first.rows[0].doc_id)}
    sections[20] = sections[20].replace("w20x5", "changed")
    path.write_text("# Book\n\n" + "\n".join(sections))
    second = kb.ingest(path)
    assert second.counts["updated"] == 1
    assert second.embedded == 1
    assert len(ids & {chunk.id for chunk in kb.chunks(first.rows[0].doc_id)}) == len(ids) - 1
    assert kb.search("changed", mode="lexical")[0].chunk.section_path[-1] == "Part 20"
    assert kb.search("w20x5", mode="lexical") == []


def test_replacement_is_atomic_for_a_concurrent_reader(kb: ragline.Collection) -> None:
    def edition(number: int) -> Document:
        return Document("d", f"always edition{number} " + " ".join(f"filler{i}" for i in range(900)))

    kb.ingest([edition(0)])
    failures: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            for mode in ("lexical", "hybrid"):
                hits = kb.search("always edition", k=50, mode=mode)  # type: ignore[arg-type]
                found = {word for hit in hits for word in hit.text.split() if word.startswith("edition")}
                if len(found) != 1:
                    failures.append(f"{mode}: {sorted(found)}")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 60):
        kb.ingest([edition(number)])
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []


def test_delete_means_gone_at_once_and_after_reopening(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs)
    report = kb.delete("docs/pump.txt")
    assert report.found
    assert report.chunks == 1

    def check(collection: ragline.Collection) -> None:
        for mode in ("hybrid", "vector", "lexical"):
            assert all(hit.doc_id != "docs/pump.txt" for hit in collection.search("pump P-200 E-4012 inlet", k=50, mode=mode))
        assert collection.get("docs/pump.txt") is None
        assert collection.chunks("docs/pump.txt") == []
        assert collection.health()["ok"]

    check(kb)
    kb.close()
    with ragline.open(kb.folder) as again:
        check(again)
        assert not again.delete("docs/pump.txt").found


def test_filters_inside_the_legs(kb: ragline.Collection) -> None:
    kb.ingest([Document(f"d{i}", f"common text number{i}", metadata={"year": 2000 + i, "even": i % 2 == 0}) for i in range(60)])
    for mode in ("hybrid", "vector", "lexical"):
        hits = kb.search("common text", k=10, mode=mode, filters={"year": {"gte": 2055}})  # type: ignore[arg-type]
        assert {hit.doc_id for hit in hits} == {"d55", "d56", "d57", "d58", "d59"}
        one = kb.search("common", k=10, mode=mode, filters={"and": [{"year": 2030}, {"even": True}]})  # type: ignore[arg-type]
        assert [hit.doc_id for hit in one] == ["d30"]
        assert kb.search("common", k=10, mode=mode, filters={"year": 1}) == []  # type: ignore[arg-type]
    assert kb.search("common", k=3, filters={"kind": "table"}) == []
    with pytest.raises(FilterError, match=r"'yaer'.*year"):
        kb.search("common", filters={"yaer": 2030})


def test_a_new_collection_remembers_its_embedder(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs)
    kb.close()
    with ragline.open(kb.folder) as again:
        assert again.configuration.embedder.name == "light"
        assert again.search("leave", k=1)
    with pytest.raises(EmbedderMismatchError, match="'light', not by 'minilm'"):
        ragline.open(kb.folder, embedder="minilm")
    with pytest.raises(IncompatibleError, match="chunk_tokens=0, not 64"):
        ragline.open(kb.folder, chunk_tokens=64)


def test_rebuild_and_rollback_change_no_result(kb: ragline.Collection) -> None:
    kb.ingest([Document(f"d{i}", f"text of document {i} about topic{i % 7}") for i in range(120)])
    expected = [(hit.doc_id, round(hit.score, 6)) for hit in kb.search("topic3", k=20)]
    assert kb.rebuild(kind="flat").number == 1
    report = kb.rebuild(kind="hnsw")
    assert report.recall_at_10 >= 0.95
    assert [(hit.doc_id, round(hit.score, 6)) for hit in kb.search("topic3", k=20)] == expected
    kb.ingest([Document("new", "text about topic3 that came later")])
    kb.delete("d3")
    assert kb.rollback().generation == 1
    found = {hit.doc_id for hit in kb.search("topic3", k=50, mode="lexical")}
    assert "new" in found
    assert "d3" not in found
    assert kb.health()["ok"]
    with pytest.raises(InputError, match="no earlier generation"):
        kb.rollback()


def test_above_the_threshold_an_ingest_builds_a_graph(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light", exact_threshold=50) as kb:
        kb.ingest([Document(f"d{i}", f"text of document {i} about topic{i % 7}") for i in range(120)])
        assert kb.wait_for_rebuild(60)
        assert kb.stats()["index"] == "hnsw"
        assert kb.search("text of document 77", k=1, mode="vector")[0].doc_id == "d77"
    with ragline.open(tmp_path / "kb") as again:
        assert again.stats()["index"] == "hnsw"
        assert again.health()["ok"]


def test_a_damaged_generation_costs_a_warning_not_the_collection(kb: ragline.Collection) -> None:
    kb.ingest([Document(f"d{i}", f"text of document {i}") for i in range(30)])
    kb.rebuild(kind="hnsw")
    expected = [hit.doc_id for hit in kb.search("document 7", k=5)]
    kb.close()
    for path in sorted(kb.folder.glob("generations/0*/*")):
        original = path.read_bytes()
        for damaged in (original[: len(original) // 2], b"\x00" + original[1:], b""):
            path.write_bytes(damaged)
            with ragline.open(kb.folder) as again:
                assert [hit.doc_id for hit in again.search("document 7", k=5)] == expected
                assert path.name in again.health()["warnings"][0]
        path.write_bytes(original)
    with ragline.open(kb.folder) as again:
        assert again.health()["ok"]


def test_indexes_are_caches_that_may_be_deleted(kb: ragline.Collection, docs: Path) -> None:
    import shutil

    kb.ingest(docs)
    expected = [(hit.chunk.id, hit.score) for hit in kb.search("paid leave", k=10)]
    kb.close()
    shutil.rmtree(kb.folder / "lexical")
    with ragline.open(kb.folder) as again:
        assert [(hit.chunk.id, hit.score) for hit in again.search("paid leave", k=10)] == expected
        assert "rebuilt from the catalog" in again.health()["warnings"][0]
    with ragline.open(kb.folder) as again:
        assert again.health()["ok"]


def test_another_process_sees_what_is_published(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs)
    with ragline.open(kb.folder) as other:
        assert other.search("telescope", mode="lexical") == []
        kb.ingest([Document("t", "a telescope")])
        assert [hit.doc_id for hit in other.search("telescope", mode="lexical")] == ["t"]
        other.ingest([Document("t", "a microscope")])
        assert kb.search("telescope", mode="lexical") == []
        assert [hit.doc_id for hit in kb.search("microscope", mode="lexical")] == ["t"]
        kb.rebuild(kind="flat")
        assert [hit.doc_id for hit in other.search("microscope", mode="vector", k=1)] == ["t"]


def test_a_file_keeps_its_id_when_ingested_alone(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs)
    (row,) = kb.ingest(docs / "hr" / "leave.md").rows
    assert (row.doc_id, row.status) == ("docs/hr/leave.md", "unchanged")


def test_two_folders_of_one_name_are_not_mixed_silently(kb: ragline.Collection, docs: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "docs"
    other.mkdir(parents=True)
    (other / "pump.txt").write_text("another pump")
    kb.ingest(docs)
    with pytest.raises(InputError, match="would overwrite"):
        kb.ingest(other)
    kb.ingest(other, root=tmp_path / "elsewhere" / "..")
    assert kb.get("docs/pump.txt") != kb.get("elsewhere/docs/pump.txt")


def test_progress_is_reported_to_the_end(kb: ragline.Collection, docs: Path) -> None:
    seen = []
    kb.ingest(docs, progress=seen.append)
    assert seen[-1].total == 3
    assert seen[-1].embedded > 0
    assert [state.done for state in seen] == sorted(state.done for state in seen)
    assert seen[-1].done == 3


def test_runs_are_recorded(kb: ragline.Collection, docs: Path) -> None:
    report = kb.ingest(docs)
    (run,) = kb.runs()
    assert run["run_id"] == report.run_id
    assert run["added"] == 3
    assert run["finished_at"] is not None


def test_places_that_are_no_collection(tmp_path: Path) -> None:
    with pytest.raises(CollectionNotFoundError, match="ragline ingest"):
        ragline.open(tmp_path / "none", create=False)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="no collection"):
        ragline.open(tmp_path / "full")
    for url in ("postgresql://localhost/x", "qdrant://localhost"):
        with pytest.raises(BackendUnavailableError):
            ragline.open(url)


def test_a_question_is_embedded_once_for_its_search_and_its_answer(
    kb: ragline.Collection, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kb.ingest(docs)
    asked: list[str] = []
    embed = kb.embedder.embed_query

    def counted(text: str) -> object:
        asked.append(text)
        return embed(text)

    monkeypatch.setattr(kb.embedder, "embed_query", counted)
    assert not kb.answer("How many days of paid leave are there a year?").abstained
    assert asked == ["How many days of paid leave are there a year?"]
