"""Near-duplicates of a collection: only what is new is computed, only what is live compared, and rows go with their texts."""

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ragline
from indexes.catalog import signatures as tables
from indexes.duplicate_report import DuplicateProgress, DuplicateReport
from indexes.places import CATALOG
from ragline.errors import InputError
from ragline.types import Document

WORDS = [f"word{number}" for number in range(60)]
PAGE = " ".join(WORDS)


def edition(number: int) -> str:
    """The page with one word of its own."""
    return PAGE.replace("word30", f"edition{number}")


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light", keep_runs=0) as collection:
        yield collection


def count(kb: ragline.Collection, table: str) -> int:
    connection = sqlite3.connect(kb.folder / CATALOG)
    (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    connection.close()
    return int(found)


def ids(report: DuplicateReport) -> list[tuple[str, list[str]]]:
    return [(each.representative.doc_id, [member.doc_id for member in each.members]) for each in report.clusters]


def test_documents_are_clustered_by_their_texts(kb: ragline.Collection) -> None:
    kb.ingest([Document(f"d{number}", edition(number)) for number in (3, 1, 2)])
    kb.ingest([Document("copy", edition(1), title="Another title"), Document("other", "Nothing like it at all.")])
    report = kb.duplicates()
    assert ids(report) == [("copy", ["d1", "d2", "d3"])]
    (cluster,) = report.clusters
    assert [member.similarity for member in cluster.members] == [1.0, pytest.approx(55 / 61), pytest.approx(55 / 61)]
    assert (report.items, report.texts, report.computed, report.redundant, report.crowded) == (5, 4, 5, 3, 0)
    assert report.share == 3 / 5
    assert report.unit == "document"


def test_chunks_are_clustered_by_what_was_embedded(kb: ragline.Collection) -> None:
    kb.ingest([Document(name, f"# Pump\n\n{PAGE}\n\n# Valve\n\nNone.", metadata={"format": "markdown"}) for name in "ab"])
    kb.ingest([Document("c", "# Lid\n\nNone.\n", metadata={"format": "markdown"})])
    report = kb.duplicates(unit="chunk")
    assert report.items == 5
    assert ids(report) == [("a", ["b"]), ("a", ["b"])]  # "None." of a lid says something else than "None." of a valve
    chunks = {chunk.id for name in "ab" for chunk in kb.chunks(name)}
    found = {member.chunk_id for each in report.clusters for member in (each.representative, *each.members)}
    assert found == chunks
    assert all(member.similarity == 1 for each in report.clusters for member in each.members)


@pytest.mark.parametrize("unit", ["document", "chunk"])
def test_only_what_is_new_is_computed(kb: ragline.Collection, unit: str) -> None:
    kb.ingest([Document(f"d{number}", edition(number)) for number in range(5)])
    assert kb.duplicates(unit=unit).computed == 5  # type: ignore[arg-type]
    assert kb.duplicates(unit=unit).computed == 0  # type: ignore[arg-type]
    kb.ingest([Document("d1", edition(9)), Document("d7", edition(7))])
    assert kb.duplicates(unit=unit).computed == 2  # type: ignore[arg-type]
    assert count(kb, f"{unit}_signatures") == 6


def test_signatures_of_another_recipe_are_made_anew(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    kb.ingest([Document("a", PAGE)])
    assert kb.duplicates().computed == 1
    monkeypatch.setattr("indexes.duplicates.RECIPE", "minhash 2")
    assert [kb.duplicates().computed, kb.duplicates().computed, kb.duplicates(unit="chunk").computed] == [1, 0, 1]


@pytest.mark.parametrize("unit", ["document", "chunk"])
def test_rows_go_away_with_what_they_are_about(kb: ragline.Collection, unit: str) -> None:
    kb.ingest([Document(f"d{number}", edition(number)) for number in range(4)])
    kb.duplicates(unit=unit)  # type: ignore[arg-type]
    kb.delete("d0")
    kb.ingest([Document("d1", "Something new.")])
    assert count(kb, f"{unit}_signatures") == count(kb, f"{unit}_links") == 2
    report = kb.duplicates(unit=unit)  # type: ignore[arg-type]
    assert ids(report) == [("d2", ["d3"])]
    assert count(kb, f"{unit}_links") == 3


def test_versions_kept_for_a_rollback_are_not_compared(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light", keep_runs=5) as kb:
        kb.ingest([Document("a", PAGE), Document("b", edition(1))])
        run_id = kb.ingest([Document("b", "Something new.")]).run_id
        for unit in ("document", "chunk"):
            report = kb.duplicates(unit=unit)  # type: ignore[arg-type]
            assert (report.clusters, report.items) == ((), 2)
        assert kb.duplicates_of("a") == ()
        kb.rollback(run_id)
        assert ids(kb.duplicates()) == [("a", ["b"])]


def test_documents_without_text_are_no_duplicates(kb: ragline.Collection) -> None:
    kb.ingest([Document("a", ""), Document("b", ""), Document("c", " \n"), Document("d", "💧"), Document("e", "💧")])
    report = kb.duplicates()
    assert ids(report) == [("d", ["e"])]
    assert report.items == 5


def test_an_empty_collection(kb: ragline.Collection) -> None:
    for unit in ("document", "chunk"):
        report = kb.duplicates(unit=unit)  # type: ignore[arg-type]
        assert (report.items, report.clusters, report.share) == (0, (), 0.0)


def test_progress_is_told_in_both_stages(kb: ragline.Collection) -> None:
    kb.ingest(Document(f"d{number:03d}", edition(number)) for number in range(100))
    told: list[DuplicateProgress] = []
    kb.duplicates(progress=told.append)
    assert [(each.done, each.total) for each in told if each.stage == "signatures"] == [(64, 100), (100, 100)]
    assert [each.done for each in told if each.stage == "clusters"] == list(range(1, 101))


def test_an_analysis_that_breaks_off_is_gone_on_with(kb: ragline.Collection) -> None:
    kb.ingest(Document(f"d{number:03d}", edition(number)) for number in range(100))
    kb.duplicates(0.99)
    kb.ingest(Document(f"e{number:03d}", edition(number)) for number in range(100))

    def interrupt(state: DuplicateProgress) -> None:
        if (state.stage, state.done) in {("signatures", 64), ("clusters", 10)}:
            raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            kb.duplicates(0.5, progress=interrupt)
        assert kb.duplicates_of("d000") == ()  # links are replaced as a whole or not at all
    report = kb.duplicates(0.5)
    assert (report.computed, report.redundant) == (0, 199)
    assert len(kb.duplicates_of("d000")) == 199


@pytest.mark.parametrize(("threshold", "unit"), [(0.2, "chunk"), (0.9, "page")])
def test_wrong_arguments_change_nothing(kb: ragline.Collection, threshold: float, unit: str) -> None:
    kb.ingest([Document("a", PAGE)])
    with pytest.raises(InputError, match=r"give a similarity|choose one of document, chunk"):
        kb.duplicates(threshold, unit)  # type: ignore[arg-type]
    assert count(kb, "document_signatures") == 0


def test_equal_texts_of_an_old_catalog_with_two_vectors_are_one_text(kb: ragline.Collection) -> None:
    """Catalogs of the first schema have a vector for every chunk; two numbers can stand for one text."""
    kb.ingest([Document("a", PAGE), Document("b", edition(1))])
    connection = sqlite3.connect(kb.folder / CATALOG)
    connection.execute("UPDATE chunks SET (text, context) = (SELECT text, context FROM chunks ORDER BY chunk_no LIMIT 1)")
    connection.commit()
    connection.close()
    report = kb.duplicates(unit="chunk")
    assert (report.items, report.texts, report.computed) == (2, 1, 2)
    assert count(kb, "chunk_links") == 2


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=4, unique=True))
def test_history_changes_nothing(order: list[int], again: list[int]) -> None:
    """In whatever order documents came, and whatever was deleted and came back: the report is that of what is live."""
    texts = [edition(0), edition(1), PAGE, "Quite another text, short.", "Quite another text, short", edition(0)]
    with tempfile.TemporaryDirectory() as folder, ragline.open(Path(folder) / "kb", embedder="light") as kb:
        kb.ingest(Document(f"d{number}", texts[number]) for number in order)
        kb.duplicates(unit="chunk")
        for number in again:
            kb.delete(f"d{number}")
        kb.ingest(Document(f"d{number}", texts[number]) for number in again)
        expected = [("d0", ["d1", "d2", "d5"]), ("d3", ["d4"])]
        assert ids(kb.duplicates(unit="chunk")) == ids(kb.duplicates()) == expected


def test_links_name_the_text_that_leads(kb: ragline.Collection) -> None:
    kb.ingest([Document("b", edition(1)), Document("a", edition(2)), Document("c", "Something else.")])
    kb.duplicates(0.8, "chunk")
    catalog = kb._store.catalog
    numbers = {chunk_no: doc_id for chunk_no, (doc_id,) in zip((1, 2, 3), [("b",), ("a",), ("c",)], strict=True)}
    found = catalog.read(lambda connection: tables.linked_chunks(connection, [*numbers, 99]))
    assert {number: each.doc_id for number, each in found.items()} == numbers
    assert found[1].cluster == found[2].cluster == found[2].vector_no
    assert found[3].cluster == found[3].vector_no
    made_by = catalog.read(tables.link_settings)
    assert made_by["chunk_links"]["threshold"] == 0.8
