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
from typing import Any, BinaryIO

from ingestion.chunkers.base import Chunker
from ingestion.description import apply_description, source_hash
from ingestion.elements import ALLOWED_PROGRAMS
from ingestion.guard.injection.policy import InjectionPolicy
from ingestion.guard.privacy import Privacy
from ingestion.options import Options
from ingestion.parsers.registry import parse
from ingestion.sources import SourceFile, load
from ingestion.workers.recipes import Analyse
from ingestion.workers.tasks import Task, failure, run_task
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
    recipe = recipe_from_wire(setup["recipe"])
    chunker = None if recipe is None else recipe.make()
    analysis = analysis_from_wire(setup["analysis"])
    analyse = None if analysis is None else analysis.make()
    privacy = privacy_from_wire(setup["privacy"])
    injection = injection_from_wire(setup["injection"])
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    while True:
        batch = requests.get()
        write_frame(answers, [_answer(message, chunker, privacy, setup["options"], analyse, injection) for message in batch])


def _answer(
    message: list[Any],
    chunker: Chunker | None,
    privacy: Privacy,
    options: Options,
    analyse: Analyse | None,
    injection: InjectionPolicy,
) -> dict[str, Any]:
    task = task_from_wire(message)
    started = time.perf_counter()
    if chunker is None:
        try:
            answer = _parsed(task, options)
        except Exception as error:  # noqa: BLE001 - whatever a parser raises is this file's answer
            answer = {"error": failure(error)}
    else:
        outcome = run_task(task, chunker, privacy, options, analyse, injection)
        if outcome.prepared is None:
            answer = {"error": outcome.error, "findings": dict(outcome.findings)}
        else:
            answer = {**prepared_to_wire(outcome.prepared, task), "terms": outcome.terms}
    return {**answer, "seconds": time.perf_counter() - started}


def _parsed(task: Task, options: Options) -> dict[str, Any]:
    """For a parent that chunks: only files are sent then."""
    if not isinstance(task.source, SourceFile):
        raise InputError("a document in hand came without a recipe; this is a defect of ragline, please report it")
    source, description = load(task.source, options), task.source.description
    return parsed_to_wire(apply_description(parse(source), description), source_hash(source.data, description))


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
