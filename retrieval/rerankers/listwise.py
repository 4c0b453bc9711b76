"""A language model that puts passages in order, in windows from the back to the front."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ragline.types import Chunk, Hit
from retrieval.answers.completion import ModelEndpoint, complete
from retrieval.answers.fence import fence_passages, neutral_text, new_nonce
from retrieval.prompts.template import load_prompt
from retrieval.rerankers.base import CandidatePool, Reranked

PROMPT_ID = "rerank-v1"
WINDOW, STEP = 20, 10
"""Passages that the model sees at once, and how far a window moves: as in the paper."""

MAX_CHARS = 1_200
"""Characters of a passage that the model is shown, some 300 tokens: twenty of them fit a context of 8,000."""

_NUMBER = re.compile(r"\d+")


class ListwiseReranker:
    """Asks a language model for the order of the passages, as RankGPT does (Sun et al., EMNLP 2023, arXiv:2304.09542).

    The passages are fenced like any untrusted text. A number that the model leaves out keeps its place behind those that it
    names; one that it invents or repeats is passed over. Raises as :func:`retrieval.answers.completion.complete`.
    """

    def __init__(self, endpoint: ModelEndpoint, *, depth: int) -> None:
        self._endpoint = endpoint
        self.depth = depth
        self.name = f"{endpoint.model} listwise"

    def score(self, pool: CandidatePool) -> Reranked:
        """The number of candidates that stand behind each one in the model's order."""
        chunks = pool.chunks
        order = list(range(len(chunks)))
        start = max(0, len(order) - WINDOW)
        while len(order) > 1:
            window = order[start : start + WINDOW]
            order[start : start + WINDOW] = [window[place] for place in self._ordered(pool.query, [chunks[n] for n in window])]
            if start == 0:
                break
            start = max(0, start - STEP)
        scores = np.empty(len(order))
        scores[order] = np.arange(len(order) - 1, -1, -1)
        return Reranked(scores)

    def _ordered(self, query: str, chunks: Sequence[Chunk]) -> list[int]:
        nonce = new_nonce()
        shown = [Hit(_beginning(chunk), 0.0, rank) for rank, chunk in enumerate(chunks, start=1)]
        values = {
            "nonce": nonce,
            "passages": fence_passages(shown, nonce),
            "question": neutral_text(query).strip(),
            "count": str(len(chunks)),
        }
        reply = complete(self._endpoint, load_prompt(PROMPT_ID).render(values))
        return named_order(reply.text, len(chunks))


def named_order(reply: str, count: int) -> list[int]:
    """The places (from 0) that a reply such as ``[2] > [3] > [1]`` names (from 1), each once, and behind them all others."""
    named = dict.fromkeys(int(number) - 1 for number in _NUMBER.findall(reply))
    valid = [place for place in named if 0 <= place < count]
    return [*valid, *(place for place in range(count) if place not in named)]


def _beginning(chunk: Chunk) -> Chunk:
    return chunk if len(chunk.text) <= MAX_CHARS else replace(chunk, text=chunk.text[:MAX_CHARS])
