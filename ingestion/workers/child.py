"""The child process: reads batches of tasks from standard input, answers each on standard output.

It holds no database, no model and no connection, may not open one, and ends when its parent does. Whatever a parser raises is
the answer for that file; what ends the process itself (a crash in native code, a limit) is for the parent to notice.
"""

import contextlib
import gc
import os
import queue
import resource
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any, BinaryIO

from ingestion.description import apply_description, source_hash
from ingestion.elements import ALLOWED_PROGRAMS
from ingestion.options import Options
from ingestion.parsers.registry import parse
from ingestion.sources import SourceFile, load
from ingestion.workers.tasks import Outcome, Preparation, Task, failure, run_tasks
from ingestion.workers.wire import (
    analysis_from_wire,
    injection_from_wire,
    parsed_to_wire,
    prepared_to_wire,
    privacy_from_wire,
    read_frame,
    recipe_from_wire,
    task_from_wire,
    write_frame,
)
from ragline.errors import InputError, RaglineError

# What a parser has no business with. The hook cannot be removed, and holds for every library loaded later.
_FORBIDDEN_EVENTS = frozenset(
    {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"}
)


_COLLECT_AFTER = 20_000
"""Objects made and not freed before those in cycles are looked for. Nothing that a chunk is made of is in a cycle, and all that
is alive is gone over each time: at Python's 700 that is a tenth of the work."""


def main() -> None:
    """Work until the parent closes the pipe."""
    answers = _take_standard_output()
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    setup = requests.get()
    _limit(setup["memory_mb"])
    how = _preparation(setup)
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    while True:
        tasks = [task_from_wire(message) for message in requests.get()]
        if how is None:
            write_frame(answers, [_parsed(task, setup["options"]) for task in tasks])
        else:
            write_frame(answers, [_answer(outcome) for outcome in run_tasks(tasks, how)])


def _preparation(setup: Mapping[str, Any]) -> Preparation | None:
    """How sources are prepared; ``None`` for a parent that chunks."""
    recipe, analysis = recipe_from_wire(setup["recipe"]), analysis_from_wire(setup["analysis"])
    if recipe is None:
        return None
    return Preparation(
        recipe.make(),
        privacy_from_wire(setup["privacy"]),
        setup["options"],
        injection_from_wire(setup["injection"]),
        None if analysis is None else analysis.make(),
    )


def _answer(outcome: Outcome) -> dict[str, Any]:
    if outcome.prepared is None:
        return {"error": outcome.error, "findings": dict(outcome.findings), "seconds": outcome.seconds}
    return {**prepared_to_wire(outcome.prepared, outcome.task), "terms": outcome.terms, "seconds": outcome.seconds}


def _parsed(task: Task, options: Options) -> dict[str, Any]:
    """For a parent that chunks: only files are sent then."""
    started = time.perf_counter()
    try:
        if not isinstance(task.source, SourceFile):
            raise InputError("a document in hand came without a recipe; this is a defect of ragline, please report it")
        source, description = load(task.source, options), task.source.description
        answer = parsed_to_wire(apply_description(parse(source), description), source_hash(source.data, description))
    except Exception as error:  # noqa: BLE001 - whatever a parser raises is this file's answer
        answer = {"error": failure(error)}
    return {**answer, "seconds": time.perf_counter() - started}


def _listen(stream: BinaryIO, requests: "queue.SimpleQueue[Any]") -> None:
    """Hand over messages as they come; without a parent there is nothing left to do, whatever the parser is at."""
    while (message := read_frame(stream)) is not None:
        requests.put(message)
    os._exit(0)


def _take_standard_output() -> BinaryIO:
    """The pipe to the parent. What a library prints goes to standard error instead, and cannot garble an answer."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _limit(memory_mb: int) -> None:
    if memory_mb:
        with contextlib.suppress(ValueError, OSError):  # not on every system (macOS): there the limit of time remains
            resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _FORBIDDEN_EVENTS and not _is_allowed_program(event, arguments):
        raise RaglineError(f"{event} is not allowed while documents are read. Convert the file with a tool of your own.")


def _is_allowed_program(event: str, arguments: tuple[Any, ...]) -> bool:
    """A parser that needs a program of its own says which one, by its full path, before it reads anything."""
    return event == "subprocess.Popen" and str(arguments[0]) in ALLOWED_PROGRAMS


if __name__ == "__main__":
    main()
