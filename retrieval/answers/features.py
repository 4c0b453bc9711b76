"""What speaks for and against the passages holding an answer, as numbers for :mod:`retrieval.answers.answerability`.

All of it comes from what answering computes anyway (sentence vectors, terms, scores of the legs), so that a verdict costs no
more calls of the embedder.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ragline.types import Hit
from retrieval.answers.scoring import Scored
from retrieval.answers.terms import Term

LOOKED_AT = 3
"""Sentences, best first, in which the kind of answer asked for is looked for; an answer shows as many at most."""

WINDOW = 4
"""Words between two neighbouring words of the question, at most, for a sentence to have them together."""

HIGH = 10
"""The rank down to which a leg's hit counts as one that it would have shown by itself."""

STEM = 5
"""Characters in which two forms of a word agree, for that."""

MISSING = math.nan
"""A feature that these hits cannot tell, such as a cosine after a lexical search; the model then takes its mean."""

_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty thirty forty fifty "
    "hundred thousand million billion half third quarter once twice"
)
_MONTHS = "january february march april may june july august september october november december"
_NUMBER = re.compile(rf"\d|\b(?:{'|'.join(_NUMBERS.split())})\b", re.IGNORECASE)
_DATE = re.compile(rf"\b(?:1\d|20)\d\d\b|\b\d+(?:st|nd|rd|th)\b|\b(?:{'|'.join(_MONTHS.split())})\b", re.IGNORECASE)
_NAME = re.compile(r"(?<=[^\s.!?:|] )[^\W\d_a-z][\w'’-]+|\b[A-Z]{2,}\b")
_NEGATION = re.compile(r"\b(?:not|no|never|none|cannot|without|except|unless|neither|nor)\b|n['’]t\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")

_KINDS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (
        re.compile(
            r"\bhow (?:many|much|long|old|tall|far|often|high|large|big|deep|fast|heavy|wide)\b|\bwhat (?:percent|number)",
            re.IGNORECASE,
        ),
        _NUMBER,
    ),
    (re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade|time)\b", re.IGNORECASE), _DATE),
    (
        re.compile(r"\b(?:who|whom|whose|where)\b|\b(?:what|which) (?:person|city|country|state|company)\b", re.IGNORECASE),
        _NAME,
    ),
)
"""What a question asks for, and what an answer of that kind has in it. English only: other questions ask for nothing known."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A question, the hits that were looked at, their sentences (best first), and the terms of all.

    ``hit_terms`` are those of each hit with its title and section path, ``weights`` those of the question's terms.
    """

    query: str
    hits: Sequence[Hit]
    terms: Sequence[Term]
    weights: Mapping[str, float]
    hit_terms: Sequence[frozenset[str]]
    scored: Sequence[Scored]


def measure(evidence: Evidence) -> dict[str, float]:
    """Every feature by name, in the order of :data:`FEATURES`."""
    return {name: function(evidence) for name, function in FEATURES.items()}


def _similarity(evidence: Evidence) -> float:
    return max((item.similarity for item in evidence.scored), default=0.0)


def _best_score(evidence: Evidence) -> float:
    return evidence.scored[0].score if evidence.scored else 0.0


def _score_margin(evidence: Evidence) -> float:
    """How far the best sentence is before the others: an answer stands out, talk of the subject does not."""
    scores = [item.score for item in evidence.scored[:8]]
    return scores[0] - sum(scores[1:]) / (len(scores) - 1) if len(scores) > 1 else 0.0


def _coverage(evidence: Evidence) -> float:
    """The weighted share of the terms in the hit that has most of them."""
    return max((_weight(evidence, present) for present in evidence.hit_terms), default=0.0)


def _sentence_coverage(evidence: Evidence) -> float:
    return max((item.coverage for item in evidence.scored), default=0.0)


def _best_coverage(evidence: Evidence) -> float:
    return evidence.scored[0].coverage if evidence.scored else 0.0


def _uncovered(evidence: Evidence) -> float:
    """The weighted share of the terms that no hit has."""
    return 1.0 - _weight(evidence, _anywhere(evidence))


def _uncovered_names(evidence: Evidence) -> float:
    """The share of the names, numbers and identifiers asked about that no hit has."""
    return _absent(_named(evidence), _anywhere(evidence))


def _names_elsewhere(evidence: Evidence) -> float:
    """The share of them that the best sentence has neither in it nor above it."""
    if not evidence.scored:
        return 1.0
    candidate = evidence.scored[0].candidate
    return _absent(_named(evidence), candidate.terms | candidate.lead_terms)


def _rarest(evidence: Evidence) -> float:
    """Whether the hit with most terms lacks the rarest term of the question."""
    if not evidence.terms or not evidence.hit_terms:
        return 1.0
    rarest = max(evidence.terms, key=lambda term: evidence.weights[term.text])
    best = max(evidence.hit_terms, key=lambda present: _weight(evidence, present))
    return float(rarest.text not in best)


def _together(evidence: Evidence) -> float:
    """The share of the question's neighbouring terms that one sentence has near each other; the best of the first few."""
    shown = [term.shown.casefold()[:STEM] for term in evidence.terms]
    pairs = list(pairwise(shown))
    if not pairs:
        return MISSING
    best = 0
    for item in evidence.scored[:LOOKED_AT]:
        words = [word.casefold()[:STEM] for word in _WORD.findall(item.candidate.embedded)]
        near = {(left, right) for place, left in enumerate(words) for right in words[place + 1 : place + 1 + WINDOW]}
        best = max(best, sum(pair in near or pair[::-1] in near for pair in pairs))
    return best / len(pairs)


def _kind_missing(evidence: Evidence) -> float:
    """Whether a date, number or name is asked for and the best sentence has none but those of the question."""
    return _lacks_kind(evidence, 1)


def _kind_missing_in_all(evidence: Evidence) -> float:
    return _lacks_kind(evidence, LOOKED_AT)


def _negation(evidence: Evidence) -> float:
    """Whether the question denies something that the best sentence does not."""
    if not evidence.scored or not _NEGATION.search(evidence.query):
        return 0.0
    return float(not _NEGATION.search(evidence.scored[0].candidate.shown))


def _cosine(evidence: Evidence) -> float:
    return max(_leg(evidence, "vector"), default=MISSING)


def _cosine_margin(evidence: Evidence) -> float:
    return _margin(sorted(_leg(evidence, "vector"), reverse=True))


def _lexical_margin(evidence: Evidence) -> float:
    scores = sorted(_leg(evidence, "lexical"), reverse=True)
    return _margin(scores) / scores[0] if len(scores) > 1 and scores[0] > 0 else MISSING


def _agreement(evidence: Evidence) -> float:
    """``1 / (rank in one leg x rank in the other)`` of the best hit: 1 where both legs have it first."""
    both = [hit for hit in evidence.hits if {"vector", "lexical"} <= hit.legs.keys()]
    if not both:
        asked = {name for hit in evidence.hits for name in hit.legs}
        return 0.0 if len(asked) > 1 else MISSING
    return max(1.0 / (hit.legs["vector"].rank * hit.legs["lexical"].rank) for hit in both)


def _found_by_both(evidence: Evidence) -> float:
    """The share of the hits that both legs have among their first :data:`HIGH`."""
    if len({name for hit in evidence.hits for name in hit.legs}) < 2:
        return MISSING
    return sum(len(hit.legs) > 1 and all(leg.rank <= 10 for leg in hit.legs.values()) for hit in evidence.hits) / len(
        evidence.hits
    )


def _length(evidence: Evidence) -> float:
    """The logarithm of the number of terms: a long question is rarely covered as a whole."""
    return math.log(1 + len(evidence.terms))


FEATURES: Mapping[str, Callable[[Evidence], float]] = {
    "similarity": _similarity,
    "cosine": _cosine,
    "cosine_margin": _cosine_margin,
    "best_score": _best_score,
    "score_margin": _score_margin,
    "coverage": _coverage,
    "sentence_coverage": _sentence_coverage,
    "best_coverage": _best_coverage,
    "uncovered": _uncovered,
    "uncovered_names": _uncovered_names,
    "names_elsewhere": _names_elsewhere,
    "rarest": _rarest,
    "together": _together,
    "kind_missing": _kind_missing,
    "kind_missing_in_all": _kind_missing_in_all,
    "negation": _negation,
    "lexical_margin": _lexical_margin,
    "agreement": _agreement,
    "found_by_both": _found_by_both,
    "length": _length,
}
"""In the order of a model's weights."""

COSINES = frozenset(("similarity", "cosine", "cosine_margin", "best_score", "score_margin"))
"""Those that are on the scale of one embedder, and mean something else for another one."""


def _weight(evidence: Evidence, present: frozenset[str]) -> float:
    total = sum(evidence.weights[term.text] for term in evidence.terms)
    got = sum(evidence.weights[term.text] for term in evidence.terms if term.text in present)
    return got / total if total else 0.0


def _anywhere(evidence: Evidence) -> frozenset[str]:
    return frozenset[str]().union(*evidence.hit_terms)


def _named(evidence: Evidence) -> list[Term]:
    """Numbers, identifiers, and words with a capital that do not begin the question."""
    first = _WORD.match(evidence.query.lstrip(" \t\"'“¿"))
    opening = first.group() if first else ""
    return [term for term in evidence.terms if term.kind != "word" or (term.shown[:1].isupper() and term.shown != opening)]


def _absent(terms: Sequence[Term], present: frozenset[str]) -> float:
    return sum(term.text not in present for term in terms) / len(terms) if terms else 0.0


def _lacks_kind(evidence: Evidence, count: int) -> float:
    kind = next((wanted for asked, wanted in _KINDS if asked.search(evidence.query)), None)
    if kind is None:
        return 0.0
    known = {word.casefold() for word in _WORD.findall(evidence.query)}
    for item in evidence.scored[:count]:
        if any(
            not known.issuperset(_WORD.findall(found.group().casefold())) for found in kind.finditer(f" {item.candidate.shown}")
        ):
            return 0.0
    return 1.0


def _leg(evidence: Evidence, name: str) -> list[float]:
    return [hit.legs[name].score for hit in evidence.hits if name in hit.legs]


def _margin(scores: Sequence[float]) -> float:
    return scores[0] - sum(scores[1:]) / (len(scores) - 1) if len(scores) > 1 else MISSING
