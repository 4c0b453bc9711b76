"""What the learned reranker gains, through the public API: on sets that its weights were not fitted to, and as it comes.

For each embedder and set: each leg alone, plain RRF, the fusion of the default settings, and the learned reranker twice.
"held out" has weights fitted to the train splits of the *other* sets only; "shipped" has those that come with Ragline, which
have seen the train splits of SciFact and NFCorpus, and never a test split. All of them ask the query alone; "default" is what
the default settings do, further forms of the query included. Differences are per query, on the same queries: a
percentile bootstrap interval of the mean, and the p-value of Fisher's paired randomisation test.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.corpora import shared_corpus
from benchmarks.figures import Figure
from benchmarks.rerank_training import EMBEDDERS, release_fit, training_examples
from benchmarks.vector_store import open_stored
from benchmarks.workspace import Workspace
from eval.bootstrap import mean_interval
from eval.randomisation import randomisation_p
from eval.reranking.examples import Example
from ragline.types import SearchMode
from retrieval.rerankers.weights import NamedWeights, Weights

MOST_LOSS = 0.005
"""What the reranker may lose against plain RRF on any set."""

Scores = dict[str, float]
"""A score by query."""

Measured = dict[str, dict[str, Scores]]
"""By set and metric, and by system."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A set, and what is measured on it. Where documents are as long as books, that is the share of the spans found."""

    name: str
    metrics: tuple[str, ...] = ("nDCG@10",)


SPAN_RECALL = "span_recall@5"
CORPORA = (
    Corpus("scifact"),
    Corpus("nfcorpus-preprocessed"),
    Corpus("chunking-evaluation", (SPAN_RECALL,)),
    Corpus("xquad/en"),
    Corpus("squad-v2.0-dev", ("nDCG@10", "recall@5")),
)
_KS = (5, 10)
_ALONE = {"query_expansion": "none"}
_SYSTEMS: Mapping[str, tuple[SearchMode, dict[str, Any]]] = {
    "lexical": ("lexical", {"reranker": "none", **_ALONE}),
    "vector": ("vector", {"reranker": "none", **_ALONE}),
    "RRF": ("hybrid", {"reranker": "none", "fusion": "rrf", **_ALONE}),
    "fusion": ("hybrid", {"reranker": "none", **_ALONE}),
    "held out": ("hybrid", _ALONE),
    "shipped": ("hybrid", _ALONE),
    "default": ("hybrid", {}),
}
_TARGETS = {
    "minilm scifact nDCG@10: default": ">= 0.735",
    "minilm nfcorpus-preprocessed nDCG@10: default": ">= 0.362",
    "minilm squad-v2.0-dev recall@5: default": ">= 0.95",
}


def measure(workspace: Workspace) -> list[Figure]:
    """The table, and per embedder the mean gain over RRF; a quick run leaves out SQuAD and the light embedder."""
    figures = []
    for embedder in EMBEDDERS[:1] if workspace.quick else EMBEDDERS:
        examples = training_examples(workspace, embedder)
        found: Measured = {}
        for corpus in CORPORA[:-1] if workspace.quick else CORPORA:
            found |= _measured(workspace, embedder, corpus, _held_out(examples, corpus.name))
        print(_table(embedder, found), flush=True)
        figures += [figure for title, systems in found.items() for figure in _figures(embedder, title, systems)]
        figures += _gains(embedder, found)
    return figures


def _held_out(examples: Mapping[str, list[Example]], corpus: str) -> Weights:
    """Weights fitted to the train splits of all sets but this."""
    return release_fit([each for name, each in examples.items() if name != corpus])


def _measured(workspace: Workspace, embedder: str, corpus: Corpus, held_out: Weights) -> Measured:
    with workspace.collection(corpus.name, embedder=embedder) as collection:
        folder = collection.folder
    golden = _golden(workspace, corpus)
    found: Measured = {f"{corpus.name} {metric}": {} for metric in corpus.metrics}
    for system, (mode, settings) in _SYSTEMS.items():
        with open_stored(folder, workspace.store, create=False, **settings)[0] as collection:
            if system == "held out":
                collection._serving.space().reranker_weights = NamedWeights(system, held_out)
            rows = collection.evaluate(golden, mode=mode, answers=False, ks=_KS).rows
        for metric in corpus.metrics:
            found[f"{corpus.name} {metric}"][system] = {row.id: row.metrics[metric] for row in rows if metric in row.metrics}
    return found


def _golden(workspace: Workspace, corpus: Corpus) -> Path:
    """The set; where its queries have exact spans, with these."""
    folder = shared_corpus(corpus.name)
    if SPAN_RECALL not in corpus.metrics:
        return folder
    lines = []
    for item in map(json.loads, (folder / "queries.jsonl").open(encoding="utf-8")):
        spans = [(each["start_index"], each["end_index"]) for each in item["references"]]
        relevant = [{"doc_id": item["corpus_id"], "start": start, "end": end} for start, end in dict.fromkeys(spans)]
        lines.append(json.dumps({"id": item["_id"], "query": item["text"], "relevant": relevant}))
    file = workspace.folder / f"{corpus.name}.jsonl"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def _figures(embedder: str, title: str, systems: Mapping[str, Scores]) -> list[Figure]:
    figures = []
    best_leg = max(fmean(systems[leg].values()) for leg in ("lexical", "vector"))
    for system, scores in systems.items():
        name = f"{embedder} {title}: {system}"
        note = _compared(scores, systems["RRF"]) if system in ("held out", "shipped", "default") else ""
        target = _TARGETS.get(name, f">= {best_leg:.4f}" if system == "default" and embedder == "minilm" else "")
        figures.append(Figure(name, fmean(scores.values()), "", note, target))
    return figures


def _gains(embedder: str, found: Measured) -> list[Figure]:
    """Held out against RRF: the mean over the sets, and the worst of them."""
    gains = {title: fmean(_differences(systems["held out"], systems["RRF"])) for title, systems in found.items()}
    worst = min(gains, key=gains.__getitem__)
    mean, note = fmean(gains.values()), f"over {len(gains)} measures"
    return [
        # 1 is added, since a target has no sign
        Figure(f"{embedder} held out: 1 + mean gain over RRF", 1 + mean, "", note, ">= 1.0001"),
        Figure(f"{embedder} held out: 1 + least gain over RRF", 1 + gains[worst], "", worst, f">= {1 - MOST_LOSS}"),
    ]


def _compared(system: Scores, other: Scores) -> str:
    differences = _differences(system, other)
    interval = mean_interval(differences)
    p = randomisation_p(differences)
    return f"{interval.mean:+.4f} over RRF, 95 % [{interval.low:+.4f}, {interval.high:+.4f}], p = {p:.4f}"


def _differences(system: Scores, other: Scores) -> list[float]:
    return [score - other[query] for query, score in system.items()]


def _table(embedder: str, found: Measured) -> str:
    lines = [f"| {embedder} | {' | '.join(_SYSTEMS)} | held out over RRF |", f"|---|{'--:|' * len(_SYSTEMS)}---|"]
    for title, systems in found.items():
        means = " | ".join(f"{fmean(scores.values()):.4f}" for scores in systems.values())
        lines.append(f"| {title} | {means} | {_compared(systems['held out'], systems['RRF'])} |")
    return "\n".join(lines)
