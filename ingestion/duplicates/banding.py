"""Banding: signatures cut into bands; texts with an equal band are candidates, and no others are ever compared.

With ``b`` bands of ``r`` places, texts of similarity ``s`` become candidates with the probability ``1 - (1 - s**r)**b``, an
S-curve that is steepest near ``(1/b)**(1/r)``. Source: Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", 3.4.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingestion.duplicates.minhash import PERMUTATIONS, Signatures

MISSED = 0.001
"""Share of the pairs just at the threshold that may escape. More similar pairs escape less often, equal texts never."""

ALONE = -1


@dataclass(frozen=True, slots=True)
class Bands:
    """``count`` bands of ``rows`` places each."""

    count: int
    rows: int

    @property
    def threshold(self) -> float:
        """The similarity near which the S-curve is steepest."""
        return float((1 / self.count) ** (1 / self.rows))

    def probability(self, similarity: float) -> float:
        """That two texts of this similarity become candidates."""
        return float(1 - (1 - similarity**self.rows) ** self.count)


def choose_bands(threshold: float) -> Bands:
    """The longest bands, with the fewest false candidates, of those that let at most ``MISSED`` escape at ``threshold``."""
    fitting = (Bands(PERMUTATIONS // rows, rows) for rows in range(PERMUTATIONS, 0, -1))
    return next(bands for bands in fitting if 1 - bands.probability(threshold) <= MISSED)


def buckets(signatures: Signatures, bands: Bands) -> NDArray[np.int64]:
    """For every text and band, the number of the bucket that it shares with other texts, or ``ALONE``.

    Shape ``(n, bands.count)``; numbers of different bands are different.
    """
    found = np.full((len(signatures), bands.count), ALONE, np.int64)
    first = 0
    for band in range(bands.count):
        places = np.ascontiguousarray(signatures[:, band * bands.rows : (band + 1) * bands.rows])
        keys = places.view(np.dtype((np.void, places.dtype.itemsize * bands.rows))).ravel()
        _, numbers, counts = np.unique(keys, return_inverse=True, return_counts=True)
        shared = counts[numbers] > 1
        found[shared, band] = numbers[shared] + first
        first += len(counts)
    return found
