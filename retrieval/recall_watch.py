"""Keeps measuring recall in service: a small share of the vector searches is repeated exactly, in the background.

An index that was measured once drifts from what it promised: rows leave, others come, filters and questions are not those that
it was measured with. So some searches, with the very mask that they had, are done again by comparing every row, and their ten
best are compared. It happens in a thread of its own, one at a time, so that no query waits for it; what comes meanwhile is not
sampled.
"""

import logging
import os
import sys
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from math import sqrt
from random import Random

from indexes.snapshot import Candidates, Snapshot
from indexes.vector.base import Mask, Vectors
from indexes.vector.recall import K, share_found

WINDOW = 200
"""Searches that the running recall is of."""

MARGIN = 0.02
"""How far below its promise an index may be: what it promised was measured with other questions, and known to about .01."""

LOWEST_PRIORITY = 19
_Z = 1.96
_SEED = 20_260_303

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WatchedRecall:
    """The running recall@10 of one generation: its mean over ``samples`` searches with a 95 % interval, beside its promise.

    ``filtered`` of the samples had a filter or an access list, or rows that had left.
    """

    generation: int
    samples: int
    filtered: int
    recall: float
    low: float
    high: float
    promised: float

    @property
    def has_drifted(self) -> bool:
        """Whether the recall is below the promise and its margin, with 97.5 % confidence."""
        return self.high < self.promised - MARGIN

    @property
    def warning(self) -> str:
        """What is wrong and what to do; empty where nothing is."""
        if not self.has_drifted:
            return ""
        return (
            f"generation {self.generation} finds {self.recall:.3f} of the true 10 nearest (at most {self.high:.3f}, over "
            f"{self.samples} searches, {self.filtered} of them filtered), and promised {self.promised:.3f}. "
            f"Run: ragline rebuild; if that does not help: ragline tune"
        )


class RecallWatch:
    """Samples ``share`` of the vector searches. Safe to use from several threads."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._random = Random(_SEED)  # noqa: S311 - what is sampled is no secret
        self._busy = threading.Lock()
        self._found: deque[tuple[float, bool]] = deque(maxlen=WINDOW)
        self._promise: tuple[int, float] = (0, 1.0)
        self._thread: threading.Thread | None = None
        self._has_warned = False
        self._is_closed = False

    def offer(self, snapshot: Snapshot, query: Vectors, depth: int, allowed: Mask | None, candidates: Candidates) -> None:
        """Perhaps have a search of this depth repeated, which gave ``candidates``. Returns at once."""
        if self._share <= 0 or self._random.random() >= self._share:
            return
        if snapshot.generation is None or snapshot.generation.index.capabilities.exact:
            return
        if not self._busy.acquire(blocking=False):
            return
        if self._is_closed:
            self._busy.release()
            return
        thread = threading.Thread(
            target=self._repeat, args=(snapshot, query, min(K, depth), allowed, candidates), name="ragline-recall", daemon=False
        )
        try:
            thread.start()
        except RuntimeError:  # the interpreter is about to end
            self._busy.release()
            return
        self._thread = thread

    def wait(self) -> None:
        """Until nothing is measured any more."""
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Measure nothing any more; what is being measured is waited for."""
        self._is_closed = True
        with self._busy:  # whoever comes after this sees that it is closed
            pass
        self.wait()

    def seen(self) -> WatchedRecall | None:
        """The running recall; ``None`` where nothing has been sampled since the generation came into use."""
        found = tuple(self._found)
        if not found:
            return None
        recall = sum(value for value, _ in found) / len(found)
        low, high = wilson_interval(recall, len(found))
        number, promised = self._promise
        return WatchedRecall(number, len(found), sum(is_filtered for _, is_filtered in found), recall, low, high, promised)

    def _repeat(self, snapshot: Snapshot, query: Vectors, k: int, allowed: Mask | None, candidates: Candidates) -> None:
        try:
            _be_patient()
            self._count(snapshot, _recall(snapshot, query, k, allowed, candidates), allowed)
        finally:
            self._busy.release()

    def _count(self, snapshot: Snapshot, recall: float, allowed: Mask | None) -> None:
        generation = snapshot.generation
        if generation is None:
            return
        promise = generation.number, generation.recall_at_10
        if promise != self._promise:
            self._found.clear()
            self._promise, self._has_warned = promise, False
        self._found.append((recall, allowed is not None or snapshot.removed is not None))
        seen = self.seen()
        if seen is not None and seen.has_drifted and not self._has_warned:
            self._has_warned = True
            logger.warning("%s", seen.warning)


def wilson_interval(mean: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a mean of ``count`` values in [0, 1]: the score interval (Wilson, JASA 22, 1927).

    It is that of a share of hits and misses, whose spread no other values in [0, 1] with this mean exceed: few samples give a
    wide one.
    """
    square = _Z * _Z
    centre = (mean + square / (2 * count)) / (1 + square / count)
    half = _Z / (1 + square / count) * sqrt(mean * (1 - mean) / count + square / (4 * count * count))
    return max(0.0, centre - half), min(1.0, centre + half)


def _recall(snapshot: Snapshot, query: Vectors, k: int, allowed: Mask | None, candidates: Candidates) -> float:
    true = snapshot.vector_candidates(query, k, allowed, exact=True)
    if not len(true.rows):
        return 1.0
    return share_found(candidates.scores[: len(true.rows)], float(true.scores[-1]), len(true.rows))


def _be_patient() -> None:
    """This thread runs when nothing else wants to. Elsewhere than on Linux a thread has no priority of its own."""
    if sys.platform == "linux":
        with suppress(OSError):  # a sandbox may refuse; then it runs like any other
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)
