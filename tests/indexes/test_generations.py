"""Generations on disk: only whole ones count, and what a killed build left behind is nobody's problem."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexes.generations import MANIFEST, GenerationStore, LoadedGeneration
from indexes.rebuilding.gate import Inspection
from indexes.rows import BaseRows
from indexes.tuned import Tuned
from indexes.vector.base import VectorIndex
from indexes.vector.flat import FlatIndex
from indexes.vector.registry import KINDS
from ragline.durable import json_digest
from ragline.errors import CorruptIndexError, IncompatibleError, InputError
from ragline.settings import Settings
from tests.contracts.vector_sets import clustered, installed


@pytest.fixture
def store(tmp_path: Path) -> GenerationStore:
    return GenerationStore(tmp_path / "generations", embedder="test", settings=Settings())


def write(store: GenerationStore, count: int = 3) -> int:
    vectors = np.eye(count, 4, dtype=np.float32)
    numbers = np.arange(1, count + 1, dtype=np.int64)
    ids = np.array([f"chunk{number}" for number in numbers], "S32")
    return store.write(FlatIndex(vectors), BaseRows(numbers, numbers, ids), sequence=1, check=lambda _: Inspection(()))[0]


def test_a_build_killed_before_its_rename_is_no_generation(store: GenerationStore, tmp_path: Path) -> None:
    store.use(write(store))
    left = tmp_path / "generations" / "000002.tmp"
    (tmp_path / "generations" / "000001").rename(left)  # as it is between the manifest and the rename
    assert (left / MANIFEST).is_file()
    assert store.numbers() == []
    assert write(store) == 2
    store.use(2)
    store.prune()
    assert store.numbers() == [2]
    assert not left.exists()


def test_what_a_killed_prune_left_is_no_generation(
    store: GenerationStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        store.use(write(store))

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            store.prune()
    assert store.numbers() == [2, 3]
    store.prune()
    assert sorted(path.name for path in (tmp_path / "generations").iterdir()) == ["000002", "000003", "current.json"]


def test_a_failed_write_leaves_nothing(store: GenerationStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(FlatIndex, "save", fail)
    with pytest.raises(KeyboardInterrupt):
        write(store)
    assert list((tmp_path / "generations").iterdir()) == []


def test_a_missing_generation_is_a_typed_error(store: GenerationStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = write(store)

    def vanished(*_: object, **__: object) -> None:
        raise FileNotFoundError("chunk_nos.npy")

    monkeypatch.setattr(np, "load", vanished)  # another process pruned it after it was verified
    with pytest.raises(CorruptIndexError, match="ragline rebuild"):
        store.load(number)


def test_how_a_generation_is_searched_is_read_from_its_manifest(tmp_path: Path) -> None:
    installed("hnsw")
    vectors = clustered(600, 16, seed=1)
    rows = BaseRows(*(np.arange(600, dtype=np.int64),) * 2, np.arange(600).astype("S32"))
    store = GenerationStore(tmp_path, embedder="test", settings=Settings())
    index = KINDS["hnsw"].build(vectors, metric="cosine", threads=1, settings=Settings())
    tuned = Tuned({"hnsw_m": 16}, {"hnsw_ef_search": 333}, {"recall_at_10": 0.99, "points": []})
    checked: list[VectorIndex] = []

    def check(serving: VectorIndex) -> Inspection:
        checked.append(serving)
        return Inspection((), 0.97)

    number, _ = store.write(index, rows, sequence=1, settle=lambda _: tuned, check=check)
    assert checked[0]._ef_search == 333, "it is checked as it will be searched"  # type: ignore[attr-defined]
    loaded = store.load(number)
    assert loaded.manifest.recall_at_10 == 0.97
    assert loaded.generation.tuned == tuned
    assert breadth(loaded) == 333
    assert loaded.generation.recall_at_10 == 0.99
    asked = GenerationStore(
        tmp_path, embedder="test", settings=Settings(hnsw_ef_search=44), given=frozenset({"hnsw_ef_search"})
    )
    assert breadth(asked.load(number)) == 44, "what the caller chose goes before"
    path = tmp_path / f"{number:06d}" / MANIFEST
    rewrite(path, {"search": {"hnsw_ef_search": -5}})
    with pytest.raises(IncompatibleError, match="ragline rebuild"):
        store.load(number)


def test_what_is_not_settled_or_refused_leaves_nothing(store: GenerationStore, tmp_path: Path) -> None:
    store.use(write(store))
    index = FlatIndex(np.eye(3, 4, dtype=np.float32))
    numbers = np.arange(1, 4, dtype=np.int64)
    rows = BaseRows(numbers, numbers, numbers.astype("S32"))

    def refuse(_: VectorIndex) -> Any:
        raise InputError("not this one")

    with pytest.raises(InputError, match="not this one"):
        store.write(index, rows, sequence=1, check=lambda _: Inspection(()), settle=refuse)
    with pytest.raises(InputError, match="not this one"):
        store.write(index, rows, sequence=1, check=refuse)
    assert store.numbers() == [1]
    assert sorted(path.name for path in (tmp_path / "generations").iterdir()) == ["000001", "current.json"]
    assert store.load(1).manifest.number == 1


def test_a_manifest_of_an_earlier_version_is_loaded(store: GenerationStore, tmp_path: Path) -> None:
    number = write(store)
    path = tmp_path / "generations" / f"{number:06d}" / MANIFEST
    rewrite(path, {}, without=("build", "search", "evidence"))
    loaded = store.load(number)
    assert (loaded.manifest.search, loaded.manifest.evidence) == ({}, {})
    assert loaded.generation.recall_at_10 == 1.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"build": [1]},
        {"search": [1]},
        {"evidence": []},
        {"evidence": {"recall_at_10": "high"}},
        {"evidence": {"goals": {"target_recall": "high"}}},
        {"recall_at_10": None},
    ],
)
def test_a_manifest_whose_promise_cannot_be_read_is_corrupt(
    store: GenerationStore, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    number = write(store)
    path = tmp_path / "generations" / f"{number:06d}" / MANIFEST
    rewrite(path, wrong)
    with pytest.raises(CorruptIndexError, match="ragline rebuild"):
        store.load(number)


def test_a_bit_that_is_flipped_in_a_manifest_is_noticed_wherever_it_is(store: GenerationStore, tmp_path: Path) -> None:
    """A sequence number off by one would serve what was replaced."""
    number = write(store)
    path = tmp_path / "generations" / f"{number:06d}" / MANIFEST
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        if _says(path.read_bytes()) == json.loads(whole):  # white space, or a digit beyond what a number holds
            continue
        with pytest.raises((CorruptIndexError, IncompatibleError)):
            store.load(number)


def test_a_pointer_that_cannot_be_read_is_mended_by_a_rebuild_and_a_rollback(store: GenerationStore) -> None:
    for _ in range(2):
        store.use(write(store))
    store.pointer.write_bytes(b"{")
    assert store.previous() == 1
    assert write(store) == 3
    store.prune()
    assert store.numbers() == [2, 3]


def _says(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def rewrite(path: Path, changes: dict[str, Any], *, without: tuple[str, ...] = ()) -> None:
    """Change what a manifest says, as its writer might have written it."""
    content = {key: value for key, value in json.loads(path.read_text()).items() if key not in {"digest", *without}} | changes
    path.write_text(json.dumps({**content, "digest": json_digest(content)}))


def breadth(loaded: LoadedGeneration) -> int:
    return int(loaded.generation.index._ef_search)  # type: ignore[attr-defined]
