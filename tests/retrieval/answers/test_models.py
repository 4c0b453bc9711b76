"""Several models behind stub servers that speak the real protocol: who is asked when, and what it may cost."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ragline.errors import BackendUnavailableError, BudgetExceededError, InputError
from retrieval.answers import models
from retrieval.answers.completion import Completion, ModelEndpoint
from retrieval.answers.models import Budget, ModelChain, chain_of
from retrieval.prompts.template import Message

pytestmark = [  # of litellm and its client, when they are first used
    pytest.mark.filterwarnings(r"ignore:Item '\w+' on TypedDict class '\w+' is using the `ReadOnly` qualifier:UserWarning"),
    pytest.mark.filterwarnings(r"ignore:Accessing the 'model_\w+' attribute on the instance is deprecated:DeprecationWarning"),
]

MESSAGES = (Message("user", "Hello"),)
PRICED = "openai/gpt-4o-mini"


class Clock:
    """Seconds that pass only when somebody waits, or the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def second(make_stub: Callable[[], Any]) -> Iterator[Any]:
    yield from make_stub()


def chain(stub: Any, second: Any, clock: Clock, *, retries: int = 0, model: str = "openai/first", **options: Any) -> ModelChain:
    first = ModelEndpoint(model, stub.api_base, "sk-stub", retries=retries, timeout_s=options.pop("timeout_s", 30.0))
    made = chain_of(
        first, f"openai/second@{second.api_base}", failures=3, pause_s=30.0, clock=clock, sleep=clock.sleep, **options
    )
    key = ModelEndpoint("openai/second", second.api_base, "sk-stub", retries=0)
    return ModelChain(
        [made.models[0], models.Guarded(key, made.models[1].breaker)], budget=made._budget, clock=clock, sleep=clock.sleep
    )


def models_of(completion: Completion) -> list[tuple[str, bool]]:
    return [(attempt.model, not attempt.error) for attempt in completion.attempts]


@pytest.mark.slow
def test_after_failures_in_a_row_the_next_query_goes_to_the_fallback_at_once(stub: Any, second: Any, clock: Clock) -> None:
    stub.will_reply(status=500)
    second.will_reply("From the second.")
    asked = chain(stub, second, clock)
    for _ in range(3):
        assert models_of(asked.complete(MESSAGES)) == [("openai/first", False), ("openai/second", True)]
    assert len(stub.requests) == 3
    completion = asked.complete(MESSAGES)
    assert (completion.text, completion.model) == ("From the second.", "openai/second")
    assert len(stub.requests) == 3
    assert "rests for 30 s" in completion.attempts[0].error
    assert clock.waits == []


@pytest.mark.slow
def test_after_the_pause_one_call_tries_the_first_again(stub: Any, second: Any, clock: Clock) -> None:
    for _ in range(4):
        stub.will_reply(status=503)
    stub.will_reply("I am back.")
    second.will_reply("From the second.")
    asked = chain(stub, second, clock)
    for _ in range(3):
        asked.complete(MESSAGES)
    clock.now += 31
    assert asked.complete(MESSAGES).model == "openai/second"  # the probe fails, and that is another pause
    asked.complete(MESSAGES)
    assert len(stub.requests) == 4
    clock.now += 31
    assert asked.complete(MESSAGES).text == "I am back."
    assert asked.complete(MESSAGES).model == "openai/first"


@pytest.mark.slow
def test_retries_end_where_the_breaker_opens(stub: Any, second: Any, clock: Clock) -> None:
    stub.will_reply(status=500)
    second.will_reply("From the second.")
    completion = chain(stub, second, clock, retries=10).complete(MESSAGES)
    assert [attempt.model for attempt in completion.attempts] == ["openai/first"] * 3 + ["openai/second"]
    assert clock.waits == [0.5, 1.0]


@pytest.mark.slow
def test_retry_after_is_waited_for_and_listed(stub: Any, second: Any, clock: Clock) -> None:
    stub.will_reply(status=429, headers={"Retry-After": "7"})
    stub.will_reply("Hi.")
    completion = chain(stub, second, clock, retries=1).complete(MESSAGES)
    assert clock.waits == [7.0]
    first, last = completion.attempts
    assert "too many requests" in first.error
    assert (last.prompt_tokens, last.completion_tokens, last.error) == (50, 7, "")
    assert second.requests == []


@pytest.mark.slow
def test_a_silent_server_is_followed_by_the_next(stub: Any, second: Any, clock: Clock) -> None:
    stub.will_reply(hang=True)
    second.will_reply("From the second.")
    completion = chain(stub, second, clock, timeout_s=0.5).complete(MESSAGES)
    assert completion.model == "openai/second"
    assert "did not answer within 0.5 s" in completion.attempts[0].error


@pytest.mark.slow
def test_a_reply_without_text_is_a_failure_too(stub: Any, second: Any, clock: Clock) -> None:
    stub.will_reply("")
    second.will_reply("From the second.")
    completion = chain(stub, second, clock).complete(MESSAGES)
    assert models_of(completion) == [("openai/first", False), ("openai/second", True)]


@pytest.mark.slow
def test_a_refused_request_is_not_hidden_by_a_fallback(stub: Any, second: Any, clock: Clock) -> None:
    stub.will_reply(status=401)
    with pytest.raises(InputError, match="refused the key"):
        chain(stub, second, clock).complete(MESSAGES)
    assert second.requests == []


@pytest.mark.slow
def test_where_none_answers_every_attempt_is_told(stub: Any, second: Any, clock: Clock) -> None:
    stub.will_reply(status=500)
    second.will_reply(status=503)
    with pytest.raises(BackendUnavailableError, match="no model answered") as caught:
        chain(stub, second, clock).complete(MESSAGES)
    assert [attempt.model for attempt in caught.value.attempts] == ["openai/first", "openai/second"]


@pytest.mark.slow
def test_a_wait_beyond_the_time_budget_ends_the_query(stub: Any, second: Any, clock: Clock) -> None:
    stub.will_reply(status=429, headers={"Retry-After": "20"})
    with pytest.raises(BudgetExceededError, match=r"due in 20\.0 s") as caught:
        chain(stub, second, clock, retries=3, budget=Budget(seconds=10)).complete(MESSAGES)
    assert clock.waits == []
    assert len(caught.value.attempts) == 1


@pytest.mark.slow
def test_the_time_budget_shortens_the_time_of_a_call(stub: Any, second: Any, clock: Clock) -> None:
    stub.will_reply(hang=True)
    second.will_reply("From the second.")
    completion = chain(stub, second, clock, budget=Budget(seconds=0.4)).complete(MESSAGES)
    assert "did not answer within 0.4 s" in completion.attempts[0].error


@pytest.mark.slow
def test_a_call_that_would_overrun_the_money_is_not_made(stub: Any, second: Any, clock: Clock) -> None:
    stub.will_reply(status=500)
    asked = chain(stub, second, clock, model=PRICED, budget=Budget(usd=1e-9))
    with pytest.raises(BudgetExceededError, match=r"may cost 0\.0"):
        asked.complete(MESSAGES)
    assert stub.requests == []


@pytest.mark.slow
def test_a_budget_of_money_needs_a_known_price(stub: Any, second: Any, clock: Clock) -> None:
    with pytest.raises(InputError, match="price of model 'openai/first' is not known"):
        chain(stub, second, clock, budget=Budget(usd=1.0)).complete(MESSAGES)
    assert stub.requests == []


@pytest.mark.slow
def test_a_stream_falls_back_before_its_first_piece_and_not_after(stub: Any, second: Any, clock: Clock) -> None:
    stub.will_reply(status=500)
    stub.will_reply("Half of", break_off=True)
    second.will_reply("From ", "the second.")
    asked = chain(stub, second, clock)
    assert "".join(asked.stream(MESSAGES)) == "From the second."
    pieces = asked.stream(MESSAGES)
    assert next(pieces) == "Half of"
    with pytest.raises(BackendUnavailableError):
        list(pieces)


@pytest.mark.slow
def test_a_stream_that_goes_on_too_long_ends_with_the_time(stub: Any, second: Any, clock: Clock) -> None:
    stub.will_reply("One ", "word ", "after ", "another.")
    pieces = chain(stub, second, clock, budget=Budget(seconds=10.0)).stream(MESSAGES)
    assert next(pieces) == "One "
    clock.now += 11
    with pytest.raises(BudgetExceededError, match="10 s for the answer are over"):
        next(pieces)


@pytest.mark.slow
def test_the_calls_of_one_answer_share_the_time_and_the_list(stub: Any, second: Any, clock: Clock) -> None:
    stub.will_reply("Hello.")
    calls = chain(stub, second, clock, budget=Budget(seconds=10.0)).for_one_answer()
    clock.now += 11  # what came before the first call is not of the budget
    calls.complete(MESSAGES)
    clock.now += 6
    assert len(calls.complete(MESSAGES).attempts) == 2
    clock.now += 6
    with pytest.raises(BudgetExceededError) as caught:
        calls.complete(MESSAGES)
    assert len(caught.value.attempts) == 2


def test_fallbacks_are_names_with_addresses() -> None:
    first = ModelEndpoint("openai/a", "http://one/v1", "sk-one", timeout_s=5.0)
    made = chain_of(first, " anthropic/b , openai/c@https://two/v1")
    assert [(each.endpoint.model, each.endpoint.api_base) for each in made.models] == [
        ("openai/a", "http://one/v1"),
        ("anthropic/b", None),
        ("openai/c", "https://two/v1"),
    ]
    assert all(each.endpoint.api_key is None for each in made.models[1:])  # a key goes to its own provider only
    assert {each.endpoint.timeout_s for each in made.models} == {5.0}
    with pytest.raises(InputError, match="names no model"):
        chain_of(first, "@https://two/v1")
