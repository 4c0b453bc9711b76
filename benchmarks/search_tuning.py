"""Searching for settings: what it finds from good and from poor ones, what a trial costs, and how often chance is
recommended."""

import time
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np

import ragline
from api.search_tuning import _ground, _unchanging
from benchmarks.corpora import shared_corpus
from benchmarks.figures import Figure
from benchmarks.vector_store import StoredEmbedder
from benchmarks.workspace import Workspace
from eval.golden import load_golden
from eval.metrics.registry import parse
from eval.tuning.search.ground import embed_queries
from eval.tuning.search.legs import LegMemory
from eval.tuning.search.outcome import SearchReport, confirmation
from eval.tuning.search.trials import Trial, Tried
from indexes.embedders.registry import load_embedder
from retrieval.query_vectors import QueryVectors

CORPORA = ("scifact", "nfcorpus-preprocessed")
STARTS: dict[str, dict[str, Any]] = {
    "default": {},
    "poor": {"fusion": "rrf", "reranker": "none", "vector_weight": 0.2, "query_expansion": "none", "depth": 30},
}
"""Settings that are in use when the search begins: those that Ragline comes with, and some that nobody should have."""

TRIALS = 40
REPEATS = 3
"""Of the two trials whose cost is compared, in turn; the middle counts."""

SIMULATIONS = 1000
QUERIES, SETTINGS = 100, 40
"""Of a simulated search in which no setting is better than another: queries of each part, and points that are tried."""


def measure(workspace: Workspace) -> list[Figure]:
    """A quick run takes one corpus and fewer simulations."""
    figures = []
    for corpus in CORPORA[:1] if workspace.quick else CORPORA:
        workspace.collection(corpus, embedder="minilm").close()
        for name, settings in STARTS.items():
            with ragline.open(workspace.folder / f"{corpus}-minilm", threads=1, **settings) as kb:
                kb.embedder = StoredEmbedder(load_embedder("minilm", threads=1), workspace.store)
                report = kb.tune_search(shared_corpus(corpus), trials=TRIALS, seconds=3600)
                figures += _found(f"{corpus}, from {name} settings", report, is_poor=name == "poor")
                if name == "default":
                    figures += _cost(kb, corpus)
    return [*figures, chance(200 if workspace.quick else SIMULATIONS)]


def _found(label: str, report: SearchReport, *, is_poor: bool) -> list[Figure]:
    found = report.confirmation
    gain, low = (0.0, 0.0) if found is None else (found.gain, found.low)
    note = f"{len(report.trials) - 1} trials in {report.seconds:.0f} s; {report.verdict}"
    target = ">= 0.000001" if is_poor else ""
    return [
        Figure(f"{label}: gain on the held-out part", gain, "", note),
        Figure(f"{label}: its lower end", low, "", "", target),
    ]


def _cost(kb: ragline.Collection, corpus: str) -> list[Figure]:
    """A trial of another fusion against one in which every leg runs, and its times against those of the clock."""
    golden, space = load_golden(shared_corpus(corpus)), kb._serving.space()
    with ExitStack() as stack:
        snapshot = stack.enter_context(_unchanging(space))
        vectors = QueryVectors(lambda: space.embedder, 10_000)
        embed_queries(vectors, [item.query for item in golden.items])
        ground = _ground(space, snapshot, vectors, None, 0.0)
        seconds: dict[bool, list[float]] = {True: [], False: []}
        p50: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(REPEATS):
            afresh = replace(ground, memory=LegMemory())
            tried = Tried(lambda _, own=afresh: nullcontext(own), kb.settings, parse("nDCG@10"), stack)
            tried.run(0, {}, golden)  # its legs are remembered
            for remembers in (True, False):
                started = time.process_time()
                p50[remembers].append(tried.run(1, {"fusion": "dbsf"}, golden, remembers=remembers).p50_ms)
                seconds[remembers].append(time.process_time() - started)
    cost, together, clock = median(seconds[True]) / median(seconds[False]), median(p50[True]), median(p50[False])
    note = f"{median(seconds[True]) * 1000 / len(golden):.2f} ms of processor time a query"
    times = f"{together:.2f} and {clock:.2f} ms"
    return [
        Figure(f"{corpus}: a trial / one that runs every leg", cost, "x", note, "<= 1"),
        Figure(f"{corpus}: p50 put together / p50 on the clock", together / clock, "x", times, "<= 1.5"),
    ]


def chance(simulations: int) -> Figure:
    """The share of searches that recommend something where no setting is better than another.

    Every query has its own difficulty, and every setting its own luck with it. The best on the train part is confirmed.
    """
    draw, recommended = np.random.default_rng(0), 0
    for _ in range(simulations):
        scores = _luck(draw)
        best = int(scores["train"].mean(axis=1).argmax())
        before, after = (_trial(number, scores["held out"][number]) for number in (0, best))
        recommended += best != 0 and confirmation(before, after).is_real
    note = f"{simulations} searches over {SETTINGS} points that are equally good, {QUERIES} queries in each part"
    return Figure("searches that recommend chance", 100 * recommended / simulations, "%", note, "<= 4.5")


def _luck(draw: np.random.Generator) -> dict[str, Any]:
    parts = {}
    for part in ("train", "held out"):
        difficulty = draw.beta(2, 1, QUERIES)
        moved = draw.random((SETTINGS, QUERIES)) < 0.25
        parts[part] = np.clip(difficulty + moved * draw.normal(0, 0.3, (SETTINGS, QUERIES)), 0, 1)
    return parts


def _trial(number: int, scores: Any) -> Trial:
    return Trial(number, {}, float(np.mean(scores)), 1.0, 1.0, 0, {str(n): float(score) for n, score in enumerate(scores)})
