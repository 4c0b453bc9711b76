"""What holds neighbouring paragraphs together: the words they share.

The distance at a place between two paragraphs is one minus the cosine of what stands before it and what stands behind it, a few
pieces each, as in Hearst, "TextTiling: Segmenting Text into Multi-paragraph Subtopic Passages" (Computational Linguistics,
1997). Here a word counts once, however often it occurs, and a distance is measured by a constant instead of by the other
distances of the text, so that a change in one paragraph is felt no farther than a few pieces away.
"""

import math
import re
from collections.abc import Iterable, Sequence
from itertools import islice

JOIN_COST = 3.0
"""Cost of a distance of 1 above the usual one, in the unit of :mod:`ingestion.chunkers.breaks`. Chosen, with the other
constants here, by ``python -m benchmarks chunking``; see docs/decisions."""

USUAL_DISTANCE = 0.85
WINDOW_PIECES = 3

# The beginnings of words, in which inflected forms meet; shorter words are mostly function words.
_STEM = re.compile(r"(\w{4,5})\w*")
_WORD = re.compile(r"\w+")
# Scripts without blanks between words: pairs of characters stand for words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]")


def join_costs(pieces: Sequence[str], places: Iterable[int], *, window: int = WINDOW_PIECES) -> list[float]:
    """The cost of not cutting in front of each piece: above 0 where the words change, 0 where none of the ``places`` is."""
    costs = [0.0] * len(pieces)
    words: dict[int, set[str]] = {}

    def around(start: int, end: int) -> set[str]:
        near = range(max(start, 0), min(end, len(pieces)))
        words.update((index, word_beginnings(pieces[index])) for index in near if index not in words)
        return set().union(*map(words.__getitem__, near))

    for place in places:
        costs[place] = JOIN_COST * (distance(around(place - window, place), around(place, place + window)) - USUAL_DISTANCE)
    return costs


def distance(before: set[str], behind: set[str]) -> float:
    """One minus the cosine of two sets; 1 where one of them is empty."""
    lengths = math.sqrt(len(before) * len(behind))
    return 1.0 - len(before & behind) / lengths if lengths else 1.0


def word_beginnings(text: str) -> set[str]:
    """The first five letters of the words of four letters or more; pairs of characters in scripts without blanks."""
    text = text.casefold()
    found = set(_STEM.findall(text))
    if not text.isascii() and _UNSPACED.search(text):
        for word in _WORD.findall(text):
            if _UNSPACED.search(word):
                found.discard(word[:5])
                found.update(map("".join, zip(word, islice(word, 1, None), strict=False)))
    return found
