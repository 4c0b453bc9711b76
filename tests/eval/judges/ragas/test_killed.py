"""A judge that is killed at once (SIGKILL) goes on where it was: what is on the disk is not paid for again."""

import os
import runpy
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from eval.judges.ragas.scorer import RagasScorer
from eval.judges.ragas.store import JUDGEMENTS

CHILD = Path(__file__).with_name("judging_child.py")
CALLS = 70
"""Of 5 questions with one passage: 2 + 1 + 1 + 1 + 4 + 5 for each of them."""

QUESTIONS, CONCURRENCY = 5, 4
PATIENCE_S = 60.0


def start(stub: Any, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(CHILD), stub.api_base, str(folder)]
    environment = os.environ | {"OPENAI_API_KEY": "sk-stub"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def finish(scorer: RagasScorer) -> list[dict[str, float | None]]:
    """The values of the answers that the child judges."""
    questions = [runpy.run_path(str(CHILD))["question"](number) for number in range(QUESTIONS)]
    return [{name: score.value for name, score in row.items()} for row in scorer.score(questions)]


def wait_for(what: Any) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def kill(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()


@pytest.mark.slow
def test_no_judgement_is_paid_twice_after_a_kill(stub: Any, make_scorer: Any, tmp_path: Path) -> None:
    whole = finish(make_scorer(stub.api_base, folder=tmp_path / "whole"))
    assert stub.counts()["replies"] == CALLS

    stub.forget()
    stub.hold_after(CALLS + 30)
    child = start(stub, tmp_path / "killed")
    wait_for(lambda: stub.counts()["held"] >= CONCURRENCY)  # every reply that was sent has come, and the next ones are awaited
    wait_for(lambda: replies_in(tmp_path / "killed") == 30)
    kill(child)
    stub.hold_after(10**9)

    resumed = make_scorer(stub.api_base, folder=tmp_path / "killed")
    assert finish(resumed) == whole
    assert resumed.spent.calls == CALLS - 30
    assert stub.counts()["replies"] == 2 * CALLS
    assert stub.counts()["twice"] == 0

    again = make_scorer(stub.api_base, folder=tmp_path / "killed")
    assert finish(again) == whole
    assert again.spent.calls == again.spent.from_store == 0


@pytest.mark.slow
def test_kills_at_any_moment_cost_at_most_the_calls_that_were_under_way(stub: Any, make_scorer: Any, tmp_path: Path) -> None:
    kills = (20, 50)  # after so many replies, with others on their way
    for replies in kills:
        child = start(stub, tmp_path)
        wait_for(lambda least=replies: stub.counts().get("replies", 0) >= least or child.poll() is not None)  # noqa: B023
        kill(child)
    values = finish(make_scorer(stub.api_base, folder=tmp_path))
    assert all(len(row) == 7 and None not in row.values() for row in values)
    assert CALLS <= stub.counts()["replies"] <= CALLS + len(kills) * CONCURRENCY
    before = stub.counts()["replies"]
    assert finish(make_scorer(stub.api_base, folder=tmp_path)) == values
    assert stub.counts()["replies"] == before


def replies_in(folder: Path) -> int:
    """Whole lines with a model's reply."""
    path = folder / JUDGEMENTS
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return sum("prompt_tokens" in line for line in lines)
