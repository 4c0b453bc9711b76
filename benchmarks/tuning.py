"""What tuning promises beside what it turns out to be: recall on queries that it never saw, forecasts, the cost of watching."""

import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from benchmarks.ann_leg import snapshot_over
from benchmarks.figures import Figure
from benchmarks.vector_data import VectorData, filters, load_vectors, recall
from benchmarks.workspace import Workspace
from eval.tuning.choice import choose
from eval.tuning.forecast import SAMPLE, scaled
from eval.tuning.goals import Goals
from eval.tuning.outcome import TuneReport
from eval.tuning.points import Point
from eval.tuning.sample import sample_of
from eval.tuning.tuner import tune
from indexes.vector.base import VectorIndex
from indexes.vector.faiss_library import faiss_threads, import_faiss
from indexes.vector.recall import K
from indexes.vector.registry import KINDS
from ragline.settings import Settings
from retrieval.recall_watch import RecallWatch

SETTINGS = Settings()
RECALLS = (0.95, 0.98, 0.99, 0.998)
AUTO = "hnsw"
"""What a collection of this size has where nothing else is said."""

SHARES = (0.001, 0.05, 1.0)
FILTERS = ("random", "near the query", "one topic")
ALLOWED = (0.5, 0.1, 0.01)
FILTERED_QUERIES = 200
REPEATS = 5


def measure(workspace: Workspace) -> list[Figure]:
    """Tune on stored vectors only, and ask the held-out queries afterwards."""
    data = load_vectors(quick=workspace.quick)
    with faiss_threads(import_faiss("the tuning suite"), 1):
        report = tune(sample_of(data.base, len(data.base)), Goals(), SETTINGS, threads=1)
        chosen = {goal: choose(report.points, Goals(goal)).nearest for goal in RECALLS}
        kinds = dict.fromkeys([*(point.kind for point in chosen.values()), AUTO, "ivf-rabitq"])
        built = _built(kinds, data, workspace.folder)
        indexes = {name: index for name, (index, _) in built.items()}
        return [
            Figure(
                "tuning: all kinds measured", report.seconds, "s", f"{len(report.points)} points of {len(data.base):,} vectors"
            ),
            *_promises(report, chosen, indexes, data),
            *_forecasts(built, data, workspace.folder),
            *_watching(indexes[AUTO], data),
        ]


def _built(kinds: Iterable[str], data: VectorData, place: Path) -> dict[str, tuple[VectorIndex, float]]:
    """Each kind as it is in service, and the seconds of processor time that it took to build."""
    found = {}
    for name in kinds:
        folder = place / name
        folder.mkdir()
        started = time.process_time()
        index = KINDS[name].build(data.base, metric="cosine", threads=1, settings=SETTINGS)
        seconds = time.process_time() - started
        index.save(folder)
        found[name] = (KINDS[name].load(folder, metric="cosine", settings=SETTINGS), seconds)
    return found


def _promises(
    report: TuneReport, chosen: dict[float, Point], indexes: dict[str, VectorIndex], data: VectorData
) -> list[Figure]:
    truth = data.truth(K, queries=len(data.queries))
    usual = min(point.p50_ms for point in report.points if point.kind == AUTO)
    figures = []
    for goal, point in chosen.items():
        index = indexes[point.kind].searched_with(KINDS[point.kind].searched_as(SETTINGS, point.search))
        rows = np.stack([index.search(query, SETTINGS.depth).rows[:K] for query in data.queries])
        note = f"{point.name}: promised {point.recall:.4f}, at least {point.recall_low:.4f}; {point.memory_bytes / 1e6:.1f} MB"
        figures.append(Figure(f"recall@10 of unseen queries, goal {goal}", recall(rows, truth), "", note, f">= {goal}"))
        worst, where = _worst_filtered(index, data)
        figures.append(Figure(f"recall@10 of unseen queries under filters, goal {goal}", worst, "", f"worst: {where}"))
        note = f"p50 {point.p50_ms:.3f} ms, {AUTO} as it comes {usual:.3f} ms; {SETTINGS.depth} deep"
        figures.append(Figure(f"{AUTO} as it comes / the choice for {goal}, p50", usual / point.p50_ms, "x", note, ">= 1"))
    return figures


def _worst_filtered(index: VectorIndex, data: VectorData) -> tuple[float, str]:
    """The least recall under the filters, and the filter."""
    count, found = min(FILTERED_QUERIES, len(data.queries)), {}
    for share in ALLOWED:
        for name in FILTERS:
            mask = filters(data, share)[name]
            truth = data.truth(K, queries=count, allowed=mask)
            shares = []
            for number, query in enumerate(data.queries[:count]):
                rows = index.search(query, SETTINGS.depth, allowed=mask(number)).rows[:K]
                shares.append(len(truth[number] & set(rows.tolist())) / max(1, len(truth[number])))
            found[f"{name}, {share:.0%} allowed"] = float(np.mean(shares))
    where = min(found, key=found.__getitem__)
    return found[where], where


def _forecasts(built: dict[str, tuple[VectorIndex, float]], data: VectorData, place: Path) -> list[Figure]:
    """Forecasts from a few thousand vectors beside what was built; seconds of processor time, as others use the machine too."""
    figures = []
    count, dim = data.base.shape
    for name, (_, took) in built.items():
        started = time.process_time()
        KINDS[name].build(data.base[:SAMPLE], metric="cosine", threads=1, settings=SETTINGS)
        told = scaled(KINDS[name], time.process_time() - started, min(SAMPLE, count), count, dim, SETTINGS)
        note = f"{told.build_s:.1f} s told, {took:.1f} s taken"
        figures.append(Figure(f"{name}: forecast of the build / the build", told.build_s / took, "x", note, "<= 2.5"))
        files = sum(path.stat().st_size for path in (place / name).iterdir())
        size = KINDS[name].size(count, dim, SETTINGS).disk
        figures.append(Figure(f"{name}: forecast of the files / the files", size / files, "x", f"{files / 1e6:.1f} MB"))
    return figures


def _watching(index: VectorIndex, data: VectorData) -> list[Figure]:
    """The vector leg with and without a share of its searches repeated, in turn."""
    snapshot = snapshot_over(index)
    times: dict[float, list[float]] = {share: [] for share in (0.0, *SHARES)}
    for _ in range(REPEATS):
        for share, found in times.items():
            watch = RecallWatch(share)
            for query in data.queries:
                started = time.perf_counter()
                watch.offer(snapshot, query, SETTINGS.depth, None, snapshot.vector_candidates(query, SETTINGS.depth, None))
                found.append(time.perf_counter() - started)
            watch.wait()
    bare = np.percentile(times[0.0], (50, 99))
    figures = []
    for share in SHARES:
        middle, high = np.percentile(times[share], (50, 99))
        note = f"{middle * 1000:.3f} ms to {bare[0] * 1000:.3f} ms; p99 {high * 1000:.2f} ms to {bare[1] * 1000:.2f} ms"
        target = "<= 1.1" if share == SETTINGS.recall_sample else ""
        figures.append(Figure(f"p50 with {share:g} of the searches repeated / with none", middle / bare[0], "x", note, target))
    return figures
