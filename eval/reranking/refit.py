"""Fitting the reranker to a user's own judged queries, and whether that is worth it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from eval.bootstrap import mean_interval
from eval.randomisation import randomisation_p
from eval.reranking.examples import CUT_OFF, Example
from eval.reranking.fit import Prior, fit
from ragline.errors import GoldenSetError
from retrieval.rerankers.weights import Weights

FOLDS = 5
LEAST_QUERIES = 20
"""Fewer cannot show a gain: an interval over them is wider than any difference between two sane rankings."""

SEED = 0


@dataclass(frozen=True, slots=True)
class RefitReport:
    """What fitting to ``queries`` judged ones would bring: ``metric`` by the weights in use, and by fitted ones, held out.

    Every query was scored by weights that were fitted to the other four fifths. ``low`` and ``high`` are the 95 % bootstrap
    interval of the mean ``gain``, ``p`` is that of the paired randomisation test. ``weights`` are fitted to all queries.
    ``accepted``: the interval is above 0. ``applied``: the collection has them now.
    """

    golden: str
    queries: int
    metric: str
    before: float
    after: float
    low: float
    high: float
    p: float
    current: Weights
    weights: Weights
    accepted: bool
    applied: bool = False

    @property
    def gain(self) -> float:
        """The mean difference."""
        return self.after - self.before

    @property
    def verdict(self) -> str:
        """The outcome in a sentence or two."""
        figures = (
            f"{self.metric} on {self.queries} held-out queries {self.before:.4f} -> {self.after:.4f} "
            f"({self.gain:+.4f}, 95 % [{self.low:+.4f}, {self.high:+.4f}], p = {self.p:.3f})"
        )
        if not self.accepted:
            return f"Not worth it, and nothing is changed: {figures}. Judge more queries, or keep the weights in use."
        return f"{'In use' if self.applied else 'Worth it'}: {figures}"

    def json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {**asdict(self), "gain": self.gain, "verdict": self.verdict}


def refit(examples: Sequence[Example], current: Weights, *, golden: str) -> RefitReport:
    """Fit to all examples, and check by cross-validation what such a fit gains over ``current``.

    ``current`` is what the fit keeps to where the examples say little. Raises :class:`ragline.errors.GoldenSetError` for fewer
    than :data:`LEAST_QUERIES` examples.
    """
    if len(examples) < LEAST_QUERIES:
        raise GoldenSetError(
            f"golden set {golden!r}: {len(examples)} queries with relevant documents and candidates are too few to fit a "
            f"reranker. Judge at least {LEAST_QUERIES}."
        )
    prior = Prior(current)
    fold_of = np.random.default_rng(SEED).permutation(len(examples)) % FOLDS
    before = [example.ndcg(example.scores(current)) for example in examples]
    after = list(before)
    for fold in range(FOLDS):
        weights = fit([[example for example, own in zip(examples, fold_of, strict=True) if own != fold]], prior)
        for place in np.flatnonzero(fold_of == fold).tolist():
            after[place] = examples[place].ndcg(examples[place].scores(weights))
    differences = [new - old for new, old in zip(after, before, strict=True)]
    interval = mean_interval(differences)
    return RefitReport(
        golden=golden,
        queries=len(examples),
        metric=f"nDCG@{CUT_OFF}",
        before=float(np.mean(before)),
        after=float(np.mean(after)),
        low=interval.low,
        high=interval.high,
        p=randomisation_p(differences),
        current=current,
        weights=fit([examples], prior),
        accepted=interval.low > 0,
    )
