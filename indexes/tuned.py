"""How an index was tuned to be built and searched, and what that was chosen by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ragline.settings import Settings


@dataclass(frozen=True, slots=True)
class Tuned:
    """Settings by name that a build and a search of one kind of index go by, and the ``evidence`` that they were chosen by.

    All are empty where nothing was measured. Settings that the caller gives go before them.
    """

    build: Mapping[str, Any] = field(default_factory=dict)
    search: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything was measured."""
        return bool(self.evidence)

    @property
    def target_recall(self) -> float:
        """The least recall@10 that was asked for and is promised; 0 where nothing was."""
        return float(self.evidence.get("goals", {}).get("target_recall", 0.0))

    def is_followed(self, settings: Settings) -> bool:
        """Whether ``settings`` are those that were chosen, so that what is promised is promised of them."""
        return all(getattr(settings, name, value) == value for name, value in (*self.build.items(), *self.search.items()))


NOT_TUNED = Tuned()
