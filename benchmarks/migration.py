"""What a migration costs, and what those who search and write meanwhile notice of it: SciFact, from light to MiniLM.

Readers and a writer are threads of the process that migrates, which is the worst place for them: all share its processors, its
interpreter and, after the switch, its encoder.
"""

import threading
import time
from collections.abc import Callable

import numpy as np

import ragline
from benchmarks.corpora import documents_of, queries_of
from benchmarks.figures import Figure
from benchmarks.workspace import Workspace
from ragline.errors import RaglineError
from ragline.types import Document

_QUICK_STEP = 10
_QUIET_S = 5.0
_PAUSE_S = 0.02  # a reader asks and thinks; one that never rests measures the interpreter's lock


def measure(workspace: Workspace) -> list[Figure]:
    """A quick run takes 519 documents."""
    documents = documents_of("scifact")[:: _QUICK_STEP if workspace.quick else 1]
    queries = queries_of("scifact")
    with ragline.open(workspace.folder / "fresh", embedder="minilm") as fresh:
        fresh.embedder.embed_query(queries[0])  # loaded before the clock runs
        started = time.perf_counter()
        fresh.ingest(documents)
        ingest_s = time.perf_counter() - started
    with ragline.open(workspace.folder / "kb", embedder="light") as kb:
        kb.ingest(documents)
        quiet, _ = _searches(kb, queries, lambda: time.sleep(_QUIET_S))
        writes: list[float] = []
        failures: list[RaglineError] = []
        end = threading.Event()
        writer = threading.Thread(target=_write, args=(kb, end, writes, failures))
        writer.start()
        started = time.perf_counter()
        busy, errors = _searches(kb, queries, lambda: kb.migrate(embedder="minilm"))
        migrate_s = time.perf_counter() - started
        end.set()
        writer.join()
        is_well = kb.health()["ok"] and len(kb.document_ids()) == len(documents) + 1
    note = f"{len(documents):,} documents"
    return [
        Figure("migration", migrate_s, "s", note),
        Figure("migration / a fresh ingest", migrate_s / ingest_s, "x", f"{migrate_s:.1f} s / {ingest_s:.1f} s"),
        Figure(
            "errors of readers and writers",
            errors + len(failures) + (not is_well),
            "count",
            f"{len(busy)} searches, {len(writes)} writes",
        ),
        Figure("search p99 before", _p99(quiet), "ms", f"light, {len(quiet)} searches"),
        Figure("search p99 meanwhile", _p99(busy), "ms", "one reader in the migrating process"),
        Figure("longest wait of a write meanwhile", 1000 * max(writes), "ms", "the last step is in it, and the write itself"),
    ]


def _searches(kb: ragline.Collection, queries: list[str], work: Callable[[], object]) -> tuple[list[float], int]:
    """Seconds of each search that one reader makes while ``work`` is done, and how many raised."""
    end, seconds, errors = threading.Event(), [], []

    def read() -> None:
        while not end.is_set():
            started = time.perf_counter()
            try:
                kb.search(queries[len(seconds) % len(queries)], 10)
            except RaglineError as error:
                errors.append(error)
            seconds.append(time.perf_counter() - started)
            end.wait(_PAUSE_S)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        work()
    finally:
        end.set()
        reader.join()
    return seconds, len(errors)


def _write(kb: ragline.Collection, end: threading.Event, seconds: list[float], failures: list[RaglineError]) -> None:
    edition = 0
    while not end.is_set():
        started = time.perf_counter()
        try:
            kb.ingest([Document("edited", f"Edition {edition} of a document that changes all the time.")])
        except RaglineError as error:
            failures.append(error)
        seconds.append(time.perf_counter() - started)
        edition += 1
        end.wait(1.0)


def _p99(seconds: list[float]) -> float:
    return 1000 * float(np.percentile(seconds, 99))
