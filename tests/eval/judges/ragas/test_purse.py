"""A judge's budget holds however many calls are under way, and its accounts add up."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from eval.judges.ragas.pace import Pace
from eval.judges.ragas.purse import GIVE_UP, CallWatch, JudgeBudget, Purse
from ragline.errors import BackendUnavailableError, BudgetExceededError, InputError, RateLimitedError
from retrieval.answers.completion import Completion, ModelEndpoint

ENDPOINT = ModelEndpoint("m")


def completion(usd: float | None) -> Completion:
    return Completion("x", 100, 10, usd, cut=False)


def test_money_is_never_overrun_by_calls_side_by_side_and_is_used_up() -> None:
    purse = Purse(JudgeBudget(usd=1.0))
    under_way, most = 0, 0.0
    lock = threading.Lock()

    def call(number: int) -> bool:
        nonlocal under_way, most
        try:
            purse.reserve(0.30)  # it may cost so much, and costs 0.05
        except BudgetExceededError:
            return False
        with lock:
            under_way += 1
            most = max(most, under_way * 0.30 + (purse.spent.cost_usd or 0.0))
        time.sleep(0.001 * (number % 3))
        with lock:
            under_way -= 1
        purse.paid(completion(0.05), 0.30, repair=False)
        return True

    with ThreadPoolExecutor(8) as pool:
        made = sum(pool.map(call, range(100)))
    assert purse.spent.cost_usd == pytest.approx(0.05 * made)
    assert 0.70 <= 0.05 * made <= 1.0  # up to where another call might have gone over
    assert most <= 1.3  # of which 0.3 are what was paid between the two looks
    with pytest.raises(BudgetExceededError, match=r"budget: a call may cost 0.3000 \$.*judge_budget_usd"):
        purse.reserve(0.30)


def test_calls_are_never_more_than_they_may_be() -> None:
    purse = Purse(JudgeBudget(calls=3))
    for _ in range(3):
        purse.reserve(0.0)
    with pytest.raises(BudgetExceededError, match="budget: 3 calls of 3 are made"):
        purse.reserve(0.0)
    assert purse.spent.calls == 3


def test_what_a_lost_call_may_have_cost_is_held_back() -> None:
    purse = Purse(JudgeBudget(usd=1.0))
    purse.reserve(0.6)
    purse.failed(BackendUnavailableError("timeout"), 0.6, again=False)
    assert purse.spent.uncertain_usd == 0.6
    with pytest.raises(BudgetExceededError):
        purse.reserve(0.6)


def test_a_refused_or_limited_call_costs_nothing() -> None:
    purse = Purse(JudgeBudget(usd=1.0))
    for error in (RateLimitedError("slow down"), InputError("too long")):
        purse.reserve(0.9)
        purse.failed(error, 0.9, again=False)
    purse.reserve(0.9)
    assert purse.spent.uncertain_usd == 0.0


def test_it_stops_when_the_provider_is_down_and_says_so() -> None:
    purse = Purse(JudgeBudget())
    purse.reserve(0.0)
    purse.paid(completion(None), 0.0, repair=False)
    for _ in range(GIVE_UP):
        purse.reserve(0.0)
        purse.failed(BackendUnavailableError("down."), 0.0, again=False)
    with pytest.raises(BackendUnavailableError, match=r"stopped: 10 calls failed.*down\. Run again"):
        purse.reserve(0.0)
    assert purse.refusal is None


def test_a_key_that_is_refused_every_time_ends_the_run_and_one_refused_row_does_not() -> None:
    purse = Purse(JudgeBudget())
    for _ in range(3):
        purse.reserve(0.0)
        purse.failed(InputError("wrong key"), 0.0, again=False)
    with pytest.raises(InputError, match="wrong key"):
        purse.reserve(0.0)
    assert purse.refusal is not None
    known = Purse(JudgeBudget())
    known.vouch()
    for _ in range(5):
        known.reserve(0.0)
        known.failed(InputError("too long"), 0.0, again=False)
    known.reserve(0.0)
    assert known.refusal is None


def test_who_waits_for_money_hears_of_the_stop() -> None:
    purse = Purse(JudgeBudget(usd=1.0))
    purse.reserve(0.9)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(purse.reserve, 0.9)
        purse.stop(BackendUnavailableError("stopped: broken off."))
        with pytest.raises(BackendUnavailableError, match="broken off"):
            waiting.result(timeout=10)


def test_attempts_of_a_call_are_settled_once_each() -> None:
    slept: list[float] = []
    purse, pace = Purse(JudgeBudget()), Pace(0, 1, sleep=slept.append)
    watch = CallWatch(purse, pace, 0.1, repair=True)
    watch.begin(ENDPOINT)
    assert watch.failed(ENDPOINT, BackendUnavailableError("timeout"))
    watch.wait(0.5)
    watch.begin(ENDPOINT)
    watch.replied(completion(0.05))
    watch.end()
    spent = purse.spent
    assert (spent.calls, spent.replies, spent.retried, spent.given_up, spent.repairs) == (2, 1, 1, 0, 1)
    assert slept == [pytest.approx(0.5, rel=0.25)]
    broken = CallWatch(purse, pace, 0.1, repair=False)
    broken.begin(ENDPOINT)
    broken.end()  # as after an exception that is none of a provider's
    assert purse.spent.given_up == 1
    assert purse.spent.calls == purse.spent.replies + purse.spent.retried + purse.spent.given_up
