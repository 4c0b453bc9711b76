"""What a new index has to show before it comes into use, measured on the files that would be served.

Recall is measured against exact search, for vectors of the collection's own chunks (each left out of its own answer, as it
would always be found) and for the queries of a golden set where there is one, with no filter and with filters that leave a
tenth and a hundredth of the chunks. Searches are as deep as those of the collection, as what an index finds depends on that.
"""

import time
from dataclasses import dataclass

import numpy as np

from indexes.vector.base import Rows, VectorIndex, Vectors
from indexes.vector.recall import K, own_rows, truth_of
from indexes.vector.selection import Selection
from ragline.settings import Settings

SAMPLE = 500
"""Vectors that are asked for, the same as when an index is tuned: their mean recall is known to about .003."""

SHARES = (1.0, 0.1, 0.01)
SEED = 20_260_102


@dataclass(frozen=True, slots=True)
class Check:
    """One condition: ``measured`` must reach ``required`` or, ``at_most``, not pass it; ``None`` = it is only reported.

    ``before`` is the same figure of the index that is in use, where it was measured.
    """

    name: str
    measured: float
    required: float | None = None
    at_most: bool = False
    before: float | None = None

    @property
    def ok(self) -> bool:
        """Whether it holds."""
        if self.required is None:
            return True
        return self.measured <= self.required if self.at_most else self.measured >= self.required

    def __str__(self) -> str:
        wanted = "" if self.required is None else f" ({'at most' if self.at_most else 'at least'} {self.required:g})"
        before = "" if self.before is None else f", before {self.before:.4g}"
        return f"{self.name}: {self.measured:.4g}{wanted}{before}"


@dataclass(frozen=True, slots=True)
class Inspection:
    """Every check that was made; ``recall_at_10`` is that of the collection's own vectors, without a filter."""

    checks: tuple[Check, ...]
    recall_at_10: float = 1.0

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if not check.ok)


@dataclass(frozen=True, slots=True)
class Trial:
    """What an index is asked: vectors of its own rows, given by their numbers, or queries from elsewhere."""

    name: str
    queries: Vectors
    own: Rows | None = None


def inspect(
    index: VectorIndex,
    vectors: Vectors,
    settings: Settings,
    *,
    expected: int,
    golden: Vectors | None = None,
    before: VectorIndex | None = None,
) -> Inspection:
    """Every check of ``index``, which is to hold ``expected`` rows with these ``vectors``.

    ``golden`` are vectors of queries, float32 of shape ``(n, dim)``; ``before`` is the index in use.
    """
    checks = [Check("chunks", index.count, expected), Check("chunks too many", index.count - expected, 0, at_most=True)]
    if not len(vectors):
        return Inspection(tuple(checks))
    trials = [_own_rows(vectors)]
    if golden is not None and len(golden):
        trials.append(Trial("golden queries", golden))
    found = {(trial.name, share): recall(index, vectors, trial, share, settings.depth) for trial in trials for share in SHARES}
    for (name, share), value in found.items():
        checks.append(Check(f"recall@{K}, {name}, {share:.0%} allowed", value, settings.target_recall))
    checks.append(_latency(index, trials[-1].queries, settings, before))
    return Inspection(tuple(checks), found[trials[0].name, 1.0])


def recall(index: VectorIndex, vectors: Vectors, trial: Trial, share: float = 1.0, depth: int = K) -> float:
    """Mean recall@10 against exact search, of a search among a random ``share`` of the rows that is ``depth`` deep."""
    mask = None if share == 1.0 else np.random.default_rng(SEED).random(len(vectors)) < share
    allowed = None if mask is None else Selection(mask)
    truth = truth_of(vectors, trial.queries, trial.own, allowed=mask)
    shares = [
        truth.recall(number, index.search(query, max(depth, K) + 1, allowed=allowed).rows)
        for number, query in enumerate(trial.queries)
        if truth.wanted[number]
    ]
    return float(np.mean(shares)) if shares else 1.0


def _own_rows(vectors: Vectors) -> Trial:
    rows = own_rows(len(vectors), SAMPLE)
    return Trial("own vectors", np.asarray(vectors[rows]), rows)


def _latency(index: VectorIndex, queries: Vectors, settings: Settings, before: VectorIndex | None) -> Check:
    """The 95th percentile of single searches as deep as the retriever's, in milliseconds."""
    name = f"p95 of a search, depth {settings.depth}, ms"
    required = settings.p95_ms or None
    was = None if before is None else _p95(before, queries, settings.depth)
    return Check(name, _p95(index, queries, settings.depth), required, at_most=True, before=was)


def _p95(index: VectorIndex, queries: Vectors, depth: int) -> float:
    times = []
    for query in queries:
        started = time.perf_counter()
        index.search(query, depth)
        times.append((time.perf_counter() - started) * 1000)
    return float(np.percentile(times, 95))
