"""The threshold of abstention that a collection was calibrated to, as it stands in its catalog."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from retrieval.answers.answerability import model_for
from retrieval.answers.support import SupportThresholds, thresholds_for

KEY = "abstention"
"""Its name among the settings of the catalog."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """``threshold`` is of the weights with the digest ``model``; ``evidence`` is what it was chosen by."""

    threshold: float
    model: str
    golden_name: str
    golden_sha256: str
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """The JSON form, for :func:`calibrated_from`."""
        return asdict(self)


def calibrated_from(stored: Mapping[str, Any] | None) -> Calibrated | None:
    """The counterpart of :meth:`Calibrated.stored`; ``None`` where the collection was never calibrated."""
    return None if stored is None else Calibrated(**stored)


def thresholds_of(calibrated: Calibrated | None, embedder_name: str) -> SupportThresholds:
    """What decides in a collection: its own threshold, unless it was chosen for other weights than these."""
    usual = thresholds_for(embedder_name)
    if calibrated is None or not fits(calibrated, embedder_name):
        return usual
    return SupportThresholds(calibrated.threshold, usual.similarity)


def fits(calibrated: Calibrated, embedder_name: str) -> bool:
    """Whether the threshold was chosen for the weights that are used now."""
    return calibrated.model == model_for(embedder_name).digest
