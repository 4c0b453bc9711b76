"""How much of the fitted weight of feedback to keep: the figures by which ``FEEDBACK_SHARE`` was chosen (decision 0029).

nDCG@10 and recall@5 of the default pipeline with each share, and of the fusion without a reranker, for MiniLM. SQuAD is every
fourth question.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import ragline
from benchmarks.corpora import SAMPLES, shared_corpus
from benchmarks.figures import Figure
from benchmarks.rerank_training import FEEDBACK_SHARE
from benchmarks.vector_store import open_stored
from benchmarks.workspace import Workspace
from eval.golden import GoldenSet, golden_set, load_golden
from eval.run import evaluate
from ragline.types import Hit
from retrieval.rerankers.learned import LearnedReranker
from retrieval.rerankers.weights import NamedWeights, Weights, shipped_weights

SHARES = (0.0, 0.25, 0.5, 1.0)
SETS = ("scifact", "nfcorpus-preprocessed", "squad-v2.0-dev")
MOST = 1_500
_EMBEDDER = "minilm"
_METRICS = ("nDCG@10", "recall@5")


@dataclass(frozen=True, slots=True)
class _Asked:
    collection: ragline.Collection
    rerank: bool

    def search(self, query: str, *, k: int) -> Sequence[Hit]:
        return self.collection.search(query, k, rerank=self.rerank)


def measure(workspace: Workspace) -> list[Figure]:
    """The figures of every set; a quick run has the samples only."""
    samples, _ = open_stored(workspace.folder / "samples", workspace.store, embedder=_EMBEDDER)
    with samples:
        samples.ingest(SAMPLES / "documents")
        figures = _of_set(samples, "samples", load_golden(SAMPLES / "golden.jsonl"))
    for corpus in () if workspace.quick else SETS:
        with workspace.collection(corpus, embedder=_EMBEDDER) as collection:
            figures += _of_set(collection, corpus, load_golden(shared_corpus(corpus)))
    return figures


def _of_set(collection: ragline.Collection, name: str, golden: GoldenSet) -> list[Figure]:
    items = [item for item in golden.items if item.answerable]
    chosen = golden_set(name, items[:: -(-len(items) // MOST)])
    retriever, shipped = collection._serving.space().retriever, shipped_weights(_EMBEDDER).weights
    figures = _figures(f"{name}, no reranker", chosen, _Asked(collection, rerank=False))
    for share in SHARES:
        weights = replace(shipped, feedback=shipped.feedback * share / FEEDBACK_SHARE)
        retriever._reranker = LearnedReranker(_named(weights), depth=collection.settings.rerank_depth)
        figures += _figures(f"{name}, share {share:g}", chosen, _Asked(collection, rerank=True))
    return figures


def _named(weights: Weights) -> Callable[[], NamedWeights]:
    return lambda: NamedWeights("by share", weights)


def _figures(name: str, golden: GoldenSet, asked: _Asked) -> list[Figure]:
    metrics = evaluate(golden, asked, ks=(5, 10)).metrics
    return [Figure(f"{name}, {metric}", metrics[metric].value or 0.0, "", f"{len(golden)} questions") for metric in _METRICS]
