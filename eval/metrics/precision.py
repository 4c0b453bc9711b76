"""Precision: how much of what was found is relevant."""

from collections.abc import Mapping, Sequence

from eval.metrics.base import relevant_ids, top


def precision(ranking: Sequence[str], relevance: Mapping[str, int], k: int) -> float | None:
    """Precision@k: ``relevant documents among the first k / k``.

    The divisor is ``k`` also when fewer documents were found. In [0, 1]; ``None`` when no document is relevant. Below 1 by
    necessity when fewer than ``k`` documents are relevant.

    Source: Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 8.4; trec_eval's ``P``.
    """
    found = top(ranking, k)
    relevant = relevant_ids(relevance)
    return sum(doc_id in relevant for doc_id in found) / k if relevant else None
