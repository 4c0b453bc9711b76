"""Rebuilds that are killed at random moments: a collection opens clean and is whole. At every step: ``test_every_step``."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

import ragline
from ragline.types import Document

DOCUMENTS = 60
KILLS = 12
RunKilled = Callable[..., list[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with ragline.open(tmp_path / "kb", embedder="light", exact_threshold=20, auto_rebuild="wait") as kb:
        kb.ingest([Document(f"d{number}", f"own{number} edition none") for number in range(DOCUMENTS)])
        assert kb.stats()["index"] == "hnsw"
    return tmp_path / "kb"


def check_is_whole(folder: Path) -> None:
    with ragline.open(folder, exact_threshold=20, auto_rebuild="wait") as kb:
        assert kb.health()["ok"], kb.health()
        everything = {f"d{number}" for number in range(DOCUMENTS)}
        for mode in ("vector", "lexical"):
            assert {hit.doc_id for hit in kb.search("edition", k=DOCUMENTS, mode=mode)} == everything  # type: ignore[arg-type]


@pytest.mark.slow
def test_kills_at_random_moments_of_rebuilds_lose_nothing(folder: Path, run_killed: RunKilled) -> None:
    rng = random.Random(20261125)
    for _ in range(3):
        moments = [rng.uniform(0.1, 0.8) for _ in range(KILLS // 3)]
        assert run_killed("write_for_ever", folder, moments) == ["killed"] * len(moments)
        check_is_whole(folder)
