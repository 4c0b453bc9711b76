"""Measures that need a process of their own: ``python -m benchmarks.child <name> <argument>...`` prints one JSON object.

A measure that stands in another module of the benchmarks is named with it: ``scale_child:build``.
"""

import ctypes
import gc
import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.corpora import ROOT, documents_of, queries_of
from benchmarks.vector_store import VectorStore, default_store, open_stored
from ragline.errors import RaglineError

_TOP = 10


def run_child(name: str, *arguments: object) -> dict[str, float]:
    """What the measure ``name`` found, in a fresh process. Raises :class:`RaglineError` when it fails."""
    command = [sys.executable, "-m", "benchmarks.child", name, *map(str, arguments)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise RaglineError(f"The measure {name!r} failed. Correct what its process says:\n{run.stderr[-2000:]}")
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def overhead(folder: str, step: str) -> dict[str, float]:
    """Ingest every ``step``-th document of SciFact with kept vectors: seconds in all, and those spent in the embedder."""
    documents = documents_of("scifact")[:: int(step)]
    with closing(VectorStore(default_store())) as store:
        collection, _ = open_stored(Path(folder), store, embedder="minilm")
        started = time.perf_counter()
        with collection:
            report = collection.ingest(documents)
        wall = time.perf_counter() - started
    return {
        "wall_s": wall,
        "embedding_s": report.embedding_seconds,
        "documents": len(documents),
        "chunks": report.embedded,
    }


def reopen(folder: str, query: str) -> dict[str, float]:
    """Seconds to load the model, to open a collection, to its first hybrid hits, and for the vector of that query."""
    import ragline
    from indexes.embedders.registry import load_embedder

    started = time.perf_counter()
    load_embedder("minilm")
    loaded = time.perf_counter()
    with ragline.open(folder, create=False) as collection:
        opened = time.perf_counter()
        hits = collection.search(query, _TOP, explain=True)
        found = time.perf_counter()
    explanation = hits[0].explanation
    embedding = 0.0 if explanation is None else explanation.timings_ms["embed"] / 1000
    return {"model_s": loaded - started, "open_s": opened - loaded, "first_s": found - opened, "embedding_s": embedding}


def memory(folder: str) -> dict[str, float]:
    """Resident MB with the model loaded and used, and after a collection of SciFact was opened and every query run."""
    import psutil

    import ragline
    from indexes.embedders.registry import load_embedder

    texts = queries_of("scifact")
    process = psutil.Process()
    embedder = load_embedder("minilm")
    for text in texts:
        embedder.embed_query(text)
    model = process.memory_info().rss
    with ragline.open(folder, create=False) as collection:
        for text in texts:
            collection.search(text, _TOP)
        whole = process.memory_info().rss
    return {"model_mb": model / 1e6, "whole_mb": whole / 1e6}


def tree(folder: str, root: str, *sources: str) -> dict[str, float]:
    """Ingest folders with the light embedder: seconds, what came in, and the peak of resident MB of this process."""
    import ragline

    with ragline.open(folder, embedder="light") as collection:
        report = collection.ingest(sources, root=root)
        chunks = collection.stats()["chunks"]
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return {
        "wall_s": report.seconds,
        "embedding_s": report.embedding_seconds,
        "files": len(report.rows),
        "failed": len(report.failures),
        "chunks": chunks,
        "embedded": report.embedded,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6,
    }


def ann_memory(kind: str, folder: str) -> dict[str, float]:
    """Bytes a vector of memory that no file backs, after an index of this kind was loaded and searched. Linux only."""
    from indexes.vector.base import VectorIndex
    from indexes.vector.faiss_library import import_faiss
    from indexes.vector.registry import KINDS
    from ragline.settings import Settings

    def load_and_search(place: str) -> VectorIndex:
        index = KINDS[kind].load(Path(place), metric="cosine", settings=Settings())
        for query in np.random.default_rng(2).standard_normal((100, index.dim)).astype(np.float32):
            index.search(query, 10)
        return index

    import_faiss("the ann suite").omp_set_num_threads(1)
    with tempfile.TemporaryDirectory() as small:  # what the libraries take once, whatever the size of the index
        vectors = np.random.default_rng(1).standard_normal((1_000, 32)).astype(np.float32)
        KINDS[kind].build(vectors, metric="cosine", threads=1, settings=Settings()).save(Path(small))
        load_and_search(small)
    before = anonymous_bytes()
    index = load_and_search(folder)
    return {"bytes_per_vector": (anonymous_bytes() - before) / index.count}


def anonymous_bytes() -> int:
    """Resident bytes of this process that no file backs, after what was freed is given back. Linux only."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # only what is held counts
    return memory_status("RssAnon")


def memory_status(name: str) -> int:
    """Bytes of this process by their name in Linux's ``/proc/self/status``: ``RssAnon``, ``RssFile``, ``VmRSS``, ``VmHWM``."""
    status = Path("/proc/self/status").read_text("utf-8")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(f"{name}:"))


MEASURES: dict[str, Callable[..., dict[str, float]]] = {
    "overhead": overhead,
    "reopen": reopen,
    "memory": memory,
    "tree": tree,
    "ann_memory": ann_memory,
}


def measure_named(name: str) -> Callable[..., dict[str, float]]:
    """The measure of this module, or of the one that the name says."""
    module, colon, function = name.partition(":")
    found: Callable[..., dict[str, float]] = (
        getattr(importlib.import_module(f"benchmarks.{module}"), function) if colon else MEASURES[name]
    )
    return found


if __name__ == "__main__":
    print(json.dumps(measure_named(sys.argv[1])(*sys.argv[2:])))
