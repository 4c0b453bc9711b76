"""False alarms of a comparison: two systems that do not differ, 1,000 times, with the scores of real searches.

Must be 5 % +- 1.5 for the randomisation test. A test of few queries that differ knows only few p-values, and stays below.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import ragline
from benchmarks.corpora import shared_corpus
from benchmarks.figures import Figure
from benchmarks.null_simulation import FalseAlarms, Null, Scores, balanced, false_alarms, swapped
from benchmarks.workspace import Workspace
from eval.golden import load_golden
from eval.run import evaluate
from ragline.types import Hit, SearchMode

SETS = ("scifact", "nfcorpus-preprocessed")
METRICS = ("nDCG@10", "recall@10", "precision@10", "MRR@10", "hit_rate@10")
SIZES = (10, 20, 50, 100, 300)
SIMULATIONS = 1000
LEVEL, TOLERANCE = 0.05, 0.015
ENOUGH = 15
"""Queries that differ from which a test's p-values are so many that its level is near 5 %: 2^15 signs."""


@dataclass(frozen=True, slots=True)
class _Asked:
    collection: ragline.Collection
    mode: SearchMode

    def search(self, query: str, *, k: int) -> Sequence[Hit]:
        return self.collection.search(query, k, mode=self.mode)


def measure(workspace: Workspace) -> list[Figure]:
    """The rates of every set and size; a quick run has one set and 200 simulations."""
    figures, counted = [], []
    simulations = 200 if workspace.quick else SIMULATIONS
    for corpus in SETS[:1] if workspace.quick else SETS:
        scores = _scores(workspace, corpus)
        for queries in SIZES[:3] if workspace.quick else SIZES:
            for null in (swapped, balanced):
                found = false_alarms(scores, null, queries=queries, simulations=simulations)
                figures += _figures(f"{corpus}, {queries} queries, {null.__name__}", null, found)
                if null is swapped and found.nonzero >= ENOUGH:
                    counted.append(found.test)
    rate = sum(counted) / len(counted)
    note = f"{len(counted)} times {simulations:,} simulations, of {ENOUGH} and more queries that differ"
    return [
        Figure("all: test", rate, "", note, f"<= {LEVEL + TOLERANCE:g}"),
        Figure("all: test, off 5 %", abs(rate - LEVEL), "", "", f"<= {TOLERANCE:g}"),
        *figures,
    ]


def _scores(workspace: Workspace, corpus: str) -> Scores:
    """Scores of shape ``(queries, metrics, 2)``: vector search by the static embedder, lexical search."""
    golden = load_golden(shared_corpus(corpus))
    with workspace.collection(corpus, embedder="light") as collection:
        sides = [evaluate(golden, _Asked(collection, mode), ks=(10,)).rows for mode in ("vector", "lexical")]
    pairs = [(a.metrics, b.metrics) for a, b in zip(*sides, strict=True) if a.metrics and b.metrics]
    return np.array([[[a[name], b[name]] for name in METRICS] for a, b in pairs])


def _figures(name: str, null: Null, found: FalseAlarms) -> list[Figure]:
    note = f"{found.nonzero} queries differ, {found.ties:.0%} ties"
    return [
        Figure(f"{name}: test", found.test, "", note, f"<= {LEVEL + TOLERANCE:g}" if null is swapped else ""),
        Figure(
            f"{name}: any of {len(METRICS)}, Holm", found.family, "", "", f"<= {LEVEL + TOLERANCE:g}" if null is swapped else ""
        ),
        Figure(f"{name}: interval without 0", found.interval),
    ]
