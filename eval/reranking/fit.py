"""Learning the weights of the reranker: LambdaRank with a linear model.

For every two candidates of a query of which one is more relevant, the loss is ``|change of nDCG@10 if they swapped places| *
log(1 + exp(-(score of the better - score of the worse)))``. The changes belong to an order, which belongs to weights: so they
are taken as fixed, the loss, which is convex then, is minimised by Newton's method, and this is repeated from the new order.
Nothing is drawn at random: the same examples give the same weights.

Source: Burges, "From RankNet to LambdaRank to LambdaMART", MSR-TR-2010-82; the repetition: Wang et al., "The LambdaLoss
Framework for Ranking Metric Optimization", CIKM 2018.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.reranking.examples import Example, discounts
from ragline.errors import InputError
from retrieval.rerankers.weights import Weights

ROUNDS = 12
NEWTON_STEPS = 30
DECIMALS = 2
"""Of a weight. More would say nothing: a hundredth moves nDCG by less than 0.0005."""

RIDGE = 1e-4
"""Weight of the squared distance to the prior, as small as lets the loss alone decide where there are thousands of queries."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prior:
    """Weights that the fit keeps to while little speaks against them: they count as much as ``queries`` judged ones."""

    weights: Weights
    queries: float = 10.0


def fit(sets: Sequence[Sequence[Example]], prior: Prior | None = None) -> Weights:
    """The weights that fit some sets of judged queries best; every set counts the same, whatever its size.

    First the two legs' weights alone, whose ratio is the ``blend``; then all three with it. With a ``prior`` the blend is its.
    No weight is negative. Raises :class:`InputError` where no query has two candidates of which one is more relevant.
    """
    if prior is None:
        legs = _fitted([[(example, example.features(0.5)[:, :2]) for example in examples] for examples in sets], np.ones(2))
        blend = round(float(legs[0] / max(legs.sum(), 1e-9)), DECIMALS)
        start, ridge = np.array([*legs, 0.0]), RIDGE
        centre = np.zeros(3)
    else:
        known = prior.weights
        blend = known.blend
        start = centre = np.array([known.vector, known.lexical, known.feedback])
        ridge = prior.queries / sum(map(len, sets)) / max(float(centre @ centre), 1e-9)
    data = [[(example, example.features(blend)) for example in examples] for examples in sets]
    vector, lexical, back = (round(float(weight), DECIMALS) for weight in _fitted(data, start, centre, ridge))
    return Weights(vector, lexical, back, blend)


def _fitted(
    sets: Sequence[Sequence[tuple[Example, Matrix]]], start: Matrix, centre: Matrix | None = None, ridge: float = RIDGE
) -> Matrix:
    weights, centre = start, np.zeros(len(start)) if centre is None else centre
    for _ in range(ROUNDS):
        pairs, worth = _pairs(sets, weights)
        after = np.maximum(_minimum(pairs, worth, weights, centre, ridge), 0.0)
        if np.abs(after - weights).max() < 10.0**-DECIMALS / 2:
            return after
        weights = (weights + after) / 2  # half the way: the order that the next round takes as fixed changes under it
    return weights


def _pairs(sets: Sequence[Sequence[tuple[Example, Matrix]]], weights: Matrix) -> tuple[Matrix, Matrix]:
    """The difference of the features in each pair, and what swapping it would change."""
    pairs, worth = [], []
    for examples in sets:
        for example, features in examples:
            order = example.order(features @ weights)
            gains, discount = example.gains[order], discounts(np.arange(1, len(order) + 1))
            change = np.abs(discount[:, None] - discount) * np.maximum(gains[:, None] - gains, 0) / example.ideal
            better, worse = np.nonzero(change)
            pairs.append(features[order[better]] - features[order[worse]])
            worth.append(change[better, worse] / len(examples) / len(sets))
    if not pairs or not any(map(len, pairs)):
        raise InputError(
            "No question has two candidates of which one is more relevant. Add judged questions to the golden set."
        )
    return np.concatenate(pairs), np.concatenate(worth)


def _minimum(pairs: Matrix, worth: Matrix, weights: Matrix, centre: Matrix, ridge: float) -> Matrix:
    """Newton's method, with steps halved until the loss falls."""

    def loss(at: Matrix) -> float:
        return float(worth @ np.logaddexp(0, -(pairs @ at)) + ridge * np.sum((at - centre) ** 2))

    now = loss(weights)
    for _ in range(NEWTON_STEPS):
        wrong = 1 / (1 + np.exp(np.clip(pairs @ weights, -500, 500)))
        slope = -(worth * wrong) @ pairs + 2 * ridge * (weights - centre)
        bend = (pairs * (worth * wrong * (1 - wrong))[:, None]).T @ pairs + 2 * ridge * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        while loss(weights - step) > now and np.abs(step).max() > 1e-9:
            step /= 2
        weights = weights - step
        before, now = now, loss(weights)
        if before - now < 1e-10:
            break
    return weights
