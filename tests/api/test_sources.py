"""What may be ingested, and that a file's id does not depend on how it was reached."""

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

import ragline
from indexes.places import CATALOG, LOCK
from ingestion.own_files import COLLECTION_FILES
from ragline.errors import InputError
from ragline.types import Document

IDS = ["docs/hr/leave.md", "docs/prices.csv", "docs/pump.txt"]


def test_a_subfolder_after_its_parent_adds_nothing(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs)
    assert kb.ingest(docs / "hr").counts["unchanged"] == 1
    assert kb.ingest(docs).counts["unchanged"] == 3
    assert kb.document_ids() == IDS


def test_a_file_with_a_root_before_its_folder(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs / "pump.txt", root=docs)
    for _ in range(2):
        kb.ingest(docs)
    assert kb.document_ids() == ["hr/leave.md", "prices.csv", "pump.txt"]


@pytest.mark.parametrize("order", list(itertools.permutations(["docs", "docs/hr", "docs/pump.txt"])))
def test_three_files_are_three_documents_in_any_order(kb: ragline.Collection, docs: Path, order: tuple[str, ...]) -> None:
    for name in (*order, *order):
        kb.ingest(docs.parent / name)
    assert len(kb.document_ids()) == 3


@pytest.mark.parametrize(
    "sources",
    [
        lambda docs: docs.rglob("*.*"),
        lambda docs: set(docs.rglob("*.*")),
        lambda docs: (str(path) for path in docs.rglob("*.*")),
        lambda docs: {str(docs): 1}.keys(),
        lambda docs: frozenset({docs}),
    ],
    ids=["generator", "set", "texts", "keys", "frozenset"],
)
def test_any_iterable_of_paths(kb: ragline.Collection, docs: Path, sources: Callable[[Path], Iterable[Path]]) -> None:
    assert kb.ingest(sources(docs)).counts["added"] == 3
    assert kb.document_ids() == IDS


def test_a_stream_of_documents_is_read_as_it_comes(kb: ragline.Collection) -> None:
    taken: list[int] = []
    seen: list[int] = []

    def documents() -> Iterator[Document]:
        for number in range(3_000):
            taken.append(number)
            yield Document(f"d{number}", f"text number {number}")

    report = kb.ingest(documents(), progress=lambda _: seen.append(len(taken)))
    assert report.counts["added"] == 3_000
    assert seen[0] < 3_000
    assert kb.ingest((Document("one", "text"),)).counts["added"] == 1
    assert kb.ingest(iter(())).rows == ()


@pytest.mark.parametrize("mixed", [[Document("a", "x"), "docs"], ["docs", Document("a", "x")]])
@pytest.mark.parametrize("kind", [list, iter, tuple])
def test_paths_among_documents_are_refused(
    kb: ragline.Collection, mixed: list[object], kind: Callable[[list[object]], Iterable[object]]
) -> None:
    with pytest.raises(InputError, match="only"):
        kb.ingest(kind(mixed))  # type: ignore[arg-type]
    assert kb.document_ids() == []


def test_a_collection_in_the_tree_is_not_ingested(kb: ragline.Collection, docs: Path) -> None:
    assert {CATALOG, LOCK} == COLLECTION_FILES
    for _ in range(2):
        report = kb.ingest(docs.parent)
        (row,) = [row for row in report.rows if row.source == str(kb.folder)]
        assert row.status == "skipped"
        assert "collection of Ragline" in row.reason
        assert len(report.rows) == 4
    assert len(kb.document_ids()) == 3
    assert {row.status for row in kb.ingest(f"{docs.parent}/**/*.json").rows} == {"skipped"}


def test_reports_are_not_ingested_and_their_neighbours_are(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs)
    golden = docs / "golden.jsonl"
    golden.write_text('{"id": "1", "query": "inlet", "answer": "", "answerable": false, "tags": [], "relevant": []}\n')
    kb.evaluate(golden, answers=False, reports=docs)
    report = kb.ingest(docs)
    skipped = {Path(row.source).name: row.reason for row in report.rows if row.status == "skipped"}
    assert set(skipped) == {"report.html", "report.json", "report.md", "report.csv", "report.junit.xml"}
    assert all("evaluation report" in reason for reason in skipped.values())
    assert kb.document_ids() == ["docs/golden.jsonl", *IDS]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_text_is_a_row_that_can_be_printed(kb: ragline.Collection, docs: Path) -> None:
    (Path(f"{docs}/caf\udce9.md")).write_text("x")
    report = kb.ingest(docs)
    (row,) = [row for row in report.rows if row.status == "skipped"]
    assert row.source.endswith(r"caf\xe9.md")
    assert "rename it" in row.reason
    assert report.counts["added"] == 3
