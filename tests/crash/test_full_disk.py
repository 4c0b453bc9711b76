"""A disk that is full at any point of the work: a typed error, everything as it was, and a later run completes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ragline
from indexes.vector.registry import KINDS
from ragline.types import Document
from tests.contracts.vector_sets import installed

DOCUMENTS = 150
WORDS = 200
APPROXIMATE = [("hnsw", 100_000), *((kind, 10_000) for kind in KINDS if kind != "flat")]
CHILD = """
import json, resource, sys
sys.path.insert(0, sys.argv[1])
import ragline
from ragline.errors import StorageError
from test_full_disk import corpus
folder, work, limit = sys.argv[2], sys.argv[3], int(sys.argv[4])
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
if work == "open":
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
told = {"error": "", "message": "", "found": -1}
try:
    kb = ragline.open(folder, embedder="light", exact_threshold=10_000, batch_chunks=32)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    if work == "ingest":
        kb.ingest(corpus())
    elif work == "compact":
        kb.compact()
    elif work == "backup":
        kb.backup(folder + "-copy")
    elif work == "migrate":
        kb.migrate(chunk_tokens=48)
    elif work != "open":
        kb.rebuild(kind=work)
except StorageError as error:
    told = {"error": type(error).__name__, "message": str(error)}
if work != "open":
    told["found"] = len({hit.doc_id for hit in kb.search("common", k=10_000)})
print(json.dumps(told))
"""


def corpus() -> list[Document]:
    return [
        Document(f"d{number}", f"common own{number} " + " ".join(f"w{(number * 31 + i * 7) % 4001}" for i in range(WORDS)))
        for number in range(DOCUMENTS)
    ]


def run_with_limit(folder: Path, work: str, limit: int) -> dict[str, Any]:
    """What a process tells that may write files of at most ``limit`` bytes."""
    command = [sys.executable, "-c", CHILD, Path(__file__).parent, folder, work, str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def check_is_whole(folder: Path, least: int) -> int:
    with ragline.open(folder) as kb:
        assert kb.health()["ok"], kb.health()
        ids = kb.document_ids()
        assert len(ids) >= least
        for mode in ("vector", "lexical"):
            found = {hit.doc_id for hit in kb.search("common", k=10_000, mode=mode)}  # type: ignore[arg-type]
            assert found == set(ids)
        return len(ids)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [0, 30_000, 120_000, 300_000, 1_000_000])
def test_an_ingest_on_a_full_disk(tmp_path: Path, limit: int) -> None:
    folder = tmp_path / "kb"
    with ragline.open(folder, embedder="light") as kb:
        kb.ingest(corpus()[:10])
    told = run_with_limit(folder, "ingest", limit)
    assert told["error"] == "StorageError"
    assert told["message"].endswith("and run the same again.")
    assert told["found"] >= 10
    check_is_whole(folder, 10)
    with ragline.open(folder) as kb:
        assert kb.ingest(corpus()).counts["failed"] == 0
    assert check_is_whole(folder, DOCUMENTS) == DOCUMENTS


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "limit"), [("flat", 0), ("flat", 500), ("flat", 100_000), *APPROXIMATE])
def test_a_rebuild_on_a_full_disk(tmp_path: Path, kind: str, limit: int) -> None:
    installed(kind)
    folder = tmp_path / "kb"
    with ragline.open(folder, embedder="light") as kb:
        kb.ingest(corpus())
        kb.rebuild(kind="flat")
    told = run_with_limit(folder, kind, limit)
    assert (told["error"], told["found"]) == ("StorageError", DOCUMENTS)
    assert sorted(path.name for path in (folder / "generations").iterdir()) == ["000001", "current.json"]
    check_is_whole(folder, DOCUMENTS)
    with ragline.open(folder) as kb:
        assert kb.rebuild(kind=kind).number == 2


@pytest.mark.slow
@pytest.mark.parametrize("limit", [0, 10_000, 100_000, 400_000])
@pytest.mark.parametrize("work", ["compact", "backup"])
def test_maintenance_on_a_full_disk(tmp_path: Path, work: str, limit: int) -> None:
    folder = tmp_path / "kb"
    with ragline.open(folder, embedder="light") as kb:
        kb.ingest(corpus())
        kb.rebuild(kind="flat")
    told = run_with_limit(folder, work, limit)
    assert (told["error"], told["found"]) == ("StorageError", DOCUMENTS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kb"]
    check_is_whole(folder, DOCUMENTS)
    with ragline.open(folder) as kb:
        assert kb.compact().warnings == ()
        assert kb.doctor(repair=True).ok
        assert kb.backup(tmp_path / "copy").documents == DOCUMENTS


@pytest.mark.slow
@pytest.mark.parametrize("limit", [0, 1000, 40_000, 200_000, 600_000])
def test_a_migration_on_a_full_disk(tmp_path: Path, limit: int) -> None:
    folder = tmp_path / "kb"
    with ragline.open(folder, embedder="light") as kb:
        kb.ingest(corpus())
        kb.rebuild(kind="flat")
    told = run_with_limit(folder, "migrate", limit)
    assert (told["error"], told["found"]) == ("StorageError", DOCUMENTS)
    check_is_whole(folder, DOCUMENTS)
    with ragline.open(folder) as kb:
        assert kb.stats()["space"] == 1
        kb.migrate(chunk_tokens=48)
        assert kb.doctor(repair=True).ok
    assert check_is_whole(folder, DOCUMENTS) == DOCUMENTS


@pytest.mark.slow
@pytest.mark.parametrize("limit", [0, 1000, 20_000, 10_000_000])
def test_a_first_open_on_a_full_disk(tmp_path: Path, limit: int) -> None:
    told = run_with_limit(tmp_path / "kb", "open", limit)
    assert told["error"] == ("StorageError" if limit <= 20_000 else "")
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        assert kb.health()["ok"], kb.health()
        assert kb.ingest(corpus()[:10]).counts["added"] == 10


@pytest.mark.slow
def test_the_command_line_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for document in corpus():
        (tmp_path / "docs" / f"{document.id}.txt").write_text(document.text)
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY)); "
        "sys.argv[0] = 'ragline'; from api.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "ingest", tmp_path / "docs", "--kb", tmp_path / "kb", "--embedder", "light"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the disk is full or refuses" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_found_while_the_disk_refuses_is_what_was_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from indexes.lexical.tantivy_index import TantivyIndex

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    folder = tmp_path / "kb"
    with ragline.open(folder, embedder="light") as kb:
        kb.ingest(corpus()[:10])
        with monkeypatch.context() as patch:
            patch.setattr(TantivyIndex, "commit", refuse)
            with pytest.raises(ragline.RaglineError, match="the disk is full or refuses"):
                kb.ingest(corpus()[:12])
            with ragline.open(folder) as other:
                assert len({hit.doc_id for hit in other.search("common", k=100)}) == 10
                assert "the last changes cannot be found yet" in other.health()["warnings"][0]
        assert kb.ingest(corpus()[:12]).counts["unchanged"] == 12
        assert len({hit.doc_id for hit in kb.search("common", k=100)}) == 12
