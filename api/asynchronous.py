"""Searching and answering without blocking an event loop.

The work is the same as that of the synchronous methods, in threads that belong to the collection. A call that is cancelled is
given up at once: one that still waits for a thread never runs, and one that runs ends by itself, its outcome unseen.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, cast

from ragline.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from ragline.settings import Settings
    from ragline.types import Answer, Hit
    from retrieval.answers.base import AnswerDelta
    from retrieval.request import SearchOptions

Result = TypeVar("Result")
_END = object()


class Threads:
    """At most ``count`` threads, started as they are needed."""

    def __init__(self, count: int, folder: Path) -> None:
        self._count = count
        self._folder = folder
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._is_closed = False

    async def run(self, call: Callable[[], Result]) -> Result:
        """What ``call`` returns, made in one of the threads and in the context of the caller."""
        import asyncio  # 30 ms and a socket class, which those who block need not pay for

        loop = asyncio.get_running_loop()
        try:
            future = loop.run_in_executor(self._started(), copy_context().run, call)
        except RuntimeError as error:  # it was shut down since
            raise self._closed() from error
        try:
            return await future
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._is_closed and (task is None or not task.cancelling()):
                raise self._closed() from None
            raise

    def close(self) -> None:
        """Begin nothing any more, and wait for what runs."""
        with self._lock:
            self._is_closed, pool, self._pool = True, self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _started(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._is_closed:
                raise self._closed()
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._count, thread_name_prefix="ragline-async")
            return self._pool

    def _closed(self) -> InputError:
        return InputError(f"The collection {self._folder} is closed. Open it again.")


class Asynchronous:
    """The asynchronous calls; a part of :class:`ragline.Collection`.

    They run in ``settings.async_threads`` threads at most, which start with the first call and end with :meth:`close`; what is
    asked beyond that waits its turn without a thread. Context variables are those of the caller.
    """

    folder: Path
    settings: Settings
    _threads: Threads

    async def asearch(self, query: str, k: int = 10, **options: Unpack[SearchOptions]) -> list[Hit]:
        """:meth:`search`, without blocking the event loop."""
        return await self._threads.run(partial(self._own("search"), query, k, **options))

    async def asearch_many(self, queries: Sequence[str], k: int = 10, **options: Unpack[SearchOptions]) -> list[list[Hit]]:
        """:meth:`search_many`, without blocking the event loop."""
        return await self._threads.run(partial(self._own("search_many"), queries, k, **options))

    async def aanswer(self, query: str, **options: Any) -> Answer:
        """:meth:`answer`, without blocking the event loop."""
        return await self._threads.run(partial(self._own("answer"), query, **options))

    async def astream_answer(self, query: str, **options: Any) -> AsyncIterator[AnswerDelta]:
        """:meth:`stream_answer`, without blocking the event loop.

        Between two pieces no thread is held. Who stops early should close it (``contextlib.aclosing``), which ends the answer
        too.
        """
        pieces: Iterator[AnswerDelta] = await self._threads.run(partial(self._own("stream_answer"), query, **options))
        try:
            while True:
                piece = await self._threads.run(partial(next, pieces, _END))
                if piece is _END:
                    return
                yield cast("AnswerDelta", piece)
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                with suppress(InputError):  # the collection was closed meanwhile
                    await self._threads.run(partial(_close_idle, close))

    def _own(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self, name)
        return method


def _close_idle(close: Callable[[], None]) -> None:
    """End a stream; one whose next piece is still being made, after a cancellation, ends by itself when it is collected."""
    try:
        close()
    except ValueError:  # "generator already executing"
        return
