"""A judge is checked before it scores an evaluation, and paid for its check once."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

import ragline
from api.judging import JUDGES, Judging, judged_by, judging
from eval.judges.base import Judge
from eval.judges.check.judge_check import trial_count
from eval.judges.progress import Checking, Told
from eval.result import EvalResult
from ragline.errors import InputError
from ragline.settings import Settings
from tests.eval.judges.check.known_judges import KnownJudge, truth


@pytest.fixture(autouse=True)
def _cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGLINE_CACHE_DIR", str(tmp_path))


def judging_by(judge: Judge, monkeypatch: pytest.MonkeyPatch, extent: str = "full", told: Told | None = None) -> Judging:
    """What an evaluation is given where ``judge`` is the one that it names."""
    monkeypatch.setattr("api.judging.JUDGES", {"known": lambda _: judged_by(judge)})
    collection = SimpleNamespace(embedder=None, settings=Settings(judge_check=extent))
    return judging(collection, "known", told=told)  # type: ignore[arg-type]


def test_a_judge_scores_faithfulness_and_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = KnownJudge(truth)
    found = judging_by(judge, monkeypatch)
    assert found.check is not None
    assert found.check.passed
    assert found.scorers[-1].metrics == ("faithfulness",)
    again = KnownJudge(truth)
    assert judging_by(again, monkeypatch).check == found.check
    assert (judge.asked, again.asked) == (trial_count(), 0)


def test_the_check_can_be_brief_or_left_out_and_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    judge, told = KnownJudge(truth), list[object]()
    brief = judging_by(judge, monkeypatch, "brief", told.append)
    assert brief.check is not None
    assert (judge.asked, brief.check.biases) == (160, {})
    assert told[-1] == Checking(160, 160)
    assert judging_by(judge, monkeypatch, "off").check is None
    assert judge.asked == 160


def check_of_the_default(result: EvalResult) -> None:
    """The judge that asks no model is the default: faithfulness with claims, its check, and how it agrees with people."""
    score = next(row for row in result.rows if row.id == "a").scores["faithfulness"]
    assert score.value is not None
    assert score.value > 0.5
    assert score.claims[0].support is not None
    assert result.judge is not None
    assert result.judge.judge == "offline"
    assert result.judge.passed
    assert result.configuration["judge"] == "offline"
    assert result.configuration["judge.embedder"] == "light"
    assert [each.data_set.split()[0] for each in result.agreement] == ["QAGS", "HaluEval"]


def test_an_evaluation_measures_citations_completeness_and_use_without_any_judge(tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    rows = [
        {"id": "a", "query": "How long is the warranty of the HX-200?", "answer": "24 months", "relevant": [{"doc_id": "hx"}]},
        {"id": "b", "query": "Who painted the Night Watch?", "answerable": False},
    ]
    golden.write_text("\n".join(map(json.dumps, rows)))
    documents = [
        ragline.Document("hx", "# HX-200\n\nThe warranty of the HX-200 lasts 24 months."),
        ragline.Document("canteen", "# Canteen\n\nThe canteen serves fish on Fridays."),
    ]
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest(documents)
        result, judged = kb.evaluate(golden, judge="none"), kb.evaluate(golden)
    check_of_the_default(judged)
    row = next(row for row in result.rows if row.id == "a")
    assert {name: score.value for name, score in row.scores.items() if name != "context_utilisation"} == dict.fromkeys(
        (
            "citation_accuracy",
            "citation_coverage",
            "cited_precision",
            "cited_recall",
            "completeness",
            "claims_from_context",
        ),
        1.0,
    )
    assert (result.answers["completeness"].scored, result.answers["completeness"].total) == (1, 1)
    assert result.abstention is not None
    assert result.abstention.precision == result.abstention.recall == 1.0
    assert "grounding with" in str(result.configuration["scorer.citations"])


def test_an_unknown_judge_is_refused() -> None:
    with pytest.raises(InputError, match="No judge is called 'nobody'"):
        judging(None, "nobody")  # type: ignore[arg-type]
    assert "none" in JUDGES


def test_a_judge_that_is_named_needs_answers(tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    golden.write_text('{"id": "1", "query": "inlet", "answerable": false}\n')
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        with pytest.raises(InputError, match="needs answers to judge"):
            kb.evaluate(golden, judge="ragas", answers=False)
        assert kb.evaluate(golden, answers=False).judge is None
