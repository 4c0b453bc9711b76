"""What a golden set names as the evidence for an answer, and which passages carry it.

Evidence is what is judged best: of a question whose judgements have several grades, those of the highest. A judgement with a
place in its document is carried by a passage that holds half of it (or that lies within it, where it is longer than passages
are); one without a place by any passage of the document.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from eval.golden import GoldenItem
from eval.metrics.span_recall import COVERED
from eval.metrics.spans import Span


@dataclass(frozen=True, slots=True)
class Evidence:
    """The places that carry an answer, and the documents of which any passage does."""

    spans: tuple[Span, ...]
    documents: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.spans or self.documents)

    @property
    def doc_ids(self) -> frozenset[str]:
        """The documents that hold it."""
        return self.documents | {span.doc_id for span in self.spans}

    def is_in(self, passage: Span) -> bool:
        """Whether the passage carries some of it."""
        if passage.doc_id in self.documents:
            return True
        length = passage.end - passage.start
        return any(passage.overlap(span) >= COVERED * min(span.end - span.start, length) > 0 for span in self.spans)

    def is_touched_by(self, cited: Span) -> bool:
        """Whether characters that are cited are among those that carry it."""
        return cited.doc_id in self.documents or any(cited.overlap(span) > 0 for span in self.spans)

    def first_in(self, passages: Iterable[Span]) -> int | None:
        """The place, from 1, of the first passage that carries some of it; ``None`` when none does."""
        return next((place for place, passage in enumerate(passages, start=1) if self.is_in(passage)), None)


def evidence_of(item: GoldenItem) -> Evidence:
    """The evidence that ``item`` names; empty where it names no relevant document."""
    best = max((judgement.grade for judgement in item.relevant), default=0)
    judged = [judgement for judgement in item.relevant if judgement.grade == best and best > 0]
    spans = tuple(Span(judgement.doc_id, *judgement.span) for judgement in judged if judgement.span is not None)
    placed = {span.doc_id for span in spans}
    return Evidence(spans, frozenset(judgement.doc_id for judgement in judged) - placed)
