"""Edit distance of one word to many."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def prefix_distances(word: str, terms: Sequence[str]) -> NDArray[np.int64]:
    """How many edits each beginning of ``word`` is away from each term: shape ``(len(terms), len(word) + 1)``.

    Column ``i`` is for the first ``i`` characters. An edit inserts, deletes or replaces a character or swaps two neighbours,
    and no characters are edited twice (optimal string alignment). All terms go through the table of Wagner and Fischer, "The
    String-to-String Correction Problem", JACM 21(1), 1974, at once.
    """
    count, longest = len(terms), max(map(len, terms), default=0)
    lengths = np.fromiter(map(len, terms), np.int64, count)
    letters = np.zeros((count, longest + 1), np.int64)
    width = max(longest, 1)
    letters[:, 1:] = np.array(terms, f"U{width}").view(np.uint32).reshape(count, width)[:, :longest]
    places = np.arange(longest + 1)
    before, last = np.zeros((count, longest + 1), np.int64), np.tile(places, (count, 1))
    found = np.empty((count, len(word) + 1), np.int64)
    found[:, 0] = lengths
    for i, letter in enumerate(map(ord, word), start=1):
        current = last + 1
        current[:, 0] = i
        current[:, 1:] = np.minimum(current[:, 1:], last[:, :-1] + (letters[:, 1:] != letter))
        if i > 1:
            is_swap = (letters[:, 1:-1] == letter) & (letters[:, 2:] == ord(word[i - 2]))
            current[:, 2:] = np.where(is_swap, np.minimum(current[:, 2:], before[:, :-2] + 1), current[:, 2:])
        # Insertions, each of which costs 1 more than the place before it, along a whole row at once.
        current = np.minimum.accumulate(current - places, axis=1) + places
        found[:, i] = current[np.arange(count), lengths]
        before, last = last, current
    return found


def distances(word: str, terms: Sequence[str]) -> NDArray[np.int64]:
    """How many edits ``word`` is away from each term."""
    return prefix_distances(word, terms)[:, -1]
