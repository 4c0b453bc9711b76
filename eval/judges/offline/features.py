"""What speaks for and against a claim, as numbers: the features of the offline judge's model.

Words and their order, words that go together in one sentence, numbers with what they count, names, negations, and with an
embedder meanings. Each is a share in [0, 1] or a flag of 0 or 1; ``nan`` where it does not apply, which the model reads as its
mean. None of them grows with the length of a claim as such: a judge that knows the length knows the label of some sets.
"""

import itertools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from eval.judges.offline.model import COPIED
from eval.judges.offline.reading import Contexts, grams, in_order, words
from retrieval.answers.base import SentenceEmbedder
from retrieval.answers.grounding import Finding, ground, names
from retrieval.answers.polarity import opposition
from retrieval.answers.quantities import Quantity, agrees, quantities
from retrieval.answers.scoring import readable

COMPARED = 3
"""Sentences whose word order is compared, those with most of the claim."""

REACH = 6
"""Content words from one to another that should stand in one sentence of the contexts too."""

FRAGMENT_WORDS = 5
"""A claim of so few words may be no sentence but a reply ("in 1998"): then the question says what of."""

NUMBER_REACH = 3
"""Words after a number, or before it, that may say what it counts."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """The places of the sentences that have most of a claim, best first, and what speaks against it by rules."""

    places: tuple[int, ...]
    findings: tuple[Finding, ...]
    coverage: float


class Case:
    """A claim against its contexts. What several features need is worked out once."""

    def __init__(self, claim: str, contexts: Contexts, *, question: str = "", meanings: "Meanings | None" = None) -> None:
        self.claim, self.contexts, self.question, self.meanings = claim, contexts, question, meanings
        self.words = words(claim, contexts.language)

    @cached_property
    def aligned(self) -> Aligned:
        evidence = self.contexts.evidence
        found = ground(self.claim, evidence)
        at = {(each.order, each.start, each.end): place for place, each in enumerate(evidence.sentences)}
        places = tuple(at[each.order, each.start, each.end] for each in found.evidence)
        return Aligned(places, found.findings, found.coverage)

    @cached_property
    def best(self) -> int | None:
        return self.aligned.places[0] if self.aligned.places else None

    @cached_property
    def shares(self) -> tuple[float, ...]:
        """For each sentence the share of the claim's content words in it."""
        return tuple(_share(self.words.terms, sentence) for sentence in self.contexts.sets)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The stems of the words that are names."""
        found = (words(name, self.contexts.language).stems for name in names(self.claim, self.contexts.language))
        return tuple(stem for stems in found for stem in stems)

    @cached_property
    def numbers(self) -> tuple[Quantity, ...]:
        return tuple(each for each in quantities(self.claim) if each.shown.lower() != "one")

    def has(self, kind: str) -> float:
        return float(any(finding.kind == kind for finding in self.aligned.findings))


def measure(case: Case, names: Iterable[str] | None = None) -> dict[str, float]:
    """The features of a claim by name, all or those asked for."""
    return {name: FEATURES[name](case) for name in names or FEATURES}


def _share(wanted: Sequence[str], there: frozenset[str]) -> float:
    return sum(term in there for term in wanted) / len(wanted) if wanted else 0.0


def _coverage(case: Case) -> float:
    return case.aligned.coverage


def _sentence(case: Case) -> float:
    return max(case.shares, default=0.0)


def _novel(case: Case) -> float:
    """Share of the content words that are nowhere in the contexts."""
    return 1.0 - _share(case.words.terms, case.contexts.vocabulary) if case.words.terms else 0.0


def _bigrams(case: Case) -> float:
    pairs = grams(case.words.plain, 2)
    return _part(pairs, case.contexts.bigrams) if pairs else _share(case.words.stems, case.contexts.vocabulary)


def _trigrams(case: Case) -> float:
    triples = grams(case.words.plain, 3)
    return _part(triples, case.contexts.trigrams) if triples else _bigrams(case)


def _part(wanted: Sequence[tuple[str, ...]], there: frozenset[tuple[str, ...]]) -> float:
    return sum(each in there for each in wanted) / len(wanted)


def _density(case: Case) -> float:
    """Length of the shared runs as the root of the sum of their squares, over the length of the claim."""
    runs = case.contexts.runs.lengths(case.words.stems)
    return math.sqrt(sum(length**2 for length in runs)) / max(1, len(case.words.stems))


def _in_order(case: Case) -> float:
    sentences = case.contexts.sentences
    stems = case.words.stems
    best = max((in_order(stems, sentences[place].stems) for place in case.aligned.places[:COMPARED]), default=0)
    return best / max(1, len(stems))


def _neighbours(case: Case) -> float:
    """Share of the pairs of neighbouring content words that are neighbours in the contexts too."""
    pairs = grams(case.words.terms, 2)
    return _part(pairs, case.contexts.neighbours) if pairs else _sentence(case)


def _pairs(case: Case) -> float:
    """Share of the pairs of content words near each other that stand in one sentence of the contexts."""
    terms = case.words.terms
    pairs = [(a, b) for place, a in enumerate(terms) for b in terms[place + 1 : place + REACH] if a != b]
    return (
        sum(any(a in each and b in each for each in case.contexts.sets) for a, b in pairs) / len(pairs) if pairs else math.nan
    )


def _closeness(case: Case) -> float:
    """Mean over neighbouring content words of ``1 / (1 + words that stand between them more than in the claim)``."""
    gaps = _gaps(case)
    return sum(gaps) / len(gaps) if gaps else math.nan


def _loosest(case: Case) -> float:
    """The least of these."""
    return min(_gaps(case), default=math.nan)


def _joints(case: Case) -> float:
    """The same over neighbouring content words that the contexts have at all: low where their parts were put together anew."""
    gaps = _gaps(case, known=True)
    return sum(gaps) / len(gaps) if gaps else math.nan


def _gaps(case: Case, *, known: bool = False) -> list[float]:
    places, stems = case.words.content, case.words.stems
    if known:
        places = tuple(place for place in places if any(stems[place] in each for each in case.contexts.sets))
    pairs = [(a, b) for a, b in itertools.pairwise(places) if stems[a] != stems[b]]
    return [_near(stems[a], stems[b], b - a, case.contexts) for a, b in pairs]


def _near(first: str, second: str, apart: int, contexts: Contexts) -> float:
    least = math.inf
    for sentence, held in zip(contexts.sentences, contexts.sets, strict=True):
        if first in held and second in held:
            left = [place for place, stem in enumerate(sentence.stems) if stem == first]
            right = [place for place, stem in enumerate(sentence.stems) if stem == second]
            least = min(least, *(abs(a - b) for a in left for b in right))
    return 1.0 / (1.0 + max(0.0, least - apart))


def _name_apart(case: Case) -> float:
    """How much less of the claim than the best sentence those sentences have that hold a name, or stand beside it."""
    return _apart(case, ([name in each for each in case.contexts.sets] for name in case.names))


def _number_apart(case: Case) -> float:
    """The same of a number."""
    stated = case.contexts.evidence.quantities
    sentences = range(len(case.contexts.sets))
    return _apart(case, ([any(agrees(mine, each) for each in stated[at]) for at in sentences] for mine in case.numbers))


def _apart(case: Case, holding: Iterable[Sequence[bool]]) -> float:
    best, least = _sentence(case), 0.0
    if not best:
        return 0.0
    for holds in holding:
        places = {near for at, held in enumerate(holds) if held for near in (at - 1, at, at + 1) if 0 <= near < len(holds)}
        if places:
            least = max(least, 1.0 - max(case.shares[at] for at in places) / best)
    return least


def _counted_apart(case: Case) -> float:
    """Whether a number without a unit counts something else where the contexts have it."""
    return float(any(_counts_another(each, case) for each in case.numbers if not each.scale))


def _counts_another(number: Quantity, case: Case) -> bool:
    evidence, language = case.contexts.evidence, case.contexts.language
    counted = _beside(case.claim, number, language)
    if counted is None:
        return False
    others = []
    for sentence, stated in zip(evidence.sentences, evidence.quantities, strict=False):
        text = f"{sentence.shown}\n{sentence.lead}"
        for each in stated:
            if not agrees(number, each):
                continue
            near = words(f"{text[: each.start]} {_BETWEEN} {text[each.end :]}", language).stems
            at = near.index(_BETWEEN)
            if counted in near[max(0, at - NUMBER_REACH) : at + NUMBER_REACH + 1]:
                return False
            others.append(_beside(text, each, language))
    return any(others)


_BETWEEN = "0number0"


def _beside(text: str, number: Quantity, language: str) -> str | None:
    """The stem of the content word that follows a number at once, unless the word before names what it is the number of."""
    if not re.match(r"[ -]\w", text[number.end :]):
        return None
    after, before = words(text[number.end :], language), words(text[: number.start], language)
    is_label = (
        bool(before.plain) and len(before.plain) - 1 in before.content and not text[: number.start].rstrip().endswith(",")
    )
    return after.stems[0] if after.content[:1] == (0,) and not is_label else None


def _denied(case: Case) -> float:
    """Whether the closest sentence says the opposite, as far as it says the same."""
    if case.best is None or len(case.words.terms) < 2:
        return 0.0
    sentence = case.contexts.evidence.sentences[case.best]
    return case.shares[case.best] if opposition(case.claim, sentence.shown, case.contexts.language) else 0.0


def _asked(case: Case) -> float:
    """For a reply in a few words: the share of the question's words around the sentence that has most of both."""
    if not case.question or len(case.words.plain) > FRAGMENT_WORDS:
        return math.nan
    sets, language = case.contexts.sets, case.contexts.language
    wanted = words(case.question, language).terms
    holding = [at for at, share in enumerate(case.shares) if share and share == _sentence(case)]
    around = (frozenset[str]().union(*sets[max(0, at - 1) : at + 2]) for at in holding)
    return max((_share(wanted, each) for each in around), default=0.0)


def _meaning(case: Case) -> float:
    return case.meanings.closest(case) if case.meanings else math.nan


class Meanings:
    """Cosines between claims and the sentences closest to them by words. Each text is embedded once for an answer."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self._embedder = embedder
        self._known: dict[str, np.ndarray[tuple[int], np.dtype[np.float32]]] = {}

    def _vectors(self, texts: Sequence[str]) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            vectors = self._embedder.embed_documents(readable(new, self._embedder))
            self._known.update(zip(new, vectors, strict=True))
        return np.stack([self._known[text] for text in texts])

    def _cosines(self, case: Case) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
        sentences = [case.contexts.evidence.sentences[place].shown for place in case.aligned.places]
        return self._vectors([case.claim, *sentences])

    def closest(self, case: Case) -> float:
        """The cosine with the closest sentence, at least 0."""
        if case.best is None:
            return 0.0
        vectors = self._cosines(case)
        return float(max(0.0, np.max(vectors[1:] @ vectors[0])))


FEATURES: Mapping[str, Callable[[Case], float]] = MappingProxyType(
    {
        "coverage": _coverage,
        "sentence": _sentence,
        "novel": _novel,
        "bigrams": _bigrams,
        "trigrams": _trigrams,
        "density": _density,
        "in_order": _in_order,
        "neighbours": _neighbours,
        "pairs": _pairs,
        "closeness": _closeness,
        "loosest": _loosest,
        "joints": _joints,
        "number": lambda case: case.has("number"),
        "number_apart": _number_apart,
        "counted_apart": _counted_apart,
        "name": lambda case: case.has("name"),
        "name_apart": _name_apart,
        "identifier": lambda case: case.has("identifier"),
        "quote": lambda case: case.has("quote"),
        "negation": lambda case: case.has("negation"),
        "denied": _denied,
        "asked": _asked,
        "meaning": _meaning,
        COPIED: lambda case: float(case.contexts.copies(case.words.plain)),
    }
)
"""Every feature by name."""

EMBEDDED = ("meaning",)
"""Those that need an embedder."""
