"""The learned reranker: a weighted sum of what the legs and the vectors say of a candidate. Offline, and without a model."""

from collections.abc import Callable

from retrieval.rerankers.base import CandidatePool, Reranked
from retrieval.rerankers.features import feedback, leg_features
from retrieval.rerankers.weights import NamedWeights


class LearnedReranker:
    """Scores ``w_vector * vector + w_lexical * lexical + w_feedback * feedback``: see :mod:`retrieval.rerankers.features`.

    Where only one kind of leg ran there is nothing to weigh, and the order stays. The weights are learned from judged queries
    (decision 0029); ``weights`` gives them when the first query comes.
    """

    def __init__(self, weights: Callable[[], NamedWeights], *, depth: int) -> None:
        self._weights = weights
        self.depth = depth

    @property
    def name(self) -> str:
        """That of the weights."""
        return self._weights().name

    def score(self, pool: CandidatePool) -> Reranked:
        """The sum for every candidate; its parts are the features. Nothing is read but vectors."""
        found = leg_features(pool)
        if len(found) < 2 or not len(pool):
            return Reranked(pool.fused, {"fusion": pool.fused})
        weights = self._weights().weights
        shares = {
            "vector": weights.vector * found["vector"],
            "lexical": weights.lexical * found["lexical"],
            "feedback": weights.feedback * feedback(pool, found, weights.blend),
        }
        return Reranked(shares["vector"] + shares["lexical"] + shares["feedback"], shares)
