"""Drift of vectors: can a classifier tell the questions of now from those of before?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from eval.metrics.auroc import auroc
from indexes.embedders.base import Vectors

FOLDS = 5
SEED = 0
COMPONENTS = 32
"""Dimensions that the vectors are brought to first, without a look at which window they are of: a few hundred vectors do not
span the hundreds that they have, and a classifier finds noise in every one of them."""

SHRINKAGE = 0.1
"""Of the covariance towards a multiple of the identity, for the least of the components."""

RELABELLED = 50
"""Times that the windows are mixed at random to see what chance does: their spread is known to a tenth then."""

TOLD_APART = 0.57
"""What the area has to exceed beside chance: where a fifth of the questions are about a topic of their own it is .565, where a
third are it is .61 (decision 0048)."""

Z_995 = 2.5758
"""The quantile of the normal distribution that 5 of 1,000 values exceed."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Separation:
    """``auroc`` of telling the windows apart, held out; 0.5 = not at all. Chance stays below ``chance`` in 995 of 1,000
    cases.
    """

    auroc: float
    chance: float

    @property
    def threshold(self) -> float:
        """What ``auroc`` has to exceed."""
        return max(TOLD_APART, self.chance)

    @property
    def has_shifted(self) -> bool:
        """Whether it does."""
        return self.auroc > self.threshold


def separation(reference: Vectors, current: Vectors, *, seed: int = SEED) -> Separation:
    """The cross-validated area under the ROC curve of a linear classifier between two sets of vectors, each of shape ``(n,
    dim)``.

    The classifier is Fisher's linear discriminant on the first principal components; every vector is scored by one that has not
    seen it, and the scores of a fold are centred on the discriminant's own border. Two samples of one distribution cannot be
    told apart: the area is about 0.5. How far chance takes it from there is measured, by mixing the windows at random: the
    scores of a cross-validation depend on each other, and the textbook's ``sqrt((n + m + 1) / (12 n m))`` is a third too
    small (decision 0048). Give each window's vectors once only: a question that is repeated would stand on both sides of a
    fold. Source: Lopez-Paz and Oquab, "Revisiting classifier two-sample tests", ICLR 2017; as a detector of drift, after
    reducing the dimension: Rabanser, Günnemann and Lipton, "Failing loudly", NeurIPS 2019. Each window holds at least
    :data:`FOLDS` vectors.
    """
    draw = np.random.default_rng(seed)
    with threadpool_limits(1):  # the matrices are small: several threads only wait for each other
        data = _components(np.concatenate((reference, current)).astype(np.float64))
        is_new = np.arange(len(data)) >= len(reference)
        found = _held_out(data, is_new, draw)
        by_chance = [_held_out(data, draw.permutation(is_new), draw) for _ in range(RELABELLED)]
    return Separation(found, float(np.mean(by_chance) + Z_995 * np.std(by_chance, ddof=1)))


def _components(data: Matrix) -> Matrix:
    """The vectors along the directions in which all of them together spread most."""
    centred = data - data.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    found: Matrix = centred @ directions[:, -COMPONENTS:]
    return found


def _held_out(data: Matrix, is_new: NDArray[np.bool_], draw: np.random.Generator) -> float:
    """The area, each vector scored by a discriminant of the other folds."""
    fold = np.empty(len(data), np.int64)
    for group in (is_new, ~is_new):  # each fold has its part of both
        fold[group] = draw.permutation(int(group.sum())) % FOLDS
    scores = np.empty(len(data))
    for number in range(FOLDS):
        held = fold == number
        direction, border = _discriminant(data[~held & ~is_new], data[~held & is_new])
        scores[held] = data[held] @ direction - border
    return auroc(scores[is_new].tolist(), scores[~is_new].tolist())


def _discriminant(old: Matrix, new: Matrix) -> tuple[Matrix, float]:
    """The direction along which the windows differ most for their spread, and where along it the border is."""
    means = old.mean(axis=0), new.mean(axis=0)
    centred = np.concatenate((old - means[0], new - means[1]))
    covariance = centred.T @ centred / len(centred)
    level = float(np.trace(covariance)) / len(covariance)
    shrunk = (1 - SHRINKAGE) * covariance + (SHRINKAGE * level + 1e-12) * np.eye(len(covariance))
    direction: Matrix = np.linalg.solve(shrunk, means[1] - means[0])
    return direction, float(direction @ (means[0] + means[1]) / 2)
