"""What was tuned goes the way of every rebuild: nothing is locked before, the checks hold for it, and it stays until asked."""

from pathlib import Path
from typing import Any

import pytest

import ragline
from eval.tuning.tuner import TuneProgress
from indexes.tuned import Tuned
from ragline.errors import RebuildRefusedError
from tests.api.tuning.tuning_documents import COUNT, documents


def wanted_recalls(kb: ragline.Collection) -> set[float]:
    """What the generation in use had to find to come into use."""
    manifest = kb._store.generations.manifest(kb.stats()["generation"])
    return {check["required"] for check in manifest.checks if check["name"].startswith("recall@10")}


def tuned(kb: ragline.Collection) -> Tuned:
    generation = kb._store.snapshot().generation
    assert generation is not None
    return generation.tuned


def once(action: Any) -> Any:
    """A callback that does something the first time."""
    done: list[TuneProgress] = []

    def progress(now: TuneProgress) -> None:
        if not done:
            done.append(now)
            action()

    return progress


def test_others_write_and_rebuild_while_it_is_measured(kb: ragline.Collection) -> None:
    def work() -> None:
        with ragline.open(kb.folder, threads=1) as other:
            other.ingest(documents(20, start=COUNT))
            assert other.rebuild(kind="flat").number == 1

    report = kb.tune(target_recall=0.95, kinds=["hnsw"], progress=once(work))
    assert report.generation == 2
    assert report.total == COUNT
    assert kb.stats()["delta_chunks"] == 0, "what came meanwhile is in the index too"
    assert len(kb.search("ka", k=5_000, mode="vector")) == COUNT + 20


def test_a_collection_that_is_migrated_meanwhile_is_not_given_the_choice(kb: ragline.Collection) -> None:
    report = kb.tune(target_recall=0.95, kinds=["hnsw"], progress=once(lambda: kb.migrate(chunk_tokens=60)))
    assert report.met
    assert report.generation == 0
    assert "Tune it again" in report.notes[-1]
    assert kb.stats()["generation"] == 0
    assert kb.tune(target_recall=0.95, kinds=["hnsw"]).generation == 1
    assert "ragline tune" in kb.migrate(chunk_tokens=50).warnings[0], "other vectors, of which nothing was measured"
    assert not tuned(kb)


@pytest.mark.parametrize(("asked", "required"), [(0.97, 0.97), (0.9, 0.95)])
def test_the_checks_ask_for_what_was_promised_or_set_whichever_is_more(
    kb: ragline.Collection, asked: float, required: float
) -> None:
    assert kb.tune(target_recall=asked, kinds=["hnsw"]).generation == 1
    assert wanted_recalls(kb) == {required}
    kb.rebuild()
    assert wanted_recalls(kb) == {required}, "a promise is kept by later rebuilds"
    kb.rebuild(kind="flat")
    assert wanted_recalls(kb) == {0.95}


def test_a_choice_that_does_not_hold_is_refused_now_and_later(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("indexes.rebuilding.gate.recall", lambda *_: 0.96)
        with pytest.raises(RebuildRefusedError, match=r"0\.96 \(at least 0\.97\)"):
            kb.tune(target_recall=0.97, kinds=["hnsw"])
        assert kb.stats()["generation"] == 0
    kb.tune(target_recall=0.97, kinds=["hnsw"])
    monkeypatch.setattr("indexes.rebuilding.gate.recall", lambda *_: 0.96)
    with pytest.raises(RebuildRefusedError, match=r"0\.96 \(at least 0\.97\)"):
        kb.rebuild()
    with ragline.open(kb.folder, hnsw_ef_search=8, threads=1) as narrow:
        narrow.rebuild()  # another breadth is the caller's own, and nothing was promised of it
        assert wanted_recalls(narrow) == {0.95}


def test_parameters_that_the_caller_gives_go_before_those_that_were_tuned(folder: Path) -> None:
    with ragline.open(folder, hnsw_ef_construction=60, hnsw_m=12, threads=1) as kb:
        chosen = kb.tune(target_recall=0.95, kinds=["hnsw"]).chosen
        assert chosen is not None
        assert tuned(kb).build == {"hnsw_m": 12, "hnsw_ef_construction": 60}
    with ragline.open(folder, hnsw_m=20, threads=1) as kb:
        kb.start_rebuild()
        assert kb.wait_for_rebuild(120)
        generation = kb.stats()["generation"]
        assert generation == 2, kb.health()
        parameters = kb._store.generations.manifest(generation).parameters
        assert (parameters["m"], parameters["ef_construction"]) == (20, 60), "in another process too"
        assert wanted_recalls(kb) == {0.95}
        assert tuned(kb).search == chosen.search


def test_mending_keeps_what_was_tuned(kb: ragline.Collection) -> None:
    kb.rebuild(kind="flat")
    kb.tune(target_recall=0.95, kinds=["hnsw"])
    before = tuned(kb)
    (kb.folder / "generations" / "000001" / "vectors.npy").write_bytes(b"damaged")
    assert kb.doctor(repair=True).findings
    assert kb.stats()["index"] == "hnsw"
    assert tuned(kb) == before
    kb.purge()
    assert tuned(kb) == before


def test_a_forecast_is_of_what_would_be_built(kb: ragline.Collection) -> None:
    kb.tune(target_recall=0.95, kinds=["ivf-pq"])
    assert kb.forecast().kind == "ivf-pq"
