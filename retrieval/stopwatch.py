"""Milliseconds per stage of one query, and, where it is asked for, what each stage made."""

import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Stopwatch:
    """``stages`` maps each stage that has run to its milliseconds; a stage that runs again adds to its own."""

    stages: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str, made: object = None) -> None:  # noqa: ARG002 - for those who keep it
        """All time since the last lap was spent in ``stage``, which made this."""
        now = time.perf_counter()
        self.stages[stage] = self.stages.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now


@dataclass(slots=True)
class Trace(Stopwatch):
    """``made`` maps each stage to what it made when it last ran, in the order of the stages."""

    made: dict[str, Any] = field(default_factory=dict)

    def lap(self, stage: str, made: object = None) -> None:
        """As of a :class:`Stopwatch`, and what was made is kept."""
        Stopwatch.lap(self, stage)
        self.made.pop(stage, None)
        self.made[stage] = made
