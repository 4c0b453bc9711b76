"""Prepares sources in order, with children beside this process.

Files are always parsed in a child. Documents that the caller has in hand are prepared here until there are so many that a child
is worth starting; then both work, and whoever has nothing else to do takes the next batch. Results come out in the order of the
sources, whoever made them, so that equal ingests give equal collections.
"""

import queue
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ingestion.chunkers.base import Chunker
from ingestion.guard.injection.policy import NOT_SCORED, InjectionPolicy
from ingestion.guard.privacy import OFF, Privacy
from ingestion.options import NO_OPTIONS, Options
from ingestion.pipeline import prepare_parsed
from ingestion.sources import SourceFile
from ingestion.workers.process import Answer, ChildProcess, WorkerLimits
from ingestion.workers.recipes import AnalysisRecipe, recipe_of
from ingestion.workers.tasks import Outcome, Preparation, Task, findings_of, run_tasks
from ingestion.workers.wire import findings_from_wire, parsed_from_wire, prepared_from_wire
from ragline.errors import ParseError

T = TypeVar("T")

# Documents prepared before a child is started for more: starting one takes as long as preparing some hundred.
_DOCUMENTS_BEFORE_CHILD = 256
_BATCH_TASKS = 128
_BATCH_FILES = 32
"""Fewer, as one that ends the child or hangs makes all of its batch be done again one by one."""

_BATCH_SIZE = 1 << 18
# A child is given work ahead up to this, so that it never waits for the parent; the results wait in memory.
_QUEUED_SIZE = 1 << 21
_QUEUED_TASKS = 512
_WINDOW_TASKS = 2048
_FILES_PER_CHILD = 2000
"""A child is replaced after so many files: what native libraries leak goes with it. No such library sees documents in hand."""


@dataclass(slots=True)
class _Batch(Generic[T]):
    """Consecutive sources, and what has come of those that had to be prepared."""

    entries: list[T | Task] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    @property
    def tasks(self) -> list[Task]:
        return [entry for entry in self.entries if isinstance(entry, Task)]

    @property
    def is_done(self) -> bool:
        return len(self.outcomes) == len(self.tasks)

    def results(self) -> Iterator[T | Outcome]:
        for entry in self.entries:
            yield self.outcomes[entry.doc_id] if isinstance(entry, Task) else entry


class Preparer(Generic[T]):
    """Runs tasks for one ingest. Use as a context manager: leaving it ends the children."""

    def __init__(
        self,
        chunker: Chunker,
        *,
        limits: WorkerLimits | None = None,
        children: int = 1,
        privacy: Privacy = OFF,
        options: Options = NO_OPTIONS,
        analysis: AnalysisRecipe | None = None,
        expected: int | None = None,
        injection: InjectionPolicy = NOT_SCORED,
    ) -> None:
        """``expected`` is the number of sources, where that is known.

        With ``analysis``, children make the terms of the chunks that they make; this process does not.
        """
        self._how = Preparation(chunker, privacy, options, injection)
        self._analysis = analysis
        self._recipe = recipe_of(chunker)
        self._limits = limits or WorkerLimits()
        self._most = children
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._children: list[ChildProcess] = []
        self._given: dict[ChildProcess, int] = {}
        self._owners: dict[str, _Batch[T]] = {}
        self._waiting: deque[list[Task]] = deque()
        self._documents = 0
        self._is_small = (expected or 0) <= _DOCUMENTS_BEFORE_CHILD

    def __enter__(self) -> "Preparer[T]":
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children:
            child.stop()
        self._children.clear()

    def run(self, items: Iterable[T | Task]) -> Iterator[T | Outcome]:
        """An outcome for every task, other items as they are, all in the order of ``items``; ids of tasks are unique."""
        batches = _batches(items)
        window: deque[_Batch[T]] = deque()
        is_open = True
        while is_open or window:
            while is_open and not _is_full(window) and (not window or self._has_room()):
                is_open = self._begin(batches, window, here=False)
            self._collect()
            if window and window[0].is_done:
                yield from self._finished(window.popleft())
            elif is_open and not _is_full(window) and self._recipe is not None and self._is_for_documents(window):
                is_open = self._begin(batches, window, here=True)
            elif window and not self._take_back():
                self._wait()

    def _is_for_documents(self, window: "deque[_Batch[T]]") -> bool:
        """Whether what comes is likely to be documents, which may be prepared here."""
        tasks = window[-1].tasks if window else []
        return bool(tasks) and not any(isinstance(task.source, SourceFile) for task in tasks)

    def _begin(self, batches: "Iterator[_Batch[T]]", window: "deque[_Batch[T]]", *, here: bool) -> bool:
        """Put the next batch to work; False when there is none."""
        batch = next(batches, None)
        if batch is None:
            return False
        window.append(batch)
        files = [task for task in batch.tasks if isinstance(task.source, SourceFile)]
        documents = [task for task in batch.tasks if not isinstance(task.source, SourceFile)]
        self._documents += len(documents)
        self._owners |= {task.doc_id: batch for task in batch.tasks}
        is_early = self._is_small and self._documents <= _DOCUMENTS_BEFORE_CHILD
        stays = here or self._recipe is None or self._most == 0 or is_early
        if stays:
            self._run_here(documents)
        sent = files if stays else batch.tasks
        if sent:
            self._waiting.append(sent)
            self._hand_out()
        return True

    def _run_here(self, documents: Sequence[Task]) -> None:
        for outcome in run_tasks(documents, self._how):
            self._settle(outcome)

    def _take_back(self) -> bool:
        """Do here what waits for a child, where that is documents; False when there is nothing of the kind."""
        for child in self._children:
            if child.batches and not any(isinstance(task.source, SourceFile) for task in child.batches[-1]):
                taken = child.take_back()
                if taken:
                    self._run_here(taken)
                    return True
        return False

    def _finished(self, batch: "_Batch[T]") -> Iterator[T | Outcome]:
        for task in batch.tasks:
            self._owners.pop(task.doc_id, None)
        return batch.results()

    def _has_room(self) -> bool:
        """Whether some child could be given more."""
        if self._waiting:
            return False
        return len(self._children) < self._most or any(map(_can_take, self._children))

    def _hand_out(self) -> None:
        while self._waiting:
            child = self._free_child()
            if child is None:
                return
            batch = self._waiting.popleft()
            self._given[child] += sum(isinstance(task.source, SourceFile) for task in batch)
            child.give(batch)

    def _free_child(self) -> ChildProcess | None:
        young = [child for child in self._children if self._given[child] < _FILES_PER_CHILD]
        for worn in [child for child in self._children if child not in young and not child.batches]:
            self._children.remove(worn)
            worn.stop()
        idle = min(young, key=lambda child: child.queued_size, default=None)
        if len(self._children) < max(self._most, 1) and (idle is None or idle.batches):
            idle = ChildProcess(self._recipe, self._limits, self._answers, self._how, self._analysis)
            self._children.append(idle)
            self._given[idle] = 0
        return idle if idle is not None and _can_take(idle) else None

    def _collect(self) -> None:
        """Take in all answers that are there."""
        while not self._answers.empty():
            self._take(self._answers.get())

    def _wait(self) -> None:
        """Wait for the next answer, or for the moment when a child has taken too long."""
        busy = [child for child in self._children if child.batches]
        deadline = min(child.busy_since for child in busy) + self._limits.seconds
        try:
            self._take(self._answers.get(timeout=max(0.0, deadline - time.monotonic())))
        except queue.Empty:
            late = min(busy, key=lambda child: child.busy_since)
            self._lose(late, f"took longer than {self._limits.seconds:g} s to read; split it or raise parse_timeout_s")

    def _take(self, answer: Answer) -> None:
        child = answer.child
        if child not in self._children:
            return  # it has been ended for another reason
        if answer.messages is None:
            status = child.stop()
            how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
            self._lose(child, f"the parser crashed on it ({how}); repair or convert the file")
            return
        for task, message in zip(child.take_answered(), answer.messages, strict=True):
            self._settle(self._outcome(task, message))
        self._hand_out()

    def _outcome(self, task: Task, message: dict[str, Any]) -> Outcome:
        seconds = float(str(message["seconds"]))
        if "error" in message:
            return Outcome(task, None, str(message["error"]), seconds, findings_from_wire(message))
        if "parsed" in message:
            parsed, digest = parsed_from_wire(message)
            try:
                prepared = prepare_parsed(
                    parsed,
                    self._how.chunker,
                    doc_id=task.doc_id,
                    digest=digest,
                    privacy=self._how.privacy,
                    injection=self._how.injection,
                )
            except ParseError as error:  # what is found in it is reason to refuse it
                return Outcome(task, None, str(error), seconds, findings_of(error))
            return Outcome(task, prepared, "", seconds)
        terms = [(language, terms) for language, terms in message["terms"]]
        return Outcome(task, prepared_from_wire(message, task), "", seconds, terms=terms)

    def _settle(self, outcome: Outcome) -> None:
        doc_id = outcome.task.doc_id
        self._owners[doc_id].outcomes[doc_id] = outcome

    def _lose(self, child: ChildProcess, reason: str) -> None:
        """A child is gone. One task alone is to blame; of a batch, each is tried again alone."""
        child.stop()
        self._children.remove(child)
        suspects, *others = child.batches or ([],)
        if len(suspects) == 1:
            self._settle(Outcome(suspects[0], None, reason, time.monotonic() - child.busy_since))
            suspects = []
        self._waiting.extendleft(reversed([[task] for task in suspects] + others))
        self._hand_out()


def _can_take(child: ChildProcess) -> bool:
    return not child.batches or (child.queued_size < _QUEUED_SIZE and sum(map(len, child.batches)) < _QUEUED_TASKS)


def _is_full(window: "deque[_Batch[T]]") -> bool:
    return sum(len(batch.entries) for batch in window) >= _WINDOW_TASKS


def _batches(items: Iterable[T | Task]) -> "Iterator[_Batch[T]]":
    batch: _Batch[T] = _Batch()
    size = files = 0
    for item in items:
        batch.entries.append(item)
        if isinstance(item, Task):
            size += item.size
            files += isinstance(item.source, SourceFile)
        if len(batch.entries) >= _BATCH_TASKS or files >= _BATCH_FILES or size >= _BATCH_SIZE:
            yield batch
            batch, size, files = _Batch(), 0, 0
    if batch.entries:
        yield batch
