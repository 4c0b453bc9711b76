"""How well passages carry a statement: aligned sentence by sentence, and searched for what contradicts it.

This compares words, quantities, names, quotations and negations, and on request meanings by their embeddings. It finds what a
careless writer gets wrong (a number, a name, a "not"); it does not reason, so a false statement made of the passage's own words
can pass. Whoever judges answers offline can build on :func:`ground`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from indexes.lexical.stopwords import stop_words
from ragline.types import Chunk
from retrieval.answers.base import SentenceEmbedder
from retrieval.answers.polarity import opposition
from retrieval.answers.quantities import Quantity, agrees, quantities, rivals
from retrieval.answers.scoring import LEAD_SHARE, Candidate, chunk_candidates, readable
from retrieval.answers.terms import Term, language_of, query_terms, text_terms

FindingKind = Literal["number", "identifier", "name", "quote", "negation"]

TOGETHER = 2
"""Sentences that may carry a statement together, wherever they stand: one more makes inventions easier to piece together."""

NEAR = 0.6
"""Share of a statement's words that a sentence must have for its "not" to speak against the statement."""

NUMBER_WEIGHT = 1.5
"""A number counts as much as one of a question does (:attr:`retrieval.answers.terms.Term.weight`)."""

SAME_SUBJECT = 0.9
"""Share of a statement's words above which a sentence with another bare number is about the same; with a unit any share is,
that no sentence with the number itself reaches."""

COMPARED_SENTENCES = 8
"""Sentences whose meaning is compared, those with the most words of the statement."""

COVERAGE_SHARE = 0.5
"""Weight of the words in the support, the rest is similarity. Of the 714 sentences of QAGS (CNN/DM), which people have judged,
a consistent one scores above an inconsistent one with probability .83 (static vectors) and .85 (MiniLM); by words alone .80, by
similarity alone .80 and .82 (``python -m benchmarks grounding``)."""

FINDING_FACTOR = 0.5
"""What a finding leaves of the support: a sentence with one wrong number has nearly all words of the right one."""

_QUOTE = re.compile(r"[\"“„«]([^\"“”„«»]{8,}?)[\"”“»]")
_NAME = re.compile(r"[^\W\d_][\w’'-]*")
_CAPITALISED_NOUNS = frozenset(("de", "lb"))  # German writes every noun as other languages write names


@dataclass(frozen=True, slots=True)
class Finding:
    """What speaks against a statement, and the words in which a reader is told."""

    kind: FindingKind
    text: str


@dataclass(frozen=True, slots=True)
class Grounding:
    """``coverage``: weighted share of the statement's words, in [0, 1]: the mean of what the best sentence has and
    what the best :data:`TOGETHER` have.

    ``similarity``: best cosine of its meaning with one of them, at least 0; ``None`` where none was computed. ``evidence`` are
    the closest sentences, best first.
    """

    coverage: float
    similarity: float | None
    findings: tuple[Finding, ...]
    evidence: tuple[Candidate, ...]

    @property
    def support(self) -> float:
        """How well the passages carry the statement, in [0, 1]; the lower the more was found against it."""
        base = self.coverage
        if self.similarity is not None:
            base = COVERAGE_SHARE * self.coverage + (1 - COVERAGE_SHARE) * min(1.0, self.similarity)
        return base * FINDING_FACTOR if self.findings else base


class Evidence:
    """The sentences of some passages, with what is compared. Reading them once serves many statements."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self.language = language_of(chunk.text for chunk in chunks)
        self.sentences = tuple(each for order, c in enumerate(chunks) for each in chunk_candidates(c, self.language, order))
        self.labels = "\n".join(part for c in chunks for part in (c.title, *c.section_path, c.context, c.doc_id))
        self.text = "\n".join([*(chunk.text for chunk in chunks), self.labels])

    @cached_property
    def terms(self) -> frozenset[str]:
        return text_terms(self.text, self.language)

    @cached_property
    def quantities(self) -> tuple[list[Quantity], ...]:
        """Those of each sentence, and in the last place those of titles, sections and table heads."""
        return (*(quantities(f"{each.shown}\n{each.lead}") for each in self.sentences), quantities(self.labels))

    @cached_property
    def normal(self) -> str:
        return _normal(self.text)

    @cached_property
    def initials(self) -> frozenset[str]:
        """Initials of every run of capitalised words: "World Health Organization" gives "WHO"."""
        runs = re.findall(r"(?:[A-Z][\w’'-]*[ -](?:(?:of|and|the|for|de) )*)+[A-Z][\w’'-]*", self.text)
        return frozenset("".join(word[0] for word in _NAME.findall(run) if word[0].isupper()) for run in runs)


def ground(statement: str, evidence: Evidence, *, embedder: SentenceEmbedder | None = None) -> Grounding:
    """How well ``evidence`` carries ``statement``. Meanings are compared too with ``embedder``, save with itself."""
    wanted = _Wanted(statement, evidence)
    shares = [wanted.share((at,)) for at in range(len(evidence.sentences))]
    best = sorted(range(len(shares)), key=lambda at: (-shares[at], at))[:COMPARED_SENTENCES]
    alone = shares[best[0]] if best else 0.0
    together = wanted.covered(best)
    findings = [
        *_number_findings(wanted, evidence),
        *_identifier_findings(wanted.terms, evidence),
        *_name_findings(statement, evidence),
        *_quote_findings(statement, evidence),
    ]
    if alone >= NEAR and wanted.is_deniable and not any(finding.kind in ("number", "quote") for finding in findings):
        near = [evidence.sentences[at] for at in best if shares[at] >= alone - 1e-9]
        told = [opposition(statement, each.shown, evidence.language) for each in near]
        findings += [Finding("negation", told[0])] if all(told) else []
    closest = tuple(evidence.sentences[at] for at in best)
    similarity = None
    if embedder is not None and closest and not any(each.shown == statement for each in closest):
        similarity = _similarity(statement, closest, embedder)
    return Grounding((alone + together) / 2, similarity, tuple(findings), closest)


class _Wanted:
    """What a statement's evidence should have: its words, and its numbers as quantities."""

    def __init__(self, statement: str, evidence: Evidence) -> None:
        self._evidence = evidence
        self.quantities = [each for each in quantities(statement) if each.shown.lower() != "one"]  # "one" is mostly no number
        self.terms = [term for term in query_terms(statement, evidence.language) if not term.shown[0].isdigit()]
        self._total = sum(term.weight for term in self.terms) + NUMBER_WEIGHT * len(self.quantities)

    @property
    def is_deniable(self) -> bool:
        """Whether it states something: a name, or an answer in a word, does not."""
        return len(self.terms) > 1 and not all(term.shown[0].isupper() for term in self.terms)

    def share(self, window: Sequence[int], *, with_numbers: bool = True) -> float:
        """The weighted share in the sentences at these places; a word of the titles and headings above counts less."""
        sentences = [self._evidence.sentences[at] for at in window]
        own = frozenset[str]().union(*(each.terms for each in sentences))
        above = frozenset[str]().union(*(each.lead_terms for each in sentences))
        got = sum(term.weight * (1.0 if term.text in own else LEAD_SHARE if term.text in above else 0.0) for term in self.terms)
        total = self._total
        if with_numbers:
            stated = [each for at in window for each in self._evidence.quantities[at]]
            got += NUMBER_WEIGHT * sum(any(agrees(mine, each) for each in stated) for mine in self.quantities)
        else:
            total -= NUMBER_WEIGHT * len(self.quantities)
        return got / total if total else 0.0

    def covered(self, best: Sequence[int]) -> float:
        """The share in those :data:`TOGETHER` sentences that together have most, chosen one after the other."""
        chosen: list[int] = []
        reached = 0.0
        for _ in range(TOGETHER):
            share, place = max(((self.share((*chosen, at)), -at) for at in best), default=(0.0, 0))
            if share <= reached:
                break
            chosen, reached = [*chosen, -place], share
        return reached


def _number_findings(wanted: _Wanted, evidence: Evidence) -> Iterator[Finding]:
    stated = [each for found in evidence.quantities for each in found]
    shares = [wanted.share((at,), with_numbers=False) for at in range(len(evidence.sentences))]
    for quantity in wanted.quantities:
        holding = [at for at, found in enumerate(evidence.quantities) if any(agrees(quantity, each) for each in found)]
        if not holding:
            other = rivals(quantity, stated) if quantity.scale else []
            said = f" (it says {', '.join(dict.fromkeys(each.shown for each in other[:3]))})" if other else ""
            yield Finding("number", f"'{quantity.shown}' is not in the passage{said}")
            continue
        if holding[-1] == len(shares):
            continue  # in a title or the head of the table
        # The sentence about the subject gives another value, and the one with this value is about something else.
        equal = next(each for each in stated if agrees(quantity, each))
        meant = replace(quantity, scale=equal.scale, factor=equal.factor) if not quantity.scale else quantity
        least = max(shares[at] for at in holding)
        least = least if quantity.scale else max(least, SAME_SUBJECT)
        for at, found in enumerate(evidence.quantities[:-1]):
            other = [each for each in rivals(meant, found) if not any(agrees(mine, each) for mine in wanted.quantities)]
            if other and shares[at] > least:
                yield Finding("number", f"the passage says {other[0].shown} there, and '{quantity.shown}' of something else")
                break


def _identifier_findings(terms: Sequence[Term], evidence: Evidence) -> Iterator[Finding]:
    for term in terms:
        if term.kind == "identifier" and term.text not in evidence.terms:
            yield Finding("identifier", f"'{term.shown}' is not in the passage")


def _name_findings(statement: str, evidence: Evidence) -> Iterator[Finding]:
    if evidence.language in _CAPITALISED_NOUNS:
        return
    for name in names(statement, evidence.language):
        terms = query_terms(name, evidence.language)
        if name.upper() == name and name in evidence.initials:
            continue
        if terms and not any(term.text in evidence.terms for term in terms):
            yield Finding("name", f"'{name}' is not in the passage")


def names(statement: str, language: str) -> Iterator[str]:
    """Words with a capital letter that no beginning of a sentence explains; those with digits are identifiers."""
    words = list(_NAME.finditer(statement))
    for number, word in enumerate(words):
        name = re.sub(r"[’']s?$", "", word.group())
        if not any(map(str.isupper, name)) or re.match(r"\d", statement[word.end() :]):
            continue
        before = statement[: word.start()].rstrip(" \"'“„«([*_#")
        if len(name) == 1 or any(map(str.isdigit, name)) or name.casefold() in stop_words(language):
            continue
        begins = not before or before[-1] in ".!?:;•-–—|\n"
        follows = words[number + 1].group() if number + 1 < len(words) else ""
        run = follows[:1].isupper() and statement[word.end() : words[number + 1].start()] == " "
        alone = len(words) == 1
        inner = any(map(str.isupper, name[1:]))
        if not begins or run or alone or inner:
            yield name


def _quote_findings(statement: str, evidence: Evidence) -> Iterator[Finding]:
    for match in _QUOTE.finditer(statement):
        quoted = _normal(match[1])
        if quoted.count(" ") >= 2 and quoted.strip(" .,;:!?") not in evidence.normal:
            yield Finding("quote", f'the passage does not have the words "{match[1]}"')


def _normal(text: str) -> str:
    """Lower case, one blank between words, one kind of quotation mark."""
    return " ".join(re.sub(r"[’‘`]", "'", text).casefold().split())


def _similarity(statement: str, sentences: Sequence[Candidate], embedder: SentenceEmbedder) -> float:
    vectors = embedder.embed_documents(readable([statement, *(each.embedded for each in sentences)], embedder))
    return float(max(0.0, np.max(vectors[1:] @ vectors[0])))
