"""Answers that were given before: what they depend on, and how they are shown again."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from api.calibrating import Calibrating
from ragline.types import Answer, Principal, SearchMode, Usage

if TYPE_CHECKING:
    from ragline.filters import FilterLike
    from retrieval.answers.cache import AnswerCache, AnswerKey, Vector

MIB = 1 << 20

ANSWER_SETTINGS = (
    "collapse_duplicates", "depth", "fusion", "rrf_k", "model_api_base", "model_max_tokens", "model_fallbacks",
    "model_fallback_extractive",
)  # fmt: skip
"""What changes an answer beside the question; search settings of an index go with its generation."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all that its answer depends on, as the caller gave it."""

    query: str
    k: int
    mode: SearchMode
    filters: FilterLike | None
    principal: Principal | None
    schema: str = ""
    history: tuple[str, ...] = ()


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
        return key, replace(found.answer, query=asked.query, cached=True, original_query=found.question, usage=usage)

    def _keep(self, asked: Asked, key: AnswerKey | None, answer: Answer) -> None:
        """Keep an answer, unless something was written while it was made."""
        if self._cache is not None and key is not None and self._answer_key(asked) == key:
            self._cache.keep(key, asked.query, answer, self._embed)

    def _cache_counts(self) -> dict[str, int] | None:
        return None if self._cache is None else asdict(self._cache.counts())

    def _embed(self, text: str) -> Vector:
        vector: Vector = self._serving.space().embedder.embed_query(text)
        return vector

    def _answer_key(self, asked: Asked) -> AnswerKey:
        from ragline.filters import parse_filter
        from retrieval.answers.cache import AnswerKey, CollectionState

        space = self._serving.space()
        snapshot = space.store.snapshot()
        settings: list[tuple[str, Any]] = [(name, getattr(self.settings, name)) for name in ANSWER_SETTINGS]
        calibrated = self.calibrated
        settings.append(("threshold", None if calibrated is None else (calibrated.threshold, calibrated.model)))
        principal = asked.principal
        return AnswerKey(
            state=CollectionState(space.number, snapshot.generation_number, snapshot.sequence),
            principal=None if principal is None else (principal.id, tuple(sorted(principal.groups)), principal.tenant),
            filters=None if asked.filters is None else parse_filter(asked.filters),
            mode=asked.mode,
            k=asked.k,
            prompt_id=self._prompt_id(),
            model=self.settings.model,
            settings=tuple(settings),
            schema=asked.schema,
            history=asked.history,
        )

    def _prompt_id(self) -> str:
        if not self.settings.model:
            return ""
        from retrieval.answers.generative import PROMPT_ID

        return PROMPT_ID
