"""Static 256-d vectors: every token has one vector, a text has their mean. No torch, thousands of texts a second.

The vectors and the Llama 2 tokenizer come from the wheel of ``wordllama`` (its "l2_supercat" model); the package itself is
not imported, because its own loader wants the network where a file is in another place than it expects.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.embedders.base import EmbedderFingerprint, Vectors
from indexes.embedders.model_cache import ModelCache, default_cache_folder
from indexes.embedders.weights import required_folder, verify_sha256
from indexes.embedders.word_tokenizer import llama_recipe, load_llama_bpe
from ingestion.workers.recipes import CounterRecipe

WEIGHTS_SHA256 = "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5"
TOKENIZER_SHA256 = "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68"

_DIM = 256
_BLANK = 29871  # the token of a lone blank
_BLOCK_TEXTS = 512  # texts tokenised at a time: bounds the memory of their token ids
_GATHERED = 4096  # token vectors of one text that are gathered at a time: 4 MB, however long the text is
_SHORTEST = 1e-6  # a mean this short is rounding error and has no direction


class LightEmbedder:
    """The mean of a text's token vectors, scaled to unit length. No limit of tokens, no prefix.

    A text without tokens (the empty text) gets the vector of a blank, so every vector has unit length. ``folder`` is the
    folder of the ``wordllama`` package when it is not to be the installed one; ``cache_dir`` keeps the note that the files
    were verified.

    Raises :class:`MissingExtra` where the package is absent and :class:`CorruptIndexError` for files other than the known.
    """

    def __init__(self, *, cache_dir: Path | None = None, folder: Path | None = None) -> None:
        folder = folder or _package_folder()
        cache = ModelCache(cache_dir or default_cache_folder())
        weights = folder / "weights" / "l2_supercat_256.safetensors"
        tokenizer = folder / "tokenizers" / "l2_supercat_tokenizer_config.json"
        verify_sha256(weights, WEIGHTS_SHA256, cache)
        verify_sha256(tokenizer, TOKENIZER_SHA256, cache)
        self.recipe: CounterRecipe | None = llama_recipe(tokenizer)
        self._tokenizer = load_llama_bpe(tokenizer)
        self._table = _load_table(weights)
        self.runtime = "numpy fp32"
        self.max_tokens: int | None = None
        self.fingerprint = EmbedderFingerprint("light", WEIGHTS_SHA256, _DIM, 0, "mean")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text."""
        return self._tokenizer.count_tokens(texts)

    def embed_documents(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        """Unit vectors of shape ``(len(texts), 256)``, float32, in the order of ``texts``.

        A text's vector does not depend on the others. ``progress`` is told after every block how many texts it had.
        """
        vectors = np.empty((len(texts), _DIM), dtype=np.float32)
        for start in range(0, len(texts), _BLOCK_TEXTS):
            block = texts[start : start + _BLOCK_TEXTS]
            vectors[start : start + len(block)] = self._embed(block)
            if progress is not None:
                progress(len(block))
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of one query, shape ``(256,)``, float32; the whole query counts, however long."""
        vector: Vectors = self._embed([text])[0]
        return vector

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The vectors of several queries, each as :meth:`embed_query` gives it, shape ``(len(texts), 256)``."""
        return self.embed_documents(texts)

    def token_vectors(self, texts: Sequence[str]) -> list[Vectors]:
        """For each text the table's rows of its tokens, scaled to unit length, in reading order."""
        return [_unit(self._table[np.array(row, np.int64)]) for row in self._tokenizer.token_ids(texts)]

    def _embed(self, texts: Sequence[str]) -> Vectors:
        rows = [row or [_BLANK] for row in self._tokenizer.token_ids(texts)]
        # The sum and the mean point the same way, and only the direction is kept.
        sums = np.stack([self._sum(np.array(row)) for row in rows])
        lengths = np.linalg.norm(sums, axis=1)
        undirected = lengths < _SHORTEST * np.array([len(row) for row in rows])
        sums[undirected] = self._table[_BLANK]
        lengths[undirected] = np.linalg.norm(self._table[_BLANK])
        vectors: Vectors = sums / lengths[:, None]
        return vectors

    def _sum(self, ids: NDArray[np.intp]) -> NDArray[np.float32]:
        parts = [self._table[ids[start : start + _GATHERED]].sum(axis=0) for start in range(0, len(ids), _GATHERED)]
        total: NDArray[np.float32] = np.sum(parts, axis=0, dtype=np.float32)
        return total


def _unit(vectors: Vectors) -> Vectors:
    scaled: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _SHORTEST)
    return scaled


def _package_folder() -> Path:
    return required_folder("wordllama", distribution="wordllama", extra="all", purpose="the embedder 'light'")


def _load_table(weights: Path) -> NDArray[np.float32]:
    from safetensors.numpy import load_file

    table: NDArray[np.float32] = load_file(weights)["embedding.weight"].astype(np.float32)
    return table
