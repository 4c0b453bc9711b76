"""How a child process makes the chunker that its parent has: names and numbers instead of objects.

A counter or chunker without a recipe (one that a caller wrote) stays in the parent; then a child parses, and the parent chunks.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ingestion.chunkers.base import Chunker, TokenCounter
from ingestion.chunkers.structure import StructureChunker


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
class ChunkerRecipe:
    """A structure-aware chunker with a counter that can be made anew."""

    counter: CounterRecipe
    size_tokens: int
    overlap: float

    def make(self) -> Chunker:
        return StructureChunker(self.counter.make(), size_tokens=self.size_tokens, overlap=self.overlap)


def recipe_of(chunker: Chunker) -> ChunkerRecipe | None:
    """The recipe of a chunker, ``None`` when it cannot be made in another process."""
    if type(chunker) is not StructureChunker:
        return None
    counter = getattr(chunker.counter, "recipe", None)
    if not isinstance(counter, CounterRecipe):
        return None
    return ChunkerRecipe(counter, chunker.size_tokens, chunker.overlap)


class _LimitedCounter:
    def __init__(self, tokenizer: Any, max_tokens: int | None) -> None:
        self.count_tokens = tokenizer.count_tokens
        self.max_tokens = max_tokens
