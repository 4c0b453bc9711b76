"""Generations on disk: only whole ones count, and what a killed build left behind is nobody's problem."""

from pathlib import Path

import numpy as np
import pytest

from indexes.generations import MANIFEST, GenerationStore
from indexes.rebuilding.gate import Inspection
from indexes.rows import BaseRows
from indexes.vector.flat import FlatIndex
from ragline.settings import Settings


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
    from ragline.errors import CorruptIndexError

    number = write(store)

    def vanished(*_: object, **__: object) -> None:
        raise FileNotFoundError("chunk_nos.npy")

    monkeypatch.setattr(np, "load", vanished)  # another process pruned it after it was verified
    with pytest.raises(CorruptIndexError, match="ragline rebuild"):
        store.load(number)
