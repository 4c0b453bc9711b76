"""Answers made of the passages' own sentences: offline, no model to trust, every character quoted."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ragline.errors import InputError
from ragline.types import Answer, Citation, Hit, Usage
from retrieval.answers.answerability import model_for
from retrieval.answers.base import AnswerDelta, SentenceEmbedder, abstention, require_query
from retrieval.answers.citations import Claim
from retrieval.answers.claims import check_claims
from retrieval.answers.features import Evidence
from retrieval.answers.output_checks import flagged_notes
from retrieval.answers.polarity import NEGATIONS
from retrieval.answers.scoring import Candidate, Scored, candidates_of, score_candidates, term_weights
from retrieval.answers.support import Support, SupportThresholds, measure_support, thresholds_for, weakness
from retrieval.answers.terms import language_of, query_terms, text_terms

KEEP_SHARE = 0.85
"""A further sentence is shown only when it scores at least this share of the best: one exact sentence is a better answer
than the same one with two that are only near."""

SAME_SHARE = 0.8
"""Two sentences with this share of their words in common (Jaccard) say the same, if they have the same words with digits and
the same negations: "±1.8 %RH" and "±2.5 %RH" are two answers."""


_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class ExtractiveAnswerer:
    """Answers with the best sentences of the best hits, and abstains where they carry too little.

    ``max_sentences`` are shown at most, from the first ``max_hits`` hits. ``thresholds`` replaces those of the embedder.
    """

    max_sentences: int = 3
    max_hits: int = 8
    thresholds: SupportThresholds | None = None
    name: str = "extractive"

    def __post_init__(self) -> None:
        if self.max_sentences < 1 or self.max_hits < 1:
            raise InputError(
                f"max_sentences={self.max_sentences} and max_hits={self.max_hits} must both be at least 1. Pass larger numbers."
            )

    def answer(self, query: str, hits: Sequence[Hit], *, embedder: SentenceEmbedder) -> Answer:
        """The best sentences, each followed by its marker ``[n]``, in the order of hits and reading.

        ``Citation.support`` is the sentence's score. Raises :class:`ragline.errors.InputError` for a blank query.
        """
        require_query(query)
        begin = time.perf_counter()
        support, scored = self._weigh(query, hits, embedder)
        reason = weakness(support, self.thresholds or thresholds_for(embedder.fingerprint.name))
        if not reason and not scored:
            reason = "the passages hold no sentence that could answer, only headings or questions"
        usage = Usage(model=self.name, seconds=time.perf_counter() - begin)
        if reason:
            return abstention(query, hits, reason, usage)
        citations = _citations(_in_reading_order(_choose(scored, self.max_sentences)))
        text, claims = _written(citations)
        checks = check_claims(claims, citations, hits, embedder=embedder)
        of_chunk = {hit.chunk.id: hit for hit in hits}
        notes = flagged_notes(citations, [of_chunk[citation.chunk_id] for citation in citations])
        usage = Usage(model=self.name, seconds=time.perf_counter() - begin)
        return Answer(query, text, citations, False, "; ".join(notes), tuple(hits), usage, claims=checks)

    def stream(self, query: str, hits: Sequence[Hit], *, embedder: SentenceEmbedder) -> Iterator[AnswerDelta]:
        """The answer in one piece, then ``done``: nothing is known before all sentences are compared."""
        answer = self.answer(query, hits, embedder=embedder)
        yield AnswerDelta(answer.text)
        yield AnswerDelta("", done=answer)

    def assess(self, query: str, hits: Sequence[Hit], *, embedder: SentenceEmbedder) -> Support:
        """The support that :meth:`answer` compares with its threshold, for calibration and explanation."""
        require_query(query)
        return self._weigh(query, hits, embedder)[0]

    def evidence(self, query: str, hits: Sequence[Hit], *, embedder: SentenceEmbedder) -> Evidence:
        """What the support is measured on: the sentences of the hits, best first, and the terms that count."""
        considered = hits[: self.max_hits]
        language = language_of(hit.chunk.text for hit in considered)
        terms = query_terms(query, language)
        candidates = candidates_of(considered, terms, language)
        weights = term_weights(terms, [candidate.terms for candidate in candidates])
        scored = score_candidates(query, candidates, terms, weights, embedder)
        return Evidence(query, considered, terms, weights, [_hit_terms(hit, language) for hit in considered], scored)

    def _weigh(self, query: str, hits: Sequence[Hit], embedder: SentenceEmbedder) -> tuple[Support, Sequence[Scored]]:
        evidence = self.evidence(query, hits, embedder=embedder)
        return measure_support(evidence, model_for(embedder.fingerprint.name)), evidence.scored


def _hit_terms(hit: Hit, language: str) -> frozenset[str]:
    chunk = hit.chunk
    return text_terms("\n".join([chunk.title, *chunk.section_path, chunk.text]), language)


def _choose(scored: Sequence[Scored], limit: int) -> list[Scored]:
    """The best sentence, and those near it that say something else."""
    chosen = [scored[0]]
    for item in scored[1:]:
        if len(chosen) == limit or item.score < KEEP_SHARE * scored[0].score:
            break
        if not any(_same(item.candidate, other.candidate) for other in chosen):
            chosen.append(item)
    return chosen


def _same(left: Candidate, right: Candidate) -> bool:
    if left.chunk.doc_id == right.chunk.doc_id and left.start < right.end and right.start < left.end:
        return True
    mine, theirs = (frozenset(_WORD.findall(candidate.shown.casefold())) for candidate in (left, right))
    if any(word in NEGATIONS or any(map(str.isdigit, word)) for word in mine ^ theirs):
        return False
    return len(mine & theirs) >= SAME_SHARE * len(mine | theirs)


def _in_reading_order(chosen: Sequence[Scored]) -> list[Scored]:
    """Documents by their best hit, and inside a document from top to bottom."""
    first: dict[str, int] = {}
    for item in chosen:
        chunk = item.candidate.chunk
        first[chunk.doc_id] = min(item.candidate.order, first.get(chunk.doc_id, item.candidate.order))
    return sorted(chosen, key=lambda item: (first[item.candidate.chunk.doc_id], item.candidate.start))


def _written(citations: Sequence[Citation]) -> tuple[str, list[Claim]]:
    """The sentences with their markers, and where each stands."""
    text, claims = "", list[Claim]()
    for place, citation in enumerate(citations):
        start = len(text) + 1 if text else 0
        text += f"{' ' if text else ''}{citation.claim} [{citation.marker}]"
        claims.append(Claim(start, start + len(citation.claim), citation.claim, (place,)))
    return text, claims


def _citations(chosen: Sequence[Scored]) -> tuple[Citation, ...]:
    return tuple(
        Citation(
            marker=marker,
            claim=item.candidate.shown,
            doc_id=item.candidate.chunk.doc_id,
            chunk_id=item.candidate.chunk.id,
            start=item.candidate.start,
            end=item.candidate.end,
            quote=item.candidate.quote,
            support=min(1.0, item.score),
            title=item.candidate.chunk.title,
            section_path=item.candidate.chunk.section_path,
            page=item.candidate.chunk.page,
        )
        for marker, item in enumerate(chosen, start=1)
    )
