"""Stating the goal: the choice is measured, applied, kept by later opens and rebuilds; nothing changes when none meets it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ragline
from eval.tuning.tuner import TuneProgress
from indexes.snapshot import Generation
from ragline.errors import IncompatibleError, InputError, MissingExtra
from tests.api.tuning.tuning_documents import COUNT, documents

GRAPHS = ("flat", "hnsw-fp16")


def in_use(kb: ragline.Collection) -> Generation:
    generation = kb._store.snapshot().generation
    assert generation is not None
    return generation


def breadth(kb: ragline.Collection) -> int:
    return int(in_use(kb).index._ef_search)  # type: ignore[attr-defined]


def test_the_choice_is_in_use_with_its_evidence(kb: ragline.Collection, tmp_path: Path) -> None:
    told: list[TuneProgress] = []
    report = kb.tune(target_recall=0.97, max_memory="1MB", kinds=GRAPHS, reports=tmp_path / "report", progress=told.append)
    assert report.met, "an exact scan holds 1.3 MB"
    assert report.chosen is not None
    assert report.chosen.kind == "hnsw-fp16"
    assert report.generation == 1
    assert kb.stats()["index"] == "hnsw-fp16"
    assert kb.stats()["promised_recall"] == report.chosen.recall
    assert breadth(kb) == report.chosen.search["hnsw_ef_search"]
    manifest = kb._store.generations.manifest(1)
    assert manifest.search == report.chosen.search
    assert manifest.evidence["goals"] == {"target_recall": 0.97, "max_memory": 1_000_000, "p95_ms": None}
    assert manifest.evidence["chosen"]["kind"] == "hnsw-fp16"
    assert len(manifest.evidence["points"]) == len(report.points)
    assert (manifest.evidence["vectors"], manifest.evidence["queries"]) == (COUNT, 80)
    assert re.match(r"\d{4}-\d\d-\d\dT", manifest.evidence["measured_at"])
    assert {step.kind for step in told} == set(GRAPHS)
    assert json.loads((tmp_path / "report" / "tuning.json").read_text())["generation"] == 1


def test_when_nothing_meets_all_goals_nothing_is_changed(kb: ragline.Collection) -> None:
    before = kb.rebuild(kind="hnsw").number
    report = kb.tune(target_recall=1.0, max_memory=10, kinds=["flat", "hnsw"])
    assert not report.met
    assert report.generation == 0
    assert {miss.goal for miss in report.misses} <= {"target_recall", "max_memory"}
    assert all(miss.factor > 1 for miss in report.misses)
    assert in_use(kb).number == before
    assert kb._store.generations.numbers() == [before]
    assert kb._store.generations.manifest(before).evidence == {}


def test_a_choice_that_the_gate_refuses_leaves_its_report(
    kb: ragline.Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexes.rebuilding.gate.recall", lambda *_: 0.5)
    with pytest.raises(IncompatibleError, match="stays in use"):
        kb.tune(target_recall=0.9, kinds=["hnsw-fp16"], reports=tmp_path)
    assert json.loads((tmp_path / "tuning.json").read_text())["generation"] == 0
    assert kb._store.snapshot().generation is None


def test_without_apply_only_the_report_is_made(kb: ragline.Collection) -> None:
    report = kb.tune(target_recall=0.9, kinds=["flat"], apply=False)
    assert report.met
    assert report.generation == 0
    assert kb._store.snapshot().generation is None


@pytest.mark.parametrize("mode", ["background", "wait"])
def test_later_opens_and_automatic_rebuilds_keep_the_choice(folder: Path, mode: str) -> None:
    with ragline.open(folder, hnsw_ef_construction=60, threads=1) as kb:
        report = kb.tune(target_recall=0.97, kinds=["hnsw-fp16"])
        chosen = report.chosen
        assert chosen is not None
    with ragline.open(folder, exact_threshold=100, auto_rebuild=mode, threads=1) as kb:
        assert breadth(kb) == chosen.search["hnsw_ef_search"]
        kb.ingest(documents(COUNT // 2, start=COUNT))
        assert kb.wait_for_rebuild(120)
        assert in_use(kb).number == report.generation + 1, "so many new chunks make a new generation due"
        manifest = kb._store.generations.manifest(in_use(kb).number)
        assert (manifest.kind, manifest.search) == ("hnsw-fp16", chosen.search)
        assert manifest.parameters["ef_construction"] == manifest.build["hnsw_ef_construction"] == 60
        assert manifest.evidence["measured_at"] == report.measured_at
        kb.compact()
        assert kb._store.generations.manifest(in_use(kb).number).search == chosen.search
        assert kb.rebuild(kind="hnsw").kind == "hnsw"
        assert kb._store.generations.manifest(in_use(kb).number).evidence == {}, "that was measured of another kind"
    with ragline.open(folder, threads=1) as kb:
        assert breadth(kb) == 128


def test_an_exact_index_that_was_chosen_stays(folder: Path) -> None:
    with ragline.open(folder, threads=1) as kb:
        kb.tune(target_recall=1.0, kinds=["flat"])
    with ragline.open(folder, exact_threshold=100, hnsw_ef_construction=60, threads=1) as kb:
        assert kb._store.rebuilds.plan().kind.name == "flat"
        assert kb.rebuild().kind == "flat"
    with ragline.open(folder, exact_threshold=100, index_kind="hnsw", hnsw_ef_construction=60, threads=1) as kb:
        assert kb.rebuild().kind == "hnsw", "a setting goes before"


def test_settings_that_the_caller_gives_go_before_the_manifest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ragline.open(folder, hnsw_ef_construction=60, threads=1) as kb:
        chosen = kb.tune(target_recall=0.9, kinds=["hnsw"]).chosen
        assert chosen is not None
    with ragline.open(folder, hnsw_ef_search=500) as kb:
        assert breadth(kb) == 500
    with ragline.open(folder, settings=ragline.Settings(hnsw_ef_search=501)) as kb:
        assert breadth(kb) == 501
    with ragline.open(folder, settings=ragline.Settings()) as kb:
        assert breadth(kb) == chosen.search["hnsw_ef_search"]
    monkeypatch.setenv("RAGLINE_HNSW_EF_SEARCH", "502")
    with ragline.open(folder, threads=1) as kb:
        assert breadth(kb) == 502


def test_the_users_own_queries_are_asked(kb: ragline.Collection, tmp_path: Path) -> None:
    golden = tmp_path / "mine.jsonl"
    lines = [{"id": f"q{n}", "query": document.text[:40], "answer": "yes"} for n, document in enumerate(documents(25))]
    golden.write_text("\n".join(map(json.dumps, lines)))
    report = kb.tune(target_recall=0.9, kinds=["flat"], queries=golden, apply=False)
    assert (report.queries, report.source) == (25, "queries of mine.jsonl")
    with pytest.raises(ragline.RaglineError, match=r"absent\.jsonl"):
        kb.tune(queries=tmp_path / "absent.jsonl")


def test_a_part_decides_on_the_kind_and_the_whole_on_how_it_is_searched(kb: ragline.Collection) -> None:
    report = kb.tune(target_recall=0.95, kinds=["ivf-pq"], sample=1_200)
    assert report.met
    assert report.chosen is not None
    assert any("1,200 of 2,600" in note for note in report.notes)
    assert any("those of the whole index" in note for note in report.notes)
    generation = in_use(kb)
    assert generation.index._probes == report.chosen.search["ivf_probes"]  # type: ignore[attr-defined]
    manifest = kb._store.generations.manifest(generation.number)
    assert manifest.search == report.chosen.search
    assert manifest.evidence["chosen"]["search"] == report.chosen.search


def test_a_part_that_promised_too_much_changes_nothing(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from eval.tuning import confirmation

    measured = confirmation.points_of
    monkeypatch.setattr(
        confirmation, "points_of", lambda *given: [replace(point, recall_low=0.5) for point in measured(*given)]
    )
    report = kb.tune(target_recall=0.95, kinds=["ivf-pq"], sample=1_200)
    assert not report.met
    assert report.generation == 0
    assert report.misses[0].found == 0.5
    assert kb._store.snapshot().generation is None
    before = kb.rebuild(kind="flat").number
    assert not kb.tune(target_recall=0.95, kinds=["ivf-pq"], sample=1_200).met
    assert in_use(kb).number == before
    assert kb._store.generations.numbers() == [before]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"target_recall": 2}, "0.98"),
        ({"max_memory": "lots"}, "200MB"),
        ({"p95_ms": 0}, "above 0"),
        ({"kinds": ["annoy"]}, "choose among"),
        ({"sample": 0}, "at least 1"),
    ],
)
def test_goals_that_make_no_sense_are_bad_input(kb: ragline.Collection, wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        kb.tune(**wanted)


def test_too_few_chunks_cannot_be_tuned(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "small", embedder="light") as kb:
        kb.ingest(documents(3))
        with pytest.raises(InputError, match="exact whatever the index"):
            kb.tune()
        with pytest.raises(InputError, match="exact whatever the index"):
            kb.forecast()


def test_a_forecast_is_made_before_a_build(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kb.forecast().kind == "flat", "so few are scanned"
    told = kb.forecast(kind="hnsw")
    assert (told.count, told.dim) == (COUNT, 256)
    assert kb.forecast(kind="hnsw", count=1_000_000).memory_bytes == pytest.approx(60_000_000, rel=0.01)
    before = kb.stats()["bytes_on_disk"]
    kb.rebuild(kind="hnsw")
    assert told.disk_bytes == pytest.approx(kb.stats()["bytes_on_disk"] - before, rel=0.15)
    with pytest.raises(InputError, match="choose one of"):
        kb.forecast(kind="annoy")
    with pytest.raises(InputError, match="number of chunks"):
        kb.forecast(count=-1)
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(MissingExtra, match="ann"):
        kb.forecast(kind="ivf-pq")


def test_the_command_line_tunes_and_forecasts(folder: Path) -> None:
    result = run("tune", "--kind", "flat", "--target-recall", "0.9", "--no-apply", "--report", "out", cwd=folder.parent)
    assert result.returncode == 0, result.stderr
    assert "flat: recall@10 1.0000" in result.stdout
    assert "MB on disk" in result.stdout
    assert (folder.parent / "out" / "tuning.md").is_file()
    found = json.loads(run("tune", "--kind", "flat", "--p95-ms", "0.00001", "--json", cwd=folder.parent).stdout)
    assert not found["met"]
    assert found["misses"][0]["goal"] == "p95_ms"
    assert run("tune", "--kind", "flat", "--p95-ms", "0.00001", cwd=folder.parent).returncode == 3
    assert run("tune", "--max-memory", "lots", cwd=folder.parent).returncode == 2
    told = json.loads(run("rebuild", "--kind", "hnsw", "--dry-run", "--json", cwd=folder.parent).stdout)
    assert (told["kind"], told["count"]) == ("hnsw", COUNT)
    assert json.loads(run("stats", "--json", cwd=folder.parent).stdout)["generation"] == 0


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from api.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120, check=False)
