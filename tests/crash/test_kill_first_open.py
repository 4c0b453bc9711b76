"""Crash safety of creation: a first open that is killed at any moment is simply done again by the next one."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

import ragline
from ragline.errors import CollectionNotFoundError
from ragline.types import Document

RunKilled = Callable[..., list[str]]
STEPS = 60
ACTIONS = ["open_new", "open_exact"]
KILLS = 40


def check_can_be_used(folder: Path) -> None:
    with ragline.open(folder, embedder="light") as kb:
        assert kb.health()["warnings"] == []
        kb.ingest([Document("a", "some words")])
        assert [hit.doc_id for hit in kb.search("words")] == ["a"]


def was_made(folder: Path) -> bool:
    try:
        ragline.open(folder, create=False).close()
    except CollectionNotFoundError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("action", ACTIONS)
def test_a_kill_at_any_step_of_the_first_open(tmp_path: Path, run_killed: RunKilled, action: str) -> None:
    outcomes = run_killed(action, tmp_path / "kb{}", range(1, STEPS))
    assert "done" in outcomes
    made = [was_made(tmp_path / f"kb{number}") for number in range(len(outcomes))]
    assert made == sorted(made), "a later kill left less than an earlier one"
    for number in range(len(outcomes)):
        check_can_be_used(tmp_path / f"kb{number}")


@pytest.mark.slow
@pytest.mark.parametrize("action", ACTIONS)
def test_a_first_open_that_is_killed_at_every_attempt_gets_there(tmp_path: Path, run_killed: RunKilled, action: str) -> None:
    outcomes = run_killed(action, tmp_path / "kb", range(1, STEPS))
    assert "done" in outcomes
    check_can_be_used(tmp_path / "kb")


@pytest.mark.slow
def test_kills_at_random_moments_of_the_first_open(tmp_path: Path, run_killed: RunKilled) -> None:
    rng = random.Random(20261125)
    outcomes = run_killed("open_new", tmp_path / "kb{}", [rng.uniform(0.0, 0.06) for _ in range(KILLS)])
    assert outcomes.count("killed") > KILLS // 3, "too few kills hit a first open to prove anything"
    for number in range(KILLS):
        check_can_be_used(tmp_path / f"kb{number}")
