"""The suite "parsing" on a few files of its own."""

import shutil
from pathlib import Path

import pytest

from benchmarks import parsing
from benchmarks.corpora import CorpusMissingError
from benchmarks.vector_store import VectorStore
from benchmarks.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, VectorStore(tmp_path / "vectors"))


def test_rates_of_every_format_and_the_share_of_bare_text(
    workspace: Workspace, tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    for folder in ("docs-markdown", "docs-unstructured", "docs-pypdf-samples"):
        (shared / folder).mkdir(parents=True)
    for suffix, folder in ((".md", "docs-markdown"), (".html", "docs-unstructured"), (".pdf", "docs-pypdf-samples")):
        for path in sorted((samples / "documents").rglob(f"*{suffix}")):
            shutil.copy(path, shared / folder / path.name)
    (shared / "docs-unstructured" / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    monkeypatch.setenv("RAGLINE_SHARED_DATA", str(shared))
    others = {
        "stub": lambda suffix: lambda source: 1.0 if sum(source.data) else 0.0,
        "absent": lambda suffix: None,
        "broken": lambda suffix: lambda source: 1 / 0,
    }
    monkeypatch.setattr(parsing, "_OTHERS", others)
    figures = {figure.name: figure for figure in parsing.measure(workspace)}
    assert {"Markdown: pages", "HTML: size", "PDF: pages", "PDF, pypdfium2 alone: pages", "PDF, stub: pages"} <= set(figures)
    assert not any("absent" in name or "broken" in name for name in figures)
    assert "4 files, 8 pages" in figures["PDF: pages"].note
    assert 0 < figures["PDF / pypdfium2 alone"].value < 1


def test_without_the_files_the_suite_is_skipped(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGLINE_SHARED_DATA", str(tmp_path / "absent"))
    with pytest.raises(CorpusMissingError):
        parsing.measure(workspace)
