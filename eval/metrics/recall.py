"""Recall: how much of what is relevant was found."""

from collections.abc import Mapping, Sequence

from eval.metrics.base import relevant_ids, top


def recall(ranking: Sequence[str], relevance: Mapping[str, int], k: int) -> float | None:
    """Recall@k: ``relevant documents among the first k / all relevant documents``.

    In [0, 1]; ``None`` when no document is relevant. Below 1 by necessity when more than ``k`` documents are relevant.

    Source: Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 8.3; trec_eval's ``recall``.
    """
    found = top(ranking, k)
    relevant = relevant_ids(relevance)
    return sum(doc_id in relevant for doc_id in found) / len(relevant) if relevant else None
