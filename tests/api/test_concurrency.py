"""Many who ask at once get what one gets who asks alone, while nobody writes and while somebody does."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline
from benchmarks.concurrency import TASKS, THREADS, guarded, in_tasks, in_threads, jobs_of
from ragline.types import Document

SECONDS = 2.0
SUBJECTS = ("pump", "valve", "seal", "filter", "motor", "sensor")
FAULTS = ("leaks", "stops", "overheats", "rattles", "trips")


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    texts = [f"The {subject} {fault} in model {number}." for number in range(10) for subject in SUBJECTS for fault in FAULTS]
    with ragline.open(tmp_path / "kb", embedder="light", query_cache=5) as collection:
        collection.ingest(guarded([Document(f"d{number}", text) for number, text in enumerate(texts)]))
        collection.rebuild(kind="flat")
        yield collection


def queries() -> list[str]:
    return [f"Why does the {subject} {fault}?" for subject in SUBJECTS for fault in FAULTS[:3]]


def test_threads_get_what_one_gets_alone(kb: ragline.Collection) -> None:
    outcome = in_threads(kb, jobs_of(kb, queries(), answered=6), SECONDS, THREADS)
    assert (outcome.errors, outcome.different) == ([], 0)
    assert outcome.done > 20


def test_tasks_get_what_one_gets_alone(kb: ragline.Collection) -> None:
    outcome = asyncio.run(in_tasks(kb, jobs_of(kb, queries(), answered=6), SECONDS, TASKS))
    assert (outcome.errors, outcome.different) == ([], 0)
    assert outcome.done > 20


def test_threads_and_a_writer_who_changes_nothing_that_is_asked_for(kb: ragline.Collection) -> None:
    """Documents of nobody's come and go, and the index is built anew: what others see stays the same, but for BM25's
    statistics, which is why only the vector leg is asked."""
    jobs = [job for job in jobs_of(kb, queries(), answered=0) if job.options.get("mode") == "vector"]
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            kb.ingest([Document(f"hidden{number % 3}", f"The pump leaks, {number}.", acl=())])
            if number % 5 == 4:
                kb.rebuild(kind="flat")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        outcome = in_threads(kb, jobs, SECONDS, 8)
    finally:
        done.set()
        writer.join()
    assert (outcome.errors, outcome.different) == ([], 0)
