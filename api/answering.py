"""Answering questions from a collection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack, cast

from api.auditing import audited
from api.searching import Searching
from api.serving import on_one_space
from api.timing import timed
from ragline.errors import InputError
from ragline.settings import Settings, variable
from ragline.types import Answer, Hit, Principal, Turn, Usage
from retrieval.request import SearchOptions

if TYPE_CHECKING:
    from retrieval.answers.base import AnswerDelta, Answerer
    from retrieval.answers.completion import ModelEndpoint
    from retrieval.answers.verification import Verification
    from retrieval.context import Expansion

ANSWER_HITS = 8
"""Passages an answer is drawn from: what fits a small model's context, and more than an extractive answer needs."""


class Answering(Searching):
    """What answers questions; a part of :class:`ragline.Collection`."""

    settings: Settings

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
        it is written by that model through LiteLLM. ``history`` is the conversation so far, oldest turn first: a question that
        goes on with it is made one that stands alone, which ``Answer.standalone`` shows. With ``schema`` (a JSON
        Schema of an object, a dataclass or a pydantic model) ``Answer.data`` has that shape, and each of its values is a claim
        with citations; that needs a model. ``options`` are those of :meth:`search`.

        Raises as :meth:`search` does, :class:`ragline.errors.InputError` for what is no schema or history, and
        :class:`ragline.errors.BackendUnavailableError` when the model does not answer.
        """
        write = self._writer(schema)
        asked, spent = self._standalone(query, history)
        hits = self._passages(asked, self.search(asked, k, **options), options.get("principal"))
        return of_conversation(write(asked, hits, embedder=self._serving.space().embedder), query, spent)

    @audited("answer")
    @timed
    @on_one_space
    def stream_answer(
        self, query: str, *, k: int = ANSWER_HITS, history: Sequence[Turn] = (), **options: Unpack[SearchOptions]
    ) -> Iterator[AnswerDelta]:
        """Like :meth:`answer`, piece by piece; the last delta carries the whole :class:`Answer`."""
        asked, spent = self._standalone(query, history)
        hits = self._passages(asked, self.search(asked, k, **options), options.get("principal"))
        deltas = self._answerer.stream(asked, hits, embedder=self._serving.space().embedder)
        return (
            delta if delta.done is None else replace(delta, done=of_conversation(delta.done, query, spent)) for delta in deltas
        )

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

    def _writer(self, schema: Mapping[str, Any] | type | None) -> Callable[..., Answer]:
        """What makes an answer of a question and its hits, in the shape of ``schema``."""
        answerer = self._answerer
        if schema is None:
            return answerer.answer
        from retrieval.answers.generative import GenerativeAnswerer
        from retrieval.answers.output_schema import output_schema
        from retrieval.answers.structured import structured_answer

        if not isinstance(answerer, GenerativeAnswerer):
            raise InputError(
                "An answer in a schema is written by a language model, and none is configured. Name one: "
                f"ragline.open(..., model='openai/gpt-4o-mini') or {variable('model')}."
            )
        shape = output_schema(schema)
        return lambda query, hits, *, embedder: structured_answer(answerer, query, hits, shape, embedder=embedder)

    def _standalone(self, query: str, history: Sequence[Turn]) -> tuple[str, Usage | None]:
        """The question to search for and answer, and what a model took for rewriting it."""
        if not history:
            return query, None
        from retrieval.conversation import check_history, rewritten_question, standalone_question

        check_history(history)
        if not query.strip():
            return query, None
        endpoint = self._endpoint
        return (standalone_question(query, history), None) if endpoint is None else rewritten_question(query, history, endpoint)

    @property
    def _endpoint(self) -> ModelEndpoint | None:
        """The configured model, ``None`` where there is none."""
        from retrieval.answers.completion import ModelEndpoint

        settings = self.settings
        if not settings.model:
            return None
        return ModelEndpoint(
            settings.model,
            settings.model_api_base or None,
            timeout_s=settings.model_timeout_s,
            retries=settings.model_retries,
            max_tokens=settings.model_max_tokens,
        )

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
        )
    return replace(answer, query=query, standalone=standalone, usage=usage)
