"""Late interaction: every token of the query looks for its nearest token in the passage, by the embedder's token vectors."""

from collections.abc import Callable

import numpy as np

from indexes.embedders.base import Embedder, TokenEmbedder
from ingestion.embedded import embedded_text
from ragline.errors import IncompatibleError
from retrieval.rerankers.base import CandidatePool, Reranked


class LateInteractionReranker:
    """MaxSim: the mean over the query's tokens of the highest cosine with a token of the passage, from -1 to 1.

    ``score(q, d) = 1/|q| * sum over i in q of max over j in d of cos(q_i, d_j)``. Source: Khattab and Zaharia, "ColBERT", SIGIR
    2020, there as a sum and over vectors that were trained for it; here they are those of the collection's own embedder, made
    when the query comes. Raises :class:`IncompatibleError` where the embedder has no vectors of tokens.
    """

    name = "late-interaction"

    def __init__(self, embedder: Callable[[], Embedder], *, depth: int) -> None:
        self._embedder = embedder
        self.depth = depth

    def score(self, pool: CandidatePool) -> Reranked:
        """The MaxSim of every candidate."""
        embedder = self._embedder()
        if not isinstance(embedder, TokenEmbedder):
            raise IncompatibleError(
                f"The embedder {embedder.fingerprint.name!r} has no vectors of tokens. Set reranker to another one, or to none."
            )
        query = embedder.token_vectors([pool.query])[0]
        passages = embedder.token_vectors([embedded_text(chunk) for chunk in pool.chunks])
        scores = [float((query @ passage.T).max(axis=1).mean()) if len(query) and len(passage) else 0.0 for passage in passages]
        return Reranked(np.array(scores))
