"""Average precision: how early all that is relevant comes. Its mean over the queries is MAP."""

from collections.abc import Mapping, Sequence

from eval.metrics.base import relevant_ids, top


def average_precision(ranking: Sequence[str], relevance: Mapping[str, int], k: int) -> float | None:
    """AP@k: ``sum of precision@r over the ranks r <= k that hold a relevant document / all relevant documents``.

    The divisor is the number of all relevant documents, also of those beyond ``k``: below 1 by necessity when more than ``k``
    are relevant. Grades count only as above 0 or not. In [0, 1]; ``None`` when no document is relevant.

    Source: Buckley and Voorhees, "Retrieval System Evaluation", in: TREC, 2005; trec_eval's ``map_cut``.
    """
    found = top(ranking, k)
    relevant = relevant_ids(relevance)
    if not relevant:
        return None
    ranks = [rank for rank, doc_id in enumerate(found, start=1) if doc_id in relevant]
    return sum(place / rank for place, rank in enumerate(ranks, start=1)) / len(relevant)
