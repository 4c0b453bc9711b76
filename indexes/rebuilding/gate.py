"""What a new index has to show before it comes into use, measured on the files that would be served.

Recall is measured against exact search, for vectors of the collection's own chunks (each left out of its own answer, as it
would always be found) and for the queries of a golden set where there is one, with no filter and with filters that leave a
tenth and a hundredth of the chunks.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexes.vector.base import Mask, VectorIndex, Vectors
from indexes.vector.selection import Selection
from ragline.settings import Settings

SAMPLE = 200
"""Vectors that are asked for; enough to see recall fall by some percent, and done in a second."""

SHARES = (1.0, 0.1, 0.01)
K = 10
SEED = 20_260_101

_BLOCK_ROWS = 65_536
_TIE = 1e-5


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
    own: NDArray[np.int64] | None = None


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
    found = {(trial.name, share): recall(index, vectors, trial, share) for trial in trials for share in SHARES}
    for (name, share), value in found.items():
        checks.append(Check(f"recall@{K}, {name}, {share:.0%} allowed", value, settings.target_recall))
    checks.append(_latency(index, trials[-1].queries, settings, before))
    return Inspection(tuple(checks), found[trials[0].name, 1.0])


def recall(index: VectorIndex, vectors: Vectors, trial: Trial, share: float = 1.0) -> float:
    """Mean recall@10 against exact search, of a search among a random ``share`` of the rows.

    Compared by the scores of the vectors themselves, so that equally near rows count as found whichever of them came back.
    """
    mask = None if share == 1.0 else np.random.default_rng(SEED).random(len(vectors)) < share
    allowed = None if mask is None else Selection(mask)
    bounds, wanted = _exact_bounds(vectors, trial, mask)
    shares = []
    for number, query in enumerate(trial.queries):
        if wanted[number]:
            rows = index.search(query, K + 1, allowed=allowed).rows
            rows = rows[:K] if trial.own is None else rows[rows != trial.own[number]][:K]
            reached = int((vectors[rows] @ query >= bounds[number] - _TIE).sum())
            shares.append(min(1.0, reached / wanted[number]))
    return float(np.mean(shares)) if shares else 1.0


def _own_rows(vectors: Vectors) -> Trial:
    rows = np.random.default_rng(SEED).choice(len(vectors), min(SAMPLE, len(vectors)), replace=False)
    return Trial("own vectors", np.asarray(vectors[rows]), rows.astype(np.int64))


def _exact_bounds(vectors: Vectors, trial: Trial, mask: Mask | None) -> tuple[Vectors, NDArray[np.int64]]:
    """For each query the score of the worst row that belongs to its best ten, and how many those are."""
    best = np.full((len(trial.queries), K), -np.inf, np.float32)
    for start, block in _blocks(vectors, mask):
        scores = block @ trial.queries.T
        if trial.own is not None:
            inside = np.flatnonzero((trial.own >= start) & (trial.own < start + len(block)))
            scores[trial.own[inside] - start, inside] = -np.inf
        if mask is not None:
            scores = scores[mask[start : start + len(block)]]
        merged = np.concatenate((best, scores.T), axis=1)
        best = -np.partition(-merged, K - 1, axis=1)[:, :K]
    wanted = np.isfinite(best).sum(axis=1)
    bounds: Vectors = np.where(np.isfinite(best), best, np.inf).min(axis=1)
    return bounds, wanted


def _blocks(vectors: Vectors, mask: Mask | None) -> Iterator[tuple[int, Vectors]]:
    for start in range(0, len(vectors), _BLOCK_ROWS):
        if mask is None or mask[start : start + _BLOCK_ROWS].any():
            yield start, vectors[start : start + _BLOCK_ROWS]


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
