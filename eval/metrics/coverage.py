"""Coverage: how much of the wanted text the returned chunks hold between them."""

from collections.abc import Sequence

from eval.metrics.spans import Span, characters


def coverage(returned: Sequence[Span], wanted: Sequence[Span], k: int) -> float | None:
    """Coverage@k: ``wanted characters within the union of the first k chunks / wanted characters``.

    Characters that several wanted spans share count once. It differs from span recall in three ways: chunks add up, so a
    span that is cut in two is covered by both pieces together; a part of a span counts as that part, not as all or nothing;
    and a long span weighs more than a short one. In [0, 1]; ``None`` when no span is wanted.

    Source: the recall of Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval", Chroma, 2024, in characters.
    """
    counts = characters(returned, wanted, k)
    return None if counts is None else counts.covered / counts.wanted
