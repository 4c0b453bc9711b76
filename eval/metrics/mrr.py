"""Reciprocal rank: how far down the first relevant document is. Its mean over the queries is MRR."""

from collections.abc import Mapping, Sequence

from eval.metrics.base import relevant_ids, top


def reciprocal_rank(ranking: Sequence[str], relevance: Mapping[str, int], k: int) -> float | None:
    """RR@k: ``1 / rank of the first relevant document``, 0 when none is among the first ``k``.

    In [0, 1]; ``None`` when no document is relevant.

    Source: Voorhees, "The TREC-8 Question Answering Track Report", TREC 1999; trec_eval's ``recip_rank``, cut at ``k``.
    """
    found = top(ranking, k)
    relevant = relevant_ids(relevance)
    if not relevant:
        return None
    return next((1 / rank for rank, doc_id in enumerate(found, start=1) if doc_id in relevant), 0.0)
