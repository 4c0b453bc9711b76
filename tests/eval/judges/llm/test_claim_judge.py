"""Faithfulness by a model over the real protocol: one claim a call, repairs, failures with reasons, nothing paid twice."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.judges.check.judge_check import check_judge
from eval.judges.check.known_answers import known_answers
from eval.judges.llm.asking import JudgeModel
from eval.judges.llm.claim_judge import ClaimJudge
from indexes.embedders.model_cache import ModelCache
from ragline.errors import InputError
from tests.eval.judges.llm.stub_model import Trouble, stub_model, to_the_letter

MakeModel = Callable[..., JudgeModel]

PASSAGES = ["The warranty lasts 24 months. It covers parts and labour.", "The depot is in Hamburg."]
DEPOT = "The depot is in Hamburg."


def test_the_score_is_the_share_of_claims_that_are_supported(make_model: MakeModel) -> None:
    answer = "The warranty lasts 24 months [1]. It covers batteries [1]. The depot is in Hamburg [2]."
    with stub_model(to_the_letter) as server:
        found = ClaimJudge(make_model(server), concurrency=4).judge(answer, PASSAGES, question="How long?")
    assert (found.status, found.value) == ("scored", pytest.approx(2 / 3))
    assert [claim.supported for claim in found.claims] == [True, False, True]
    assert found.claims[1].text == "It covers batteries."
    assert answer[found.claims[1].start : found.claims[1].end].startswith("It covers batteries")
    assert len(server.requests) == 3
    assert all(request["temperature"] == 0.0 for request in server.requests)


def test_a_refusal_has_no_value_and_says_nothing_among_claims(make_model: MakeModel) -> None:
    with stub_model(to_the_letter) as server:
        judge = ClaimJudge(make_model(server))
        refusal = judge.judge("I do not know how long it lasts.", PASSAGES)
        mixed = judge.judge(f"I do not know who made it. {DEPOT}", PASSAGES)
    assert (refusal.status, refusal.value) == ("refusal", None)
    assert (mixed.status, mixed.value) == ("scored", 1.0)
    assert [claim.supported for claim in mixed.claims] == [None, True]


def test_without_context_or_sentence_nothing_is_asked(make_model: MakeModel) -> None:
    with stub_model(to_the_letter) as server:
        judge = ClaimJudge(make_model(server))
        assert judge.judge("It is so.", [" "]).status == "no_context"
        assert judge.judge("…", PASSAGES).status == "not_applicable"
        assert server.requests == []


def test_a_reply_that_cannot_be_read_is_asked_for_twice_more_and_then_failed(make_model: MakeModel) -> None:
    thoughts = iter(("Yes.", "Yes, I think so.", "Surely yes."))

    def chatty(parts: dict[str, str], request: dict[str, Any]) -> str:
        return next(thoughts) if "months" in parts["CLAIM"] else to_the_letter(parts, request)

    with stub_model(chatty) as server:
        found = ClaimJudge(make_model(server)).judge(f"It lasts 24 months. {DEPOT}", PASSAGES)
    assert (found.status, found.value) == ("failed", None)
    assert found.reason.startswith("1 of 2 claims: the judge's reply is no use: it holds no JSON object, after 2 repairs")
    assert [claim.supported for claim in found.claims] == [None, True]
    assert len(server.requests) == 3 + 1


def test_a_repair_is_told_what_is_wrong_and_its_reply_counts(make_model: MakeModel) -> None:
    def first_badly(parts: dict[str, str], request: dict[str, Any]) -> str:
        return to_the_letter(parts, request) if len(request["messages"]) > 2 else "supported: yes"

    with stub_model(first_badly) as server:
        found = ClaimJudge(make_model(server)).judge(DEPOT, PASSAGES)
    assert found.value == 1.0
    assert "cannot be used" in server.requests[1]["messages"][-1]["content"]


def test_a_reply_that_was_cut_off_is_never_a_verdict(make_model: MakeModel) -> None:
    with stub_model(lambda parts, request: Trouble(text='{"supported": "yes"', finish_reason="length")) as server:
        found = ClaimJudge(make_model(server)).judge(DEPOT, PASSAGES)
    assert found.status == "failed"
    assert "cut off" in found.reason


def test_too_many_requests_are_waited_for(make_model: MakeModel) -> None:
    seen: Counter[str] = Counter()

    def busy(parts: dict[str, str], request: dict[str, Any]) -> str | Trouble:
        seen[parts["CLAIM"]] += 1
        return Trouble(429, {"Retry-After": "0.1"}) if seen[parts["CLAIM"]] == 1 else to_the_letter(parts, request)

    with stub_model(busy) as server:
        model = make_model(server)
        found = ClaimJudge(model, concurrency=2).judge(f"{DEPOT} It covers parts and labour.", PASSAGES)
    assert found.value == 1.0
    assert (model.spent.calls, model.spent.replies, model.spent.rate_limited) == (4, 2, 2)


def test_a_wrong_key_is_an_error_and_no_verdict(make_model: MakeModel) -> None:
    with stub_model(lambda parts, request: Trouble(401)) as server, pytest.raises(InputError, match="refused the key"):
        ClaimJudge(make_model(server)).judge(DEPOT, PASSAGES)


def test_the_budget_holds_and_what_it_leaves_out_is_failed(make_model: MakeModel) -> None:
    with stub_model(to_the_letter) as server:
        asked = [(f"The depot is in Hamburg, hall {number}.", PASSAGES, "") for number in range(10)]
        found = ClaimJudge(make_model(server, calls=4), concurrency=2).judge_all(asked)
        assert len(server.requests) == 4
    assert Counter(score.status for score in found) == {"scored": 4, "failed": 6}
    assert "budget" in next(score.reason for score in found if score.status == "failed")


def test_what_is_kept_is_not_asked_again(make_model: MakeModel, tmp_path: Path) -> None:
    answers = [(f"The depot is in Hamburg, hall {number}.", PASSAGES, "") for number in range(6)]
    with stub_model(to_the_letter) as server:
        first = ClaimJudge(make_model(server, folder=tmp_path, calls=3), concurrency=2).judge_all(answers)
        second = ClaimJudge(make_model(server, folder=tmp_path), concurrency=2).judge_all(answers)
        assert len(server.requests) == 6
    assert sum(score.status == "scored" for score in first) == 3
    assert {score.status for score in second} == {"scored"}


def all_knowing(parts: dict[str, str], request: dict[str, Any]) -> str:
    """Knows the verdict on every answer of the built-in set; a padded one is what it was without."""
    kinds = {" ".join(known.answer.split()): known.kind for known in known_answers()}
    answer = " ".join(parts["ANSWER"].split())
    kind = next(kind for text, kind in kinds.items() if answer.startswith(text))
    return json.dumps({"supported": {"supported": "yes", "refusal": "none"}.get(kind, "no")})


@pytest.mark.slow
def test_a_model_that_knows_passes_the_check_and_is_paid_for_it_once(make_model: MakeModel, tmp_path: Path) -> None:
    cache = ModelCache(tmp_path)
    with stub_model(all_knowing) as server:
        check = check_judge(ClaimJudge(make_model(server), concurrency=8), cache=cache)
        asked = len(server.requests)
        assert asked >= 320
        assert check_judge(ClaimJudge(make_model(server), concurrency=8), cache=cache) == check
        assert len(server.requests) == asked
        other = check_judge(ClaimJudge(make_model(server, name="openai/other"), concurrency=8), cache=cache, biases=False)
        assert len(server.requests) > asked
    assert check.passed
    assert {kind: found.right for kind, found in check.kinds.items()} == dict.fromkeys(check.kinds, 40)
    assert check.biases == {"position": 0.0, "length": 0.0}
    assert (check.fingerprint["judge.model"], other.fingerprint["judge.model"]) == ("openai/stub", "openai/other")


def test_without_a_model_it_says_how_to_name_one(make_model: MakeModel) -> None:
    with stub_model(to_the_letter) as server, pytest.raises(InputError, match="--judge-model"):
        make_model(server, name="")
