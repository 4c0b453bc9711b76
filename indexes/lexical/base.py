"""The lexical index protocol: BM25 over terms that our own analyser makes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

ChunkNumbers = NDArray[np.int64]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """What is indexed of a chunk: its 64-bit number, its text with the context in front, its language (None = detect)."""

    chunk_no: int
    text: str
    language: str | None = None


class LexicalSearcher(Protocol):
    """An immutable view of a lexical index at one sequence number. Safe to use from several threads."""

    sequence: int
    count: int

    def search(
        self, query: str, *, limit: int, allowed: ChunkNumbers | None = None, with_ties: bool = False
    ) -> tuple[ChunkNumbers, Scores]:
        """The best ``limit`` chunks for ``query``: two arrays of equal length, at most ``limit`` long.

        BM25 scores, descending; ties by ascending chunk number; only chunks with a score > 0 (never padded). ``with_ties`` adds
        all that score the same as the last one, so that the caller can cut by a rule of its own. ``allowed``, a
        sorted array of chunk numbers, restricts the result before ranking: ``None`` = no filter, an empty array = nothing.
        As many as min(limit, matching and allowed) come back, however selective ``allowed`` is.
        """
        ...

    def search_terms(
        self, weights: Mapping[str, float], *, limit: int, allowed: ChunkNumbers | None = None, with_ties: bool = False
    ) -> tuple[ChunkNumbers, Scores]:
        """:meth:`search` for terms of this index, each of which counts ``weights`` times; those of 0 and less do not."""
        ...

    def content_terms(self, text: str) -> list[str]:
        """The terms of a text that a query has: repeats kept, function words left out unless there is nothing else."""
        ...

    def frequency(self, term: str) -> int:
        """How many chunks hold a term; some that were removed may count, as in BM25. 0 = no chunk does."""
        ...

    def vocabulary(self, prefix: str, allowed: ChunkNumbers | None = None) -> dict[str, int]:
        """Every term that begins with ``prefix``, with the number of chunks that hold it: of those in ``allowed`` if given.

        Without ``allowed`` what was removed may still count, as in BM25, and with it the terms that only it held.
        """
        ...

    def holds_any(self, terms: Sequence[str], allowed: ChunkNumbers | None = None) -> bool:
        """Whether a chunk, of those in ``allowed`` if given, holds one of the terms. What was removed does not count."""
        ...

    def matched_terms(self, query: str, text: str) -> tuple[str, ...]:
        """The analysed query terms that occur in ``text``, in query order, without repeats."""
        ...


class LexicalIndex(Protocol):
    """A writable lexical index. One writer at a time; searchers already handed out do not change."""

    sequence: int

    def add(self, entries: Iterable[LexicalEntry]) -> None:
        """Stage entries; an entry with a chunk number that is already there replaces it."""
        ...

    def remove(self, chunk_nos: Sequence[int]) -> None:
        """Stage removals; unknown numbers are ignored."""
        ...

    def commit(self, sequence: int) -> None:
        """Make everything staged durable and remember ``sequence`` with it, atomically as seen by any reader."""
        ...

    def searcher(self) -> LexicalSearcher:
        """A view of the last commit."""
        ...


def cut(numbers: ChunkNumbers, scores: Scores, limit: int, *, with_ties: bool) -> tuple[ChunkNumbers, Scores]:
    """The first ``limit`` of sorted hits; with ``with_ties`` also those behind that score the same as the last of them."""
    if with_ties and limit < len(scores):
        limit = int(np.searchsorted(-scores, -scores[limit - 1], side="right"))
    return numbers[:limit], scores[:limit]
