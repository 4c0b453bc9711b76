"""Edit distance of one word to many."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Edits = NDArray[np.int8]


def prefix_distances(word: str, terms: Sequence[str], most: int) -> Edits:
    """How many edits each beginning of ``word`` is away from each term: shape ``(len(terms), len(word) + 1)``.

    Column ``i`` is for the first ``i`` characters; whatever is more than ``most`` away counts as ``most + 1``. An edit inserts,
    deletes or replaces a character or swaps two neighbours, and no characters are edited twice (optimal string alignment). All
    terms go through the table of Wagner and Fischer, "The String-to-String Correction Problem", JACM 21(1), 1974, at once, and
    only through the cells that so few edits reach: Ukkonen, "Algorithms for Approximate String Matching", Information and
    Control 64, 1985.
    """
    count, longest = len(terms), max(map(len, terms), default=0)
    far = most + 1
    lengths = np.fromiter(map(len, terms), np.int64, count)
    # A column of the table is a row here, so that a step over all terms is over neighbours in memory.
    letters = np.zeros((longest + 1, count), np.int32)
    padded = "".join(term.ljust(longest, "\0") for term in terms).encode("utf-32-le", "surrogatepass")
    letters[1:] = np.frombuffer(padded, np.int32).reshape(count, longest).T if count else 0
    found = np.full((count, len(word) + 1), far, np.int8)
    found[:, 0] = np.minimum(lengths, far)
    rows = np.arange(count)
    before = np.full((longest + 1, count), far, np.int8)
    last = before.copy()
    last[: far + 1] = np.arange(min(far, longest) + 1, dtype=np.int8)[:, None]
    for i, letter in enumerate(map(ord, word), start=1):
        current = np.full((longest + 1, count), far, np.int8)
        current[0] = min(i, far)
        low, high = max(1, i - most), min(longest, i + most)
        if low <= high:
            is_same = letters[low : high + 1] == letter
            cheapest = np.minimum(last[low - 1 : high] + ~is_same, last[low : high + 1] + np.int8(1))
            if i > 1 and high > 1:
                start = max(low, 2)
                is_swap = (letters[start - 1 : high] == letter) & (letters[start : high + 1] == ord(word[i - 2]))
                swapped = np.where(is_swap, before[start - 2 : high - 1] + np.int8(1), np.int8(far))
                np.minimum(cheapest[start - low :], swapped, out=cheapest[start - low :])
            for j in range(low, high + 1):
                np.minimum(cheapest[j - low], current[j - 1] + np.int8(1), out=current[j])
            np.minimum(current, np.int8(far), out=current)
        found[:, i] = current[lengths, rows]
        before, last = last, current
    return found


def distances(word: str, terms: Sequence[str], most: int) -> Edits:
    """How many edits ``word`` is away from each term; ``most + 1`` stands for more than ``most``."""
    return prefix_distances(word, terms, most)[:, -1]
