"""The asynchronous calls: the same results, an event loop that stays awake, cancellation, and an end with the collection."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

import ragline
from ragline.errors import AccessDeniedError, InputError
from ragline.types import Document, Principal

SLOW_S = 0.5


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light", async_threads=2, query_cache=0) as collection:
        collection.ingest([Document("a", "The warranty lasts three years."), Document("b", "Pumps are blue.", acl=("ann",))])
        yield collection


def slowed(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query takes a while to embed, as with a large model; returns the threads in which that happened."""
    embed, threads = kb.embedder.embed_query, list[str]()

    def slow(text: str) -> Any:
        threads.append(threading.current_thread().name)
        time.sleep(SLOW_S)
        return embed(text)

    monkeypatch.setattr(kb.embedder, "embed_query", slow)
    return threads


def test_results_are_those_of_the_synchronous_calls(kb: ragline.Collection) -> None:
    async def ask() -> None:
        assert await kb.asearch("warranty", 2) == kb.search("warranty", 2)
        assert await kb.asearch_many(["warranty", "pumps"]) == kb.search_many(["warranty", "pumps"])
        answer = kb.answer("How long does the warranty last?")
        found = await kb.aanswer("How long does the warranty last?")
        assert (found.text, found.citations, found.hits) == (answer.text, answer.citations, answer.hits)
        pieces = [piece async for piece in kb.astream_answer("How long does the warranty last?")]
        assert "".join(piece.text for piece in pieces) == answer.text
        assert pieces[-1].done is not None
        assert pieces[-1].done.citations == answer.citations

    asyncio.run(ask())


def test_the_principal_is_never_dropped_on_the_way(kb: ragline.Collection) -> None:
    async def ask() -> None:
        assert [hit.doc_id for hit in await kb.asearch("blue pumps", principal=Principal("ann"))] == ["b", "a"]
        assert [hit.doc_id for hit in await kb.asearch("blue pumps")] == ["a"]
        kb.set_access("required")
        for call in (kb.asearch("pumps"), kb.asearch_many(["pumps"]), kb.aanswer("pumps")):
            with pytest.raises(AccessDeniedError):
                await call
        with pytest.raises(AccessDeniedError):
            [piece async for piece in kb.astream_answer("pumps")]

    asyncio.run(ask())


def test_the_event_loop_stays_awake(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = slowed(kb, monkeypatch)

    async def ask() -> float:
        gaps, asking = [0.0], True

        async def beat() -> None:
            last = time.perf_counter()
            while asking:
                await asyncio.sleep(0.005)
                now = time.perf_counter()
                gaps.append(now - last)
                last = now

        beating = asyncio.create_task(beat())
        await asyncio.gather(
            kb.asearch("warranty"), kb.aanswer("warranty?"), kb.asearch("pumps"), kb.asearch("pumps", mode="vector")
        )
        asking = False
        await beating
        return max(gaps)

    assert asyncio.run(ask()) < SLOW_S  # no beat waited for an embedding; in truth some milliseconds
    assert {name.rsplit("_", 1)[0] for name in threads} == {"ragline-async"}
    assert len(set(threads)) <= 2


def test_a_call_that_is_cancelled_returns_at_once_and_one_that_waits_never_runs(
    kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = slowed(kb, monkeypatch)

    async def ask() -> None:
        tasks = [asyncio.create_task(kb.asearch(f"warranty {number}")) for number in range(6)]
        await asyncio.sleep(SLOW_S / 4)
        started = time.perf_counter()
        for task in tasks[1:]:
            task.cancel()
        outcomes = await asyncio.gather(*tasks[1:], return_exceptions=True)
        assert time.perf_counter() - started < SLOW_S / 2
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
        assert await tasks[0]

    asyncio.run(ask())
    assert len(threads) == 2


def test_context_variables_are_those_of_the_caller(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    request_id: ContextVar[str] = ContextVar("request_id", default="")
    seen: list[str] = []
    embed = kb.embedder.embed_query
    monkeypatch.setattr(kb.embedder, "embed_query", lambda text: seen.append(request_id.get()) or embed(text))

    async def ask(name: str) -> None:
        request_id.set(name)
        await kb.asearch("warranty", mode="vector")

    async def both() -> None:
        await asyncio.gather(ask("one"), ask("two"))

    asyncio.run(both())
    assert sorted(seen) == ["one", "two"]


def test_closing_ends_what_waits_with_an_error_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kb = ragline.open(tmp_path / "kb", embedder="light", async_threads=1)
    kb.ingest([Document("a", "words")])
    slowed(kb, monkeypatch)

    async def ask() -> list[Any]:
        calls: list[Awaitable[Any]] = [asyncio.create_task(kb.asearch(f"words {number}")) for number in range(3)]
        await asyncio.sleep(SLOW_S / 4)
        kb.close()
        return await asyncio.gather(*calls, return_exceptions=True)

    first, *others = asyncio.run(ask())
    assert [hit.doc_id for hit in first] == ["a"]
    assert all(isinstance(outcome, InputError) and "closed" in str(outcome) for outcome in others)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ragline-async")]
    with pytest.raises(InputError, match="closed"):
        asyncio.run(kb.asearch("words"))


def test_an_answer_that_is_left_early_is_ended(kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[bool] = []

    def pieces(*_: object, **__: object) -> Iterator[Any]:
        from retrieval.answers.base import AnswerDelta

        try:
            for number in range(100):
                yield AnswerDelta(str(number))
        finally:
            ended.append(True)

    class Talkative:
        name = "talkative"
        stream: Callable[..., Iterator[Any]] = staticmethod(pieces)

    monkeypatch.setattr(type(kb), "_answerer", Talkative())

    async def ask() -> None:
        async with aclosing(kb.astream_answer("warranty?")) as answer:  # type: ignore[type-var]
            async for piece in answer:
                if piece.text == "3":
                    break

    asyncio.run(ask())
    assert ended == [True]


def test_answers_tell_the_milliseconds_of_every_stage(kb: ragline.Collection) -> None:
    answer = kb.answer("How long does the warranty last?")
    assert {"embed", "scope", "vector", "lexical", "fusion", "read", "answer"} <= set(answer.usage.timings_ms)
    assert all(milliseconds >= 0 for milliseconds in answer.usage.timings_ms.values())
    done = list(kb.stream_answer("How long does the warranty last?"))[-1].done
    assert done is not None
    assert set(done.usage.timings_ms) == set(answer.usage.timings_ms)
