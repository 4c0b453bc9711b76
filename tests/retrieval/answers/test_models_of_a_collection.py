"""The settings about models, through the public API and a stub server."""

from pathlib import Path
from typing import Any

import pytest

import ragline
from ragline import Turn
from ragline.errors import AccessDeniedError, BackendUnavailableError, BudgetExceededError
from retrieval.answers.completion import cost_usd
from retrieval.answers.models import BYTES_PER_TOKEN

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(r"ignore:Item '\w+' on TypedDict class '\w+' is using the `ReadOnly` qualifier:UserWarning"),
    pytest.mark.filterwarnings(r"ignore:Accessing the 'model_\w+' attribute on the instance is deprecated:DeprecationWarning"),
]

QUESTION = "How many days of leave does everyone get?"
DOCUMENT = ragline.Document("leave.md", "Everyone gets 28 days of leave a year.")


@pytest.fixture
def opened(tmp_path: Path, stub: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stub")
    made: list[ragline.Collection] = []

    def make(**settings: Any) -> ragline.Collection:
        base = {"embedder": "light", "model": "openai/first", "model_api_base": stub.api_base, "model_retries": 0}
        kb = ragline.open(tmp_path / "kb", **(base | settings))
        kb.ingest([DOCUMENT])
        made.append(kb)
        return kb

    yield make
    for kb in made:
        kb.close()


def test_a_fallback_answers_and_the_usage_lists_both(opened: Any, stub: Any) -> None:
    stub.will_reply(status=500)
    stub.will_reply("Everyone gets 28 days [1].")
    kb = opened(model_fallbacks=f"openai/second@{stub.api_base}")
    answer = kb.answer(QUESTION)
    assert not answer.abstained
    assert answer.usage.model == "openai/second"
    assert [(each.model, bool(each.error)) for each in answer.usage.attempts] == [
        ("openai/first", True),
        ("openai/second", False),
    ]


def test_without_an_answer_of_a_model_it_is_an_error_or_the_best_sentences(opened: Any, stub: Any) -> None:
    stub.will_reply(status=503)
    with pytest.raises(BackendUnavailableError, match="no model answered"):
        opened().answer(QUESTION)
    answer = opened(model_fallback_extractive=True).answer(QUESTION)
    assert "28 days" in answer.text
    assert answer.usage.model == "extractive"
    assert [each.model for each in answer.usage.attempts] == ["openai/first"]
    assert "the model did not answer" in answer.reason


def test_a_stream_ends_with_the_best_sentences_too(opened: Any, stub: Any) -> None:
    stub.will_reply(status=503)
    *pieces, last = opened(model_fallback_extractive=True).stream_answer(QUESTION)
    assert last.done is not None
    assert "".join(piece.text for piece in pieces) == last.done.text
    assert "28 days" in last.done.text


def test_the_budget_of_time_is_one_for_all_tries(opened: Any, stub: Any) -> None:
    stub.will_reply(status=429, headers={"Retry-After": "30"})
    with pytest.raises(BudgetExceededError, match="due in 30"):
        opened(model_retries=3, model_budget_s=5.0).answer(QUESTION)
    assert len(stub.requests) == 1


def test_the_breaker_outlives_the_query(opened: Any, stub: Any) -> None:
    stub.will_reply(status=500)
    kb = opened(model_breaker_failures=2, model_fallback_extractive=True)
    for _ in range(4):
        kb.answer(QUESTION)
    assert len(stub.requests) == 2


def test_sentences_in_the_place_of_an_answer_are_not_kept(opened: Any, stub: Any) -> None:
    stub.will_reply(status=500)
    stub.will_reply("28 days [1].")
    kb = opened(model_fallback_extractive=True, answer_cache="exact")
    assert kb.answer(QUESTION).usage.model == "extractive"
    answer = kb.answer(QUESTION)
    assert (answer.text, answer.cached) == ("28 days [1].", False)


def test_an_answer_of_a_fallback_is_not_kept(opened: Any, stub: Any) -> None:
    """The next query shall have the chance of the model that was wanted."""
    stub.will_reply(status=500)
    stub.will_reply("From the second: 28 days [1].")
    stub.will_reply("From the first: 28 days [1].")
    kb = opened(model_fallbacks=f"openai/second@{stub.api_base}", answer_cache="exact")
    assert kb.answer(QUESTION).text.startswith("From the second")
    assert kb.answer(QUESTION).text.startswith("From the first")
    again = kb.answer(QUESTION)
    assert (again.cached, again.usage.cost_usd, again.usage.attempts) == (True, 0.0, ())
    assert len(stub.requests) == 3


HISTORY = [Turn("What about leave?", "There is leave.")]
SCHEMA = {"type": "object", "properties": {"days": {"type": "integer"}}, "required": ["days"]}


def test_a_fallback_rewrites_the_question_too(opened: Any, stub: Any) -> None:
    stub.will_reply(status=500)
    stub.will_reply(QUESTION)
    stub.will_reply("28 days [1].")
    answer = opened(model_fallbacks=f"openai/second@{stub.api_base}").answer("How many days of it?", history=HISTORY)
    assert (answer.text, answer.standalone) == ("28 days [1].", QUESTION)
    assert [(each.model, bool(each.error)) for each in answer.usage.attempts] == [
        ("openai/first", True),
        ("openai/second", False),
        ("openai/first", False),
    ]


def test_where_no_model_rewrites_the_rules_do_if_the_best_sentences_may_answer(opened: Any, stub: Any) -> None:
    stub.will_reply(status=503)
    with pytest.raises(BackendUnavailableError, match="no model answered"):
        opened().answer("How many days of leave is that?", history=HISTORY)
    kb = opened(model_fallback_extractive=True)
    answer = kb.answer("How many days of leave does everyone get of it?", history=HISTORY)
    assert (answer.usage.model, [each.model for each in answer.usage.attempts]) == ("extractive", ["openai/first"] * 2)
    *_, last = kb.stream_answer("How many days of leave does everyone get of it?", history=HISTORY)
    assert "28 days" in last.done.text


def test_an_answer_in_a_schema_lists_its_calls_and_is_kept_only_from_the_model_that_was_wanted(opened: Any, stub: Any) -> None:
    stub.will_reply(status=500)
    stub.will_reply('{"data": {"days": 28}, "sources": [{"field": "/days", "passages": [1]}]}')
    kb = opened(model_fallbacks=f"openai/second@{stub.api_base}", answer_cache="exact")
    answer = kb.answer(QUESTION, schema=SCHEMA)
    assert answer.usage.model == "openai/second"
    assert [each.model for each in answer.usage.attempts] == ["openai/first", "openai/second"]
    assert not kb.answer(QUESTION, schema=SCHEMA).cached


def test_the_budget_of_money_is_one_for_every_reply_in_a_schema(opened: Any, stub: Any) -> None:
    stub.will_reply('{"data": {"days": "many"}, "sources": []}')
    opened(model="openai/gpt-4o-mini").answer(QUESTION, schema=SCHEMA)
    size = sum(len(message["content"].encode()) for message in stub.requests[0]["messages"])
    one_call = cost_usd("openai/gpt-4o-mini", size // BYTES_PER_TOKEN + 1, 512)
    stub.requests.clear()
    with pytest.raises(BudgetExceededError) as caught:
        opened(model="openai/gpt-4o-mini", model_budget_usd=one_call + 1e-6, model_max_tokens=512).answer(
            QUESTION, schema=SCHEMA
        )
    assert len(stub.requests) == len(caught.value.attempts) == 1


def test_no_model_hears_of_the_conversation_of_somebody_who_is_not_admitted(opened: Any, stub: Any) -> None:
    stub.will_reply(QUESTION)
    kb = opened(access="required")
    with pytest.raises(AccessDeniedError):
        kb.answer("How many days of it?", history=HISTORY)
    with pytest.raises(AccessDeniedError):
        list(kb.stream_answer("How many days of it?", history=HISTORY))
    assert stub.requests == []
