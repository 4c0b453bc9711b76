"""Precision of passages: how much of what a reader is given is wanted."""

from collections.abc import Sequence

from eval.metrics.spans import Span, characters


def span_precision(returned: Sequence[Span], wanted: Sequence[Span], k: int) -> float | None:
    """Span precision@k: ``wanted characters within the union of the first k chunks / characters of the first k chunks``.

    What two chunks share is read twice, and counts twice below the line and once above it. In [0, 1]; 0 when nothing was
    read, ``None`` when no span is wanted. Below 1 by necessity wherever a chunk is longer than what is wanted of it.

    Source: Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval", Chroma, 2024, in characters.
    """
    counts = characters(returned, wanted, k)
    if counts is None:
        return None
    return counts.covered / counts.read if counts.read else 0.0
