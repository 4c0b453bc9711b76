"""A cross-encoder: a transformer that reads the query and a passage together, through sentence-transformers."""

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ingestion.embedded import embedded_text
from ragline.errors import InputError, MissingExtra
from retrieval.rerankers.base import CandidatePool, Reranked

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_BATCH = 32


class CrossEncoderReranker:
    """Scores pairs with a model from a local folder, as ``CrossEncoder.save_pretrained`` writes one; nothing is downloaded.

    The score is the model's raw logit, before any sigmoid: that would turn large logits into equal ones. What does not fit the
    model's length is cut by its own tokenizer. Source of the method: Nogueira and Cho, arXiv:1901.04085. Raises
    :class:`InputError` for a path that is no model's folder, or a model with other than one output, :class:`MissingExtra`
    without sentence-transformers.
    """

    def __init__(self, folder: str | Path, *, depth: int) -> None:
        self._folder = Path(folder).expanduser()
        self._busy = threading.Lock()
        self._loading = threading.Lock()
        self.depth = depth
        self.name = f"cross-encoder {self._folder.name}"
        if not (self._folder / "config.json").is_file():
            raise InputError(
                f"{self._folder} holds no model (no config.json in it). Give reranker_model the folder of a CrossEncoder."
            )

    def score(self, pool: CandidatePool) -> Reranked:
        """One logit a candidate, float32 as the model computes it."""
        pairs = [(pool.query, embedded_text(chunk)) for chunk in pool.chunks]
        # In one order whatever the candidates' is: what a pair is padded to, and so its last digits, goes by its batch.
        order = sorted(range(len(pairs)), key=lambda place: pairs[place])
        model = self._model
        with self._busy:
            import torch

            found = model.predict(
                [pairs[place] for place in order],
                batch_size=_BATCH,
                show_progress_bar=False,
                activation_fn=torch.nn.Identity(),
            )
        scores = np.empty(len(pairs))
        scores[order] = np.asarray(found, np.float64)
        return Reranked(scores)

    @property
    def _model(self) -> "CrossEncoder":
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> "CrossEncoder":
        try:
            from sentence_transformers import CrossEncoder
        except ImportError as error:
            raise MissingExtra("sentence-transformers", extra="models", purpose="A cross-encoder") from error
        from indexes.embedders.torch_runtime import quiet_loading

        with quiet_loading():
            model = CrossEncoder(str(self._folder), device="cpu", local_files_only=True)
        if model.num_labels != 1:
            raise InputError(
                f"The model in {self._folder} gives {model.num_labels} values for a pair; a reranker needs a model with one."
            )
        return model
