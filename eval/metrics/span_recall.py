"""Recall of passages: how many of the quoted spans the returned chunks carry."""

from collections.abc import Sequence
from dataclasses import dataclass

from ragline.errors import InputError

COVERED = 0.5  # a chunk that carries less than half of a quote does not let a reader answer from it


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` to ``end`` (half open) of a document."""

    doc_id: str
    start: int
    end: int

    def overlap(self, other: "Span") -> int:
        """Number of characters that both hold."""
        return max(0, min(self.end, other.end) - max(self.start, other.start)) if self.doc_id == other.doc_id else 0


def span_recall(returned: Sequence[Span], wanted: Sequence[Span], k: int) -> float | None:
    """Span recall@k: ``wanted spans covered by one of the first k returned chunks / wanted spans``.

    A span is covered when a single chunk holds at least half of its characters. Counts chunks, not documents, since
    chunks are what an answer is written from. In [0, 1]; ``None`` when no span is wanted.

    After the recall of Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval", 2024, which counts single
    tokens; here a span is either covered or not, and half of it is enough.
    """
    if k < 1:
        raise InputError(f"A cut-off of {k} ranks nothing. Use 1 or more.")
    if not wanted:
        return None
    chunks = returned[:k]
    covered = sum(any(chunk.overlap(span) >= COVERED * (span.end - span.start) for chunk in chunks) for span in wanted)
    return covered / len(wanted)
