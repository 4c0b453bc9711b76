"""The judge that asks a model, in an evaluation: checked, estimated, counted, resumed; from Python and from a shell."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ragline
from eval.judges.base import AnsweredQuestion, Passage
from eval.judges.llm.asking import JudgeModel
from eval.judges.llm.scorer import LlmScorer
from eval.judges.progress import Estimate, Progress
from eval.spending import Accounted, of_scorer
from tests.eval.judges.llm.stub_model import Trouble, stub_model, to_the_letter
from tests.eval.judges.llm.test_claim_judge import all_knowing

MakeModel = Callable[..., JudgeModel]


def asked(name: str, answer: str, *, abstained: bool = False) -> AnsweredQuestion:
    passage = Passage("d", "c", 0, "The depot is in Hamburg. Tea is served at four.")
    return AnsweredQuestion(name, "Q?", answer, (passage,), abstained=abstained)


QUESTIONS = [
    asked("a", "The depot is in Hamburg. Tea is served at five."),
    asked("b", "Tea is served at four."),
    asked("c", "I don't know.", abstained=True),
]


def test_an_estimate_is_told_then_every_claim_and_the_calls_add_up(make_model: MakeModel, tmp_path: Path) -> None:
    told: list[Any] = []
    with stub_model(to_the_letter) as server:
        scorer = LlmScorer(make_model(server)).for_run(folder=tmp_path, told=told.append)
        scores = [row["faithfulness"] for row in scorer.score(QUESTIONS)]
        again: list[Any] = []
        later = LlmScorer(make_model(server)).for_run(folder=tmp_path, told=again.append)
        assert [row["faithfulness"] for row in later.score(QUESTIONS)] == scores
        assert len(server.requests) == 3
    assert [(score.status, score.value) for score in scores] == [("scored", 0.5), ("scored", 1.0), ("refusal", None)]
    first, *rest = told
    assert isinstance(first, Estimate)
    assert (first.judgements, first.kept, first.calls, first.cost_usd) == (3, 0, 3, None)
    assert [(state.done, state.total) for state in rest] == [(1, 3), (2, 3), (3, 3)]
    assert isinstance(rest[-1], Progress)
    assert (rest[-1].scored, rest[-1].failed, rest[-1].spent.replies) == (3, 0, 3)
    assert (again[0].judgements, again[0].kept, again[0].calls, again[0].cost_usd) == (3, 3, 0, 0.0)
    assert isinstance(scorer, Accounted)
    spent, saved = of_scorer(scorer), of_scorer(later)
    assert (spent.calls, spent.prompt_tokens, spent.unpriced) == (3, 300, 3)
    assert (saved.calls, saved.reused) == (0, 3)


def test_the_time_that_is_told_beforehand_knows_of_the_requests_a_minute(make_model: MakeModel) -> None:
    told: list[Any] = []
    with stub_model(to_the_letter) as server:
        model = JudgeModel.within(make_model(server).endpoint, per_minute=120.0, concurrency=4)
        LlmScorer(model, told=told.append).score(QUESTIONS)
    assert told[0].seconds == pytest.approx(1.5), "three calls at two a second"


def test_the_fingerprint_names_the_judge_its_model_and_its_prompt(make_model: MakeModel) -> None:
    with stub_model(to_the_letter) as server:
        found = LlmScorer(make_model(server)).fingerprint
    assert (found["judge"], found["judge.model"], found["judge.prompt"]) == ("llm", "openai/stub", "judge-claim-v1")


def knowing(parts: dict[str, str], request: dict[str, Any]) -> str | Trouble:
    """Right on known answers; on others by the letter."""
    try:
        return all_knowing(parts, request)
    except StopIteration:
        return to_the_letter(parts, request)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a collection and a golden set."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stub")
    monkeypatch.setenv("RAGLINE_CACHE_DIR", str(tmp_path / "cache"))
    rows = [{"id": "a", "query": "Where is the depot?", "answer": "Hamburg", "relevant": [{"doc_id": "depot"}]}]
    (tmp_path / "golden.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([ragline.Document("depot", "The depot is in Hamburg."), ragline.Document("tea", "Tea is served at four.")])
    return tmp_path


@pytest.mark.slow
def test_an_evaluation_with_the_judge_has_its_check_and_its_scores(place: Path, make_model: MakeModel) -> None:
    with stub_model(knowing) as server:
        settings = {"judge_model": "openai/stub", "judge_api_base": server.api_base, "judge_concurrency": 8}
        with ragline.open(place / "kb", **settings) as kb:
            result = kb.evaluate(place / "golden.jsonl", judge="llm", reports=place / "report")
            asked = len(server.requests)
            again = kb.evaluate(place / "golden.jsonl", judge="llm", reports=place / "report")
            assert len(server.requests) == asked
    assert result.judge is not None
    assert result.judge.passed
    assert result.judge == again.judge
    assert result.judge.fingerprint["judge.model"] == "openai/stub"
    assert result.answers["faithfulness"].value == 1.0
    assert result.configuration["judge.prompt"] == "judge-claim-v1"
    spent = result.spending["faithfulness"]
    assert (spent.calls, spent.failed) == (asked, 0), "what the judge took is no part of the report's cost"
    assert again.spending["faithfulness"].calls == 0
    assert json.loads((place / "report" / "report.json").read_text())["judge"]["passed"] is True


@pytest.mark.slow
@pytest.mark.parametrize("is_kept", [True, False])
def test_a_comparison_judges_an_answer_of_both_sides_once(place: Path, make_model: MakeModel, is_kept: bool) -> None:
    with stub_model(knowing) as server:
        settings = {"judge_model": "openai/stub", "judge_api_base": server.api_base, "judge_concurrency": 8}
        with ragline.open(place / "kb", **settings) as kb:
            kb.evaluate(place / "golden.jsonl", judge="llm", reports=place / "report")  # with the check of the judge
            asked = len(server.requests)
            kb.evaluate(place / "golden.jsonl", judge="llm", reports=place / "another")
            once = len(server.requests) - asked
            reports = place / "compared" if is_kept else None
            found = kb.compare(place / "golden.jsonl", {}, {"rrf_k": 30}, judge="llm", reports=reports)
            assert len(server.requests) == asked + 2 * once
    assert once > 0
    assert found.metrics["faithfulness"].pairs == 1
    assert found.metrics["faithfulness"].difference == 0.0


@pytest.mark.slow
def test_a_judge_that_says_yes_to_all_is_warned_of_on_the_command_line(place: Path, make_model: MakeModel) -> None:
    with stub_model(lambda parts, request: '{"supported": "yes"}') as server:
        command = [sys.executable, "-c", "from api.cli import main; main()", "eval", "golden.jsonl"]
        command += ["--judge", "llm", "--judge-model", "openai/stub"]
        environment = {**os.environ, "RAGLINE_JUDGE_API_BASE": server.api_base, "RAGLINE_JUDGE_CHECK": "brief"}
        root = str(Path(ragline.__file__).parents[1])
        done = subprocess.run(
            command, cwd=place, env={**environment, "PYTHONPATH": root}, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert "judge llm, on 160 known answers: right on supported 40/40, contradicted 0/40, unrelated 0/40" in done.stdout
    assert "warning: do not rely on the judge llm: its balanced accuracy is 0.500, below 0.668" in done.stderr
