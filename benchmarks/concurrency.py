"""Many who ask at once: 16 threads, then 64 asyncio tasks, for a minute each, held to what one gets who asks alone.

Searches in every mode, with filters, principals and collapse, and answers now and then, in an order by chance. Fewer vectors of
queries are kept than there are queries, so that some are embedded anew all the time.
"""

import asyncio
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ragline
from benchmarks.corpora import documents_of, queries_of
from benchmarks.figures import Figure
from benchmarks.vector_store import open_stored
from benchmarks.workspace import Workspace
from ragline.types import Answer, Document, Principal

THREADS, TASKS = 16, 64
SECONDS, QUICK_SECONDS = 60.0, 5.0
KEPT_VECTORS = 50

_QUERIES, _ANSWERED = 100, 20
_BEAT_S = 0.01
OPTIONS: Sequence[Mapping[str, Any]] = (
    {},
    {"mode": "vector"},
    {"mode": "lexical"},
    {"filters": {"not": {"doc_id": "4983"}}},
    {"principal": Principal("ann", frozenset({"staff"}))},
    {"principal": Principal("bob"), "mode": "vector", "collapse": True},
)
ACLS = (None, None, ("staff",), ("bob", "ann"), ())


@dataclass(frozen=True, slots=True)
class Job:
    """A query with its options, and what it gives when nobody else asks; ``is_answer`` where it is to be answered."""

    query: str
    options: Mapping[str, Any]
    is_answer: bool
    expected: Any


@dataclass(slots=True)
class Outcome:
    """What came of a run: jobs ``done``, the ``errors`` raised, and how many results were ``different`` from those alone.

    ``gap_s`` is the longest time in which the event loop did not come round.
    """

    seconds: float
    done: int = 0
    different: int = 0
    errors: list[str] = field(default_factory=list)
    gap_s: float = 0.0

    def judge(self, job: Job, result: object) -> None:
        """Count a result, from one thread at a time."""
        self.done += 1
        self.different += told(result) != job.expected


def measure(workspace: Workspace) -> list[Figure]:
    """SciFact with MiniLM, a third of the documents behind access lists. A quick run: five seconds each."""
    seconds = QUICK_SECONDS if workspace.quick else SECONDS
    documents = guarded(documents_of("scifact"))
    with open_stored(workspace.folder / "kb", workspace.store, embedder="minilm")[0] as made:
        made.ingest(documents)
    with ragline.open(workspace.folder / "kb", query_cache=KEPT_VECTORS) as kb:
        jobs = jobs_of(kb, queries_of("scifact")[:_QUERIES], answered=_ANSWERED)
        by_threads = in_threads(kb, jobs, seconds, THREADS)
        by_tasks = asyncio.run(in_tasks(kb, jobs, seconds, TASKS))
    return [*_figures(f"{THREADS} threads", by_threads), *_figures(f"{TASKS} asyncio tasks", by_tasks), _gap(by_tasks)]


def guarded(documents: Sequence[Document]) -> list[Document]:
    """The documents with access lists by turns, some without."""
    return [replace(document, acl=ACLS[number % len(ACLS)]) for number, document in enumerate(documents)]


def jobs_of(kb: ragline.Collection, queries: Sequence[str], *, answered: int) -> list[Job]:
    """Every query with every set of options, and the first ones to be answered, each with its result when nobody else asks."""
    jobs = [Job(query, options, False, told(kb.search(query, 10, **options))) for query in queries for options in OPTIONS]
    return jobs + [Job(query, {}, True, told(kb.answer(query))) for query in queries[:answered]]


def told(result: Any) -> Any:
    """What must be the same whoever else asks: chunks, order and scores, or text and citations."""
    if isinstance(result, Answer):
        return result.text, result.citations, told(result.hits)
    return [(hit.chunk.id, hit.score, hit.rank, hit.duplicates) for hit in result]


def in_threads(kb: ragline.Collection, jobs: Sequence[Job], seconds: float, count: int) -> Outcome:
    """So many threads, each with one job after the other."""
    outcome, lock, end = Outcome(seconds), threading.Lock(), time.monotonic() + seconds

    def work(seed: int) -> None:
        for job in _by_chance(jobs, seed, lambda: time.monotonic() < end):
            ask = kb.answer if job.is_answer else kb.search
            try:
                result = ask(job.query, **job.options)  # type: ignore[operator]
            except Exception as error:  # noqa: BLE001 - whatever comes is what is counted
                outcome.errors.append(repr(error))
                continue
            with lock:
                outcome.judge(job, result)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


async def in_tasks(kb: ragline.Collection, jobs: Sequence[Job], seconds: float, count: int) -> Outcome:
    """So many tasks of one event loop, each with one job after the other."""
    outcome, end = Outcome(seconds), time.monotonic() + seconds

    async def work(seed: int) -> None:
        for job in _by_chance(jobs, seed, lambda: time.monotonic() < end):
            try:
                asked = kb.aanswer(job.query, **job.options) if job.is_answer else kb.asearch(job.query, **job.options)
                outcome.judge(job, await asked)
            except Exception as error:  # noqa: BLE001 - as above
                outcome.errors.append(repr(error))

    async def beat() -> None:
        while time.monotonic() < end:
            before = time.perf_counter()
            await asyncio.sleep(_BEAT_S)
            outcome.gap_s = max(outcome.gap_s, time.perf_counter() - before - _BEAT_S)

    await asyncio.gather(beat(), *(work(seed) for seed in range(count)))
    return outcome


def _by_chance(jobs: Sequence[Job], seed: int, goes_on: Callable[[], bool]) -> Any:
    chance = random.Random(seed)
    while goes_on():
        yield chance.choice(jobs)


def _figures(name: str, outcome: Outcome) -> list[Figure]:
    note = outcome.errors[0] if outcome.errors else f"{outcome.done:,} requests in {outcome.seconds:.0f} s"
    return [
        Figure(f"{name}: errors", float(len(outcome.errors)), "errors", note, "<= 0"),
        Figure(f"{name}: results other than alone", float(outcome.different), "results", note, "<= 0"),
        Figure(f"{name}: requests", outcome.done / outcome.seconds, "1/s"),
    ]


def _gap(outcome: Outcome) -> Figure:
    return Figure("longest gap of the event loop", outcome.gap_s * 1000, "ms", f"with {TASKS} tasks, beside the threads' work")
