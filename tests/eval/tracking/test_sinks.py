"""Sinks of runs: what is told, where it lands, and that text stays at home unless asked for."""

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from eval.comparison.compare import compare_results
from eval.comparison.gate import parse_gates
from eval.reports import write_reports
from eval.result import EvalResult
from eval.tracking.json_lines import JsonLinesTracker
from eval.tracking.mlflow import MlflowTracker, logged_name
from eval.tracking.run import run_of_comparison, run_of_evaluation
from eval.tracking.sinks import tracker_of
from ragline.errors import InputError, MissingExtra, StorageError

SECRET = "warranty"  # in a question of the golden set, and in no id or figure
QUOTED = "passage"  # in every document


def test_a_run_has_the_figures_of_the_evaluation(result: EvalResult) -> None:
    run = run_of_evaluation(result)
    metric = result.metrics["nDCG@10"]
    assert run.figures["nDCG@10"] == metric.value
    assert (run.figures["nDCG@10.scored"], run.figures["nDCG@10.total"]) == (metric.scored, metric.total)
    assert run.figures["queries"] == len(result.rows) == len(run.rows)
    assert run.parameters == result.configuration
    assert run.tags["ragline.golden_sha256"] == result.golden_sha256


def test_law_text_is_in_no_run_unless_it_is_asked_for(result: EvalResult, tmp_path: Path) -> None:
    written = replace(result, files=write_reports(result, tmp_path))
    quiet, loud = (run_of_evaluation(written, with_text=text) for text in (False, True))
    assert SECRET not in repr(quiet)
    assert QUOTED not in repr(quiet)
    assert "no shelf" not in repr(quiet), "the reason of an error quotes the question"
    assert quiet.files == {}
    assert SECRET in repr(loud)
    assert set(loud.files) >= {"json", "html"}


def test_a_comparison_has_its_differences_and_no_text(result: EvalResult) -> None:
    comparison = compare_results(result, result, names=("before", "after"), gates=parse_gates("nDCG@10:-0.01"))
    run = run_of_comparison(comparison)
    assert run.figures["nDCG@10"] == 0.0
    assert run.figures["nDCG@10.p"] == 1.0
    assert run.tags["ragline.gates"] == "failed", "queries that raised have no score"
    assert SECRET not in repr(run)
    assert SECRET in repr(run_of_comparison(comparison, with_text=True))


def test_runs_are_appended_to_a_file(result: EvalResult, tmp_path: Path) -> None:
    place = tmp_path / "new" / "runs.jsonl"
    tracker = tracker_of(f"jsonl:{place}")
    for _ in range(2):
        assert tracker.record(run_of_evaluation(result)) == str(place)
    lines = [json.loads(line) for line in place.read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["evaluation", "evaluation"]
    assert lines[0]["figures"]["nDCG@10"] == result.metrics["nDCG@10"].value


def test_a_file_that_cannot_be_written_is_told(result: EvalResult, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        JsonLinesTracker(tmp_path).record(run_of_evaluation(result))


@pytest.mark.parametrize("sink", ["", "mlflow", "mlflow:", "jsonl:", "wandb:project", "runs.db"])
def test_a_sink_of_no_known_form_is_refused(sink: str) -> None:
    with pytest.raises(InputError, match="jsonl"):
        tracker_of(sink)


def test_names_are_as_mlflow_allows_them() -> None:
    assert logged_name("nDCG@10.low") == "nDCG_at_10.low"
    assert logged_name("a|b=ü") == "a-b--"


def test_without_mlflow_the_error_names_the_command(result: EvalResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(MissingExtra, match=r"pip install 'ragline\[mlflow\]'"):
        MlflowTracker("sqlite:///x.db").record(run_of_evaluation(result))


SCRIPT = """
import socket, sys, warnings
warnings.simplefilter("ignore")  # those of MLflow and SQLAlchemy among themselves

def refuse(*arguments, **options):
    raise AssertionError(f"network: {arguments}")

socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refuse
socket.create_connection = socket.getaddrinfo = refuse

import ragline
from ragline.errors import BackendUnavailableError, InputError
from pathlib import Path
place = Path(sys.argv[1])
print(ragline.track(place / "report", f"mlflow:sqlite:///{place}/runs.db"))
print(ragline.track(place / "report", f"mlflow:sqlite:///{place}/runs.db", text=True))
for uri, error in (("ftp:there", InputError), (f"sqlite:///{place}/report/report.json/runs.db", BackendUnavailableError)):
    try:
        ragline.track(place / "report", "mlflow:" + uri)
    except error as told:
        assert str(told).endswith("."), told
    else:
        raise AssertionError(uri)

from mlflow import MlflowClient
client = MlflowClient(tracking_uri=f"sqlite:///{place}/runs.db")
experiment = client.get_experiment_by_name("ragline")
runs = client.search_runs([experiment.experiment_id], order_by=["attributes.created ASC"])
assert len(runs) == 2, runs
for run in runs:
    assert run.info.status == "FINISHED", run.info
    assert run.data.params["mode"] == "hybrid"
    assert {"nDCG_at_10", "nDCG_at_10.low", "queries"} <= set(run.data.metrics)
    assert run.data.tags["ragline.kind"] == "evaluation"
names = [sorted(each.path for each in client.list_artifacts(run.info.run_id)) for run in runs]
assert sorted(map(len, names)) == [1, 1 + int(sys.argv[2])], names
from mlflow.telemetry import get_telemetry_client
assert get_telemetry_client() is None
print("stored")
"""


@pytest.mark.slow
def test_runs_are_stored_in_a_local_mlflow_and_nothing_leaves_the_machine(result: EvalResult, tmp_path: Path) -> None:
    if find_spec("mlflow") is None:
        pytest.skip("the extra mlflow is not installed")
    files = write_reports(result, tmp_path / "report")
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(len(files))]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert found.stdout.strip().endswith("stored"), found.stderr
    assert found.stderr == ""
    assert not (tmp_path / "mlruns").exists(), "nothing lies in the folder that one happens to be in"
    stored = b"".join(path.read_bytes() for path in (tmp_path / "runs-files").rglob("*") if path.is_file())
    assert SECRET.encode() in stored, "of the run with text"
