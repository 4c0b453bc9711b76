"""The parent's side of one child process."""

import contextlib
import fcntl
import os
import queue
import signal
import subprocess
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import IO, Any

from ingestion.workers.recipes import AnalysisRecipe, ChunkerRecipe
from ingestion.workers.tasks import Preparation, Task
from ingestion.workers.wire import (
    analysis_to_wire,
    injection_to_wire,
    privacy_to_wire,
    read_frame,
    recipe_to_wire,
    task_to_wire,
    write_frame,
)
from ragline.processes import python_command

# Room for several answers: while the parent computes, the thread that takes them is seldom let run.
_PIPE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one file may take before its child is ended: seconds of wall time, megabytes of address space (0 = no limit)."""

    seconds: float = 120.0
    memory_mb: int = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """What came from a child: the answers to its oldest batch, or ``None`` when it has ended."""

    child: "ChildProcess"
    messages: list[dict[str, Any]] | None


class ChildProcess:
    """A child and the batches that it has been given. Its answers arrive in ``answers``, those of all children in one queue.

    Threads write and read the pipes, so that neither side ever waits for the other with a full pipe between them.
    """

    def __init__(
        self,
        recipe: ChunkerRecipe | None,
        limits: WorkerLimits,
        answers: "queue.SimpleQueue[Answer]",
        how: Preparation,
        analysis: AnalysisRecipe | None = None,
    ) -> None:
        command = python_command("ingestion.workers.child")
        # A session of its own: what a parser has started (pandoc) ends with it, and Ctrl-C is for the parent to handle.
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        _widen(self._process.stdout)
        self._answers = answers
        self._outbox: deque[Any] = deque()
        self._outbox_changed = threading.Condition()
        self.batches: deque[list[Task]] = deque()
        self.busy_since = 0.0
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._send, self._receive)]
        for thread in self._threads:
            thread.start()
        setup = {
            "recipe": recipe_to_wire(recipe),
            "analysis": analysis_to_wire(analysis),
            "memory_mb": limits.memory_mb,
            "privacy": privacy_to_wire(how.privacy),
            "options": dict(how.options),
            "injection": injection_to_wire(how.injection),
        }
        self._post(setup)

    @property
    def queued_size(self) -> int:
        """Bytes or characters of all that it has been given and not answered."""
        return sum(task.size for batch in self.batches for task in batch)

    def give(self, batch: list[Task]) -> None:
        """Queue a batch."""
        if not self.batches:
            self.busy_since = time.monotonic()
        self.batches.append(batch)
        self._post([task_to_wire(task) for task in batch])

    def take_back(self) -> list[Task]:
        """The newest batch, where it has not been sent yet; else an empty one."""
        with self._outbox_changed:
            if not self._outbox or not self.batches:
                return []
            self._outbox.pop()
        return self.batches.pop()

    def take_answered(self) -> list[Task]:
        """The oldest batch, which has just been answered or has ended the child."""
        self.busy_since = time.monotonic()
        return self.batches.popleft()

    def stop(self) -> int:
        """End the process and all that it has started, whatever it is at; returns its exit status (negative = the signal)."""
        if self._process.returncode is None:  # else its number may be another's by now
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        status = self._process.wait()
        self._post(None)
        for thread in self._threads:
            thread.join()
        return status

    def exit_status(self) -> int | None:
        """The status of a process that ended by itself."""
        return self._process.poll()

    def _post(self, message: Any) -> None:
        with self._outbox_changed:
            self._outbox.append(message)
            self._outbox_changed.notify()

    def _next(self) -> Any:
        with self._outbox_changed:
            self._outbox_changed.wait_for(lambda: self._outbox)
            return self._outbox.popleft()

    def _send(self) -> None:
        stream = self._process.stdin
        if stream is None:
            return
        try:
            with stream:
                while (message := self._next()) is not None:
                    write_frame(stream, message)
        except OSError:  # the child is gone, as the receiving side will say
            return

    def _receive(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        with stream:
            while (messages := read_frame(stream)) is not None:
                self._answers.put(Answer(self, messages))
        self._answers.put(Answer(self, None))


def _widen(pipe: IO[bytes] | None) -> None:
    if pipe is not None and hasattr(fcntl, "F_SETPIPE_SZ"):  # elsewhere pipes have one size only
        with contextlib.suppress(OSError):  # more than this user may have
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
