"""Pseudo-relevance feedback: what the best candidates of a first search have in common, as a query of its own."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from indexes.embedders.base import Vectors

FEEDBACK_CHUNKS, FEEDBACK_TERMS, QUERY_SHARE = 10, 10, 0.5
"""Anserini's defaults for RM3."""

ROCCHIO_CHUNKS, ROCCHIO_SHARE = 5, 0.4
"""Nearest chunks, and what their mean counts beside the query's own vector, 1."""


def relevance_model(query: Sequence[str], texts: Sequence[Sequence[str]], scores: Sequence[float]) -> dict[str, float]:
    """RM3: weighted terms from those of the query and of the texts that were found with these scores, best first.

    ``weight(t) = a P(t|query) + (1 - a) sum over texts d of P(t|d) score(d) / sum of scores``, with ``a`` = 0.5, P a term's
    share of all terms, over the 10 terms of the second part with the greatest weight. Source: Abdul-Jaleel et al., "UMass at
    TREC 2004: Novelty and HARD", TREC 2004, as in Anserini, with BM25 scores for likelihoods.
    """
    total = sum(scores)
    model: dict[str, float] = {}
    for terms, score in zip(texts, scores, strict=True):
        for term, count in Counter(terms).items():
            model[term] = model.get(term, 0.0) + (count / len(terms) * score / total if total > 0 else 0.0)
    best = dict(sorted(model.items(), key=lambda item: (-item[1], item[0]))[:FEEDBACK_TERMS])
    scale = sum(best.values()) or 1.0
    weights = {term: (1 - QUERY_SHARE) * weight / scale for term, weight in best.items()}
    for term, count in Counter(query).items():
        weights[term] = weights.get(term, 0.0) + QUERY_SHARE * count / len(query)
    return weights


def rocchio(query: Vectors, nearest: Vectors) -> Vectors:
    """The unit vector of ``query + 0.4 * mean of nearest``: Rocchio's rule without irrelevant texts.

    Source: Rocchio, "Relevance Feedback in Information Retrieval", 1971; for dense vectors Li et al., "Pseudo Relevance
    Feedback with Deep Language Models and Dense Retrievers", ACM TOIS 2023.
    """
    moved = query + ROCCHIO_SHARE * nearest.mean(axis=0)
    unit: Vectors = (moved / np.linalg.norm(moved)).astype(np.float32)
    return unit


def strongest(weights: Mapping[str, float], count: int = 5) -> str:
    """The terms that count most, for explanation."""
    return " ".join(sorted(weights, key=lambda term: (-weights[term], term))[:count])
