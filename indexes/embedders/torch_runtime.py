"""Runs the MiniLM encoder on PyTorch, loaded by sentence-transformers: the reference for every other runtime."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.embedders.base import Vectors
from ragline.errors import MissingExtra


class TorchRuntime:
    """The encoder in float32 on the CPU.

    ``threads`` sets PyTorch's thread count, which is one for the whole process. Not safe to call from several threads at
    once; the embedder holds a lock.
    """

    name = "torch fp32"

    def __init__(self, folder: Path, *, threads: int | None) -> None:
        try:
            import torch
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise MissingExtra("sentence-transformers", extra="models", purpose="the torch runtime") from error
        if threads is not None:
            torch.set_num_threads(threads)
        with quiet_loading():
            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self._model.eval()

    def encode(self, ids: NDArray[np.int32], mask: NDArray[np.int32]) -> Vectors:
        """Unit vectors of shape ``(batch, dim)`` for padded token ids of shape ``(batch, tokens)``."""
        import torch

        features = {"input_ids": torch.from_numpy(ids).long(), "attention_mask": torch.from_numpy(mask).long()}
        with torch.inference_mode():
            vectors: Vectors = self._model(features)["sentence_embedding"].numpy()
        return vectors

    def encode_tokens(self, ids: NDArray[np.int32], mask: NDArray[np.int32]) -> Vectors:
        """Unit vectors of every token, shape ``(batch, tokens, dim)``."""
        import torch

        features = {"input_ids": torch.from_numpy(ids).long(), "attention_mask": torch.from_numpy(mask).long()}
        with torch.inference_mode():
            tokens = self._model(features)["token_embeddings"]
            vectors: Vectors = torch.nn.functional.normalize(tokens, dim=-1).numpy()
        return vectors


@contextmanager
def quiet_loading() -> Iterator[None]:
    """Without the progress bar that transformers writes to stderr for a load of a fraction of a second."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
