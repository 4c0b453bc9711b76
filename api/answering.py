"""Answering questions from a collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack, cast

from api.auditing import audited
from api.searching import Searching
from api.serving import on_one_space
from ragline.settings import Settings
from ragline.types import Answer, Hit, Principal
from retrieval.request import SearchOptions

if TYPE_CHECKING:
    from retrieval.answers.base import AnswerDelta, Answerer
    from retrieval.answers.verification import Verification
    from retrieval.context import Expansion

ANSWER_HITS = 8
"""Passages an answer is drawn from: what fits a small model's context, and more than an extractive answer needs."""


class Answering(Searching):
    """What answers questions; a part of :class:`ragline.Collection`."""

    settings: Settings

    @audited("answer")
    @on_one_space
    def answer(self, query: str, *, k: int = ANSWER_HITS, **options: Unpack[SearchOptions]) -> Answer:
        """An answer with citations to exact characters, or an abstention with its reason.

        Without a configured model the answer is made of the best sentences of the ``k`` best hits, offline; with
        ``settings.model`` it is written by that model through LiteLLM. ``options`` are those of :meth:`search`.

        Raises as :meth:`search` does, and :class:`ragline.errors.BackendUnavailableError` when the model does not answer.
        """
        hits = self._passages(query, self.search(query, k, **options), options.get("principal"))
        return self._answerer.answer(query, hits, embedder=self._serving.space().embedder)

    @audited("answer")
    @on_one_space
    def stream_answer(self, query: str, *, k: int = ANSWER_HITS, **options: Unpack[SearchOptions]) -> Iterator[AnswerDelta]:
        """Like :meth:`answer`, piece by piece; the last delta carries the whole :class:`Answer`."""
        hits = self._passages(query, self.search(query, k, **options), options.get("principal"))
        return self._answerer.stream(query, hits, embedder=self._serving.space().embedder)

    def _passages(self, query: str, hits: list[Hit], principal: Principal | None) -> list[Hit]:
        """The hits as the settings want them for an answer: widened, and in which order."""
        from retrieval.context import ContextRule, best_at_the_ends, in_context

        space, settings = self._serving.space(), self.settings
        rule = ContextRule(cast("Expansion", settings.context_expansion), settings.context_tokens)
        counter = space.embedder.count_tokens
        found = in_context(
            query, hits, rule, catalog=space.store.catalog, principal=principal, gate=space.gate, count_tokens=counter
        )
        # The extractive answerer reads every passage alike, and takes the first for the best.
        return best_at_the_ends(found) if settings.model and settings.context_order == "ends" else found

    @on_one_space
    def verify(self, answer: Answer | Mapping[str, Any] | str, *, principal: Principal | None = None) -> Verification:
        """Hold an answer's citations against the documents as they are now: exact, moved, changed or gone.

        ``answer`` is an :class:`Answer`, or its JSON as ``ragline ask --json`` prints it. A document that ``principal`` may not
        see is "gone", as one that does not exist. Raises :class:`ragline.errors.InputError` for what is no answer.
        """
        from retrieval.answers.verification import verify

        space = self._serving.space()
        return verify(answer, space.store.catalog, principal, space.gate)

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
