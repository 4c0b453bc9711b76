"""`ragline health --service`: from what a collection has logged to exit codes, JSON and Prometheus; stale files are found."""

import json
import os
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ragline
from api.cli import app
from indexes.query_log import LogRow, Passage, QueryLog, new_log_id

DAY = 86_400.0


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["health", *arguments])
    return result.exit_code, result.stdout


@pytest.fixture
def folder(tmp_path: Path, docs: Path) -> Path:
    with ragline.open(tmp_path / "kb", embedder="light", query_log="on", threads=1) as kb:
        kb.ingest(docs)
    return tmp_path / "kb"


def log(folder: Path, count: int, days_ago: float, *, found: bool) -> None:
    written = QueryLog(folder)
    for number in range(count):
        passages = (Passage("docs/pump.txt", "c", 1, 0.5 + number % 7 / 10),) if found else ()
        details = {"ms": 5 + number % 11, "mode": "hybrid"}
        written.add(LogRow(new_log_id(), time.time() - days_ago * DAY, f"question {number}", passages, details=details))
    written.close()


def test_without_the_flag_it_is_as_it_was(folder: Path) -> None:
    code, text = run("--kb", str(folder), "--json")
    assert code == 0
    assert "service" not in json.loads(text)


def test_a_log_with_nothing_in_it_is_no_alarm(folder: Path) -> None:
    code, text = run("--kb", str(folder), "--service")
    assert code == 0
    assert "too few to say anything" in text
    assert "RAGLINE_QUERY_LOG=on" in text


def test_empty_results_end_with_exit_code_3(folder: Path) -> None:
    log(folder, 120, 10, found=True)
    log(folder, 60, 10, found=False)
    log(folder, 120, 1, found=False)
    code, text = run("--kb", str(folder), "--service", "--json")
    assert code == 3
    service = json.loads(text)["service"]
    assert not service["ok"]
    assert {check["name"] for check in service["checks"] if check["status"] == "alarm"} >= {"empty", "hit_rate"}


def test_prometheus_reads_it(folder: Path) -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    log(folder, 120, 10, found=True)
    log(folder, 120, 1, found=True)
    code, text = run("--kb", str(folder), "--prometheus")
    assert code == 0, text
    names = {family.name for family in parser.text_string_to_metric_families(text)}
    assert {"ragline_index_sound", "ragline_check_alarm", "ragline_query_drift_auroc", "ragline_stale_ratio"} <= names


def test_what_is_really_asked_is_what_is_looked_at(folder: Path) -> None:
    with ragline.open(folder, query_log="on", threads=1) as kb:
        kb.search("leave")
        kb.answer("How many days of paid leave are there?")
        report = kb.service_health(now=time.time() + 1)
    assert (report.rows, report.reference_rows) == (2, 0)


def test_files_that_changed_or_vanished_are_stale_and_touched_ones_are_not(folder: Path, docs: Path) -> None:
    with ragline.open(folder, threads=1) as kb:
        fresh = kb.staleness()
        assert (fresh.files, fresh.stale, fresh.touched) == (3, 0, 0)
        moment = time.time() + 100
        (docs / "pump.txt").write_text("The pump P-200 was replaced.")
        os.utime(docs / "pump.txt", (moment, moment))
        os.utime(docs / "hr" / "leave.md", (moment, moment))
        (docs / "prices.csv").unlink()
        found = kb.staleness()
        assert found.changed == ("docs/pump.txt",)
        assert found.vanished == ("docs/prices.csv",)
        assert found.touched == 1
        stale = next(check for check in kb.service_health(drift=False).checks if check.name == "stale")
        assert stale.status == "alarm"
        assert "ragline sync" in stale.reason
        kb.sync(docs, force=True)
        assert kb.staleness().stale == 0


def test_documents_in_hand_have_no_file_to_be_older_than(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "hand", embedder="light", threads=1) as kb:
        kb.ingest([ragline.Document("/no/such/file.md", "A text.")])
        assert (kb.staleness().documents, kb.staleness().files) == (1, 0)
