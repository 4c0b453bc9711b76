"""A search that remembers what its legs brought and how its query was expanded: fusing and reranking again costs nothing but
that.

What was remembered is charged for all the same: the seconds that a leg took the first time count for each query that has its
candidates from memory, so that the times of two settings can be compared.
"""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, TypeVar

from indexes.embedders.base import Vectors
from indexes.snapshot import Candidates, Snapshot
from indexes.vector.base import Mask
from retrieval.query.expander import QueryExpander
from retrieval.query.forms import QueryForm
from retrieval.scope import Scope

Found = TypeVar("Found")

OF_HITS = frozenset({"feedback", "rocchio"})
"""Expansions that are made of what the query itself has found."""


@dataclass(slots=True)
class LegMemory:
    """What was brought, by what was asked; ``owed_s`` are the seconds of what came from memory since it was last reset.

    It is for one thread.
    """

    kept: dict[Hashable, tuple[Any, float]] = field(default_factory=dict)
    owed_s: float = 0.0
    hits: int = 0

    def find(self, key: Hashable, make: Callable[[], Found]) -> Found:
        """What ``make`` gives, or has given for the same key."""
        known = self.kept.get(key)
        if known is not None:
            self.hits += 1
            self.owed_s += known[1]
            found: Found = known[0]
            return found
        started, owed = time.perf_counter(), self.owed_s
        found = make()
        self.kept[key] = (found, time.perf_counter() - started + self.owed_s - owed)
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


class RememberingExpander(QueryExpander):
    """An expander whose forms are made once: a model that makes them is asked once for all trials."""

    def __init__(self, inner: QueryExpander, memory: LegMemory, asked: Hashable) -> None:
        """``asked`` is what the legs of the query itself depend on: forms that are made of their hits do so too."""
        self._inner = inner
        self._memory = memory
        self._asked = asked

    def forms(
        self,
        expansions: Sequence[str],
        query: str,
        vector: Vectors | None,
        snapshot: Snapshot,
        scope: Scope,
        first: Mapping[str, Candidates],
    ) -> list[QueryForm]:
        """As :meth:`QueryExpander.forms`, expansion by expansion."""
        forms: list[QueryForm] = []
        for expansion in expansions:
            key = ("forms", expansion, query, tuple(first), self._asked if expansion in OF_HITS else None)
            forms += self._memory.find(key, partial(self._inner.forms, (expansion,), query, vector, snapshot, scope, first))
        return forms


def remembering(snapshot: Snapshot, memory: LegMemory, searched: Hashable = None) -> RememberingSnapshot:
    """``snapshot`` with a memory."""
    values: dict[str, Any] = {item.name: getattr(snapshot, item.name) for item in fields(Snapshot)}
    return RememberingSnapshot(**values, memory=memory, searched=searched)


def _mask(allowed: Mask | None) -> Hashable:
    return None if allowed is None else hash(allowed.tobytes())
