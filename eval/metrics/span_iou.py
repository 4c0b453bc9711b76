"""Intersection over union of passages: what is missing and what is too much, in one figure."""

from collections.abc import Sequence

from eval.metrics.spans import Span, characters


def span_iou(returned: Sequence[Span], wanted: Sequence[Span], k: int) -> float | None:
    """Span IoU@k: ``covered / (read + wanted - covered)``.

    ``covered`` are the wanted characters within the union of the first k chunks, ``wanted`` all wanted ones, ``read`` the
    characters of these chunks, what they share counted twice. In [0, 1]; ``None`` when no span is wanted. Never above span
    precision or coverage.

    Source: Jaccard, 1912; as in Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval", Chroma, 2024, in
    characters.
    """
    counts = characters(returned, wanted, k)
    return None if counts is None else counts.covered / (counts.read + counts.wanted - counts.covered)
