"""What each way to expand a query is worth, switched on alone: nDCG@10 and recall@10 with paired differences.

On SciFact, NFCorpus and 1,000 questions of SQuAD; on SciFact with mistyped queries; and on pairs of SQuAD questions asked in
one. Those by a language model are not here: there is none offline that is good enough to judge them by.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

import ragline
from benchmarks.corpora import shared_corpus
from benchmarks.figures import Figure
from benchmarks.misspelt import misspelt
from benchmarks.workspace import Workspace
from eval.golden import GoldenItem, GoldenSet, load_golden
from eval.run import evaluate
from ragline.types import Hit
from retrieval.query.forms import OFFLINE

QUESTIONS, RESAMPLES, SEED = 1_000, 2_000, 17
METRICS = ("nDCG@10", "recall@10")


@dataclass(frozen=True, slots=True)
class Expanded:
    """A collection, searched with an expansion."""

    collection: ragline.Collection
    expansion: str

    def search(self, query: str, *, k: int) -> list[Hit]:
        return self.collection.search(query, k, expand=self.expansion)


def measure(workspace: Workspace) -> list[Figure]:
    """Every score of every expansion on every set; a quick run has 100 queries of each."""
    figures = []
    for corpus in ("scifact", "nfcorpus-preprocessed", "squad-v2.0-dev"):
        with workspace.collection(corpus, embedder="minilm") as collection:
            for name, items in _sets(corpus, 100 if workspace.quick else QUESTIONS):
                figures += _compared(collection, name, items)
    return figures


def _sets(corpus: str, most: int) -> Iterator[tuple[str, list[GoldenItem]]]:
    items = load_golden(shared_corpus(corpus)).items
    items = tuple(item for item in items if item.answerable)
    chosen = list(items[:: max(1, len(items) // most)][:most])
    yield corpus, chosen
    if corpus == "scifact":
        yield "scifact, mistyped", [replace(item, query=misspelt(item.query)) for item in chosen]
    if corpus == "squad-v2.0-dev":
        half = len(chosen) // 2
        yield "squad, two in one", [_joined(*pair) for pair in zip(chosen[:half], chosen[half : 2 * half], strict=True)]


def _joined(one: GoldenItem, other: GoldenItem) -> GoldenItem:
    """Two questions about different articles as one, which both paragraphs answer."""
    second = other.query[:1].lower() + other.query[1:]
    query = f"{one.query.rstrip('? ')} and {second}"
    return replace(one, id=f"{one.id}+{other.id}", query=query, relevant=(*one.relevant, *other.relevant))


def _compared(collection: ragline.Collection, name: str, items: Sequence[GoldenItem]) -> list[Figure]:
    golden = GoldenSet(name, tuple(items), "")
    usual = _scores(collection, golden, "none")
    figures = [Figure(f"{name} {metric}, none", float(usual[metric].mean()), "", f"{len(items)} queries") for metric in METRICS]
    for expansion in OFFLINE:
        scores = _scores(collection, golden, expansion)
        figures += [_paired(f"{name} {metric}, {expansion}", scores[metric], usual[metric]) for metric in METRICS]
    return figures


def _scores(collection: ragline.Collection, golden: GoldenSet, expansion: str) -> Mapping[str, np.ndarray]:
    result = evaluate(golden, Expanded(collection, expansion), ks=(10,))
    if result.counts["errors"]:
        raise RuntimeError(f"{golden.name}, {expansion}: {result.counts['errors']} queries failed")
    return {metric: np.array([row.metrics[metric] for row in result.rows]) for metric in METRICS}


def _paired(name: str, scores: np.ndarray, usual: np.ndarray) -> Figure:
    """The mean, with the difference to the usual search and its 95 % interval (paired percentile bootstrap)."""
    difference = scores - usual
    draw = np.random.default_rng(SEED).integers(0, len(difference), (RESAMPLES, len(difference)))
    low, high = np.percentile(difference[draw].mean(axis=1), [2.5, 97.5])
    changed = int(np.count_nonzero(difference))
    note = f"{difference.mean():+.4f}, 95 % [{low:+.4f}, {high:+.4f}], {changed} queries changed"
    return Figure(name, float(scores.mean()), "", note)
