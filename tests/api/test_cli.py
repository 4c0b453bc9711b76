"""The command line, run as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api import cli, cli_upkeep
from eval.reports import read_result
from eval.reports.files import NAMES
from ingestion.own_files import REPORT_MARKER


def ragline(*arguments: object, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from api.cli import main; main()", *map(str, arguments)]
    environment = os.environ | variables
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120, env=environment)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    (folder / "docs").mkdir()
    (folder / "docs" / "pump.md").write_text("# Pump\n\nThe pump stops with E-4012 when its inlet is blocked.\n")
    (folder / "docs" / "leave.md").write_text("---\nyear: 2025\n---\n# Leave\n\nEveryone has 28 days of paid leave a year.\n")
    result = ragline("ingest", "docs", "--embedder", "light", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert "2 sources" in result.stdout
    assert "2 added" in result.stdout
    assert result.stderr == ""
    return folder


def test_ingest_again_changes_nothing(place: Path) -> None:
    result = ragline("ingest", "docs", "--json", cwd=place)
    report = json.loads(result.stdout)
    assert report["counts"]["unchanged"] == 2


def test_a_failed_source_is_exit_code_3(place: Path) -> None:
    (place / "more").mkdir(exist_ok=True)
    (place / "more" / "broken.md").write_bytes(bytes(range(256)))
    result = ragline("ingest", "more", cwd=place)
    assert result.returncode == 3
    assert "broken.md" in result.stdout


def test_search_and_explain(place: Path) -> None:
    result = ragline("search", "E-4012", "-k", 1, "--explain", cwd=place)
    assert result.returncode == 0, result.stderr
    assert "docs/pump.md" in result.stdout
    assert "/ (60 + rank)" in result.stdout
    hits = json.loads(ragline("search", "leave", "--filter", '{"year": 2025}', "--json", cwd=place).stdout)["hits"]
    assert {hit["chunk"]["doc_id"] for hit in hits} == {"docs/leave.md"}


def test_a_filter_in_words_joins_one_in_json(place: Path) -> None:
    found = ragline(
        "search", "leave", "--where", "year >= 2025", "--filter", '{"doc_id": "docs/leave.md"}', "--json", cwd=place
    )
    assert {hit["chunk"]["doc_id"] for hit in json.loads(found.stdout)["hits"]} == {"docs/leave.md"}
    none = ragline("search", "leave", "--where", "year >= 2025", "--filter", '{"doc_id": "docs/pump.md"}', "--json", cwd=place)
    assert json.loads(none.stdout)["hits"] == []


def test_ask_answers_or_says_that_it_does_not_know(place: Path) -> None:
    answer = json.loads(ragline("ask", "How many days of paid leave does everyone have?", "--json", cwd=place).stdout)
    assert not answer["abstained"]
    assert "28 days" in answer["text"]
    assert answer["citations"][0]["doc_id"] == "docs/leave.md"
    unknown = ragline("ask", "Who won the chess tournament in Reykjavik?", cwd=place)
    assert unknown.returncode == 0
    assert "I don't know" in unknown.stdout


def test_eval_writes_reports(place: Path) -> None:
    golden = place / "golden.jsonl"
    items = [
        {"id": "1", "query": "paid leave", "answer": "28 days", "answerable": True, "tags": ["table"]}
        | {"relevant": [{"doc_id": "docs/leave.md", "grade": 2, "quote": "28 days"}]},
        {"id": "2", "query": "chess champion", "answer": "", "answerable": False, "tags": [], "relevant": []},
    ]
    golden.write_text("".join(json.dumps(item) + "\n" for item in items))
    result = ragline("eval", golden, "--report", "out", cwd=place)
    assert result.returncode == 0, result.stderr
    assert "nDCG@10" in result.stdout
    assert {path.name for path in (place / "out").iterdir()} == {*NAMES.values(), REPORT_MARKER}


def test_eval_ends_with_2_where_too_little_is_scored(place: Path) -> None:
    golden = place / "unscored.jsonl"
    items = [{"id": str(number), "query": "paid leave", "relevant": [{"doc_id": "docs/leave.md"}]} for number in range(19)]
    rows = [*items, {**items[0], "id": "broken", "query": "\ud800"}]
    golden.write_text("".join(json.dumps(item) + "\n" for item in rows))
    run = ("eval", golden, "--no-answers", "--report", "unscored", "--open")
    result = ragline(*run, cwd=place, CI="")
    assert result.returncode == 3, "one of twenty is no more than one in twenty"
    assert "not opened: this is no terminal" in " ".join(result.stderr.split())
    golden.write_text("".join(json.dumps(item) + "\n" for item in rows[1:]))
    result = ragline(*run, cwd=place)
    assert result.returncode == 2
    assert "fewer than 95 of 100 questions have a score: nDCG@1" in " ".join(result.stderr.split())
    assert ragline(*run, "--allow-unscored", cwd=place).returncode == 3
    read = read_result(place / "unscored")
    assert read.counts["errors"] == 1
    assert read.scored_share == pytest.approx(18 / 19)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("search", "x", "--kb", "none"), 1, "There is no collection at none"),
        (("search", " "), 2, "query is empty"),
        (("search", "x", "-k", "0"), 2, "at least one hit"),
        (("search", "x", "--filter", "{year"), 2, "--filter is not JSON"),
        (("search", "x", "--filter", '{"yaer": 1}'), 2, "Unknown filter field 'yaer'"),
        (("search", "x", "--where", "yaer = 1"), 2, "Unknown filter field 'yaer'"),
        (("search", "x", "--where", "year = "), 2, "at character 8: year = >>> (its end): expected a value"),
        (("search", "x", "--mode", "magic"), 2, "Unknown mode 'magic'"),
        (("ingest", "nowhere"), 2, "nowhere"),
        (("eval", "nowhere.jsonl"), 2, "nowhere.jsonl"),
        (("rollback",), 2, "no earlier generation"),
        (("delete", "docs/none.md"), 2, ""),
        (("nonsense",), 2, "nonsense"),
    ],
)
def test_errors_are_one_line_with_an_exit_code(place: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    result = ragline(*arguments, cwd=place)
    assert result.returncode == code, result.stderr
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "kind", "message"),
    [
        (("search", "x", "--kb", "none"), 1, "CollectionNotFoundError", "Make one: ragline ingest"),
        (("search", " "), 2, "InputError", "query is empty"),
        (("search", "x", "--filter", '{"yaer": 1}'), 2, "FilterError", "Unknown filter field 'yaer'"),
        (("ingest", "nowhere"), 2, "InputError", "nowhere does not exist"),
        (("sync", "nowhere"), 2, "InputError", "nowhere does not exist"),
        (("search", "x", "-k", "many"), 2, "UsageError", "'-k'"),
        (("search", "x", "--nonsense"), 2, "UsageError", "--nonsense"),
        (("nonsense",), 2, "UsageError", "nonsense"),
    ],
)
def test_with_json_an_error_is_the_object(place: Path, arguments: tuple[str, ...], code: int, kind: str, message: str) -> None:
    result = ragline(*arguments, "--json", cwd=place)
    assert result.returncode == code
    assert result.stderr == ""
    error = json.loads(result.stdout)["error"]
    assert error["type"] == kind
    assert message in error["message"]


def test_with_json_an_interruption_is_the_object_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_upkeep, "open_collection", interrupted)
    monkeypatch.setattr(sys, "argv", ["ragline", "stats", "--json"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 130
    assert json.loads(capsys.readouterr().out)["error"]["type"] == "Interrupted"


def test_with_json_the_exit_code_of_a_report_stays(place: Path) -> None:
    (place / "torn").mkdir(exist_ok=True)
    (place / "torn" / "broken.md").write_bytes(bytes(range(256)))
    result = ragline("ingest", "torn", "--json", cwd=place)
    assert result.returncode == 3
    assert json.loads(result.stdout)["counts"]["failed"] == 1


def test_a_dry_run_claims_nothing_about_files_it_has_not_read(place: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fresh"
    folder.mkdir()
    (folder / "good.md").write_text("# Good\n\nThe owl.\n")
    (folder / "broken.md").write_bytes(bytes(range(256)))
    result = ragline("sync", folder, "--dry-run", cwd=place)
    assert result.returncode == 0, result.stderr
    assert f"added {folder}/broken.md: to be read" in result.stdout
    report = json.loads(ragline("sync", folder, "--dry-run", "--json", cwd=place).stdout)
    assert {row["reason"] for row in report["rows"] if row["status"] == "added"} == {"to be read; what comes of it shows then"}
    assert "broken.md" not in ragline("runs", "--json", cwd=place).stdout


def test_rebuild_stats_health_delete(place: Path) -> None:
    told = ragline("rebuild", cwd=place).stdout
    assert "recall@10 1.000" in told
    assert "own vectors, 10% allowed: 1 (at least 0.95)" in told
    refused = ragline("rebuild", "--p95-ms", "0.00001", "--json", cwd=place)
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"]["type"] == "RebuildRefusedError"
    assert ragline("health", cwd=place).returncode == 3
    assert "generation 2" in ragline("rebuild", "--kind", "flat", cwd=place).stdout
    back = ragline("rollback", cwd=place).stdout
    assert "generation 1 is in use: flat in the place of flat; it does not hold 0 chunks (before: 0)" in back
    stats = json.loads(ragline("stats", "--json", cwd=place).stdout)
    assert stats["documents"] == 2
    assert stats["generation"] == 1
    assert json.loads(ragline("health", "--json", cwd=place).stdout)["ok"] is True
    assert "removed" in ragline("delete", "docs/pump.md", cwd=place).stdout
    assert json.loads(ragline("stats", "--json", cwd=place).stdout)["documents"] == 1


def test_duplicates_and_collapse(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for number in range(3):
        (tmp_path / "docs" / f"{number}.md").write_text("# Kettle\n\nThe kettle boils at noon, as it did every day.\n")
    (tmp_path / "docs" / "other.md").write_text("# Lid\n\nThe lid stays shut.\n")
    assert ragline("ingest", "docs", "--embedder", "light", cwd=tmp_path).returncode == 0
    result = ragline("duplicates", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "4 documents, 2 of them near-duplicates of another (50.0%), in 1 clusters" in result.stdout
    assert "docs/0.md and 2 more" in result.stdout
    report = json.loads(ragline("duplicates", "--unit", "chunk", "--threshold", 0.9, "--json", cwd=tmp_path).stdout)
    assert (report["unit"], report["threshold"], report["share"], report["redundant"]) == ("chunk", 0.9, 0.5, 2)
    assert [member["doc_id"] for member in report["clusters"][0]["members"]] == ["docs/1.md", "docs/2.md"]
    assert ragline("duplicates", "--unit", "page", cwd=tmp_path).returncode == 2
    shown = ragline("search", "kettle", "--collapse", "--explain", cwd=tmp_path).stdout
    assert shown.count("The kettle boils") == 1
    assert "also in docs/" in shown
    assert "collapse: 2 of 4 candidates" in shown
    hits = json.loads(ragline("search", "kettle", "--json", cwd=tmp_path).stdout)["hits"]
    assert [hit["duplicates"] for hit in hits] == [[]] * 4
