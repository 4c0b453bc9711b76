"""The fit of the offline judge's weights: features of claims, what each set counts, and the logistic model with its squares."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.logistic import fit
from benchmarks.offline_judge_data import Example, crossed, halueval, is_held_out, qags, squad, written
from eval.judges.offline.features import EMBEDDED, FEATURES, Case, Meanings, measure
from eval.judges.offline.model import COPIED, ClaimModel, model_from
from eval.judges.offline.reading import Contexts
from retrieval.answers.base import SentenceEmbedder

SHARES: Mapping[str, float] = {"qags": 4.0, "written": 3.0, "crossed": 2.0, "altered": 1.0, "halueval": 0.25, "asked": 0.25}
"""What a set counts. People judged the first. HaluEval's answers are told apart by how much is copied, and of a wrong reply of
the same paragraph no feature knows. Chosen by cross-validation on the sets themselves."""

NOT_FITTED = ("another word", "stitched", "names swapped")
"""Alterations that no feature sees well: weights that try are worse at all else. What is reached on them is measured."""

BENT = ("coverage", "sentence", "novel", "trigrams", "density", "neighbours", "closeness", "loosest", "meaning")
"""Features whose squares count too."""

RIDGE_SHARE = 0.015
"""The ridge penalty as a share of the number of claims: with a tenth of it, people's verdicts are met .01 AUROC worse."""

FULL_WEIGHT = 60
"""Claims of a kind from which on it counts as much as another, however many they are."""

_DIGITS = 4
_NAMES = tuple(name for name in FEATURES if name != COPIED)
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """A claim with its features."""

    example: Example
    features: dict[str, float]


def measured(examples: Iterable[Example], embedder: SentenceEmbedder | None) -> Iterator[Measured]:
    """The features of each claim, in order. Contexts are read once for claims that follow each other."""
    last: tuple[str, ...] = ()
    contexts, meanings = Contexts(()), None
    for example in examples:
        if example.contexts != last:
            last, contexts = example.contexts, Contexts(example.contexts)
            meanings = Meanings(embedder) if embedder is not None else None
        yield Measured(example, measure(Case(example.claim, contexts, question=example.question, meanings=meanings)))


def judged_sets(embedder: SentenceEmbedder | None) -> list[Measured]:
    """All of QAGS and of HaluEval, both halves."""
    return list(measured([*qags(), *halueval()], embedder))


def made_sets(embedder: SentenceEmbedder | None, *, held_out: bool = False) -> list[Measured]:
    """The claims that were made: those written, unless the half that is held out is asked for, crossed ones and SQuAD's."""
    own = () if held_out else written()
    return list(measured([*own, *crossed(held_out=held_out), *squad(held_out=held_out)], embedder))


def training_half(claims: Iterable[Measured]) -> list[Measured]:
    """Those of documents that are not held out."""
    return [each for each in claims if not is_held_out(each.example.document)]


def fitted(claims: Sequence[Measured], *, with_meaning: bool) -> dict[str, Any]:
    """The stored form of a model. Each label of a set counts as much as the other, and nearly so each kind of claim in it."""
    claims = [each for each in claims if each.example.kind not in NOT_FITTED]
    names = [name for name in _NAMES if with_meaning or name not in EMBEDDED]
    names = [name for name in names if any(not math.isnan(each.features[name]) for each in claims)]
    values = np.array([[each.features[name] for name in names] for each in claims])
    mean, scale = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    scale[scale == 0] = 1.0
    standard = (values - mean) / scale
    bent = [names.index(name) for name in BENT if name in names]
    design = np.nan_to_num(np.hstack([standard, standard[:, bent] ** 2 - 1.0]), nan=0.0)
    spread = design.std(axis=0)
    spread[spread == 0] = 1.0
    labels = np.array([each.example.is_supported for each in claims])
    found, intercept = fit(design / spread, labels, _weights(claims), ridge=RIDGE_SHARE * len(claims))
    found /= spread
    bends = dict(zip(bent, found[len(names) :], strict=True))
    rows = {
        name: [round(float(number), _DIGITS) for number in (found[at], bends.get(at, 0.0), mean[at], scale[at])]
        for at, name in enumerate(names)
    }
    return {"weights": rows, "intercept": round(intercept, _DIGITS)}


def fitted_model(claims: Sequence[Measured], *, with_meaning: bool = True) -> ClaimModel:
    """The same as a model."""
    return model_from("", fitted(claims, with_meaning=with_meaning))


def _weights(claims: Sequence[Measured]) -> Numbers:
    kinds = Counter((each.example.source, each.example.is_supported, each.example.kind) for each in claims)
    mass: Counter[tuple[str, bool]] = Counter()
    for (source, label, _), count in kinds.items():
        mass[source, label] += min(FULL_WEIGHT, count)
    found = []
    for each in claims:
        side = (each.example.source, each.example.is_supported)
        count = kinds[*side, each.example.kind]
        found.append(SHARES[side[0]] * min(FULL_WEIGHT, count) / count / mass[side])
    return np.array(found)
