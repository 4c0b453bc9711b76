"""How the indexes grow: 10,000, 100,000 and 1,000,000 vectors of distinct real texts, 256 dimensions, 2 threads to build.

The texts are sentences of the shared documents and windows of consecutive ones (:mod:`benchmarks.sentence_windows`); the
queries are texts of other documents, none of whose sentences is in the set. Every build and every search has a process of its
own. Speeds are those of one thread, at the narrowest search that finds .95 of the true 10 nearest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.child import run_child
from benchmarks.figures import Figure
from benchmarks.scale_data import ScaleData, scale_data
from benchmarks.workspace import Workspace
from indexes.embedders.registry import load_embedder

KINDS = ("hnsw-fp16", "ivf-pq")
SIZES = (10_000, 100_000, 1_000_000)
QUICK_SIZES = (2_000, 10_000)
MOST_GROWTH = 20
"""Times as long that a build may take with ten times the vectors: n log n makes it 12 to 13, and half as much again for caches
that hold 10,000 vectors and no more."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the processes found of one kind at one size."""

    kind: str
    count: int
    build: Mapping[str, float]
    search: Mapping[str, float]
    memory: Mapping[str, float]

    def a_vector(self, value: float) -> float:
        return value / self.count


def measure(workspace: Workspace) -> list[Figure]:
    """Build, memory and speed of both kinds at all sizes, and their growth. A quick run: 2,000 and 10,000 vectors."""
    sizes = QUICK_SIZES if workspace.quick else SIZES
    data = scale_data(sizes[-1], load_embedder("light"))
    measured = [_measured(kind, count, data, workspace.folder) for kind in KINDS for count in sizes]
    figures = [*_texts(data)]
    for one in measured:
        figures += _figures(one)
    for small, large in pairwise(measured):
        if small.kind == large.kind:
            figures += _growth(small, large)
    return figures


def _measured(kind: str, count: int, data: ScaleData, place: Path) -> Measured:
    data.truth(count)  # the file that the process reads
    folder = place / f"{kind}-{count}"
    folder.mkdir()
    build = run_child("scale_child:build", kind, data.folder, count, folder)
    search = run_child("scale_child:search", kind, data.folder, count, folder)
    return Measured(kind, count, build, search, run_child("ann_memory", kind, folder))


def _texts(data: ScaleData) -> list[Figure]:
    def told(name: str) -> str:
        return ", ".join(f"{number:,} {key}" for key, number in data.counts[name].items())

    base = f"by sentences: {told('sentences')}; by source: {told('sources')}"
    queries = f"by sentences: {told('query sentences')}; by source: {told('query sources')}"
    return [
        Figure("distinct texts with distinct vectors", len(data.base), "texts", base),
        Figure("queries: texts without a sentence of the set", len(data.queries), "texts", queries, ">= 1000"),
    ]


def _figures(one: Measured) -> list[Figure]:
    build, search, name = one.build, one.search, f"{one.kind}, {one.count:,}"
    peaks = f"{build['peak_anonymous_bytes'] / 1e6:,.0f} MB that no file backs; the vectors are read from a mapped file"
    mapped = f"and {one.a_vector(search['mapped_bytes']):,.0f} B of mapped files after all searches"
    breadth = f"breadth {search['breadth']:.0f}"
    if "cells" in search:
        breadth = f"{search['breadth']:.0f} of {search['cells']:,.0f} cells, {search['candidates']:,.0f} candidates"
    return [
        Figure(
            f"{name}: build",
            build["build_s"],
            "s",
            f"2 threads; {build['processor_s']:.1f} s of both; {build['save_s']:.1f} s more to write",
        ),
        Figure(f"{name}: build, peak of resident memory", build["peak_bytes"] / 1e6, "MB", peaks),
        Figure(f"{name}: resident bytes a vector", one.memory["bytes_per_vector"], "B", mapped, "<= 100"),
        Figure(f"{name}: bytes a vector on disk", one.a_vector(build["disk_bytes"]), "B"),
        Figure(f"{name}: recall@10 with the settings as they come", search["usual_recall"], "", "", ">= 0.95"),
        Figure(f"{name}: recall@10", search["recall"], "", breadth, ">= 0.95"),
        Figure(f"{name}: one at a time", search["one_qps"], "1/s", "one thread, at that recall"),
        Figure(f"{name}: batches of 100", search["batch_qps"], "1/s", "one thread, at that recall"),
    ]


def _growth(small: Measured, large: Measured) -> list[Figure]:
    name, times = f"{large.kind}, {small.count:,} to {large.count:,}", f"{large.count / small.count:g} times as many"
    build = large.build["processor_s"] / small.build["processor_s"]
    kept = large.search["batch_qps"] / small.search["batch_qps"]
    target = f"<= {MOST_GROWTH}" if large.count == 10 * small.count else ""
    return [
        Figure(f"{name}: growth of the build, processor time", build, "x", times, target),
        Figure(f"{name}: speed kept, batches", kept, "x", times),
    ]
