"""``ragline eval --judge ragas`` as a user runs it, and ``kb.evaluate(judge="ragas")``."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ragline
from eval.judges.progress import Estimate, Progress
from ragline.errors import InputError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(r"ignore:Item '\w+' on TypedDict class '\w+' is using the `ReadOnly` qualifier:UserWarning"),
]

DOCUMENTS = {
    "pump": "The pump P-200 weighs 20 kg. It is red.",
    "fan": "The warranty of the fan lasts 36 months. It begins on delivery.",
    "valve": "The valve costs 12 euros. It is made of steel.",
}

QUESTIONS = [
    ("weight", "What does the pump P-200 weigh?", "The pump P-200 weighs 20 kg.", "pump"),
    ("warranty", "How long does the warranty of the fan last?", "The warranty of the fan lasts 36 months.", "fan"),
    ("price", "What does the valve cost?", "The NONSENSE valve costs 12 euros.", "valve"),
    ("chess", "Who won the chess tournament in Reykjavik?", "", ""),
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stub")
    monkeypatch.setenv("RAGLINE_JUDGE_CHECK", "off")  # it is tested in test_checked.py, and takes 640 calls
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([ragline.Document(name, text) for name, text in DOCUMENTS.items()])
    write(tmp_path / "golden.jsonl", QUESTIONS)
    return tmp_path


def write(path: Path, questions: list[tuple[str, str, str, str]]) -> None:
    items = [
        {"id": name, "query": query, "answer": answer, "answerable": bool(answer)}
        | {"relevant": [{"doc_id": doc_id}] if doc_id else []}
        for name, query, answer, doc_id in questions
    ]
    path.write_text("".join(json.dumps(item) + "\n" for item in items))


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from api.cli import main; main()", "eval", "golden.jsonl", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=place, timeout=120)


def test_a_report_with_too_few_scores_is_exit_code_2_unless_it_is_allowed(
    stub: Any, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAGLINE_JUDGE_API_BASE", stub.api_base)
    judged = ("--judge", "ragas", "--judge-model", "openai/stub-judge")
    few = run(place, *judged)
    assert few.returncode == 2, few.stderr
    assert "judging: 21 judgements (7 are known, or do not apply)" in few.stderr
    assert "of unknown price" in few.stderr
    assert "judged: " in few.stderr
    assert "fewer than 95 of 100" in few.stderr
    assert "context_precision" in few.stderr
    assert "answers, judge: ragas 0.4" in few.stdout
    assert "2/3" in few.stdout
    rows = json.loads((place / "ragline-report" / "report.json").read_text())
    assert "no JSON object, after 2 repairs" in json.dumps(rows)
    calls = stub.counts()["requests"]

    allowed = run(place, *judged, "--allow-unscored", "--json")
    assert allowed.returncode == 0, allowed.stderr
    precision = json.loads(allowed.stdout)["answers"]["context_precision"]
    assert (precision["scored"], precision["total"]) == (2, 3)
    assert stub.counts()["requests"] == calls  # all of it was kept


def test_a_budget_of_the_command_line_is_kept(stub: Any, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGLINE_JUDGE_API_BASE", stub.api_base)
    poor = run(place, "--judge", "ragas", "--judge-model", "openai/gpt-4o-mini", "--judge-budget", "0.003")
    assert poor.returncode == 2, poor.stderr
    account = json.loads((place / "ragline-report" / "judging.json").read_text())
    assert 0 < account["spent"]["cost_usd"] <= 0.003 < account["estimate"]["cost_usd"]
    assert "budget: a call may cost" in (place / "ragline-report" / "report.json").read_text()


def test_a_judge_without_a_model_is_refused(place: Path) -> None:
    with ragline.open(place / "kb") as kb, pytest.raises(InputError, match="ragas needs a model that judges"):
        kb.evaluate(place / "golden.jsonl", judge="ragas")


def test_an_evaluation_carries_scores_bounds_and_what_they_depend_on(stub: Any, place: Path) -> None:
    told: list[Estimate | Progress] = []
    options = {"judge_model": "openai/stub-judge", "judge_api_base": stub.api_base, "judge_concurrency": 2}
    options["judge_metrics"] = "faithfulness, context_precision,semantic_similarity"
    with ragline.open(place / "kb", **options) as kb:
        result = kb.evaluate(place / "golden.jsonl", judge="ragas", judge_progress=told.append)
    assert list(result.answers)[-3:] == ["faithfulness", "context_precision", "semantic_similarity"]
    precision = result.answers["context_precision"]
    assert (precision.value, precision.scored, precision.total) == (pytest.approx(1.0), 2, 3)
    assert (precision.worst, precision.best) == (pytest.approx(2 / 3), pytest.approx(1.0))
    assert result.answers["faithfulness"].scored == 3
    assert result.configuration["judge.model"] == "openai/stub-judge"
    assert str(result.configuration["judge"]).startswith("ragas 0.4")
    statuses = {row.id: (row.scores["faithfulness"].status, row.scores["context_precision"].status) for row in result.rows}
    assert statuses["weight"] == statuses["warranty"] == ("scored", "scored")
    assert statuses["price"] == ("scored", "failed")
    assert statuses["chess"] == ("refusal", "not_applicable")
    assert isinstance(told[0], Estimate)
    assert isinstance(told[-1], Progress)
    assert not (place / "kb" / "judgements.jsonl").exists()
