"""A collection that is large enough to be tuned, made once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline
from tests.api.tuning.tuning_documents import COUNT, documents
from tests.contracts.vector_sets import installed


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("tuning") / "kb"
    with ragline.open(folder, embedder="light", threads=1) as kb:
        kb.ingest(documents(COUNT))
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    installed("hnsw")
    monkeypatch.setattr("eval.tuning.sample.MOST_QUERIES", 80)
    shutil.copytree(original, tmp_path / "kb")
    return tmp_path / "kb"


@pytest.fixture
def kb(folder: Path) -> Iterator[ragline.Collection]:
    with ragline.open(folder, hnsw_ef_construction=60, threads=1) as collection:
        yield collection
