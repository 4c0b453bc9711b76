"""Figures of a judge of claims, with intervals over documents: claims about one document are no independent ones."""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.offline_judge_data import Example
from eval.bootstrap import CONFIDENCE, RESAMPLES, SEED, Interval
from eval.judges.offline.judge import SUPPORTED_FROM
from eval.metrics.auroc import auroc
from eval.metrics.matched_auroc import WITHIN

_WORD = re.compile(r"\w+")
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Told:
    """Claims with the score of a judge for each, in the same order."""

    labels: NDArray[np.bool_]
    scores: Numbers
    lengths: Numbers
    documents: tuple[str, ...]


def told(examples: Sequence[Example], scores: Sequence[float]) -> Told:
    """``scores`` of ``examples``."""
    return Told(
        np.array([each.is_supported for each in examples]),
        np.asarray(scores, np.float64),
        np.array([len(each.claim) for each in examples], np.float64),
        tuple(each.document for each in examples),
    )


def overlap(example: Example) -> float:
    """Plain overlap: the share of the claim's pairs of neighbouring words that its contexts have; of a lone word that word."""
    claim, there = _words(example.claim), [_words(text) for text in example.contexts]
    if len(claim) < 2:
        return float(any(word in text for word in claim for text in there))
    pairs = {pair for text in there for pair in itertools.pairwise(text)}
    found = [pair in pairs for pair in itertools.pairwise(claim)]
    return sum(found) / len(found)


def area(claims: Told) -> float:
    """The AUROC."""
    return auroc(claims.scores[claims.labels].tolist(), claims.scores[~claims.labels].tolist())


def matched_area(claims: Told) -> float:
    """The AUROC over pairs of nearly equal length (:mod:`eval.metrics.matched_auroc`)."""
    above, below = claims.labels, ~claims.labels
    lengths = np.abs(claims.lengths[above][:, None] - claims.lengths[below][None, :])
    near = lengths <= WITHIN * np.maximum(claims.lengths[above][:, None], claims.lengths[below][None, :])
    scores = claims.scores[above][:, None] - claims.scores[below][None, :]
    return float((((scores > 0) + 0.5 * (scores == 0)) * near).sum() / max(1, near.sum()))


def balance(claims: Told) -> float:
    """The balanced accuracy of the verdicts."""
    right = (claims.scores >= SUPPORTED_FROM) == claims.labels
    return float(right[claims.labels].mean() + right[~claims.labels].mean()) / 2


def interval(claims: Told, figure: Callable[[Told], float]) -> Interval:
    """``figure`` with its percentile bootstrap interval over documents; the same every time."""
    low, high = np.quantile([figure(_picked(claims, rows)) for rows in _draws(claims)], _TAILS)
    return Interval(figure(claims), float(low), float(high))


def gain(claims: Told, others: Sequence[float]) -> tuple[Interval, float]:
    """How much the AUROC is above that of the scores ``others`` of the same claims, and the two-sided p-value.

    Both are of the paired bootstrap over documents (Efron and Tibshirani, 1993, chapter 16): p is twice the smaller share of
    the differences on one side of 0.
    """
    other = Told(claims.labels, np.asarray(others, np.float64), claims.lengths, claims.documents)
    differences = [area(_picked(claims, rows)) - area(_picked(other, rows)) for rows in _draws(claims)]
    low, high = np.quantile(differences, _TAILS)
    below = (sum(each <= 0 for each in differences) + 1) / (len(differences) + 1)
    above = (sum(each >= 0 for each in differences) + 1) / (len(differences) + 1)
    return Interval(area(claims) - area(other), float(low), float(high)), min(1.0, 2 * min(below, above))


_TAILS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)


def _draws(claims: Told) -> list[NDArray[np.int64]]:
    """The rows of each resample: all claims of documents that were drawn with replacement."""
    rows: dict[str, list[int]] = {}
    for row, document in enumerate(claims.documents):
        rows.setdefault(document, []).append(row)
    by_document = [np.array(each) for each in rows.values()]
    draw = np.random.default_rng(SEED)
    draws = []
    while len(draws) < RESAMPLES:
        picked = np.concatenate([by_document[at] for at in draw.integers(len(by_document), size=len(by_document))])
        if claims.labels[picked].any() and not claims.labels[picked].all():
            draws.append(picked)
    return draws


def _picked(claims: Told, rows: NDArray[np.int64]) -> Told:
    return Told(claims.labels[rows], claims.scores[rows], claims.lengths[rows], ())


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
