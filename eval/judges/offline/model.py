"""The probability that contexts support a claim: a logistic model over :mod:`eval.judges.offline.features`.

Its weights lie beside this file as JSON, one model for each known embedder, because cosines of two embedders are not on one
scale, and one without cosines for any other and for none. ``python -m benchmarks.train_offline_judge`` writes that file anew.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ragline.durable import json_digest

WEIGHTS = Path(__file__).with_name("weights.json")

ANY = ""
"""The name of the model without cosines."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What one feature counts: ``weight * z + bend * (z**2 - 1)`` with ``z = (value - mean) / scale``; 0 where it is not known.

    The square lets a share mean little until it is high: half the words of a passage are as easily had as a third.
    """

    weight: float
    bend: float
    mean: float
    scale: float

    def share(self, value: float) -> float:
        """What ``value`` adds to the logit."""
        if math.isnan(value):
            return 0.0
        standard = (value - self.mean) / self.scale
        return self.weight * standard + self.bend * (standard * standard - 1.0)


COPIED = "copied"
"""The feature that no weight is fitted to: whether a claim is whole sentences, rows or lines of the contexts."""

COPIED_WHOLE = 0.99
"""Least probability of such a claim: people call all 101 of QAGS supported (rule of succession, 102/103)."""


@dataclass(frozen=True, slots=True)
class ClaimModel:
    """``P(supported) = 1 / (1 + exp(-(intercept + sum of shares)))``, of claims that are supported as often as not.

    ``name`` is the beginning of the names of the embedders it was fitted with, empty for none. ``digest`` names the weights.
    """

    name: str
    weights: Mapping[str, Weight]
    intercept: float
    digest: str

    def probability(self, features: Mapping[str, float]) -> float:
        """In [0, 1]; a feature that is missing or not a number counts as its mean. What is copied whole needs no weighing."""
        logit = self.intercept + sum(self.shares(features).values())
        weighed = 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, logit))))  # exp overflows beyond
        return max(weighed, COPIED_WHOLE) if features.get(COPIED) else weighed

    def shares(self, features: Mapping[str, float]) -> dict[str, float]:
        """What each feature adds to the logit, below 0 where it speaks against support."""
        return {name: weight.share(features.get(name, math.nan)) for name, weight in self.weights.items()}


def claim_model(embedder_name: str = ANY) -> ClaimModel:
    """The model of the longest known beginning of ``embedder_name``, else the one without cosines."""
    models = _models()
    return models[max((name for name in models if embedder_name.startswith(name)), key=len)]


@cache
def _models() -> dict[str, ClaimModel]:
    return {name: model_from(name, stored) for name, stored in json.loads(WEIGHTS.read_text("utf-8"))["models"].items()}


def model_from(name: str, stored: Mapping[str, Any]) -> ClaimModel:
    """The model in one entry of the file of weights."""
    weights = {feature: Weight(*numbers) for feature, numbers in stored["weights"].items()}
    return ClaimModel(name, weights, stored["intercept"], json_digest(stored)[:16])
