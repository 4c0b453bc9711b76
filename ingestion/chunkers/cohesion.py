"""What holds neighbouring sentences together: the words they share, or the nearness of their vectors.

The distance at a place between two sentences is one minus the cosine of what stands before it and what stands behind it, a few
sentences each, as in Hearst, "TextTiling: Segmenting Text into Multi-paragraph Subtopic Passages" (Computational Linguistics,
1997). Its vectors are term frequencies; here they are weighted with the inverse sentence frequency, or an embedder's.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

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

# Sentences whose vectors are held at a time: bounds the memory, however long a section is.
_BLOCK_SENTENCES = 512


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
    count = len(sentences)
    terms = [_terms(sentence) for sentence in sentences]
    frequencies = Counter(chain.from_iterable(map(set, terms)))
    rarity = {term: math.log(count / frequency) for term, frequency in frequencies.items()}
    distances = [0.0] * min(count, 1)
    for start in range(1, count, _BLOCK_SENTENCES):
        end = min(start + _BLOCK_SENTENCES, count)
        first, last = max(0, start - window), min(end + window, count)
        distances += _distances(_vectors(terms[first:last], rarity), start - first, end - first, window)
    return distances


def _distances(vectors: NDArray[np.float64], start: int, end: int, window: int) -> list[float]:
    """One minus the cosine at each place from ``start`` to ``end``."""
    sums = np.zeros((len(vectors) + 1, vectors.shape[1]))
    np.cumsum(vectors, axis=0, out=sums[1:])
    places = np.arange(start, end)
    before = sums[places] - sums[np.maximum(places - window, 0)]
    after = sums[np.minimum(places + window, len(vectors))] - sums[places]
    across, left, right = (np.einsum("ij,ij->i", *pair) for pair in ((before, after), (before, before), (after, after)))
    lengths = np.sqrt(left * right)
    cosines = np.divide(across, lengths, out=np.zeros_like(across), where=lengths > 0)
    distances: list[float] = (1.0 - cosines).tolist()
    return distances


def _vectors(sentences: Sequence[Sequence[str]], rarity: Mapping[str, float]) -> NDArray[np.float64]:
    """Logarithmic term frequencies, weighted with the inverse sentence frequency: a row for each sentence."""
    columns: dict[str, int] = {}
    for term in chain.from_iterable(sentences):
        columns.setdefault(term, len(columns))
    width = max(len(columns), 1)
    places = [row * width + columns[term] for row, terms in enumerate(sentences) for term in terms]
    counts = np.bincount(np.array(places, np.int64), minlength=len(sentences) * width).reshape(-1, width)
    weights = np.fromiter(map(rarity.__getitem__, columns), np.float64, len(columns))
    logarithms = np.log(counts, out=np.zeros(counts.shape), where=counts > 1)
    vectors: NDArray[np.float64] = (counts > 0) * (1.0 + logarithms) * (weights if len(weights) else 0.0)
    return vectors


def _terms(sentence: str) -> list[str]:
    words = _WORD.findall(sentence.casefold())
    if sentence.isascii():
        return [word[:_STEM_CHARS] for word in words if len(word) >= _MIN_WORD_CHARS]
    terms: list[str] = []
    for word in words:
        if _UNSPACED.search(word):
            terms += map("".join, zip(word, islice(word, 1, None), strict=False))
        elif len(word) >= _MIN_WORD_CHARS:
            terms.append(word[:_STEM_CHARS])
    return terms


def _percentile(ordered: Sequence[float], percentile: float) -> float:
    """With linear interpolation between the two nearest ranks, as NumPy does by default."""
    at = (len(ordered) - 1) * percentile / 100
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
