"""The weights of the learned reranker: those that come with Ragline, and those that a collection was fitted with."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import Any

from ragline.errors import CorruptIndexError

SHIPPED = "learned-v1"
FILE = f"{SHIPPED}.json"
ANY_EMBEDDER = "any"
FITTED = "reranker"
"""The catalog's setting with the weights that a collection was fitted with: ``name``, ``weights`` and the ``evidence``."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each feature counts; ``blend`` is the vector leg's share where the best candidates are chosen for feedback.

    See :mod:`retrieval.rerankers.features`.
    """

    vector: float
    lexical: float
    feedback: float
    blend: float

    def json(self) -> dict[str, float]:
        """As plain numbers, by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class NamedWeights:
    """Weights, and the name under which a hit says that they were used."""

    name: str
    weights: Weights


def shipped_weights(embedder: str) -> NamedWeights:
    """Those that come with Ragline for collections of an embedder, or of any where it has none of its own."""
    by_embedder = _shipped()
    return NamedWeights(SHIPPED, by_embedder.get(embedder, by_embedder[ANY_EMBEDDER]))


def fitted_weights(settings: Mapping[str, Any]) -> NamedWeights | None:
    """Those that a collection was fitted with, from its catalog's settings; ``None`` where it was not.

    Raises :class:`CorruptIndexError` where they cannot be read.
    """
    kept = settings.get(FITTED)
    if kept is None:
        return None
    try:
        return NamedWeights(str(kept["name"]), parse_weights(kept["weights"]))
    except (KeyError, TypeError, ValueError) as error:
        message = f"The weights of the reranker in the catalog cannot be read ({error!r}). Fit it anew: ragline tune --reranker"
        raise CorruptIndexError(message) from error


def parse_weights(values: Mapping[str, Any]) -> Weights:
    """The weights in a JSON object. Raises ``KeyError``, ``TypeError`` or ``ValueError`` where it does not hold all of them."""
    numbers = {field.name: float(values[field.name]) for field in fields(Weights)}
    if not all(map(isfinite, numbers.values())) or not 0 <= numbers["blend"] <= 1:
        raise ValueError(numbers)
    return Weights(**numbers)


@cache
def _shipped() -> dict[str, Weights]:
    text = files("retrieval.rerankers").joinpath(FILE).read_text("utf-8")
    return {embedder: parse_weights(values) for embedder, values in json.loads(text)["weights"].items()}
