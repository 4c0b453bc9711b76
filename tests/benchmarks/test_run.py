"""The command: which suites run, what is written, and the exit code."""

import json
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import conditions
from benchmarks.corpora import CorpusMissingError, shared_corpus
from benchmarks.figures import Figure
from benchmarks.workspace import Workspace


@pytest.fixture
def suites(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Two small suites in place of the real ones; the names of those that ran."""
    ran: list[str] = []

    def samples(workspace: Workspace) -> list[Figure]:
        ran.append(f"samples {workspace.quick}")
        return [Figure("nDCG@10", 0.9), Figure("ratio", 2, "x", target="<= 1")]

    def quality(workspace: Workspace) -> list[Figure]:
        shared_corpus("scifact")
        return []

    monkeypatch.setenv("RAGLINE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("RAGLINE_SHARED_DATA", str(tmp_path / "absent"))
    monkeypatch.setattr(command, "SUITES", {"samples": samples, "quality": quality})
    return ran


def test_a_suite_without_its_corpus_is_skipped_and_says_so(
    suites: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "load_expected", lambda: {"quality": {"nDCG@10": 0.7}})
    assert command.main(["--quick", "--out", str(tmp_path / "out")]) == 0
    assert suites == ["samples True"]
    assert "quality: skipped: no corpus at $RAGLINE_SHARED_DATA/scifact. Set RAGLINE_SHARED_DATA" in capsys.readouterr().out


def test_figures_and_conditions_are_written(suites: list[str], tmp_path: Path) -> None:
    command.main(["samples", "--no-check", "--out", str(tmp_path)])
    (file,) = tmp_path.glob("*.json")
    report = json.loads(file.read_text())
    assert [figure["name"] for figure in report["figures"]["samples"]] == ["nDCG@10", "ratio"]
    assert {"date", "commit", "cpu", "cores", "memory_gb", "python", "versions", "suites"} <= set(report["conditions"])
    assert "| nDCG@10 | 0.9000 |" in (tmp_path / "latest.md").read_text()


@pytest.mark.parametrize(
    ("recorded", "options", "code"),
    [(0.90, [], 0), (0.95, [], 1), (0.95, ["--no-check"], 0), (0.90, ["--strict"], 1)],
)
def test_exit_code(
    suites: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recorded: float, options: list[str], code: int
) -> None:
    monkeypatch.setattr(command, "load_expected", lambda: {"samples": {"nDCG@10": recorded}})
    assert command.main(["samples", "--out", str(tmp_path), *options]) == code


@pytest.mark.parametrize("arguments", [["speed"], ["--quick", "--record"]])
def test_wrong_usage(suites: list[str], arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(arguments)
    assert "error:" in capsys.readouterr().err
    assert suites == []


def test_a_corpus_is_found_by_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGLINE_SHARED_DATA", str(tmp_path))
    with pytest.raises(CorpusMissingError, match="no corpus at"):
        shared_corpus("mine")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "corpus.jsonl").touch()
    assert shared_corpus("mine") == tmp_path / "mine"


def test_a_commit_is_known_by_name_or_said_to_be_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions, "ROOT", tmp_path)
    assert conditions.commit() == "unknown"
