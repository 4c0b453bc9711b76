"""What the learned reranker knows of a candidate: three numbers, each relative to the best candidate of its query.

Nothing of it needs a text: legs, ranks and vectors are in memory. Relative numbers mean the same in any collection, and keep
what a raw score says: where all candidates of a leg score alike, it has little to say of their order.

- ``vector``: the cosine with the query, as a share of the best. Candidates that only the lexical leg brought get theirs too.
- ``lexical``: the BM25 score, as a share of the best. A candidate that is not in the list counts as its last entry, which is
  the most that it can have; as 0 where the list ended because nothing else matches.
- ``feedback``: pseudo-relevance feedback. The cosine with the centroid of the ten candidates that are best by the two above,
  as a share of the best. Each of the ten counts by the 16th power of its share of the best of them, so that a clear winner is
  alone, and only where several are about as good does the topic that they have in common count.

Where further forms of the query say the same thing right, or a part of it (:mod:`retrieval.query`), each of the first two is
the best of what it is for the query and for the forms whose legs brought the candidate; a leg gives nothing to what it did not
bring.

Source of the feedback: Rocchio, "Relevance feedback in information retrieval", 1971; on dense vectors: Li et al., "Pseudo
Relevance Feedback with Deep Language Models and Dense Retrievers", ACM TOIS 2023.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from retrieval.query.forms import WEIGHTS
from retrieval.rerankers.base import CandidatePool, Scores

FEEDBACK_FROM = 10
FEEDBACK_POWER = 16
"""Measured from 5 to 50 candidates and powers 1 to 32 (decision 0029): below 8, precision at the top is lost."""


def leg_features(pool: CandidatePool) -> dict[str, Scores]:
    """``vector`` and ``lexical``, each of shape ``(n,)``; only those of the legs that ran, in this order."""
    found = {}
    if "vector" in pool.legs:
        found["vector"] = _with_forms(pool, "vector", relative(_cosines(pool)))
    if "lexical" in pool.legs:
        found["lexical"] = _with_forms(pool, "lexical", _lexical(pool))
    return found


def feedback(pool: CandidatePool, legs: Mapping[str, Scores], blend: float) -> Scores:
    """``feedback`` of shape ``(n,)``, with ``blend`` as the share of the vector leg. Both legs must have run."""
    merit = relative(blend * legs["vector"] + (1 - blend) * legs["lexical"])
    keys = [item.key for item in pool.items]
    best = sorted(range(len(keys)), key=lambda place: (-merit[place], keys[place]))[:FEEDBACK_FROM]
    weight = np.maximum(merit[best], 0) ** FEEDBACK_POWER
    centroid = weight @ pool.vectors[best]
    return relative(_products(pool.vectors, centroid))


def relative(scores: NDArray[np.floating]) -> Scores:
    """Scores as shares of the best of them, in the same order; where the best is not above 0, 1 plus the distance to it."""
    values: Scores = scores.astype(np.float64)
    best = values.max(initial=-np.inf)
    shares: Scores = values / best if best > 0 else values - best + 1
    return shares


def _cosines(pool: CandidatePool) -> Scores:
    """Every candidate's cosine with the query: what the leg says, and for those that it did not bring, what it would."""
    cosines = pool.leg_scores("vector")
    missing = np.isnan(cosines)
    if pool.query_vector is not None and missing.any():
        cosines[missing] = _products(pool.vectors[missing], pool.query_vector)
    return cosines


def _lexical(pool: CandidatePool) -> Scores:
    """Every candidate's share of the best BM25 score, or the most that it can be; 0 for all where nothing matches."""
    leg = pool.legs["lexical"]
    scores = pool.leg_scores("lexical")
    scores[np.isnan(scores)] = leg.scores[-1] if leg.is_cut and len(leg.scores) else 0.0
    return relative(scores) if len(leg.scores) else scores


def _with_forms(pool: CandidatePool, kind: str, shares: Scores) -> Scores:
    """A candidate's share in the leg, or in that of a further form of the query where it is higher: one part is enough.

    Forms that were made of what the query found first say nothing that is not in the features already.
    """
    for name, leg in pool.legs.items():
        if name.startswith(f"{kind}:") and _origin(name) not in WEIGHTS and len(leg.scores) and leg.scores[0] > 0:
            shares = np.fmax(shares, pool.leg_scores(name) / float(leg.scores[0]))  # NaN, where it is absent, counts nothing
    return shares


def _origin(leg: str) -> str:
    return leg.partition(":")[2].partition(".")[0]


def _products(vectors: NDArray[np.float32], by: NDArray[np.floating]) -> Scores:
    """Inner products, row by row: in a product of matrices a row's last digits depend on where it stands."""
    products: Scores = np.vecdot(vectors, by.astype(np.float32)).astype(np.float64)
    return products
