"""A view of a collection that remembers what its legs brought: fusing and reranking again costs nothing but that.

What was remembered is charged for all the same: the seconds that a leg took the first time count for each query that has its
candidates from memory, so that the times of two settings can be compared.
"""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields
from typing import Any

from indexes.embedders.base import Vectors
from indexes.snapshot import Candidates, Snapshot
from indexes.vector.base import Mask


@dataclass(slots=True)
class LegMemory:
    """What legs brought, by what they were asked; ``owed_s`` are the seconds of what came from memory since it was last reset.

    It is for one thread.
    """

    kept: dict[Hashable, tuple[Candidates, float]] = field(default_factory=dict)
    owed_s: float = 0.0
    hits: int = 0

    def find(self, key: Hashable, search: Callable[[], Candidates]) -> Candidates:
        """What ``search`` brings, or has brought for the same key."""
        known = self.kept.get(key)
        if known is not None:
            self.hits += 1
            self.owed_s += known[1]
            return known[0]
        started = time.perf_counter()
        found = search()
        self.kept[key] = (found, time.perf_counter() - started)
        return found


@dataclass(frozen=True, slots=True)
class RememberingSnapshot(Snapshot):
    """A snapshot whose legs remember; ``searched`` names the search settings of its index, as another view of it finds more."""

    memory: LegMemory = field(default_factory=LegMemory)
    searched: Hashable = None

    def vector_candidates(self, query: Vectors, depth: int, allowed: Mask | None, *, exact: bool = False) -> Candidates:
        """As :meth:`Snapshot.vector_candidates`."""
        key = ("vector", query.tobytes(), depth, _mask(allowed), exact, self.searched)
        return self.memory.find(key, lambda: Snapshot.vector_candidates(self, query, depth, allowed, exact=exact))

    def lexical_candidates(self, query: str, depth: int, allowed: Mask | None) -> Candidates:
        """As :meth:`Snapshot.lexical_candidates`."""
        key = ("lexical", query, depth, _mask(allowed))
        return self.memory.find(key, lambda: Snapshot.lexical_candidates(self, query, depth, allowed))


def remembering(snapshot: Snapshot, memory: LegMemory, searched: Hashable = None) -> RememberingSnapshot:
    """``snapshot`` with a memory."""
    values: dict[str, Any] = {item.name: getattr(snapshot, item.name) for item in fields(Snapshot)}
    return RememberingSnapshot(**values, memory=memory, searched=searched)


def _mask(allowed: Mask | None) -> Hashable:
    return None if allowed is None else hash(allowed.tobytes())
