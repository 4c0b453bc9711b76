"""The embedder protocol. An embedder also counts tokens, so that chunk sizes are in its own tokens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ingestion.workers.recipes import CounterRecipe

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EmbedderFingerprint:
    """What makes two vectors comparable. Two embedders with equal fingerprints give vectors with cosine >= 0.999.

    ``weights_sha256`` is the digest of the weights file, ``max_tokens`` the content tokens read before the text would be cut
    (0 = no limit). The runtime that computes them (torch, OpenVINO) is deliberately no part of it.
    """

    name: str
    weights_sha256: str
    dim: int
    max_tokens: int
    pooling: str
    query_prefix: str = ""
    document_prefix: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.dim} d, weights {self.weights_sha256[:12]})"


class Embedder(Protocol):
    """Turns texts into unit-length float32 vectors.

    ``runtime`` says what computes them (for example ``"openvino bf16"``). ``max_tokens`` is the limit in content tokens,
    special tokens not counted, ``None`` for no limit. ``recipe`` tells a child process how to count as it does, ``None`` when
    it has to be asked itself. Safe to call from several threads.
    """

    fingerprint: EmbedderFingerprint
    recipe: CounterRecipe | None
    runtime: str
    max_tokens: int | None

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...

    def embed_documents(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        """Vectors of shape ``(len(texts), dim)``, in the order of ``texts``. ``progress`` is told how many more are done."""
        ...

    def embed_query(self, text: str) -> Vectors:
        """The vector of one query, shape ``(dim,)``."""
        ...


@runtime_checkable
class TokenEmbedder(Embedder, Protocol):
    """An embedder that has a vector for every token too."""

    def token_vectors(self, texts: Sequence[str]) -> list[Vectors]:
        """For each text the unit vectors of its content tokens, float32 of shape ``(tokens, dim)``, in reading order.

        Of a longer text than ``max_tokens`` the beginning counts.
        """
        ...
