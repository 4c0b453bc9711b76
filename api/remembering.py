"""Answers that were given before: what they depend on, and how they are shown again."""

from __future__ import annotations

import json
import time
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from api.calibrating import Calibrating
from ragline.types import Answer, Principal, Usage
from retrieval.request import SearchOptions, SearchRequest

if TYPE_CHECKING:
    from retrieval.answers.cache import AnswerCache, AnswerKey, Vector

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that stands alone, the ``options`` of its search, and the ``request`` that they make, which was admitted.

    ``schema`` is a text that no other shape of an answer has.
    """

    query: str
    k: int
    options: SearchOptions
    request: SearchRequest
    schema: str = ""

    @property
    def principal(self) -> Principal | None:
        return self.request.principal


class Remembering(Calibrating):
    """What keeps answers in memory, where the owner has opted in; a part of :class:`ragline.Collection`."""

    @cached_property
    def _cache(self) -> AnswerCache | None:
        from retrieval.answers.cache import AnswerCache

        mode = self.settings.answer_cache
        if mode == "off":
            return None
        return AnswerCache(
            "near" if mode == "near" else "exact",
            min_cosine=self.settings.answer_cache_cosine,
            max_bytes=self.settings.answer_cache_mb * MIB,
        )

    def _recall(self, asked: Asked) -> tuple[AnswerKey | None, Answer | None]:
        """What the answer depends on (``None`` without a cache), and the answer that is kept, if one is."""
        cache = self._cache
        if cache is None:
            return None, None
        started = time.perf_counter()
        key = self._answer_key(asked)
        found = cache.find(key, asked.query, self._embed)
        if found is None:
            return key, None
        usage = Usage(found.answer.usage.model, cost_usd=0.0, seconds=time.perf_counter() - started)
        answer = deepcopy(found.answer)  # whoever gets it may change its data or metadata
        return key, replace(answer, query=asked.query, cached=True, original_query=found.question, usage=usage)

    def _keep(self, asked: Asked, key: AnswerKey | None, answer: Answer) -> None:
        """Keep an answer, unless something was written while it was made."""
        if self._cache is not None and key is not None and self._answer_key(asked) == key:
            self._cache.keep(key, asked.query, deepcopy(answer), self._embed)

    def _cache_counts(self) -> dict[str, int] | None:
        return None if self._cache is None else asdict(self._cache.counts())

    def _embed(self, text: str) -> Vector:
        vector: Vector = self._serving.space().retriever.query_vectors.vector(text)  # its search asks for it too
        return vector

    def _answer_key(self, asked: Asked) -> AnswerKey:
        from retrieval.answers.cache import AnswerKey, CollectionState

        space, request, principal = self._serving.space(), asked.request, asked.principal
        snapshot = space.store.snapshot()
        search = replace(request, query="", principal=None, filters=None)
        stored = json.dumps(space.store.catalog.settings(), sort_keys=True)
        return AnswerKey(
            state=CollectionState(space.number, snapshot.generation_number, snapshot.sequence),
            principal=None if principal is None else (principal.id, tuple(sorted(principal.groups)), principal.tenant),
            filters=request.filters,
            mode=request.mode,
            k=asked.k,
            prompt_id=self._prompt_id(),
            model=self.settings.model,
            settings=(("process", self.settings), ("collection", stored), ("search", repr(search))),
            schema=asked.schema,
        )

    def _prompt_id(self) -> str:
        if not self.settings.model:
            return ""
        from retrieval.answers.generative import PROMPT_ID

        return PROMPT_ID
