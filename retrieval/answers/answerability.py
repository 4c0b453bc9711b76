"""The probability that the passages hold an answer: a logistic model over :mod:`retrieval.answers.features`.

Its weights lie beside this file as JSON, one model for each known embedder, because cosines of two embedders are not on one
scale, and one without cosines for any other. ``python -m benchmarks.train_answerability`` writes that file anew; how good they
are on questions and articles that they were not made from is measured by ``python -m benchmarks abstention``.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ragline.durable import json_digest

WEIGHTS = Path(__file__).with_name("answerability.json")

ANY = ""
"""The name of the model for embedders that have none of their own."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What one feature counts: ``weight * (value - mean) / scale``; nothing where the value is not known."""

    weight: float
    mean: float
    scale: float

    def share(self, value: float) -> float:
        """What ``value`` adds to the logit."""
        return 0.0 if math.isnan(value) else self.weight * (value - self.mean) / self.scale


@dataclass(frozen=True, slots=True)
class AnswerabilityModel:
    """``P(answerable) = 1 / (1 + exp(-(intercept + sum of shares)))``, of a question that has an answer as often as not.

    ``threshold`` is the probability below which to abstain where nobody has calibrated: 1 in 20 questions with an answer lies
    below it, in corpora that the weights were not made from. ``similarity`` is what their best sentence reaches in 3 of 4
    cases. ``digest`` names the weights: a threshold that was calibrated for others says nothing of these.
    """

    weights: Mapping[str, Weight]
    intercept: float
    threshold: float
    similarity: float
    digest: str

    def probability(self, features: Mapping[str, float]) -> float:
        """In [0, 1]; a feature that is missing or not a number counts as its mean."""
        logit = self.intercept + sum(self.shares(features).values())
        return 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, logit))))  # exp overflows beyond

    def shares(self, features: Mapping[str, float]) -> dict[str, float]:
        """What each feature adds to the logit, below 0 where it speaks against an answer."""
        return {name: weight.share(features.get(name, math.nan)) for name, weight in self.weights.items()}


def model_for(embedder_name: str) -> AnswerabilityModel:
    """The model of the longest known beginning of ``embedder_name``, else the one without cosines."""
    models = _models()
    return models[max((name for name in models if embedder_name.startswith(name)), key=len)]


@cache
def _models() -> dict[str, AnswerabilityModel]:
    return {name: model_from(stored) for name, stored in json.loads(WEIGHTS.read_text("utf-8"))["models"].items()}


def model_from(stored: Mapping[str, Any]) -> AnswerabilityModel:
    """The model in one entry of the file of weights."""
    weights = {name: Weight(*numbers) for name, numbers in stored["weights"].items()}
    return AnswerabilityModel(weights, stored["intercept"], stored["threshold"], stored["similarity"], json_digest(stored)[:16])
