"""What holds neighbouring sentences together: the words they share, or the nearness of their vectors.

The distance at a place between two sentences is one minus the cosine of what stands before it and what stands behind it, a few
sentences each, as in Hearst, "TextTiling: Segmenting Text into Multi-paragraph Subtopic Passages" (Computational Linguistics,
1997). Its vectors are term frequencies; here they are weighted with the inverse sentence frequency, or an embedder's.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

JOIN_WEIGHT = 0.2
"""Cost of one standard deviation of distance, in the unit of :mod:`ingestion.chunkers.breaks`."""

WINDOW_SENTENCES = 3
PERCENTILE = 50.0

# Inflected forms of a word share their beginning; longer ones would not meet.
_STEM_CHARS = 5
_MIN_WORD_CHARS = 3
_WORD = re.compile(r"\w+")
# Scripts without blanks between words: pairs of characters stand for words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]")

Terms = Mapping[str, float]


def join_costs(distances: Sequence[float], *, percentile: float = PERCENTILE, weight: float = JOIN_WEIGHT) -> list[float]:
    """The cost of not cutting at each place: ``weight * (distance - threshold) / deviation``.

    The threshold is the percentile of the distances, the deviation their standard deviation. ``distances[i]`` belongs to the
    place in front of sentence i, so the first one is no place and costs nothing; nor does any where all are equal.
    """
    places = distances[1:]
    if not places:
        return [0.0] * len(distances)
    mean = sum(places) / len(places)
    deviation = math.sqrt(sum((each - mean) ** 2 for each in places) / len(places))
    if deviation < 1e-9:  # rounding noise of equal distances
        return [0.0] * len(distances)
    threshold = _percentile(sorted(places), percentile)
    return [0.0, *(weight * (each - threshold) / deviation for each in places)]


def lexical_distances(sentences: Sequence[str], *, window: int = WINDOW_SENTENCES) -> list[float]:
    """The distance at the place in front of each sentence, by the words around it; 0 in front of the first."""
    counted = [Counter(_terms(sentence)) for sentence in sentences]
    frequencies = Counter(term for terms in counted for term in terms)
    weighted = [
        {term: (1 + math.log(count)) * math.log(len(sentences) / frequencies[term]) for term, count in terms.items()}
        for terms in counted
    ]
    return [0.0] + [
        _distance(_sum(weighted[max(0, place - window) : place]), _sum(weighted[place : place + window]))
        for place in range(1, len(sentences))
    ]


def _terms(sentence: str) -> Iterator[str]:
    for word in _WORD.findall(sentence.casefold()):
        if _UNSPACED.search(word):
            yield from map("".join, zip(word, islice(word, 1, None), strict=False))
        elif len(word) >= _MIN_WORD_CHARS:
            yield word[:_STEM_CHARS]


def _sum(vectors: Sequence[Terms]) -> Terms:
    total: dict[str, float] = {}
    for vector in vectors:
        for term, weight in vector.items():
            total[term] = total.get(term, 0.0) + weight
    return total


def _distance(before: Terms, after: Terms) -> float:
    lengths = math.sqrt(_square(before) * _square(after))
    if lengths == 0:
        return 1.0
    shared = before.keys() & after.keys()
    return 1.0 - math.fsum(before[term] * after[term] for term in shared) / lengths


def _square(vector: Terms) -> float:
    return math.fsum(weight * weight for weight in vector.values())


def _percentile(ordered: Sequence[float], percentile: float) -> float:
    """With linear interpolation between the two nearest ranks, as NumPy does by default."""
    at = (len(ordered) - 1) * percentile / 100
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
