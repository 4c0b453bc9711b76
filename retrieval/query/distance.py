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
    for row, term in enumerate(terms):
        letters[row, 1 : len(term) + 1] = [ord(letter) for letter in term]
    before, last = np.zeros((count, longest + 1), np.int64), np.tile(np.arange(longest + 1), (count, 1))
    found = np.empty((count, len(word) + 1), np.int64)
    found[:, 0] = lengths
    for i, letter in enumerate(map(ord, word), start=1):
        current = np.empty_like(last)
        current[:, 0] = i
        for j in range(1, longest + 1):
            replaced = last[:, j - 1] + (letters[:, j] != letter)
            current[:, j] = np.minimum(np.minimum(last[:, j], current[:, j - 1]) + 1, replaced)
            if i > 1 and j > 1:
                is_swap = (letters[:, j - 1] == letter) & (letters[:, j] == ord(word[i - 2]))
                swapped = np.minimum(current[:, j], before[:, j - 2] + 1)
                current[:, j] = np.where(is_swap, swapped, current[:, j])
        found[:, i] = current[np.arange(count), lengths]
        before, last = last, current
    return found


def distances(word: str, terms: Sequence[str]) -> NDArray[np.int64]:
    """How many edits ``word`` is away from each term."""
    return prefix_distances(word, terms)[:, -1]
