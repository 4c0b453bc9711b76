"""The points of one kind: one index is built, saved and loaded as in service, and searched with other parameters each time.

Searches are as deep as those of the collection: a graph is at least as broad as its depth asks for, and compressed kinds score
so many candidates again. What a search for ten results would cost tells little about one for a hundred.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np

from eval.bootstrap import mean_interval
from eval.tuning.points import Point
from eval.tuning.sample import Sample
from indexes.vector.base import VectorIndex, Vectors
from indexes.vector.cells import LEAST_VECTORS
from indexes.vector.graph import OVERSEARCH
from indexes.vector.ivf import LEAST_FETCH
from indexes.vector.recall import K
from indexes.vector.registry import Kind
from ragline.settings import Settings

BREADTHS = (1.0, 1.25, 1.6, 2.0, 3.0, 4.5, 7.0, 12.0)
"""Breadths of a graph search, as multiples of the least that the depth allows."""

NARROWEST, BROADEST = 8, 4096
"""What the setting hnsw_ef_search may be."""

PROBES = (1 / 32, 1 / 16, 1 / 10, 1 / 6, 1 / 4, 2 / 5, 2 / 3, 1.0)
"""Shares of the cells that are searched."""

FETCHES = (1, 2, 5)
"""Candidates scored again, as multiples of the least that the depth allows."""

TIMED, REPEATS = 200, 3
"""So many queries are timed, each so often, and the middle counts: what other processes take falls out."""

CONFIDENCE = 0.9
"""Of the two-sided interval: with 95 % the recall is at least its lower end."""

ENOUGH = 0.9995
"""A sweep goes no further when the recall can hardly rise,"""

LEVEL, FLAT = 0.9, 0.0005
"""or, from this recall on, when it has risen by less than that over two steps."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Built:
    """An index as it is in service, and how long it took to build."""

    kind: Kind
    index: VectorIndex
    build_s: float


def built(kind: Kind, sample: Sample, settings: Settings, threads: int, folder: Path) -> Built:
    """Build an index over the sample, and load it from its files."""
    started = time.perf_counter()
    index = kind.build(sample.vectors, metric="cosine", threads=threads, settings=settings)
    build_s = time.perf_counter() - started
    index.save(folder)
    return Built(kind, kind.load(folder, metric="cosine", settings=settings), build_s)


def sweep(kind: Kind, sample: Sample, settings: Settings, *, threads: int, tell: Tell = lambda _: None) -> list[Point]:
    """The points of a kind, over the grid of its search settings. Raises :class:`ragline.errors.MissingExtra`."""
    tell("build")
    with tempfile.TemporaryDirectory(prefix="ragline-tune-") as folder:
        return points_of(built(kind, sample, settings, threads, Path(folder)), sample, settings, tell=tell)


def points_of(of: Built, asked: Sample, settings: Settings, *, tell: Tell = lambda _: None) -> list[Point]:
    """The points of an index that is there."""
    found: list[Point] = []
    for line in grid(of, settings):
        measured: list[Point] = []
        for search in line:
            tell(", ".join(f"{name} {value}" for name, value in search.items()))
            measured.append(measure(of, asked, settings, search))
            if _is_done(measured):
                break
        found += measured
    return found


def grid(of: Built, settings: Settings) -> Iterator[list[dict[str, int]]]:
    """Search settings to try, in lines along which recall and cost rise."""
    depth, count, searching = settings.depth, of.index.count, of.kind.searching
    if "hnsw_ef_search" in searching:
        least = max(NARROWEST, ceil(OVERSEARCH * depth))
        breadths = sorted({min(BROADEST, ceil(least * times)) for times in BREADTHS})
        yield [{"hnsw_ef_search": breadth} for breadth in breadths]
    elif "ivf_probes" in searching and count >= LEAST_VECTORS:
        cells = int(of.index.parameters["cells"])
        probes = sorted({max(1, round(cells * share)) for share in PROBES})
        least = ceil(max(LEAST_FETCH, depth) / depth)
        for fetch in (least * times for times in FETCHES):
            yield [{"ivf_probes": probe, "over_fetch": fetch} for probe in probes]
    else:
        yield [{}]


def _is_done(line: list[Point]) -> bool:
    recalls = [point.recall for point in line]
    is_level = len(recalls) > 2 and recalls[-3] >= LEVEL and recalls[-1] - recalls[-3] < FLAT
    return recalls[-1] >= ENOUGH or is_level


def measure(of: Built, asked: Sample, settings: Settings, search: Mapping[str, int]) -> Point:
    """One point: every query is asked for its recall, and then again for the time it takes."""
    index = of.index.searched_with(of.kind.searched_as(settings, search))
    depth = max(settings.depth, K) + 1
    recalls = [asked.truth.recall(number, index.search(query, depth).rows) for number, query in enumerate(asked.queries)]
    times = np.sort([_timed(index, asked.queries[:TIMED], settings.depth) for _ in range(REPEATS)], axis=0)[REPEATS // 2]
    p50, p95 = np.percentile(times, (50, 95)) * 1000
    interval = mean_interval(recalls, confidence=CONFIDENCE)
    size = index.size
    if asked.is_partial:
        whole = of.kind.size(asked.total, index.dim, settings)
        memory, mapped = whole.resident, whole.mapped
    else:
        memory, mapped = size.resident, size.mapped
    return Point(
        of.kind.name,
        dict(search),
        interval.mean,
        interval.low,
        float(p50),
        float(p95),
        memory,
        mapped,
        size.resident / index.count,
        of.build_s,
        len(recalls),
    )


def _timed(index: VectorIndex, queries: Vectors, depth: int) -> list[float]:
    times = []
    for query in queries:
        started = time.perf_counter()
        index.search(query, depth)
        times.append(time.perf_counter() - started)
    return times
