"""How a child process makes the chunker that its parent has: names and numbers instead of objects.

A counter or chunker without a recipe (one that a caller wrote) stays in the parent; then a child parses, and the parent chunks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from ingestion.chunkers.base import Chunker, TokenCounter
from ingestion.chunkers.registry import PLAIN_CHUNKERS, TABLE_CHUNKERS, TABLE_CHUNKS, make_chunker
from ragline.types import Chunk

Analyse = Callable[[Sequence[Chunk], str | None], list[tuple[str, str]]]
"""From chunks and the language of their document (None = unknown) to the language and the joined terms of each."""


@dataclass(frozen=True, slots=True)
class CounterRecipe:
    """A token counter as ``module.function(path)``, and the ``max_tokens`` that its embedder reads."""

    module: str
    function: str
    path: str
    max_tokens: int | None

    def make(self) -> TokenCounter:
        return _LimitedCounter(getattr(import_module(self.module), self.function)(self.path), self.max_tokens)


@dataclass(frozen=True, slots=True)
class AnalysisRecipe:
    """What makes the terms of a document's chunks, as ``module.function(chunks, language)``.

    An ``analysis`` that is named is given to the function too, by its name.
    """

    module: str
    function: str
    analysis: str | None = None

    def make(self) -> Analyse:
        found: Callable[..., list[tuple[str, str]]] = getattr(import_module(self.module), self.function)
        return found if self.analysis is None else partial(found, analysis=self.analysis)


@dataclass(frozen=True, slots=True)
class ChunkerRecipe:
    """A chunker, by its name, with a counter that can be made anew."""

    counter: CounterRecipe
    name: str
    size_tokens: int
    overlap: float
    tables: str = "none"

    def make(self) -> Chunker:
        return make_chunker(self.name, self.counter.make(), self.size_tokens, self.overlap, tables=self.tables)


def recipe_of(chunker: Chunker) -> ChunkerRecipe | None:
    """The recipe of a chunker, ``None`` when it cannot be made in another process."""
    counter = getattr(getattr(chunker, "counter", None), "recipe", None)
    if not isinstance(counter, CounterRecipe):
        return None
    for name, kind in PLAIN_CHUNKERS.items():
        if isinstance(chunker, kind) and type(chunker) is kind:
            for tables in TABLE_CHUNKS if name in TABLE_CHUNKERS else ("none",):
                same = make_chunker(name, chunker.counter, chunker.size_tokens, chunker.overlap, tables=tables)
                # What else a caller may have set on it is not in the recipe.
                if same.fingerprint == chunker.fingerprint:
                    return ChunkerRecipe(counter, name, chunker.size_tokens, chunker.overlap, tables)
    return None


class _LimitedCounter:
    def __init__(self, tokenizer: Any, max_tokens: int | None) -> None:
        self.count_tokens = tokenizer.count_tokens
        self.max_tokens = max_tokens
