"""Answering questions from a collection."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from api.calibrating import ANSWER_HITS
from api.remembering import Asked, Remembering
from api.serving import on_one_space
from ragline.errors import BackendUnavailableError
from ragline.settings import Settings
from ragline.types import Answer, Hit, Principal, SearchMode

if TYPE_CHECKING:
    from ragline.filters import FilterLike
    from retrieval.answers.base import AnswerDelta, Answerer
    from retrieval.answers.cache import AnswerKey


class Answering(Remembering):
    """What answers questions; a part of :class:`ragline.Collection`."""

    settings: Settings

    @on_one_space
    def answer(
        self,
        query: str,
        *,
        k: int = ANSWER_HITS,
        mode: SearchMode = "hybrid",
        filters: FilterLike | None = None,
        principal: Principal | None = None,
    ) -> Answer:
        """An answer with citations to exact characters, or an abstention with its reason.

        Without a configured model the answer is made of the best sentences of the best hits, offline; with
        ``settings.model`` it is written by that model through LiteLLM, or by the first of ``settings.model_fallbacks`` that
        does answer. Raises as :meth:`search` does, :class:`ragline.errors.BackendUnavailableError` when no model answers, and
        :class:`ragline.errors.BudgetExceededError` when its calls would overrun the budget; with
        ``settings.model_fallback_extractive`` the best sentences are the answer then, and its ``reason`` says why.
        """
        asked, started = Asked(query, k, mode, filters, principal), time.perf_counter()
        key, answer = self._recall(asked)
        if answer is None:
            hits = self._hits(asked)
            try:
                answer = self._answerer.answer(query, hits, embedder=self._serving.space().embedder)
            except BackendUnavailableError as error:
                answer = self._instead(asked, hits, error)
        return self._finish(asked, key, answer, started)

    @on_one_space
    def stream_answer(
        self,
        query: str,
        *,
        k: int = ANSWER_HITS,
        mode: SearchMode = "hybrid",
        filters: FilterLike | None = None,
        principal: Principal | None = None,
    ) -> Iterator[AnswerDelta]:
        """Like :meth:`answer`, piece by piece; the last delta carries the whole :class:`Answer`."""
        asked, started = Asked(query, k, mode, filters, principal), time.perf_counter()
        key, answer = self._recall(asked)
        if answer is not None:
            return self._streamed(asked, key, iter(_pieces(answer)), [], started)
        hits = self._hits(asked)
        deltas = self._answerer.stream(query, hits, embedder=self._serving.space().embedder)
        return self._streamed(asked, key, deltas, hits, started)

    def _streamed(
        self, asked: Asked, key: AnswerKey | None, deltas: Iterator[AnswerDelta], hits: list[Hit], started: float
    ) -> Iterator[AnswerDelta]:
        """``deltas``, the last one finished; another answer in their place only where none of them has been seen."""
        is_begun = False
        try:
            for delta in deltas:
                is_begun = True
                done = delta.done and self._finish(asked, key, delta.done, started)
                yield replace(delta, done=done)
        except BackendUnavailableError as error:
            if is_begun:
                raise
            for delta in _pieces(self._finish(asked, key, self._instead(asked, hits, error), started)):
                yield delta

    def _hits(self, asked: Asked) -> list[Hit]:
        with self.unlogged():
            return self.search(asked.query, asked.k, mode=asked.mode, filters=asked.filters, principal=asked.principal)

    def _finish(self, asked: Asked, key: AnswerKey | None, answer: Answer, started: float) -> Answer:
        """Keep and log an answer, as the owner wants."""
        is_as_wanted = not self.settings.model or answer.usage.model == self.settings.model
        if not answer.cached and is_as_wanted:  # the next query shall have the chance of the model that was asked for
            self._keep(asked, key, answer)
        details: dict[str, Any] = {"k": asked.k, "mode": asked.mode, "filters": asked.filters, "reason": answer.reason}
        return self._logged(answer, asked.principal, started, details)

    def _instead(self, asked: Asked, hits: list[Hit], error: BackendUnavailableError) -> Answer:
        """The extractive answer in the place of the model's, where that is wanted; else ``error`` is raised."""
        if not self.settings.model_fallback_extractive or not self.settings.model:
            raise error
        answer = self._extractive().answer(asked.query, hits, embedder=self._serving.space().embedder)
        note = f"the model did not answer, these are sentences of the passages ({error})"
        usage = replace(answer.usage, attempts=error.attempts)
        return replace(answer, reason="; ".join(filter(None, (answer.reason, note))), usage=usage)

    @property
    def _answerer(self) -> Answerer:
        return self._generative if self.settings.model else self._extractive()

    def _extractive(self) -> Answerer:
        """It goes by the threshold of the space in service, which any process may have calibrated since the last answer."""
        from retrieval.answers.calibrated import thresholds_of
        from retrieval.answers.extractive import ExtractiveAnswerer

        name = self._serving.space().configuration.embedder.name
        return ExtractiveAnswerer(thresholds=thresholds_of(self.calibrated, name))

    @cached_property
    def _generative(self) -> Answerer:
        from retrieval.answers.completion import ModelEndpoint
        from retrieval.answers.generative import GenerativeAnswerer
        from retrieval.answers.models import Budget, chain_of

        settings = self.settings
        answerer = GenerativeAnswerer(
            settings.model,
            api_base=settings.model_api_base or None,
            timeout_s=settings.model_timeout_s,
            retries=settings.model_retries,
            max_tokens=settings.model_max_tokens,
        )
        endpoint = ModelEndpoint(
            settings.model,
            answerer.api_base,
            max_tokens=settings.model_max_tokens,
            timeout_s=settings.model_timeout_s,
            retries=settings.model_retries,
        )
        chain = chain_of(
            endpoint,
            settings.model_fallbacks,
            failures=settings.model_breaker_failures,
            pause_s=settings.model_breaker_pause_s,
            budget=Budget(settings.model_budget_usd, settings.model_budget_s),
        )
        return replace(answerer, chain=chain)


def _pieces(answer: Answer) -> tuple[AnswerDelta, AnswerDelta]:
    from retrieval.answers.base import AnswerDelta

    return AnswerDelta("" if answer.abstained else answer.text), AnswerDelta("", done=answer)
