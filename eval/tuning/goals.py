"""What is wanted of a vector index: recall, memory, latency; and how far a measured point is from it."""

import re
from dataclasses import dataclass
from math import inf, isfinite
from typing import Literal

from eval.tuning.points import Point
from ragline.errors import InputError

TARGET_RECALL = 0.98
GoalName = Literal["target_recall", "max_memory", "p95_ms"]

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_LEAST_LOSS = 1e-3
"""With all recall wanted, each thousandth that is lost counts as one time the goal missed."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A goal that a point does not meet: ``wanted``, ``found``, and ``factor``, how many times too much was lost or used."""

    goal: GoalName
    wanted: float
    found: float
    factor: float

    def __str__(self) -> str:
        gap = abs(self.found - self.wanted)
        if self.goal == "target_recall":
            return f"recall@10 is at least {self.found:.4f}, {gap:.4f} below {self.wanted:g}"
        if self.goal == "max_memory":
            return f"memory is {self.found / 1e6:,.1f} MB, {gap / 1e6:,.1f} MB above {self.wanted / 1e6:,.1f} MB"
        return f"p95 is {self.found:.3f} ms, {gap:.3f} ms above {self.wanted:g} ms"


@dataclass(frozen=True, slots=True)
class Goals:
    """``target_recall``: least recall@10 against exact search, to be met with 95 % confidence. ``max_memory``: most bytes of an
    index that no file backs. ``p95_ms``: most milliseconds of a vector search alone, at the 95th percentile. ``None``: any.
    """

    target_recall: float = TARGET_RECALL
    max_memory: int | None = None
    p95_ms: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.target_recall <= 1:
            raise InputError(f"target_recall is {self.target_recall}; give a share above 0 and up to 1, such as 0.98.")
        for name, value in (("max_memory", self.max_memory), ("p95_ms", self.p95_ms)):
            if value is not None and not (value > 0 and isfinite(value)):
                raise InputError(f"{name} is {value}; give a number above 0, or leave it out.")

    def misses(self, point: Point) -> tuple[Miss, ...]:
        """The goals that a point does not meet."""
        found = []
        if point.recall_low < self.target_recall:
            factor = (1 - point.recall_low) / max(1 - self.target_recall, _LEAST_LOSS)
            found.append(Miss("target_recall", self.target_recall, point.recall_low, factor))
        if self.max_memory is not None and point.memory_bytes > self.max_memory:
            factor = point.memory_bytes / self.max_memory
            found.append(Miss("max_memory", self.max_memory, point.memory_bytes, factor))
        if self.p95_ms is not None and point.p95_ms > self.p95_ms:
            found.append(Miss("p95_ms", self.p95_ms, point.p95_ms, point.p95_ms / self.p95_ms))
        return tuple(found)


def parse_bytes(value: float | str | None) -> int | None:
    """A number of bytes, from a number or a text such as ``200MB`` or ``1.5 GiB`` (``MB`` = 10**6, ``MiB`` = 2**20).

    Raises :class:`InputError` for anything else.
    """
    if value is None:
        return None
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?(?:e\d+)?)\s*([a-z]*)\s*", str(value).lower())
    size = float(match[1]) * _UNITS.get(match[2], inf) if match else inf
    if isinstance(value, bool) or not isfinite(size):
        raise InputError(f"{value!r} is no number of bytes. Write e.g. 200000000, 200MB or 190MiB.")
    return int(size)
