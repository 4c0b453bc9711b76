"""Comparing evaluations and configurations through the Python API and the command line."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ragline
from api.cli import app
from eval.reports import write_reports
from ragline.errors import GoldenMismatchError, GoldenSetError, InputError, MissingExtra, SettingsError

GOLDEN = [
    {
        "id": "leave",
        "query": "How many days of annual leave?",
        "answer": "28 days.",
        "relevant": [{"doc_id": "docs/hr/leave.md"}],
    },
    {"id": "pump", "query": "error E-4012 of the pump", "answer": "", "relevant": [{"doc_id": "docs/pump.txt"}]},
    {"id": "seal", "query": "price of a seal", "answer": "3.20", "relevant": [{"doc_id": "docs/prices.csv"}]},
    {"id": "moon", "query": "Who was first on the moon?", "answerable": False},
]


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    place = tmp_path / "golden.jsonl"
    place.write_text("".join(json.dumps(line) + "\n" for line in GOLDEN))
    return place


@pytest.fixture
def filled(kb: ragline.Collection, docs: Path) -> ragline.Collection:
    kb.ingest(docs)
    return kb


@pytest.fixture
def run(filled: ragline.Collection, golden: Path) -> Callable[..., tuple[int, dict[str, object]]]:
    """Runs ``ragline compare`` with arguments and ``--json``; the exit code and the object printed."""

    def run(*arguments: object) -> tuple[int, dict[str, object]]:
        found = CliRunner().invoke(app, ["compare", *map(str, arguments), "--json"])
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found.exit_code, json.loads(found.stdout)

    return run


def test_two_results_are_compared(filled: ragline.Collection, golden: Path, tmp_path: Path) -> None:
    a, b = filled.evaluate(golden, mode="vector"), filled.evaluate(golden, mode="lexical")
    found = ragline.compare(a, b, reports=tmp_path / "out")
    assert found.changed_settings == {"mode": ("vector", "lexical")}
    assert {"nDCG@10", "abstention_accuracy"} <= {metric.name for metric in found.metrics.values() if metric.is_tested}
    assert found.metrics["nDCG@10"].pairs == 3
    assert found.metrics["nDCG@10"].not_applicable == 1
    assert (tmp_path / "out" / "comparison.html").is_file()


def test_reports_say_the_same_as_the_results_that_they_are_of(filled: ragline.Collection, golden: Path, tmp_path: Path) -> None:
    a = filled.evaluate(golden, mode="vector", reports=tmp_path / "a")
    b = filled.evaluate(golden, mode="lexical", reports=tmp_path / "b")
    of_results, of_files = ragline.compare(a, b), ragline.compare(tmp_path / "a", str(tmp_path / "b" / "report.json"))
    assert of_files.metrics == of_results.metrics
    assert [query.hits for query in of_files.queries] == [query.hits for query in of_results.queries]
    assert (of_files.a.name, of_files.b.name) == ("a", "b")


def test_two_configurations_of_one_collection(filled: ragline.Collection, golden: Path, tmp_path: Path) -> None:
    found = filled.compare(golden, {"rrf_k": 30}, {"mode": "lexical"}, answers=False, reports=tmp_path / "out")
    assert (found.a.name, found.b.name) == ("rrf_k=30", "mode=lexical")
    assert found.changed_settings == {"rrf_k": (30, 60), "mode": ("hybrid", "lexical")}
    assert (tmp_path / "out" / "a" / "report.json").is_file()
    assert filled.settings.rrf_k == 60
    assert not filled.compare(golden, {}, {}, answers=False).most_changed_first()


def test_a_setting_of_another_collection_is_refused(filled: ragline.Collection, golden: Path) -> None:
    with pytest.raises(ragline.RaglineError, match="chunk"):
        filled.compare(golden, {}, {"chunk_tokens": 64})
    with pytest.raises(SettingsError):
        filled.compare(golden, {}, {"rff_k": 30})


@pytest.mark.parametrize("options", [{"gates": "nDCG@10"}, {"rule": "median"}, {"max_missing": 2.0}])
def test_a_gate_that_makes_no_sense_is_told_before_anything_is_measured(
    filled: ragline.Collection, golden: Path, tmp_path: Path, options: dict[str, object]
) -> None:
    with pytest.raises(InputError):
        filled.compare(golden, {}, {"rrf_k": 30}, reports=tmp_path / "out", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_gates_are_given_as_a_text_or_a_mapping(filled: ragline.Collection, golden: Path) -> None:
    a, b = filled.evaluate(golden, answers=False), filled.evaluate(golden, answers=False)
    assert ragline.compare(a, b, gates="nDCG@10:-0.01").passed
    assert not ragline.compare(a, b, gates={"nDCG@10": 0.5, "recall@5": -0.01}).passed


def test_what_is_no_evaluation_is_refused(filled: ragline.Collection, golden: Path, tmp_path: Path) -> None:
    result = filled.evaluate(golden, answers=False)
    with pytest.raises(InputError):
        ragline.compare(result, 5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no report"):
        ragline.compare(result, tmp_path / "absent")
    with pytest.raises(GoldenSetError):
        filled.compare(tmp_path / "absent.jsonl", {}, {})


def test_the_command_compares_configurations_and_then_their_reports(
    run: Callable[..., tuple[int, dict[str, object]]], filled: ragline.Collection, golden: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, found = run("--golden", golden, "--kb", filled.folder, "--a", "rrf_k=30", "--b", "mode=lexical", "--report", out)
    assert code == 0
    assert found["format"] == "ragline-comparison"
    assert found["changed_settings"] == {"rrf_k": [30, 60], "mode": ["hybrid", "lexical"]}
    code, again = run(out / "a", out / "b")
    assert code == 0
    assert again["metrics"] == found["metrics"]


def test_a_gate_decides_the_exit_code(
    run: Callable[..., tuple[int, dict[str, object]]], filled: ragline.Collection, golden: Path, tmp_path: Path
) -> None:
    filled.evaluate(golden, judge="none", reports=tmp_path / "a")
    assert run(tmp_path / "a", tmp_path / "a", "--gate", "nDCG@10:-0.01,recall@10:0")[0] == 0
    assert run(tmp_path / "a", tmp_path / "a", "--gate", "nDCG@10:0.01")[0] == 1
    with pytest.raises(InputError, match="faithfulness"):
        run(tmp_path / "a", tmp_path / "a", "--gate", "faithfulness:-0.02")


def test_another_golden_set_is_refused_and_joined_on_demand(
    run: Callable[..., tuple[int, dict[str, object]]], filled: ragline.Collection, golden: Path, tmp_path: Path
) -> None:
    filled.evaluate(golden, reports=tmp_path / "a")
    golden.write_text("".join(json.dumps(line) + "\n" for line in GOLDEN[1:]))
    filled.evaluate(golden, reports=tmp_path / "b")
    with pytest.raises(GoldenMismatchError):
        run(tmp_path / "a", tmp_path / "b")
    code, found = run(tmp_path / "a", tmp_path / "b", "--by-id")
    assert code == 0
    assert found["counts"]["only_a"] == 1  # type: ignore[index]


@pytest.mark.parametrize("arguments", [["a"], [], ["a", "b", "--a", "rrf_k=3"], ["a", "b", "--golden", "g.jsonl"]])
def test_a_command_line_that_says_too_little_or_too_much_is_refused(arguments: list[str]) -> None:
    found = CliRunner().invoke(app, ["compare", *arguments])
    assert isinstance(found.exception, InputError)


def test_a_comparison_is_stored_where_that_is_asked_for(
    run: Callable[..., tuple[int, dict[str, object]]], filled: ragline.Collection, golden: Path, tmp_path: Path
) -> None:
    filled.evaluate(golden, reports=tmp_path / "a")
    runs = tmp_path / "runs.jsonl"
    assert run(tmp_path / "a", tmp_path / "a", "--track", f"jsonl:{runs}")[0] == 0
    (line,) = runs.read_text().splitlines()
    assert json.loads(line)["kind"] == "comparison"
    assert "first on the moon" not in line
    with pytest.raises(InputError):
        run(tmp_path / "a", tmp_path / "a", "--track", "elsewhere")


def test_an_evaluation_is_stored_where_that_is_asked_for(filled: ragline.Collection, golden: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs.jsonl"
    command = ["eval", str(golden), "--kb", str(filled.folder), "--report", str(tmp_path / "out"), "--track", f"jsonl:{runs}"]
    found = CliRunner().invoke(app, command)
    assert found.exit_code == 0, found.output
    (line,) = runs.read_text().splitlines()
    assert json.loads(line)["kind"] == "evaluation"
    assert "moon?" not in line


@pytest.mark.parametrize("sink", ["elsewhere", "mlflow:sqlite:///runs.db"])
def test_a_sink_that_takes_no_runs_is_told_before_anything_is_measured(
    filled: ragline.Collection, golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sink: str
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    asked = ["--kb", str(filled.folder), "--track", sink]
    for command in (
        ["eval", str(golden), *asked, "--report", str(tmp_path / "out")],
        ["compare", "--golden", str(golden), *asked, "--report", str(tmp_path / "out")],
    ):
        found = CliRunner().invoke(app, command)
        assert isinstance(found.exception, InputError | MissingExtra)
        assert found.stdout == ""
    assert not (tmp_path / "out").exists()


def test_a_place_for_reports_that_is_none_is_told_before_anything_is_measured(
    filled: ragline.Collection, golden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[str] = []
    for name in ("api.evaluation.evaluate", "eval.tuning.search.search.search", "eval.tuning.tuner.tune"):
        monkeypatch.setattr(name, lambda *arguments, **options: measured.append("something"))
    with pytest.raises(InputError, match="no folder can be made"):
        filled.evaluate(golden, reports=golden)
    with pytest.raises(InputError, match="no folder can be made"):
        filled.compare(golden, {}, {"rrf_k": 3}, reports=golden)
    with pytest.raises(InputError, match="no folder can be made"):
        filled.tune_search(golden, reports=golden)
    with pytest.raises(InputError, match="no folder can be made"):
        filled.tune(reports=golden)
    assert measured == []


def test_without_a_judge_none_is_named(filled: ragline.Collection, golden: Path, tmp_path: Path) -> None:
    command = ["eval", str(golden), "--kb", str(filled.folder), "--report", str(tmp_path / "out"), "--judge"]
    titles = [
        next(line.strip() for line in CliRunner().invoke(app, [*command, judge]).stdout.splitlines() if "answers" in line[:7])
        for judge in ("none", "offline")
    ]
    assert titles == ["answers", "answers, judge: offline"]


def test_a_person_is_shown_the_figures(filled: ragline.Collection, golden: Path) -> None:
    command = ["compare", "--golden", str(golden), "--kb", str(filled.folder), "--b", "mode=lexical", "--gate", "nDCG@10:-1"]
    found = CliRunner().invoke(app, command)
    assert found.exit_code == 0, found.output
    assert "nDCG@10" in found.stdout
    assert "passed  nDCG@10 >= -1 (mean)" in found.stdout


def test_a_question_that_is_cut_says_so(
    filled: ragline.Collection, golden: Path, tmp_path: Path, run: Callable[..., tuple[int, dict[str, object]]]
) -> None:
    a = filled.evaluate(golden)
    long = replace(a.rows[0], query="How many days of annual leave " + "and of leave without pay " * 9)
    rows = (long, *a.rows[1:])
    write_reports(replace(a, rows=rows), tmp_path / "a")
    write_reports(replace(a, rows=(replace(long, metrics=dict.fromkeys(long.metrics, 0.0)), *a.rows[1:])), tmp_path / "b")
    shown = CliRunner().invoke(app, ["compare", str(tmp_path / "a"), str(tmp_path / "b")]).stdout
    (line,) = (line for line in shown.splitlines() if "  leave: " in line)
    assert line.endswith("…")
    assert len(line.split(": ", 1)[1]) == 60


def test_the_deviation_for_a_sample_size_is_taken_from_reports(
    filled: ragline.Collection, golden: Path, tmp_path: Path
) -> None:
    places = [str(tmp_path / letter) for letter in "ab"]
    a = filled.evaluate(golden, reports=places[0])
    first = replace(a.rows[0], metrics={**a.rows[0].metrics, "recall@1": 1 - a.rows[0].metrics["recall@1"]})
    b = replace(a, rows=(first, *a.rows[1:]))
    write_reports(b, places[1])
    command = ["sample-size", "--difference", "0.05", "--like", *places, "--json"]
    found = CliRunner().invoke(app, [*command, "--metric", "recall@1"])
    assert (
        json.loads(found.stdout)["deviation"] == ragline.compare(a, b).metrics["recall@1"].deviation == pytest.approx(3**-0.5)
    )
    assert isinstance(CliRunner().invoke(app, command).exception, InputError), "nDCG@10 does not differ"
