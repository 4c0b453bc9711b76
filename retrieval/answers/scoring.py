"""Candidate sentences of the hits, and how well each answers the query."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from indexes.embedders.base import Vectors
from ragline.types import Chunk, Hit
from retrieval.answers.base import SentenceEmbedder
from retrieval.answers.sentences import SentenceSpan, sentence_spans
from retrieval.answers.tables import labelled_row, row_cells
from retrieval.answers.terms import Term, query_terms, text_terms

MAX_CANDIDATES = 32
"""Sentences embedded for one question. On SQuAD v2 dev (400 questions, BM25 hits, static vectors) 16, 24, 32 and 64 put an
answering sentence first for .812, .817, .812 and .804 of the questions: more costs time and brings nothing."""

SIMILARITY_WEIGHT, COVERAGE_WEIGHT, RANK_WEIGHT = 0.5, 0.4, 0.1
"""Shares of a sentence's score: an answering sentence comes first for .812 of the same questions, and .822 of 160 with
MiniLM; with similarity alone for .674 and .757, with coverage alone for .780 and .757. The hit's rank breaks near ties."""

LEAD_SHARE = 0.75
"""A query term that stands in the heading, question or title above a sentence counts this share of one in the sentence: a
manual names its device in the title and not in every line."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be shown. ``order`` is the index of its hit, ``start`` and ``end`` are document offsets.

    ``lead`` is what it is about (see :class:`SentenceSpan`), else the last heading. A question speaks for the first sentence
    of its reply only: with the question in front, the shortest of the later ones would look most like it.
    """

    chunk: Chunk
    order: int
    start: int
    end: int
    shown: str
    lead: str
    terms: frozenset[str]
    lead_terms: frozenset[str]
    embedded: str

    @property
    def punctuated(self) -> bool:
        """Whether it ends as a sentence does."""
        return not self.shown[-1].isalnum()

    @property
    def quote(self) -> str:
        return self.chunk.text[self.start - self.chunk.start : self.end - self.chunk.start]


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its ``score`` in [0, 1] and the parts that make it."""

    candidate: Candidate
    score: float
    similarity: float
    coverage: float


def candidates_of(hits: Sequence[Hit], terms: Sequence[Term], language: str) -> list[Candidate]:
    """What could be shown from ``hits``: no headings, no questions, no table headers, nothing twice.

    A line without punctuation that has only words of the query, the title and the headings above is a heading too, whatever
    it is written as: it names the subject and says nothing about it. At most :data:`MAX_CANDIDATES`; beyond that, those with
    more query terms stay, then those of better hits.
    """
    wanted = {term.text for term in terms}
    found = [candidate for order, hit in enumerate(hits) for candidate in chunk_candidates(hit.chunk, language, order)]
    found = [candidate for candidate in found if candidate.punctuated or _says_more(candidate, wanted, language)]
    unique: dict[tuple[str, int], Candidate] = {}
    for candidate in found:  # overlapping chunks hold the same sentence, one of them perhaps cut short
        key = (candidate.chunk.doc_id, candidate.start)
        if key not in unique or candidate.end > unique[key].end:
            unique[key] = candidate
    ranked = sorted(unique.values(), key=lambda c: (-len(wanted & (c.terms | c.lead_terms)), c.order, c.start))
    return sorted(ranked[:MAX_CANDIDATES], key=lambda c: (c.order, c.start))


def chunk_candidates(chunk: Chunk, language: str, order: int = 0) -> list[Candidate]:
    """The sentences, rows and code lines of a chunk, in order."""
    header = _header_in_context(chunk)
    spans = sentence_spans(chunk.text, chunk.kind, header_above=bool(header))
    headings = {" ".join(heading.casefold().split()) for heading in (chunk.title, *chunk.section_path)}
    candidates: list[Candidate] = []
    for span in spans:
        is_heading = " ".join(chunk.text[span.start : span.end].casefold().split()) in headings
        if span.kind in ("sentence", "row", "code") and not is_heading:
            candidate = _candidate(chunk, language, order, span, header)
            if candidates and candidates[-1].lead == candidate.lead and candidate.lead.endswith(("?", "？", "؟")):
                candidate = replace(candidate, embedded=candidate.shown)
            candidates.append(candidate)
    return candidates


def term_weights(terms: Sequence[Term], texts: Sequence[frozenset[str]]) -> dict[str, float]:
    """The weight of each query term: rare among ``texts`` counts more, times :attr:`Term.weight`.

    ``log(1 + (N - n + 0.5) / (n + 0.5))``, the idf of BM25 (Robertson and Zaragoza, 2009), with n of N texts holding it.
    """
    total = len(texts)
    weights = {}
    for term in terms:
        holding = sum(term.text in text for text in texts)
        weights[term.text] = term.weight * math.log(1 + (total - holding + 0.5) / (holding + 0.5))
    return weights


def coverage(candidate: Candidate, terms: Sequence[Term], weights: Mapping[str, float]) -> float:
    """The weighted share of ``terms`` that the sentence holds, in [0, 1]; one above it counts :data:`LEAD_SHARE`."""
    total = sum(weights[term.text] for term in terms)
    got = 0.0
    for term in terms:
        share = 1.0 if term.text in candidate.terms else LEAD_SHARE if term.text in candidate.lead_terms else 0.0
        got += share * weights[term.text]
    return got / total if total else 0.0


def score_candidates(
    query: str, candidates: Sequence[Candidate], terms: Sequence[Term], weights: Mapping[str, float], embedder: SentenceEmbedder
) -> list[Scored]:
    """Every candidate with its score, best first; ties by the rank of the hit, then by position."""
    if not candidates:
        return []
    vectors = embedder.embed_documents(readable([candidate.embedded for candidate in candidates], embedder))
    similarities = _similarities(vectors, embedder.embed_query(query))
    scored = []
    for candidate, similarity in zip(candidates, similarities, strict=True):
        covered = coverage(candidate, terms, weights)
        rank = 1.0 / (1.0 + candidate.order)
        score = SIMILARITY_WEIGHT * max(0.0, similarity) + COVERAGE_WEIGHT * covered + RANK_WEIGHT * rank
        scored.append(Scored(candidate, score, similarity, covered))
    return sorted(scored, key=lambda s: (-s.score, s.candidate.order, s.candidate.start))


def readable(texts: list[str], embedder: SentenceEmbedder) -> list[str]:
    """``texts`` no longer than the embedder reads; of a longer one its beginning. Only its score knows: it is shown whole."""
    limit = embedder.max_tokens
    if limit is None:
        return texts
    return [
        text if count <= limit else _beginning(text, count, limit, embedder)
        for text, count in zip(texts, embedder.count_tokens(texts), strict=True)
    ]


def _beginning(text: str, count: int, limit: int, embedder: SentenceEmbedder) -> str:
    while count > limit:
        text = text[: min(len(text) - 1, len(text) * limit // count)]
        (count,) = embedder.count_tokens([text])
    return text


def _says_more(candidate: Candidate, wanted: set[str], language: str) -> bool:
    known = wanted | candidate.lead_terms
    return any(term.text not in known for term in query_terms(candidate.shown, language))


def _similarities(vectors: Vectors, query: Vectors) -> list[float]:
    return [float(value) for value in np.asarray(vectors @ query, dtype=np.float64)]


def _candidate(chunk: Chunk, language: str, order: int, span: SentenceSpan, header: str) -> Candidate:
    quote = chunk.text[span.start : span.end]
    above = chunk.text[span.lead[0] : span.lead[1]] if span.lead else ""
    section = chunk.section_path[-1] if chunk.section_path else ""
    if span.kind == "row":
        shown, lead = labelled_row(above or header, quote), section
    else:
        shown, lead = quote, above or section
    shown, lead = " ".join(shown.split()), " ".join(lead.split()).rstrip(":：")
    start, end = chunk.start + span.start, chunk.start + span.end
    terms, lead_terms = text_terms(shown, language), text_terms(f"{lead}\n{chunk.title}", language)
    return Candidate(chunk, order, start, end, shown, lead, terms, lead_terms, f"{lead}: {shown}" if lead else shown)


def _header_in_context(chunk: Chunk) -> str:
    """The header of a table that was split: the last line of the context, if it has as many cells as the first row."""
    lines = [line for line in chunk.context.splitlines() if any(map(str.isalnum, line))]
    rows = chunk.text.strip().splitlines()
    if chunk.kind != "table" or not lines or not rows:
        return ""
    width = len(row_cells(rows[0]))
    return lines[-1] if width > 1 and len(row_cells(lines[-1])) == width else ""
