"""Speeds of several calls side by side, in turn, so that the noise of the machine falls on all alike.

Time is that of the processor, in all threads of this process: with one thread it is the time on the clock, less what other
processes take from it.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from indexes.vector.base import Vectors

BLOCK = 100
"""Queries in a batch."""


@dataclass(frozen=True, slots=True)
class Speeds:
    """Seconds of processor time that each call took for all queries, one number for each repeat."""

    seconds: Mapping[str, list[float]]
    queries: int

    def qps(self, name: str) -> float:
        """Queries a second, by the median repeat."""
        return self.queries / median(self.seconds[name])

    def ratio(self, name: str, to: str) -> float:
        """How many times as fast as ``to``: the median over the repeats, each of which compares the two side by side."""
        return median(other / own for own, other in zip(self.seconds[name], self.seconds[to], strict=True))


def measure_speeds(calls: Mapping[str, Callable[[Vectors], object]], queries: Vectors, repeats: int, *, single: bool) -> Speeds:
    """Every call gets all queries in each repeat: one at a time, of shape ``(dim,)``, or in batches of ``BLOCK``.

    The first batch of a turn goes before the clock runs: an index that is in use has its parts in the processor's caches, and
    the other side has just filled these with its own.
    """
    names = list(calls)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    blocks = [queries[start : start + BLOCK] for start in range(0, len(queries), BLOCK)]
    for repeat in range(repeats):
        first = repeat % len(names)
        for name in names[first:] + names[:first]:
            _run(calls[name], blocks[0], single=single)
            seconds[name].append(sum(_run(calls[name], block, single=single) for block in blocks))
    return Speeds(seconds, len(queries))


def _run(call: Callable[[Vectors], object], block: Vectors, *, single: bool) -> float:
    started = time.process_time()
    if single:
        for query in block:
            call(query)
    else:
        call(block)
    return time.process_time() - started
