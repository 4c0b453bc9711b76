"""Answering questions from a collection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack, cast

from api.auditing import audited
from api.calibrating import ANSWER_HITS
from api.remembering import Asked, Remembering
from api.searching import logged_options
from api.serving import on_one_space
from api.timing import timed
from api.tracing import traced
from ragline.errors import BackendUnavailableError, InputError
from ragline.settings import Settings, variable
from ragline.types import Answer, Hit, Principal, Turn, Usage
from retrieval.request import SearchOptions

if TYPE_CHECKING:
    from retrieval.answers.base import AnswerDelta, Answerer
    from retrieval.answers.cache import AnswerKey
    from retrieval.answers.generative import GenerativeAnswerer
    from retrieval.answers.output_schema import OutputSchema
    from retrieval.answers.verification import Verification
    from retrieval.context import Expansion


class Answering(Remembering):
    """What answers questions; a part of :class:`ragline.Collection`."""

    settings: Settings

    @traced("answer")
    @audited("answer")
    @timed
    @on_one_space
    def answer(
        self,
        query: str,
        *,
        k: int = ANSWER_HITS,
        history: Sequence[Turn] = (),
        schema: Mapping[str, Any] | type | None = None,
        **options: Unpack[SearchOptions],
    ) -> Answer:
        """An answer with citations to exact characters, or an abstention with its reason.

        Without a configured model the answer is made of the ``k`` best hits' best sentences, offline; with ``settings.model``
        it is written by that model through LiteLLM, or by the first of ``settings.model_fallbacks`` that does answer.
        ``history`` is the conversation so far, oldest turn first: a question that goes on with it is made one that stands
        alone, which ``Answer.standalone`` shows. With ``schema`` (a JSON Schema of an object, a dataclass or a pydantic model)
        ``Answer.data`` has that shape, and each of its values is a claim with citations; that needs a model. ``options`` are
        those of :meth:`search`.

        Raises as :meth:`search` does, :class:`ragline.errors.InputError` for what is no schema or history,
        :class:`ragline.errors.BackendUnavailableError` when no model answers, and :class:`ragline.errors.BudgetExceededError`
        when its calls would overrun the budget. With ``settings.model_fallback_extractive`` the best sentences are the answer
        then, and its ``reason`` says why; but not in the place of an answer in a schema.
        """
        started, shape = time.perf_counter(), self._shape(schema)
        self._serving.space().gate.admit(options.get("principal"))  # before a model is told of the conversation
        answerer = self._answerer
        alone, spent = self._standalone(query, history, answerer)
        asked = self._asked(alone, k, options, shape)
        key, answer = self._recall(asked)
        if answer is None:
            hits = self._hits(asked)
            try:
                answer = self._written(answerer, asked, hits, shape)
            except BackendUnavailableError as error:
                answer = self._instead(asked, hits, error)
        return self._finish(asked, key, answer, started, query, spent)

    @traced("answer")
    @audited("answer")
    @timed
    @on_one_space
    def stream_answer(
        self, query: str, *, k: int = ANSWER_HITS, history: Sequence[Turn] = (), **options: Unpack[SearchOptions]
    ) -> Iterator[AnswerDelta]:
        """Like :meth:`answer`, piece by piece; the last delta carries the whole :class:`Answer`."""
        started = time.perf_counter()
        self._serving.space().gate.admit(options.get("principal"))  # before a model is told of the conversation
        answerer = self._answerer
        alone, spent = self._standalone(query, history, answerer)
        asked = self._asked(alone, k, options, None)
        key, answer = self._recall(asked)
        hits = list(answer.hits) if answer is not None else self._hits(asked)
        embedder = self._serving.space().answering_embedder
        deltas = iter(_pieces(answer)) if answer is not None else answerer.stream(alone, hits, embedder=embedder)

        def finish(answer: Answer) -> Answer:
            return self._finish(asked, key, answer, started, query, spent)

        return self._streamed(asked, deltas, hits, finish)

    def _asked(self, query: str, k: int, options: SearchOptions, shape: OutputSchema | None) -> Asked:
        """What is asked for, by a principal that is admitted. Raises as :meth:`search` does."""
        request = self._serving.space().retriever.request(query, k, options)
        return Asked(query, k, options, request, "" if shape is None else shape.identity)

    def _hits(self, asked: Asked) -> list[Hit]:
        with self.unlogged():
            hits = self.search(asked.query, asked.k, **asked.options)
        return self._passages(asked.query, hits, asked.principal)

    def _streamed(
        self, asked: Asked, deltas: Iterator[AnswerDelta], hits: list[Hit], finish: Callable[[Answer], Answer]
    ) -> Iterator[AnswerDelta]:
        """``deltas``, the last one finished; another answer in their place only where none of them has been seen."""
        is_begun = False
        try:
            for delta in deltas:
                shown = () if is_begun else tuple(hits)
                is_begun = True
                yield replace(delta, hits=shown, done=None if delta.done is None else finish(delta.done))
        except BackendUnavailableError as error:
            if is_begun:
                raise
            first, last = _pieces(finish(self._instead(asked, hits, error)))
            yield from (replace(first, hits=tuple(hits)), last)

    def _finish(
        self, asked: Asked, key: AnswerKey | None, answer: Answer, started: float, query: str, spent: Usage | None
    ) -> Answer:
        """Keep and log an answer, as the owner wants; it is one to ``query``, whatever that was rewritten to."""
        is_as_wanted = not self.settings.model or answer.usage.model == self.settings.model
        if not answer.cached and is_as_wanted:  # the next query shall have the chance of the model that was asked for
            self._keep(asked, key, answer)
        details: dict[str, Any] = {"k": asked.k, **logged_options(asked.options), "reason": answer.reason}
        answer = of_conversation(answer, query, spent)
        if answer.standalone:
            details["standalone"] = answer.standalone
        return self._logged(answer, asked.principal, started, details)

    def _instead(self, asked: Asked, hits: list[Hit], error: BackendUnavailableError) -> Answer:
        """The extractive answer in the place of the model's, where that is wanted; else ``error`` is raised."""
        if not self.settings.model_fallback_extractive or not self.settings.model or asked.schema:
            raise error
        answer = self._extractive().answer(asked.query, hits, embedder=self._serving.space().answering_embedder)
        note = f"the model did not answer, these are sentences of the passages ({error})"
        usage = replace(answer.usage, attempts=error.attempts)
        return replace(answer, reason="; ".join(filter(None, (answer.reason, note))), usage=usage)

    def _passages(self, query: str, hits: list[Hit], principal: Principal | None) -> list[Hit]:
        """The hits as the settings want them for an answer: widened, the best first."""
        from retrieval.context import ContextRule, in_context

        space, settings = self._serving.space(), self.settings
        rule = ContextRule(cast("Expansion", settings.context_expansion), settings.context_tokens)
        counter = space.embedder.count_tokens
        return in_context(
            query, hits, rule, catalog=space.store.catalog, principal=principal, gate=space.gate, count_tokens=counter
        )

    @audited("verify")
    @on_one_space
    def verify(self, answer: Answer | Mapping[str, Any] | str, *, principal: Principal | None = None) -> Verification:
        """Hold an answer's citations against the documents as they are now: exact, moved, changed or gone.

        ``answer`` is an :class:`Answer`, or its JSON as ``ragline ask --json`` prints it. A document that ``principal`` may not
        see is "gone", as one that does not exist. Raises :class:`ragline.errors.InputError` for what is no answer.
        """
        from retrieval.answers.verification import verify

        space = self._serving.space()
        return verify(answer, space.store.catalog, principal, space.gate)

    def _shape(self, schema: Mapping[str, Any] | type | None) -> OutputSchema | None:
        """The shape that ``schema`` says. Raises :class:`InputError` for what is none, and where no model could write it."""
        if schema is None:
            return None
        from retrieval.answers.output_schema import output_schema

        if not self.settings.model:
            raise InputError(
                "An answer in a schema is written by a language model, and none is configured. Name one: "
                f"ragline.open(..., model='openai/gpt-4o-mini') or {variable('model')}."
            )
        return output_schema(schema)

    def _written(self, answerer: Answerer, asked: Asked, hits: list[Hit], shape: OutputSchema | None) -> Answer:
        embedder = self._serving.space().answering_embedder
        if shape is None:
            return answerer.answer(asked.query, hits, embedder=embedder)
        from retrieval.answers.structured import structured_answer

        return structured_answer(cast("GenerativeAnswerer", answerer), asked.query, hits, shape, embedder=embedder)

    def _standalone(self, query: str, history: Sequence[Turn], answerer: Answerer) -> tuple[str, Usage | None]:
        """The question to search for and answer, and what a model took for rewriting it."""
        if not history:
            return query, None
        from retrieval.conversation import check_history, rewritten_question, standalone_question

        check_history(history)
        if not query.strip():
            return query, None
        if not self.settings.model:
            return standalone_question(query, history), None
        try:
            return rewritten_question(query, history, cast("GenerativeAnswerer", answerer))
        except BackendUnavailableError:
            if not self.settings.model_fallback_extractive:
                raise
            return standalone_question(query, history), None  # as the answer will be, without a model

    @property
    def _answerer(self) -> Answerer:
        """What writes one answer: a model with a budget for all of its calls, or the best sentences."""
        return self._generative.for_one_answer() if self.settings.model else self._extractive()

    def _extractive(self) -> Answerer:
        """It goes by the threshold of the space in service, which any process may have calibrated since the last answer."""
        from retrieval.answers.calibrated import thresholds_of
        from retrieval.answers.extractive import ExtractiveAnswerer

        name = self._serving.space().configuration.embedder.name
        return ExtractiveAnswerer(thresholds=thresholds_of(self.calibrated, name))

    @cached_property
    def _generative(self) -> GenerativeAnswerer:
        from retrieval.answers.completion import ModelEndpoint
        from retrieval.answers.generative import GenerativeAnswerer
        from retrieval.answers.models import Budget, chain_of

        settings = self.settings
        if not settings.model:
            raise InputError(f"No language model is configured. Name one: {variable('model')}=openai/gpt-4o-mini.")
        endpoint = ModelEndpoint(
            settings.model,
            settings.model_api_base or None,
            timeout_s=settings.model_timeout_s,
            retries=settings.model_retries,
            max_tokens=settings.model_max_tokens,
        )
        chain = chain_of(
            endpoint,
            settings.model_fallbacks,
            failures=settings.model_breaker_failures,
            pause_s=settings.model_breaker_pause_s,
            budget=Budget(settings.model_budget_usd, settings.model_budget_s),
        )
        return GenerativeAnswerer(
            endpoint.model,
            api_base=endpoint.api_base,
            timeout_s=endpoint.timeout_s,
            retries=endpoint.retries,
            max_tokens=endpoint.max_tokens,
            context_tokens=settings.model_context_tokens,
            order="ends" if settings.context_order == "ends" else "rank",
            chain=chain,
        )


def _pieces(answer: Answer) -> tuple[AnswerDelta, AnswerDelta]:
    from retrieval.answers.base import AnswerDelta

    return AnswerDelta("" if answer.abstained else answer.text), AnswerDelta("", done=answer)


def of_conversation(answer: Answer, query: str, spent: Usage | None) -> Answer:
    """``answer`` to the rewritten question as one to ``query``, with what the rewriting took."""
    standalone = answer.query if answer.query != query else ""
    usage = answer.usage
    if spent is not None:
        costs = (usage.cost_usd, spent.cost_usd)
        usage = replace(
            usage,
            prompt_tokens=usage.prompt_tokens + spent.prompt_tokens,
            completion_tokens=usage.completion_tokens + spent.completion_tokens,
            cost_usd=None if None in costs else sum(cost for cost in costs if cost is not None),
            seconds=usage.seconds + spent.seconds,
            attempts=usage.attempts or spent.attempts,  # those of an answer that a model wrote begin with these
        )
    return replace(answer, query=query, standalone=standalone, usage=usage)
