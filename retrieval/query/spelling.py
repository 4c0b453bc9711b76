"""Spelling: words of a query that no chunk has, as chunks have them.

Only words that are in no visible chunk and that the embedder's tokenizer does not know whole are looked at: a small collection
lacks most of the words that are spelled right. A correction is a word of a visible chunk,
with the same first letter, one edit away, or two from six letters on. Source of the limits: the "AUTO" fuzziness and the prefix
length of Elasticsearch's term suggester. The nearest wins, then the more frequent one, then the first by the alphabet.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from retrieval.query.distance import distances, prefix_distances
from retrieval.query.vocabulary import VisibleWords

SHORTEST, TWO_EDITS_FROM = 4, 6
ENDING = 5
"""Characters of a word that its stem may lack: "-ations" is the longest ending that is common."""

CANDIDATES = 12
"""Terms whose written forms are read for one word."""

MOST_UNKNOWN = 8
"""Words of a query that are looked for: each costs milliseconds, and a text with more of them is not mistyped but foreign."""

# Words that stand alone: what has digits or connectors is an identifier, and two of these that are alike are two.
_WORD = re.compile(rf"(?<![\w.@#/'’-])[^\W\d_]{{{SHORTEST},}}+(?![\w.@#/]*[\w@#/])(?!-\w)")
_WRITTEN = re.compile(rf"[^\W\d_]{{{SHORTEST - 1},}}")


def corrected(query: str, words: VisibleWords, is_word: Callable[[str], bool]) -> str:
    """The query with its unknown words as the chunks have them; as it is where nothing is near.

    ``is_word`` says of a word that no chunk has whether it is one all the same. Only the first :data:`MOST_UNKNOWN` unknown
    words are looked for.
    """
    unknown = (word for word in dict.fromkeys(_WORD.findall(query)) if _is_unknown(word, words, is_word))
    better = {word: _correction(word, words) for word in islice(unknown, MOST_UNKNOWN)}
    return _WORD.sub(lambda found: better.get(found.group()) or found.group(), query)


def _is_unknown(word: str, words: VisibleWords, is_word: Callable[[str], bool]) -> bool:
    terms = words.terms_of(word)
    return bool(terms) and min(map(len, terms)) >= SHORTEST - 1 and words.lacks_all(terms) and not is_word(word)


def _correction(word: str, words: VisibleWords) -> str:
    terms = words.terms_of(word)
    lower = word.lower()
    limit = 2 if len(lower) >= TWO_EDITS_FROM else 1
    known = {term: count for term, count in words.beginning_with(lower[0]).items() if _may_be(term, lower, limit)}
    nearest = _nearest(lower, terms[0], known, limit)
    written = list(dict.fromkeys(form for term in nearest for form in _written(term, lower, limit, words)))
    near = [
        (edits, form) for edits, form in zip(distances(lower, written, limit).tolist(), written, strict=True) if edits <= limit
    ]
    ranked = sorted(
        (edits, -max((known.get(term, 0) for term in words.terms_of(form)), default=0), form) for edits, form in near
    )
    return ranked[0][2] if ranked else ""


def _may_be(term: str, word: str, limit: int) -> bool:
    return term.isalpha() and len(word) - ENDING - limit <= len(term) <= len(word) + limit and len(term) >= SHORTEST - 1


def _nearest(word: str, stem: str, known: dict[str, int], limit: int) -> Sequence[str]:
    """Terms whose word may be the one meant: near its stem, or near a beginning of the word, as its ending may be wrong."""
    terms = list(known)
    if not terms:
        return []
    table = prefix_distances(word, terms, limit)
    beginnings = table[:, max(1, len(word) - ENDING) :].min(axis=1)
    stems = table[:, len(stem)] if word.startswith(stem) else distances(stem, terms, limit)
    edits = dict(zip(terms, zip(stems.tolist(), beginnings.tolist(), strict=True), strict=True))
    near = [term for term in terms if min(edits[term]) <= limit]
    return sorted(near, key=lambda term: (sum(edits[term]), -known[term], term))[:CANDIDATES]


def _written(term: str, word: str, limit: int, words: VisibleWords) -> Iterator[str]:
    """Words, in small letters, of some chunks with this term that begin as ``word`` does and have about its length."""
    for text in words.examples(term):
        for form in _WRITTEN.findall(text.lower()):
            if form[0] == word[0] and abs(len(form) - len(word)) <= limit:
                yield form
