"""Hit rate: whether anything relevant was found at all."""

from collections.abc import Mapping, Sequence

from eval.metrics.base import relevant_ids, top


def hit_rate(ranking: Sequence[str], relevance: Mapping[str, int], k: int) -> float | None:
    """Hit rate@k: 1 when a relevant document is among the first ``k``, else 0; ``None`` when no document is relevant.

    Also known as success@k. Source: trec_eval's ``success``.
    """
    found = top(ranking, k)
    relevant = relevant_ids(relevance)
    return float(any(doc_id in relevant for doc_id in found)) if relevant else None
