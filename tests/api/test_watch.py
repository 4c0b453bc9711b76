"""A watched folder: what changes in it is in the collection soon after."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline
from api.watch import watch
from ragline.errors import InputError
from ragline.reports import IngestReport


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "docs" / "kb", embedder="light") as collection:
        yield collection


@pytest.mark.slow
def test_changes_are_followed_until_it_is_stopped(kb: ragline.Collection, tmp_path: Path) -> None:
    folder, stop = tmp_path / "docs", threading.Event()
    (folder / "a.md").write_text("The anvil.")
    reports = watch(kb, [folder], stop=stop, quiet_ms=100)
    first = next(reports)
    assert isinstance(first, IngestReport)
    assert first.counts["added"] == 1

    (folder / "b.md").write_text("The birch.")
    second = next(reports)
    assert isinstance(second, IngestReport)
    assert (second.counts["added"], second.counts["unchanged"]) == (1, 1)
    assert kb.search("birch", k=1, mode="lexical")[0].doc_id == "docs/b.md"

    (folder / "a.md").unlink()
    (folder / "b.md").unlink()
    braked = next(reports)
    assert isinstance(braked, InputError)
    assert kb.document_ids() == ["docs/a.md", "docs/b.md"]

    stop.set()
    assert next(reports, None) is None


def test_freshness_of_a_collection(kb: ragline.Collection, tmp_path: Path) -> None:
    (tmp_path / "docs" / "a.md").write_text("The anvil.")
    kb.ingest(tmp_path / "docs")
    report = kb.freshness()
    assert report.documents == 1
    assert report.newest_age is not None
    assert 0 <= report.newest_age < 1
    assert [row.source for row in report.sources] == ["docs"]
