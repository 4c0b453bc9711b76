"""Answering questions from a collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

from api.searching import Searching
from api.serving import on_one_space
from ragline.settings import Settings
from ragline.types import Answer, Principal
from retrieval.request import SearchOptions

if TYPE_CHECKING:
    from retrieval.answers.base import AnswerDelta, Answerer
    from retrieval.answers.verification import Verification

ANSWER_HITS = 8
"""Passages an answer is drawn from: what fits a small model's context, and more than an extractive answer needs."""


class Answering(Searching):
    """What answers questions; a part of :class:`ragline.Collection`."""

    settings: Settings

    @on_one_space
    def answer(self, query: str, *, k: int = ANSWER_HITS, **options: Unpack[SearchOptions]) -> Answer:
        """An answer with citations to exact characters, or an abstention with its reason.

        Without a configured model the answer is made of the best sentences of the ``k`` best hits, offline; with
        ``settings.model`` it is written by that model through LiteLLM. ``options`` are those of :meth:`search`.

        Raises as :meth:`search` does, and :class:`ragline.errors.BackendUnavailableError` when the model does not answer.
        """
        hits = self.search(query, k, **options)
        return self._answerer.answer(query, hits, embedder=self._serving.space().embedder)

    @on_one_space
    def stream_answer(self, query: str, *, k: int = ANSWER_HITS, **options: Unpack[SearchOptions]) -> Iterator[AnswerDelta]:
        """Like :meth:`answer`, piece by piece; the last delta carries the whole :class:`Answer`."""
        hits = self.search(query, k, **options)
        return self._answerer.stream(query, hits, embedder=self._serving.space().embedder)

    @on_one_space
    def verify(self, answer: Answer | Mapping[str, Any] | str, *, principal: Principal | None = None) -> Verification:
        """Hold an answer's citations against the documents as they are now: exact, moved, changed or gone.

        ``answer`` is an :class:`Answer`, or its JSON as ``ragline ask --json`` prints it. A document that ``principal`` may not
        see is "gone", as one that does not exist. Raises :class:`ragline.errors.InputError` for what is no answer.
        """
        from retrieval.answers.verification import verify

        return verify(answer, self._serving.space().store.catalog, principal)

    @cached_property
    def _answerer(self) -> Answerer:
        if not self.settings.model:
            from retrieval.answers.extractive import ExtractiveAnswerer

            return ExtractiveAnswerer()
        from retrieval.answers.generative import GenerativeAnswerer

        return GenerativeAnswerer(
            self.settings.model,
            api_base=self.settings.model_api_base or None,
            timeout_s=self.settings.model_timeout_s,
            retries=self.settings.model_retries,
            max_tokens=self.settings.model_max_tokens,
        )
