"""What a process of its own measures of one kind of index at one size: its build, then its memory and speed."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.child import memory_status
from benchmarks.paired import measure_speeds
from benchmarks.vector_data import recall
from indexes.vector.base import VectorIndex, Vectors
from indexes.vector.faiss_library import faiss_threads, import_faiss
from indexes.vector.ivf import candidates
from indexes.vector.registry import KINDS
from ragline.durable import folder_size
from ragline.settings import Settings

K = 10
GOAL = 0.95
BUILD_THREADS = 2
SETTINGS = Settings(hnsw_m=16, hnsw_ef_construction=200)
BREADTHS = (10, 12, 14, 16, 18, 20, 24, 28, 32, 36, 40, 48, 56, 64, 72, 80, 96, 112, 128, 160, 192, 256, 320, 384, 512)
PROBES = (4, 6, 8, 10, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 256, 384, 512)
OVER_FETCHES = (20, 30, 40, 60, 80, 120, 160, 240)
"""Candidates that are scored again, for each row wanted, where they are more than the least that our index takes."""

_REPEATS = 3
_SAMPLE_S = 0.05


@dataclass(frozen=True, slots=True)
class Breadth:
    """A search that reaches the goal, or the broadest tried: breadth of the graph or cells, candidates a row (0 = none)."""

    value: int
    over_fetch: int
    recall: float

    @property
    def settings(self) -> Settings:
        if self.over_fetch:
            return replace(SETTINGS, ivf_probes=self.value, over_fetch=self.over_fetch)
        return replace(SETTINGS, hnsw_ef_search=self.value)


def build(kind: str, data: str, count: str, folder: str) -> dict[str, float]:
    """Build an index over the first ``count`` vectors of ``data/base.npy`` with 2 threads and save it.

    Seconds on the clock and of both processors, and the peaks of resident bytes of this process: in all, and of what no file
    backs.
    """
    vectors = np.load(Path(data) / "base.npy", mmap_mode="r")[: int(count)]
    import_faiss("the scale suite")
    with _peak_anonymous() as peak:
        started, processor_started = time.perf_counter(), time.process_time()
        index = KINDS[kind].build(vectors, metric="cosine", threads=BUILD_THREADS, settings=SETTINGS)
        built, processor_built = time.perf_counter(), time.process_time()
        index.save(Path(folder))
        saved = time.perf_counter()
    return {
        "build_s": built - started,
        "processor_s": processor_built - processor_started,
        "save_s": saved - built,
        "peak_bytes": memory_status("VmHWM"),
        "peak_anonymous_bytes": peak[0],
        "disk_bytes": folder_size(Path(folder)),
    }


def search(kind: str, data: str, count: str, folder: str) -> dict[str, float]:
    """Load an index, find the narrowest search with recall@10 of .95, and time it with one thread.

    ``mapped_bytes`` are those of the mapped files that are resident by the end; ``usual_recall`` is what the settings find as
    they come.
    """
    queries = np.load(Path(data) / "queries.npy")
    truth = [set(row) for row in np.load(Path(data) / f"truth-{count}.npy").tolist()]

    def load(breadth: Breadth | None) -> VectorIndex:
        settings = SETTINGS if breadth is None else breadth.settings
        return KINDS[kind].load(Path(folder), metric="cosine", settings=settings)

    with faiss_threads(import_faiss("the scale suite"), 1):
        usual = recall(load(None).search_batch(queries, K).rows, truth)
        sweep = _cells_sweep if kind.startswith("ivf") else _graph_sweep
        found = sweep(load, queries, truth)
        index = load(found)
        one = measure_speeds({"one": lambda query: index.search(query, K)}, queries, _REPEATS, single=True).qps("one")
        many = measure_speeds({"many": lambda block: index.search_batch(block, K)}, queries, _REPEATS, single=False).qps("many")
        mapped = mapped_bytes(Path(folder))
    return {
        "breadth": found.value,
        "candidates": candidates(index.count, K, over_fetch=found.over_fetch),
        "recall": found.recall,
        "usual_recall": usual,
        "one_qps": one,
        "batch_qps": many,
        "mapped_bytes": mapped,
        **{name: float(value) for name, value in index.parameters.items() if not isinstance(value, str)},
    }


Load = Callable[[Breadth | None], VectorIndex]


def _graph_sweep(load: Load, queries: Vectors, truth: list[set[int]]) -> Breadth:
    return _narrowest(load, queries, truth, BREADTHS, 0)


def _cells_sweep(load: Load, queries: Vectors, truth: list[set[int]]) -> Breadth:
    """The fastest of the narrowest searches, each with more candidates than the one before."""
    least = candidates(load(None).count, K, over_fetch=1)
    more = [over_fetch for over_fetch in OVER_FETCHES if over_fetch * K > least]
    found = [_narrowest(load, queries, truth, PROBES, over_fetch) for over_fetch in (SETTINGS.over_fetch, *more)]
    reached = [breadth for breadth in found if breadth.recall >= GOAL]
    if not reached:
        return max(found, key=lambda breadth: breadth.recall)
    speeds = {}
    for breadth in reached:
        index = load(breadth)
        calls = {"many": lambda block, index=index: index.search_batch(block, K)}
        speeds[breadth] = measure_speeds(calls, queries, 1, single=False).qps("many")
    return max(reached, key=speeds.__getitem__)


def _narrowest(load: Load, queries: Vectors, truth: list[set[int]], values: Sequence[int], over_fetch: int) -> Breadth:
    """The least of ``values`` that reaches the goal, or the greatest."""
    for value in values:
        tried = Breadth(value, over_fetch, 0.0)
        tried = replace(tried, recall=recall(load(tried).search_batch(queries, K).rows, truth))
        if tried.recall >= GOAL:
            break
    return tried


def mapped_bytes(folder: Path) -> int:
    """Resident bytes of the files of a folder that this process has mapped. Linux only."""
    total, is_own = 0, False
    for line in Path("/proc/self/smaps").read_text("utf-8").splitlines():
        name, _, rest = line.partition(":")
        if "-" in name.split(" ", 1)[0]:  # a mapping begins with its addresses, and ends with its file
            is_own = line.endswith(tuple(str(path) for path in folder.iterdir()))
        elif name == "Rss" and is_own:
            total += int(rest.split()[0]) * 1024
    return total


@contextmanager
def _peak_anonymous() -> Iterator[list[int]]:
    """One number that grows to the most resident bytes that no file backs, looked at every 50 ms."""
    peak, done = [memory_status("RssAnon")], threading.Event()

    def watch() -> None:
        while not done.wait(_SAMPLE_S):
            peak[0] = max(peak[0], memory_status("RssAnon"))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
