"""Law 8, access fails closed, and law 5, delete means gone, of answers that are kept: no difference ever shares one."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from indexes.embedders.base import Embedder
from ragline.errors import InputError
from ragline.filters import Eq
from ragline.types import Answer, Hit, Usage
from retrieval.answers.cache import KEY_FIELDS, AnswerCache, AnswerKey, CollectionState, Vector, alike

KEY = AnswerKey(CollectionState(1, 2, 3), ("anna", ("staff",), None), None, "hybrid", 8, "answer-v1", "openai/x")
QUESTION = "How long is the warranty?"


def answer(text: str = "Two years.", hits: tuple[Hit, ...] = ()) -> Answer:
    return Answer(QUESTION, text, (), False, "", hits, Usage("extractive"))


def same(text: str) -> Vector:
    """Every question is near every other one."""
    return np.array([1.0, 0.0], np.float32)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "state": st.builds(CollectionState, st.integers(1, 2), st.integers(0, 2), st.integers(0, 3)),
    "principal": st.none()
    | st.tuples(
        st.sampled_from(["anna", "ben", ""]),
        st.lists(st.sampled_from(["staff", "anna"]), unique=True).map(sorted).map(tuple),
        st.sampled_from([None, "t"]),
    ),
    "filters": st.sampled_from([None, Eq("year", 1), Eq("year", True), Eq("year", "1"), Eq("years", 1)]),
    "mode": st.sampled_from(["hybrid", "vector", "lexical"]),
    "k": st.integers(1, 3),
    "prompt_id": st.sampled_from(["", "answer-v1", "answer-v2"]),
    "model": st.sampled_from(["", "openai/x", "openai/y"]),
    "settings": st.sampled_from([(), (("threshold", None),), (("threshold", 0.5),)]),
    "schema": st.sampled_from(["", '{"type": "object"}']),
}
KEYS = st.builds(AnswerKey, **VALUES)


def test_every_part_of_the_key_is_drawn() -> None:
    assert set(VALUES) == set(KEY_FIELDS)


@settings(max_examples=400)
@given(KEYS, KEYS, st.sampled_from(["exact", "near"]))
def test_no_difference_of_the_key_ever_shares_an_answer(left: AnswerKey, right: AnswerKey, mode: Any) -> None:
    """Two principals never share, whatever their groups; nor do two states, filters, models, prompts or schemas."""
    cache = AnswerCache(mode)
    cache.keep(left, QUESTION, answer(), same)
    found = cache.find(right, QUESTION, same)
    assert (found is not None) == (left == right)


@pytest.mark.parametrize("name", KEY_FIELDS)
@settings(max_examples=30)
@given(data=st.data())
def test_one_differing_part_is_enough(name: str, data: st.DataObject) -> None:
    key = data.draw(KEYS)
    other = replace(key, **{name: data.draw(VALUES[name])})
    assume(other != key)
    cache = AnswerCache("near")
    cache.keep(key, QUESTION, answer(), same)
    assert cache.find(other, QUESTION, same) is None


def test_what_was_kept_of_another_state_is_forgotten_at_once() -> None:
    cache = AnswerCache("exact")
    cache.keep(KEY, QUESTION, answer("secret"), same)
    after = replace(KEY, state=replace(KEY.state, sequence=4))
    assert cache.find(after, QUESTION, same) is None
    assert (cache.counts().entries, cache.counts().bytes) == (0, 0)
    assert cache.find(KEY, QUESTION, same) is None


def test_white_space_makes_no_other_question_and_a_letter_does() -> None:
    cache = AnswerCache("exact")
    cache.keep(KEY, QUESTION, answer(), same)
    found = cache.find(KEY, "  How long\nis the warranty? ", same)
    assert found is not None
    assert not found.is_near
    assert cache.find(KEY, "how long is the warranty?", same) is None
    assert (cache.counts().exact_hits, cache.counts().misses) == (1, 1)


def test_a_near_question_gets_the_answer_with_the_question_it_was_made_for(light: Embedder) -> None:
    cache = AnswerCache("near", min_cosine=0.8)
    cache.keep(KEY, "How long is the warranty of the gateway?", answer(), light.embed_query)
    found = cache.find(KEY, "How long is the gateway's warranty?", light.embed_query)
    assert found is None  # the words are in another order: it could be another question
    found = cache.find(KEY, "How long is the warranty for the gateway?", light.embed_query)
    assert found is not None
    assert found.is_near
    assert found.question == "How long is the warranty of the gateway?"
    assert cache.counts().near_hits == 1


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("What does E-4012 mean?", "What does E-4013 mean?"),
        ("revenue in 2024", "revenue in 2025"),
        ("What may I store?", "What may I not store?"),
        ("Where is Anna?", "Where is Ben?"),
        ("Did Rome attack Carthage?", "Did Carthage attack Rome?"),
        ("does the pump heat the tank", "does the tank heat the pump"),
        ("Is it covered by the HX plan?", "Is it covered by the GX plan?"),
    ],
)
def test_questions_that_differ_in_what_counts_are_never_near(left: str, right: str) -> None:
    assert not alike(left, right)
    cache = AnswerCache("near", min_cosine=0.5)
    cache.keep(KEY, left, answer(), same)
    assert cache.find(KEY, right, same) is None


def test_memory_is_bounded_and_the_least_used_goes_first(make_hit: Callable[..., Hit]) -> None:
    big = answer(hits=(make_hit("x" * 10_000),))
    cache = AnswerCache("exact", max_bytes=80_000)
    for name in ("a", "b", "c"):
        cache.keep(KEY, name, big, same)
    assert cache.find(KEY, "a", same) is not None
    cache.keep(KEY, "d", big, same)
    assert cache.counts().bytes <= 80_000
    assert [cache.find(KEY, name, same) is not None for name in ("a", "b", "c", "d")] == [True, False, True, True]


def test_an_answer_larger_than_the_bound_is_not_kept(make_hit: Callable[..., Hit]) -> None:
    cache = AnswerCache("exact", max_bytes=5_000)
    cache.keep(KEY, "a", answer(), same)
    cache.keep(KEY, "b", answer(hits=(make_hit("x" * 10_000),)), same)
    assert cache.find(KEY, "a", same) is not None
    assert cache.find(KEY, "b", same) is None


def test_a_question_that_is_kept_twice_counts_once() -> None:
    cache = AnswerCache("exact")
    cache.keep(KEY, "a", answer(), same)
    once = cache.counts()
    cache.keep(KEY, "a", answer(), same)
    assert cache.counts() == once


def test_threads_share_it_and_the_counts_add_up() -> None:
    cache = AnswerCache("near", max_bytes=30_000)
    asked, workers = 200, 8

    def work(seed: int) -> None:
        for number in range(asked):
            question = f"question {(number * seed) % 20}"
            found = cache.find(KEY, question, same)
            assert found is None or found.answer.text == question
            cache.keep(KEY, question, replace(answer(), text=question), same)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(1, workers + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = cache.counts()
    assert counts.exact_hits + counts.near_hits + counts.misses == asked * workers
    assert 0 < counts.bytes <= 30_000


@pytest.mark.parametrize("bad", [{"min_cosine": 0.0}, {"min_cosine": 1.5}, {"max_bytes": 0}])
def test_bounds_are_checked(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="give a cosine"):
        AnswerCache("near", **bad)
