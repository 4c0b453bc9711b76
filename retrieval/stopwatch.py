"""Milliseconds per stage of one query."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stopwatch:
    """``stages`` maps each stage that has run to its milliseconds; a stage that runs again adds to its own."""

    stages: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        """All time since the last lap was spent in ``stage``."""
        now = time.perf_counter()
        self.stages[stage] = self.stages.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now
