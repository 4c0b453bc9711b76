"""Shingles: every run of three words of a text, as 64-bit hashes. How alike two texts are is how many of them they share.

Source: Broder, "On the resemblance and containment of documents", SEQUENCES 1997.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHINGLE_WORDS = 3
"""Of the usual 3 to 5 the least: chunks are short. One word changed in a chunk of 60 costs 3 of its 58 shingles on either side
(similarity .90); with 5 words it would be .85, and the same page of two versions that differ in a number would count as two."""

Hashes = NDArray[np.uint64]

# Scripts without spaces between words: Thai, Lao, Burmese, Khmer, Kana, Han. Every character counts as a word there.
_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U000323af"
)
_WORD = re.compile(rf"[^\W{_UNSPACED}]+|[{_UNSPACED}]")

_KEPT_WORDS = 1 << 18  # about 40 MB; collections have fewer different words, unless they are full of numbers
_NO_WORD = 0
# Odd multipliers and shifts of the SplitMix64 finaliser (Steele, Lea and Flood, OOPSLA 2014).
_MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


@dataclass(frozen=True, slots=True)
class Shingled:
    """The shingles of several texts, one text after the other, with repetitions; ``counts`` says how many each has."""

    hashes: Hashes
    counts: NDArray[np.int64]

    def sets(self) -> list[frozenset[int]]:
        """The different shingles of every text."""
        values, ends = self.hashes.tolist(), np.cumsum(self.counts).tolist()
        return [frozenset(values[end - count : end]) for end, count in zip(ends, self.counts.tolist(), strict=True)]


class Shingler:
    """Makes shingles, and remembers the hashes of words. Safe to use from several threads."""

    def __init__(self) -> None:
        self._words = _WordHashes()

    def shingle(self, texts: Sequence[str]) -> Shingled:
        """The shingles of each text: of its casefolded Unicode words, punctuation and spaces left out.

        A text of fewer than three words is one shingle; one without any word is compared as it stands; one without any
        character but spaces has no shingle. Two different shingles have the same hash once in 2**64 pairs.
        """
        if len(self._words) > _KEPT_WORDS:
            self._words.clear()
        hashes: list[int] = []
        lengths = []
        for text in texts:
            words = words_of(text)
            padding = max(0, SHINGLE_WORDS - len(words)) if words else 0
            hashes += map(self._words.__getitem__, words)
            hashes += [_NO_WORD] * padding
            lengths.append(len(words) + padding)
        return _runs(np.array(hashes, np.uint64), np.array(lengths, np.int64))


def words_of(text: str) -> list[str]:
    """The words that are compared; of a text without any, the text itself."""
    if words := _WORD.findall(text.casefold()):
        return words
    bare = text.strip()
    return [bare] if bare else []


def _runs(words: Hashes, lengths: NDArray[np.int64]) -> Shingled:
    counts = np.maximum(lengths - (SHINGLE_WORDS - 1), 0)
    size = max(0, len(words) - (SHINGLE_WORDS - 1))
    hashes = np.zeros(size, np.uint64)
    for offset in range(SHINGLE_WORDS):
        hashes = _mixed(hashes + words[offset : offset + size])
    # The last two words of a text begin no run of their own; what begins there reaches into the next text.
    starts = np.ones(len(words), np.bool_)
    ends = np.cumsum(lengths)[lengths > 0]
    for back in range(1, SHINGLE_WORDS):
        starts[ends - back] = False
    return Shingled(hashes[starts[:size]], counts)


def _mixed(values: Hashes) -> Hashes:
    """Every bit of a value decides over every bit of the result; addition and multiplication are modulo 2**64."""
    values = (values ^ (values >> _SHIFTS[0])) * _MULTIPLIERS[0]
    values = (values ^ (values >> _SHIFTS[1])) * _MULTIPLIERS[1]
    return values ^ (values >> _SHIFTS[2])


class _WordHashes(dict[str, int]):
    """Word to 64-bit hash, the same in every process: signatures made from them are kept on disk."""

    def __missing__(self, word: str) -> int:
        digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        value = self[word] = int.from_bytes(digest, "little")
        return value
