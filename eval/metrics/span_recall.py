"""Recall of passages: how many of the quoted spans the returned chunks carry."""

from collections.abc import Sequence

from eval.metrics.base import check_cut_off
from eval.metrics.spans import Span

__all__ = ["COVERED", "Span", "span_recall"]

COVERED = 0.5  # a chunk that carries less than half of a quote does not let a reader answer from it


def span_recall(returned: Sequence[Span], wanted: Sequence[Span], k: int) -> float | None:
    """Span recall@k: ``wanted spans covered by one of the first k returned chunks / wanted spans``.

    A span is covered when a single chunk holds at least half of its characters: halves in two chunks do not add up, and a
    short span weighs as much as a long one. :func:`eval.metrics.coverage.coverage` counts characters instead. Counts chunks,
    not documents. In [0, 1]; ``None`` when no span is wanted.

    After the recall of Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval", 2024, which counts single
    tokens; here a span is either covered or not, and half of it is enough.
    """
    check_cut_off(k)
    whole = [span for span in wanted if len(span) > 0]
    if not whole:
        return None
    chunks = returned[:k]
    covered = sum(any(chunk.overlap(span) >= COVERED * len(span) for chunk in chunks) for span in whole)
    return covered / len(whole)
