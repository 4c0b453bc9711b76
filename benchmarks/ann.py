"""Vector indexes beside the libraries they are made of: speed, recall and memory, one thread, both sides in one run.

The libraries run alone over the files that our indexes wrote, or over the very graph in memory, with the same search
parameters. The two sides take turns.
"""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ann_bare import Call, faiss_hnsw, faiss_ivf, faiss_over, hnswlib_hnsw
from benchmarks.ann_leg import batch_with_ids, vector_leg
from benchmarks.child import run_child
from benchmarks.figures import Figure
from benchmarks.paired import Speeds, measure_speeds
from benchmarks.vector_data import VectorData, filters, load_vectors, recall
from benchmarks.workspace import Workspace
from indexes.vector.base import Mask, Rows, Selection, VectorIndex, Vectors
from indexes.vector.faiss_library import faiss_threads, import_faiss
from indexes.vector.ivf import candidates
from indexes.vector.registry import KINDS
from ragline.settings import Settings

K = 10
SETTINGS = Settings(hnsw_m=16, hnsw_ef_construction=200, hnsw_ef_search=64)
MORE_LINKS = "hnsw-int8, 24 links"
SHARES = (0.5, 0.1, 0.01, 0.001)
FILTERED_QUERIES = 100
LEAST_FILTERED_RECALL = 0.97
FAR = "far from the query"
BREADTHS = (10, 12, 14, 16, 18, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 72, 80, 96, 112, 128, 192, 256)
PROBES = (12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192)


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measures work with: the data, and a folder for each kind that was built."""

    data: VectorData
    folders: Mapping[str, Path]
    repeats: int
    truth: list[set[int]] = field(repr=False)

    def load(self, kind: str, **settings: int) -> VectorIndex:
        name, _, _ = kind.partition(",")
        return KINDS[name].load(self.folders[kind], metric="cosine", settings=replace(SETTINGS, **settings))

    def speeds(self, calls: Mapping[str, object], *, single: bool) -> Speeds:
        queries = self.data.queries
        return measure_speeds(calls, queries[: len(queries) // 2] if single else queries, self.repeats, single=single)  # type: ignore[arg-type]

    def recall(self, index: VectorIndex) -> float:
        return recall(index.search_batch(self.data.queries, K).rows, self.truth)


def measure(workspace: Workspace) -> list[Figure]:
    """Everything, on 45,178 real text vectors and 1,000 queries; a quick run: 10,000 and 300, fewer repeats."""
    data = load_vectors(quick=workspace.quick)
    with faiss_threads(import_faiss("the ann suite"), 1):
        folders = _build(data.base, workspace.folder)
        bench = Bench(data, folders, 3 if workspace.quick else 9, data.truth(K, queries=len(data.queries)))
        return [*_kinds(bench), *_layer(bench), *_filtered_speed(bench), *_best(bench), *_compressed(bench), *_filtered(bench)]


def _build(base: Vectors, place: Path) -> dict[str, Path]:
    folders = {}
    for name, kind in KINDS.items():
        if name == "hnswlib" and importlib.util.find_spec("hnswlib") is None:
            continue
        folders[name] = place / name
        folders[name].mkdir()
        kind.build(base, metric="cosine", threads=1, settings=SETTINGS).save(folders[name])
    folders[MORE_LINKS] = place / "more-links"
    folders[MORE_LINKS].mkdir()
    more = replace(SETTINGS, hnsw_m=24)
    KINDS["hnsw-int8"].build(base, metric="cosine", threads=1, settings=more).save(folders[MORE_LINKS])
    return folders


def _kinds(bench: Bench) -> list[Figure]:
    """Every kind as it comes, except that graphs search with breadth 64."""
    figures = []
    for kind in bench.folders:
        index = bench.load(kind)
        calls = {"ours": lambda queries, index=index: index.search_batch(queries, K)}
        few = replace(bench, data=replace(bench.data, queries=bench.data.queries[:200])) if kind == "flat" else bench
        qps = few.speeds(calls, single=False).qps("ours")
        resident = run_child("ann_memory", kind.partition(",")[0], bench.folders[kind])["bytes_per_vector"]
        files = sum(path.stat().st_size for path in bench.folders[kind].iterdir()) / index.count
        note = f"recall@10 {bench.recall(index):.3f}, {resident:.0f} B a vector resident, {files:.0f} B on disk"
        figures.append(Figure(f"{kind}: batches of 100", qps, "1/s", note))
    return figures


def _layer(bench: Bench) -> list[Figure]:
    """Rows and scores out of an index, and chunk ids and scores out of a collection, beside the library alone at the same
    breadth.
    """
    indexes = {kind: bench.load(kind) for kind in ("hnsw", "hnswlib") if kind in bench.folders}
    bare = {"hnsw": ("FAISS HNSW", faiss_over(bare_graph(indexes["hnsw"])._graph, K, SETTINGS.hnsw_ef_search))}
    if "hnswlib" in indexes:
        bare["hnswlib"] = ("hnswlib", hnswlib_hnsw(bare_graph(indexes["hnswlib"])._graph, K))
    figures = []
    for kind, (library, call) in bare.items():
        index = indexes[kind]
        calls = {"ours": lambda query, index=index: index.search(query, K), "leg": vector_leg(index, K), "bare": call}
        one = bench.speeds(calls, single=True)
        batches = {"ours": lambda queries, index=index: index.search_batch(queries, K), "ids": batch_with_ids(index, K)}
        many = bench.speeds({**batches, "bare": call}, single=False)
        recalls = f"recall@10 {bench.recall(index):.4f}, bare {recall(call(bench.data.queries), bench.truth):.4f}"
        for name, speeds, target in (("one at a time", one, ">= 0.85"), ("batches of 100", many, ">= 0.95")):
            note = f"{speeds.qps('ours'):,.0f} to {speeds.qps('bare'):,.0f} a second; {recalls}"
            figures.append(Figure(f"{kind} / bare {library}, {name}", speeds.ratio("ours", "bare"), "x", note, target))
        note = f"{one.qps('leg'):,.0f} to {one.qps('bare'):,.0f} a second"
        name = f"vector leg of a collection, {kind} / bare {library}, one at a time"
        figures.append(Figure(name, one.ratio("leg", "bare"), "x", note, ">= 0.85"))
        listed = float(index.parameters.get("unreached", 0))
        figures.append(Figure(f"{kind}: rows that the graph does not reach", listed, "", f"of {index.count}"))
        name = f"chunk ids and scores, {kind} / bare {library}, batches of 100"
        figures.append(Figure(name, many.ratio("ids", "bare"), "x", "", ">= 0.95"))
    return figures


def bare_graph(index: VectorIndex) -> Any:
    """The graph index itself, where rows that it does not reach, or copies, are held around it."""
    while hasattr(index, "_inner"):
        index = index._inner
    return index


def _filtered_speed(bench: Bench) -> list[Figure]:
    """One query at a time with a random filter of 10 %, beside FAISS with its selector at the breadth that ours takes, and at
    the narrowest that finds enough.
    """
    mask = filters(bench.data, 0.1)["random"](0)
    truth = bench.data.truth(K, queries=len(bench.data.queries), allowed=lambda _: mask)
    index, selection = bench.load("hnsw"), Selection(mask)
    breadth = bare_graph(index)._breadth(K, selection)  # the parameter that both sides share
    same = faiss_hnsw(bench.folders["hnsw"], K, breadth, mask)
    ef, narrow = _narrowest_bare(bench, truth, LEAST_FILTERED_RECALL, mask)
    calls = {"ours": lambda query: index.search(query, K, allowed=selection), "leg": vector_leg(index, K, mask)}
    speeds = bench.speeds({**calls, "same": same, "narrow": narrow}, single=True)
    ours = recall(index.search_batch(bench.data.queries, K, allowed=selection).rows, truth)
    figures = []
    for name, call, wide, target in (("same", same, breadth, ">= 0.85"), ("narrow", narrow, ef, "")):
        note = f"{speeds.qps('ours'):,.0f} to {speeds.qps(name):,.0f} a second; recall@10 {ours:.4f}"
        note += f", bare {recall(call(bench.data.queries), truth):.4f}"
        figures.append(
            Figure(f"hnsw / bare FAISS HNSW at ef {wide}, 10 % filter", speeds.ratio("ours", name), "x", note, target)
        )
    name = f"vector leg of a collection, hnsw / bare FAISS HNSW at ef {breadth}, 10 % filter"
    return [*figures, Figure(name, speeds.ratio("leg", "same"), "x", f"{speeds.qps('leg'):,.0f} a second", ">= 0.85")]


def _best(bench: Bench) -> list[Figure]:
    """The fastest of our kinds that reaches a recall, beside the narrowest float32 graph that does."""
    figures = []
    for goal in (0.95, 0.99):
        narrow, bare = _narrowest_bare(bench, bench.truth, goal)
        ours = {kind: _narrowest(bench, kind, goal) for kind in bench.folders if kind != "flat"}
        reached = {kind: found for kind, found in ours.items() if found is not None}
        pairs = {  # two at a time: more of them would drive each other out of the processor's caches
            kind: bench.speeds(
                {"ours": lambda queries, index=index: index.search_batch(queries, K), "bare": bare}, single=False
            )
            for kind, (index, _) in reached.items()
        }
        fastest = max(pairs, key=lambda kind: pairs[kind].ratio("ours", "bare"))
        for kind, (_, note) in reached.items():
            best, speeds = kind == fastest, pairs[kind]
            figures.append(
                Figure(
                    f"{kind} / bare FAISS HNSW (ef {narrow}) at recall@10 {goal}" + (", the best" if best else ""),
                    speeds.ratio("ours", "bare"),
                    "x",
                    f"{speeds.qps('ours'):,.0f} to {speeds.qps('bare'):,.0f} a second; {note}",
                    ">= 1.2" if best else "",
                )
            )
    return figures


def _narrowest_bare(bench: Bench, truth: list[set[int]], goal: float, allowed: Mask | None = None) -> tuple[int, Call]:
    """The least breadth with which FAISS's float32 graph reaches a recall, or the greatest that is tried."""
    for ef in BREADTHS:
        call = faiss_hnsw(bench.folders["hnsw"], K, ef, allowed)
        if recall(call(bench.data.queries), truth) >= goal:
            break
    return ef, call


def _narrowest(bench: Bench, kind: str, goal: float) -> tuple[VectorIndex, str] | None:
    name, values = ("ivf_probes", PROBES) if kind.startswith("ivf") else ("hnsw_ef_search", BREADTHS)
    for value in values:
        index = bench.load(kind, **{name: value})
        if (found := bench.recall(index)) >= goal:
            return index, f"{name} {value}, recall@10 {found:.4f}"
    return None


def _compressed(bench: Bench) -> list[Figure]:
    """Codes of about a bit a dimension, scored again: recall, memory, and the cost of our layer."""
    figures = []
    for kind in ("ivf-pq", "ivf-rabitq"):
        index = bench.load(kind)
        probes = index._probes  # type: ignore[attr-defined]  # the parameter that both sides share
        scored = candidates(index.count, K, over_fetch=SETTINGS.over_fetch)
        bare, codes = (faiss_ivf(bench.folders[kind], K, probes, fetch) for fetch in (scored, 0))
        ours = lambda queries, index=index: index.search_batch(queries, K)  # noqa: E731
        speeds = bench.speeds({"ours": ours, "bare": bare, "codes": codes}, single=False)
        one = bench.speeds({"ours": lambda query, index=index: index.search(query, K), "bare": bare}, single=True)
        resident = run_child("ann_memory", kind, bench.folders[kind])["bytes_per_vector"]
        alone = recall(codes(bench.data.queries), bench.truth)
        note = f"{speeds.qps('ours'):,.0f} to {speeds.qps('bare'):,.0f} a second"
        figures += [
            Figure(f"{kind}: recall@10", bench.recall(index), "", f"{probes} cells searched", ">= 0.98"),
            Figure(f"{kind}: resident bytes a vector", resident, "B", "memory that no file backs", "<= 100"),
            Figure(f"{kind} / the same index without our layer, batches", speeds.ratio("ours", "bare"), "x", note, ">= 0.8"),
            Figure(f"{kind} / the same index without our layer, one at a time", one.ratio("ours", "bare"), "x", "", ">= 0.8"),
            Figure(f"{kind}: recall@10 of the codes alone", alone, "", f"{speeds.qps('codes'):,.0f} a second"),
        ]
    return figures


def _filtered(bench: Bench) -> list[Figure]:
    """Recall and number of results under filters: the worst of by chance, near the query and one topic, for kind and share.

    A filter that leaves the rows farthest from the query is counted apart: the best of them lie so close together that half
    precision cannot tell their order. A row whose true score is within the index's error of the last true one counts there.
    """
    count = min(FILTERED_QUERIES, len(bench.data.queries))
    kinds = [kind for kind in bench.folders if kind in KINDS]
    figures, far, short = [], dict.fromkeys(kinds, 1.0), 0
    for share in SHARES:
        masks = filters(bench.data, share)
        truths = {name: bench.data.truth(K, queries=count, allowed=mask) for name, mask in masks.items()}
        for kind in kinds:
            index = bench.load(kind)
            found = {}
            for name, mask in masks.items():
                rows = [index.search(query, K, allowed=mask(n)).rows[:K] for n, query in enumerate(bench.data.queries[:count])]
                short += sum(len(one) != len(true) for one, true in zip(rows, truths[name], strict=True))
                error = index.capabilities.score_error if name == FAR else 0.0
                found[name] = float(np.mean([_reached(bench, n, one, truths[name][n], error) for n, one in enumerate(rows)]))
            far[kind] = min(far[kind], found.pop(FAR))
            note = ", ".join(f"{name} {value:.3f}" for name, value in found.items())
            figures.append(Figure(f"{kind}: recall@10 with {share:.1%} allowed", min(found.values()), "", note, ">= 0.97"))
    note = "up to the error of the scores, the worst of all shares"
    figures += [Figure(f"{kind}: recall@10, {FAR} allowed", value, "", note, ">= 0.97") for kind, value in far.items()]
    return [*figures, Figure("filtered searches with other than min(k, matches) results", float(short), "", "", "<= 0")]


def _reached(bench: Bench, number: int, rows: Rows, truth: set[int], error: float) -> float:
    """The share of the true rows that are found, by id, or with an ``error`` by score."""
    if not error:
        return len(truth & set(rows.tolist())) / max(1, len(truth))
    scores = bench.data.scores[number]
    last = min((scores[row] for row in truth), default=0.0)
    return min(1.0, float((scores[rows] >= last - error).sum()) / max(1, len(truth)))
