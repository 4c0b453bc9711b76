"""A run that may not, or cannot, ask any further ends cleanly: the rest are rows with a reason, and the next run goes on."""

import errno
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.judges.base import AnsweredQuestion, Score
from eval.judges.progress import Estimate, Progress
from eval.judges.ragas.purse import GIVE_UP, JudgeBudget
from ragline.errors import InputError, StorageError

MakeQuestion = Callable[..., AnsweredQuestion]

pytestmark = pytest.mark.filterwarnings(
    r"ignore:Item '\w+' on TypedDict class '\w+' is using the `ReadOnly` qualifier:UserWarning"
)

ROWS = 6


@pytest.fixture
def questions(make_question: MakeQuestion) -> list[AnsweredQuestion]:
    return [
        make_question(f"row {row}", f"Row {row} is red. It is round.", (f"Row {row} is red. It rains.",), f"Row {row} is red.")
        for row in range(ROWS)
    ]


def failed(scores: Sequence[dict[str, Score]]) -> list[Score]:
    return [score for row in scores for score in row.values() if score.status == "failed"]


def test_a_budget_of_calls_ends_a_run_and_the_next_one_goes_on(
    stub: Any, make_scorer: Any, questions: list[AnsweredQuestion], tmp_path: Path
) -> None:
    told: list[Estimate | Progress] = []
    poor = make_scorer(stub.api_base, folder=tmp_path, budget=JudgeBudget(calls=20), concurrency=3, told=told.append)
    scores = poor.score(questions)
    assert stub.counts()["requests"] == poor.spent.calls == 20
    assert failed(scores)
    assert all(score.reason.startswith("budget: 20 calls of 20 are made") for score in failed(scores))
    assert all(row["semantic_similarity"].status == "scored" for row in scores)  # which asks nobody
    assert told[-1].done == told[-1].total == 7 * ROWS  # type: ignore[union-attr]

    rich = make_scorer(stub.api_base, folder=tmp_path)
    whole = rich.score(questions)
    assert not failed(whole)
    assert rich.spent.calls == 14 * ROWS - 20
    assert stub.counts()["twice"] == 0


def test_a_budget_of_money_is_kept_and_told_by_the_price_list(
    stub: Any, make_scorer: Any, questions: list[AnsweredQuestion], tmp_path: Path
) -> None:
    told: list[Estimate | Progress] = []
    options = {"model": "openai/gpt-4o-mini", "max_tokens": 256, "concurrency": 3, "folder": tmp_path}
    scorer = make_scorer(stub.api_base, budget=JudgeBudget(usd=0.004), told=told.append, **options)
    scores = scorer.score(questions)
    counts = stub.counts()
    paid = counts["prompt_tokens"] * 0.15e-6 + counts["completion_tokens"] * 0.6e-6
    assert scorer.spent.cost_usd == pytest.approx(paid)
    assert 0.003 < paid <= 0.004
    assert all("budget: a call may cost 0.00" in score.reason for score in failed(scores))
    assert failed(scores)
    estimate = told[0]
    assert isinstance(estimate, Estimate)
    rest = make_scorer(stub.api_base, **options)
    assert not failed(rest.score(questions))
    assert estimate.cost_usd == pytest.approx(paid + (rest.spent.cost_usd or 0.0), rel=0.35)


def test_a_budget_of_money_needs_a_price(stub: Any, make_scorer: Any) -> None:
    with pytest.raises(InputError, match=r"price of model 'openai/stub-judge' is not known.*judge_budget_calls"):
        make_scorer(stub.api_base, budget=JudgeBudget(usd=1.0))


@pytest.mark.parametrize(
    "options", [{"model": ""}, {"metrics": ("faith",)}, {"metrics": ()}, {"metrics": ("faithfulness",) * 2}]
)
def test_what_cannot_be_judged_is_said_before_the_start(stub: Any, make_scorer: Any, options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        make_scorer(stub.api_base, **options)


def test_a_model_that_refuses_everything_ends_the_run_at_once(stub: Any, make_scorer: Any, make_question: MakeQuestion) -> None:
    questions = [make_question(f"REFUSED {row}", "It is red.", ("It is red.",)) for row in range(50)]
    scorer = make_scorer(stub.api_base, metrics=("faithfulness",), concurrency=2)
    with pytest.raises(InputError, match=r"refused the request: .*the stub refuses"):
        scorer.score(questions)
    assert stub.counts()["requests"] <= 4


def test_a_model_that_is_down_ends_the_run_with_reasons(make_scorer: Any, make_question: MakeQuestion) -> None:
    questions = [make_question(f"row {row}", "It is red.", ("It is red.",)) for row in range(50)]
    scorer = make_scorer("http://127.0.0.1:9/v1", metrics=("faithfulness",), retries=0, concurrency=2)
    scores = scorer.score(questions)
    assert len(failed(scores)) == 50
    assert scorer.spent.given_up == scorer.spent.calls <= GIVE_UP + 1
    assert all("Check that the server is up" in score.reason for score in failed(scores))
    assert "Run again when it is up" in failed(scores)[-1].reason


def test_a_disk_that_is_full_ends_the_run(
    stub: Any, make_scorer: Any, questions: list[AnsweredQuestion], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("eval.judges.ragas.store._write", full)
    with pytest.raises(StorageError, match=r"No space left on device.*Make room, and run again"):
        make_scorer(stub.api_base, folder=tmp_path, concurrency=2).score(questions)
    assert stub.counts()["requests"] <= 4
