"""Normalised discounted cumulative gain."""

import math
from collections.abc import Mapping, Sequence

from eval.metrics.base import relevant_ids, top


def ndcg(ranking: Sequence[str], relevance: Mapping[str, int], k: int) -> float | None:
    """nDCG@k: ``DCG@k`` of the ranking divided by that of the best possible one.

    ``DCG@k = sum over ranks r = 1..k of grade(r) / log2(r + 1)``, with the grade itself as gain. In [0, 1]; ``None`` when
    no document is relevant.

    Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002, with the
    linear gain of trec_eval's ``ndcg_cut``.
    """
    found = top(ranking, k)
    relevant = relevant_ids(relevance)
    if not relevant:
        return None
    ideal = sorted((relevance[doc_id] for doc_id in relevant), reverse=True)[:k]
    return _discounted([relevance[doc_id] if doc_id in relevant else 0 for doc_id in found]) / _discounted(ideal)


def _discounted(gains: Sequence[int]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
