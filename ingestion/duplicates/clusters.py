"""Clusters of near-duplicates. Each has a leader, and every member's exact similarity to its leader reaches the threshold.

Texts are taken in a fixed order. One that is a near-duplicate of an earlier leader joins it, any other leads from then on
("leader clustering", Hartigan 1975). Joining whatever is linked by a chain of near-duplicates would be simpler, but the ends of
such a chain (sixteen releases of one page) may have little in common, and whoever keeps one of a cluster would lose the rest.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingestion.duplicates.banding import ALONE, buckets, choose_bands
from ingestion.duplicates.jaccard import jaccard, may_reach
from ingestion.duplicates.minhash import NONE, Signatures, estimates, standard_error, to_bytes
from ragline.errors import InputError

CROWD = 64
"""Leaders that a bucket keeps. Texts that share a band and are still no near-duplicates (forms, log lines) could fill a bucket
with thousands, each to be compared with all others; with 64, a text has at most some hundred candidates."""

DOUBT = 3.0
"""Candidates whose estimate is that many standard errors below the threshold are not checked exactly."""

DEFAULT_THRESHOLD = 0.85
"""Higher than the .8 that is usual for web pages (Lee et al., "Deduplicating training data", ACL 2022): chunks are short, and
what is collapsed by mistake is not seen."""

LEAST_THRESHOLD = 0.5
"""Below it almost every pair of texts on one subject becomes a candidate."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """``leaders`` has each text's leader by number (its own where it leads), ``similarities`` the exact similarity to it.

    ``crowded`` counts the leaders that a full bucket turned away: what is like them may have been missed in that bucket.
    """

    leaders: NDArray[np.int64]
    similarities: NDArray[np.float64]
    crowded: int


def cluster(
    signatures: Signatures,
    shingles: Callable[[int], frozenset[int]],
    threshold: float,
    *,
    progress: Callable[[int], None] | None = None,
) -> Clusters:
    """Clusters of the texts whose signatures are the rows, in the order of the rows: a leader is its cluster's first.

    ``shingles`` gives the shingle set of a text by its row; it is asked only for candidates. Equal texts are always in one
    cluster. Of other pairs just at the threshold about one in 400 escapes, of more similar ones fewer (see ``banding``).
    ``progress`` is called with the number of texts done. Raises :class:`InputError` for a threshold outside [0.5, 1].
    """
    check_threshold(threshold)
    search = _LeaderSearch(signatures, shingles, threshold)
    leaders = np.arange(len(signatures), dtype=np.int64)
    similarities = np.ones(len(signatures))
    for row in range(len(signatures)):
        leaders[row], similarities[row] = search.place(row)
        if progress is not None:
            progress(row + 1)
    return Clusters(leaders, similarities, search.crowded)


def check_threshold(threshold: object) -> float:
    """``threshold``, when it can be one. Raises :class:`InputError` otherwise."""
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not LEAST_THRESHOLD <= threshold <= 1:
        raise InputError(f"The threshold is {threshold!r}; give a similarity from {LEAST_THRESHOLD} to 1, for example 0.85.")
    return float(threshold)


class _LeaderSearch:
    def __init__(self, signatures: Signatures, shingles: Callable[[int], frozenset[int]], threshold: float) -> None:
        self._signatures = signatures
        self._shingles = shingles
        self._threshold = threshold
        self._least_estimate = threshold - DOUBT * standard_error(threshold)
        self._buckets = buckets(signatures, choose_bands(threshold))
        self._leaders: defaultdict[int, list[int]] = defaultdict(list)
        self._joined: dict[bytes, int] = {}
        self.crowded = 0

    def place(self, row: int) -> tuple[int, float]:
        """The leader that a text belongs to, itself where there is none yet, and the similarity to it."""
        own = self._buckets[row]
        own = own[own != ALONE].tolist()
        if not own or (self._signatures[row] == NONE).all():
            return row, 1.0
        key = to_bytes(self._signatures[row])
        # An equal text goes where the first one went, even if a leader that is more like it has come up since.
        before = self._joined.get(key)
        candidates = self._candidates(row, own) if before is None else [before, *self._candidates(row, own)]
        for leader in candidates:
            similarity = self._similarity(row, leader)
            if similarity >= self._threshold:
                self._joined.setdefault(key, leader)
                return leader, similarity
        self._lead(row, own)
        self._joined.setdefault(key, row)
        return row, 1.0

    def _candidates(self, row: int, own: Iterable[int]) -> list[int]:
        """Leaders that may be near-duplicates, the likeliest first, equally likely ones in the order of the rows."""
        found = sorted({leader for bucket in own for leader in self._leaders.get(bucket, ())})
        if not found:
            return found
        estimated = estimates(self._signatures[row], self._signatures[found])
        order = np.argsort(-estimated, kind="stable")
        return [found[place] for place in order.tolist() if estimated[place] >= self._least_estimate]

    def _similarity(self, row: int, leader: int) -> float:
        one, other = self._shingles(row), self._shingles(leader)
        return jaccard(one, other) if may_reach(one, other, self._threshold) else 0.0

    def _lead(self, row: int, own: Iterable[int]) -> None:
        turned_away = False
        for bucket in own:
            if len(self._leaders[bucket]) < CROWD:
                self._leaders[bucket].append(row)
            else:
                turned_away = True
        self.crowded += turned_away
