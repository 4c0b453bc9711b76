"""Pairs by a model over the real protocol."""

import json
from collections.abc import Callable
from typing import Any

from eval.judges.llm.asking import JudgeModel
from eval.judges.llm.pair_judge import LlmPairJudge
from eval.judges.pairwise.base import Pair
from eval.judges.pairwise.comparing import compare
from tests.eval.judges.llm.stub_model import stub_model

MakeModel = Callable[..., JudgeModel]

PASSAGES = ("The depot is in Hamburg.", "Tea is served at four.")


def test_pairs_are_judged_in_both_orders_by_the_model(make_model: MakeModel) -> None:
    def better(parts: dict[str, str], request: dict[str, Any]) -> str:
        sees = "tea" not in parts["QUESTION"]
        return json.dumps({"better": "second" if sees and "Hamburg" not in parts["FIRST ANSWER"] else "first"})

    pairs = [Pair(question, question, PASSAGES, "In Hamburg.", "In Bremen.") for question in ("Where?", "And tea?")]
    with stub_model(better) as server:
        report = compare(LlmPairJudge(make_model(server)), pairs, concurrency=2)
    assert [row.winner for row in report.rows] == ["one", "tie"]
    assert (report.inconsistent, report.position_bias) == (1, 0.25)
    assert len(server.requests) == 4
    assert report.fingerprint["judge.prompt"] == "judge-pair-v1"


def test_a_preference_that_cannot_be_read_is_failed(make_model: MakeModel) -> None:
    thoughts = iter(("Answer A is better.", "A.", "The first one."))
    with stub_model(lambda parts, request: next(thoughts)) as server:
        found = LlmPairJudge(make_model(server)).prefer("Q?", PASSAGES, "a", "b")
    assert found.choice is None
    assert found.reason.startswith("the judge's reply is no use")
    assert len(server.requests) == 3
