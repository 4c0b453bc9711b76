"""Claims and contexts as the offline judge reads them: words in order, their stems, and what stands in which sentence."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from indexes.lexical.analyser import Analyser
from indexes.lexical.stopwords import stop_words
from ragline.types import Chunk
from retrieval.answers.grounding import Evidence
from retrieval.answers.polarity import NEGATIONS

_WORD = re.compile(r"\w+")
_BREAK = ""
"""Stands between two sentences where runs of words are looked for, so that none reaches over it; no word is empty."""


SAYS_NOTHING_ALONE = 4
"""A sentence or line of fewer words says nothing without its neighbours."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text in order: as written (lower case), stemmed, and the places of those that carry content."""

    plain: tuple[str, ...]
    stems: tuple[str, ...]
    content: tuple[int, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """The stems of the content words, in order, repeats kept."""
        return tuple(self.stems[place] for place in self.content)


def words(text: str, language: str) -> Words:
    """The words of ``text``. Numbers are content, function words and negations are not (negations are compared apart)."""
    plain = tuple(match.group().casefold() for match in _WORD.finditer(text))
    idle = stop_words(language) | NEGATIONS
    return Words(plain, tuple(_stem(word, language) for word in plain), tuple(i for i, w in enumerate(plain) if w not in idle))


class Contexts:
    """What an answer was written from, read once for all of its claims.

    ``evidence`` has the sentences with their numbers and names; ``sentences`` the words of each of them, in the same order.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.evidence = Evidence([Chunk(str(place), "", text, 0, len(text)) for place, text in enumerate(texts)])
        self.language = self.evidence.language
        self.sentences = tuple(words(each.shown, self.language) for each in self.evidence.sentences)
        self.sets = tuple(frozenset(each.stems) for each in self.sentences)
        self.vocabulary = frozenset[str]().union(*self.sets) | self.evidence.terms
        plain = [word for each in self.sentences for word in (*each.plain, _BREAK)]
        self.bigrams, self.trigrams = frozenset(grams(plain, 2)), frozenset(grams(plain, 3))
        self.runs = Runs([word for each in self.sentences for word in (*each.stems, _BREAK)])
        self.neighbours = frozenset(pair for each in self.sentences for pair in grams(each.terms, 2))

    def copies(self, claim: Sequence[str]) -> bool:
        """Whether the words ``claim`` are sentences, rows or lines of the contexts, each of them whole, one after another.

        One of fewer than :data:`SAYS_NOTHING_ALONE` words must stand next to its neighbour in the contexts as well: what a
        line like "battery: 5 years" is said of is in the lines around it.
        """
        return bool(claim) and self._copies(tuple(claim), None)

    def _copies(self, rest: tuple[str, ...], before: int | None) -> bool:
        if not rest:
            return True
        for place in self._beginnings.get(rest[0], ()):
            whole = self.sentences[place].plain
            follows = before is not None and self._follows(before, place)
            is_alone = not follows and len(whole) < SAYS_NOTHING_ALONE
            if rest[: len(whole)] != whole or (is_alone and not self._continues(rest[len(whole) :], place)):
                continue
            if self._copies(rest[len(whole) :], place):
                return True
        return False

    def _continues(self, rest: tuple[str, ...], place: int) -> bool:
        """Whether ``rest`` begins with the sentence behind the one at ``place``."""
        after = place + 1
        if after == len(self.sentences) or not self._follows(place, after):
            return False
        whole = self.sentences[after].plain
        return bool(whole) and rest[: len(whole)] == whole

    def _follows(self, before: int, place: int) -> bool:
        sentences = self.evidence.sentences
        return place == before + 1 and sentences[place].order == sentences[before].order

    @cached_property
    def _beginnings(self) -> Mapping[str, Sequence[int]]:
        """The places of the sentences that begin with a word."""
        found: dict[str, list[int]] = {}
        for place, each in enumerate(self.sentences):
            if each.plain:
                found.setdefault(each.plain[0], []).append(place)
        return found


class Runs:
    """A text in which the longest runs of another are found: the extractive fragments of Grusky, Naaman and Artzi (2018)."""

    def __init__(self, text: Sequence[str]) -> None:
        self._text = text
        self._places: dict[str, list[int]] = {}
        for place, word in enumerate(text):
            self._places.setdefault(word, []).append(place)

    def lengths(self, claim: Sequence[str]) -> list[int]:
        """The lengths, in words, of the runs that ``claim`` is made of, taken greedily from its beginning."""
        found, at = [], 0
        while at < len(claim):
            length = max((self._shared(claim, at, place) for place in self._places.get(claim[at], ())), default=0)
            if length:
                found.append(length)
            at += max(1, length)
        return found

    def _shared(self, claim: Sequence[str], at: int, place: int) -> int:
        length = 0
        while (
            at + length < len(claim) and place + length < len(self._text) and claim[at + length] == self._text[place + length]
        ):
            length += 1
        return length


def grams(items: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """The runs of ``size`` items, in order."""
    return list(zip(*(items[first:] for first in range(size)), strict=False))


def in_order(claim: Sequence[str], sentence: Sequence[str]) -> int:
    """Words of ``claim`` that ``sentence`` has in the same order: the longest common subsequence."""
    before = [0] * (len(sentence) + 1)
    for word in claim:
        row = [0]
        for place, other in enumerate(sentence):
            row.append(before[place] + 1 if word == other else max(before[place + 1], row[place]))
        before = row
    return before[-1]


@lru_cache(maxsize=65_536)
def _stem(word: str, language: str) -> str:
    found = _analyser().terms(word, language)
    return found[0] if found else word


@cache
def _analyser() -> Analyser:
    return Analyser()
