"""How often a comparison finds a difference where there is none: simulated evaluations of two systems that do not differ.

The scores are real: ``scores`` of shape ``(queries, metrics, 2)`` are what two systems got on the same queries. A simulation
draws queries from them with replacement. Two nulls:

- ``swapped``: on each query, which system is A is drawn too. The systems are exchangeable, which is what the randomisation test
  assumes; sizes and ties of the differences stay those of the data, made symmetric.
- ``balanced``: gains are scaled so that they sum up to the losses. Only the means are equal; ties stay, and the differences may
  be as lopsided as many small gains against few large losses, which the test does not allow for.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.comparison.comparison import ALPHA
from eval.comparison.holm import holm
from eval.comparison.interval import difference_interval
from eval.randomisation import ROUNDS, randomisation_p

Scores = NDArray[np.float64]
Null = Callable[[Scores, int, np.random.Generator], Scores]


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Shares of the simulations with p <= 5 %: of the first metric's ``test``, of any metric after Holm's correction
    (``family``), and those in which the first metric's ``interval`` is without 0.

    ``ties`` is the share of equal scores, ``nonzero`` the median number of queries that differ.
    """

    test: float
    interval: float
    family: float
    ties: float
    nonzero: int


def swapped(scores: Scores, queries: int, generator: np.random.Generator) -> Scores:
    """Differences of shape ``(queries, metrics)`` between systems that are exchangeable."""
    drawn = scores[generator.integers(len(scores), size=queries)]
    signs = generator.integers(0, 2, size=(queries, 1)) * 2 - 1
    differences: Scores = (drawn[:, :, 1] - drawn[:, :, 0]) * signs
    return differences


def balanced(scores: Scores, queries: int, generator: np.random.Generator) -> Scores:
    """Differences between systems whose means are equal, and nothing else."""
    differences = scores[:, :, 1] - scores[:, :, 0]
    gains, losses = np.clip(differences, 0, None), np.clip(differences, None, 0)
    moved: Scores = gains * (-losses.sum(axis=0) / gains.sum(axis=0)) + losses
    return moved[generator.integers(len(scores), size=queries)]


def false_alarms(
    scores: Scores, null: Null, *, queries: int, simulations: int = 1000, rounds: int = ROUNDS, seed: int = 0
) -> FalseAlarms:
    """What ``simulations`` comparisons of ``queries`` queries find under ``null``; the same arguments give the same figures."""
    generator = np.random.default_rng(seed)
    by_test = by_interval = by_family = 0
    zeros, counts = 0, []
    for simulation in range(simulations):
        differences = null(scores, queries, generator)
        tests = [randomisation_p(column.tolist(), rounds=rounds, seed=simulation) for column in differences.T]
        interval = difference_interval(differences[:, 0].tolist(), seed=simulation)
        by_test += tests[0] <= ALPHA
        by_family += min(holm(tests)) <= ALPHA
        by_interval += not interval.low <= 0 <= interval.high
        equal = int((differences[:, 0] == 0).sum())
        zeros += equal
        counts.append(queries - equal)
    return FalseAlarms(
        by_test / simulations,
        by_interval / simulations,
        by_family / simulations,
        zeros / (simulations * queries),
        int(np.median(counts)),
    )
