"""Reranking services: Cohere, Jina, Voyage, Together, Infinity, vLLM and others that litellm reaches."""

import numpy as np

from ingestion.embedded import embedded_text
from ragline.errors import BackendUnavailableError
from retrieval.answers.completion import ModelEndpoint, attempted
from retrieval.rerankers.base import CandidatePool, Reranked


class RemoteReranker:
    """Asks a service for the relevance of every candidate. ``endpoint.model`` is a litellm name: ``"cohere/rerank-v3.5"``.

    The candidates' texts leave the machine. Raises :class:`BackendUnavailableError` where the service does not answer, or not
    for every candidate, and :class:`ragline.errors.InputError` where it refuses the request.
    """

    def __init__(self, endpoint: ModelEndpoint, *, depth: int) -> None:
        self._endpoint = endpoint
        self.depth = depth
        self.name = endpoint.model

    def score(self, pool: CandidatePool) -> Reranked:
        """The service's relevance scores."""
        endpoint = self._endpoint
        texts = [embedded_text(chunk) for chunk in pool.chunks]
        response = attempted(
            endpoint,
            lambda litellm: litellm.rerank(
                model=endpoint.model,
                query=pool.query,
                documents=texts,
                top_n=len(texts),
                return_documents=False,
                api_base=endpoint.api_base,
                api_key=endpoint.api_key,
                timeout=endpoint.timeout_s,
                max_retries=0,
                num_retries=0,
            ),
        )
        scores = np.full(len(texts), np.nan)
        for item in response.results or ():
            if 0 <= item["index"] < len(texts):
                scores[item["index"]] = item["relevance_score"]
        missing = int((~np.isfinite(scores)).sum())
        if missing:
            raise BackendUnavailableError(
                f"{endpoint.model!r} gave no score for {missing} of {len(texts)} passages. Lower rerank_depth, or choose "
                f"another reranker_model."
            )
        return Reranked(scores)
