"""A lexical index in memory, by the rank-bm25 package: the exact reference, and enough for some thousands of chunks.

BM25 with k1 = 1.2, b = 0.75 and the inverse document frequency ln(1 + (N - n + 0.5) / (n + 0.5)), as in
:mod:`indexes.lexical.tantivy_searcher` but with exact field lengths and with removed entries gone from all counts.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from indexes.lexical.analyser import Analyser
from indexes.lexical.base import ChunkNumbers, LexicalEntry, Scores, cut

K1 = 1.2
B = 0.75


class RankBm25Index:
    """Implements :class:`indexes.lexical.base.LexicalIndex` without a folder: nothing survives the process."""

    def __init__(self, *, analyser: Analyser | None = None) -> None:
        self.sequence = 0
        self._analyser = analyser or Analyser()
        self._committed: dict[int, tuple[str, list[str]]] = {}
        self._staged: dict[int, tuple[str, list[str]] | None] = {}
        self._searcher = RankBm25Searcher({}, self._analyser, sequence=0)

    def add(self, entries: Iterable[LexicalEntry]) -> None:
        """Stage entries; one with a chunk number that is already there replaces it."""
        for entry in entries:
            language = self._analyser.language_of(entry.text, entry.language)
            self._staged[int(entry.chunk_no)] = (language, self._analyser.terms(entry.text, language))

    def remove(self, chunk_nos: Sequence[int]) -> None:
        """Stage removals; unknown numbers are ignored."""
        self._staged.update((int(number), None) for number in chunk_nos)

    def commit(self, sequence: int) -> None:
        """Build the next view from everything staged: time and memory in proportion to all entries."""
        merged = self._committed | self._staged
        self._committed = {number: entry for number, entry in sorted(merged.items()) if entry is not None}
        self._staged = {}
        self._searcher = RankBm25Searcher(self._committed, self._analyser, sequence=sequence)
        self.sequence = sequence

    def searcher(self) -> "RankBm25Searcher":
        """The view of the last commit."""
        return self._searcher


class RankBm25Searcher:
    """An immutable view. ``languages`` maps each language of the entries to their number."""

    def __init__(self, entries: Mapping[int, tuple[str, list[str]]], analyser: Analyser, *, sequence: int) -> None:
        self.sequence = sequence
        self.count = len(entries)
        self.languages: Mapping[str, int] = Counter(language for language, _ in entries.values())
        self._analyser = analyser
        self._numbers = np.array(sorted(entries), np.int64)
        corpus = [entries[int(number)][1] for number in self._numbers]
        self._terms = [frozenset(terms) for terms in corpus]
        # The package divides by the mean length: with no terms at all there is nothing to search.
        self._bm25 = _lucene_bm25(corpus) if any(corpus) else None

    def search(
        self, query: str, *, limit: int, allowed: ChunkNumbers | None = None, with_ties: bool = False
    ) -> tuple[ChunkNumbers, Scores]:
        """See :meth:`indexes.lexical.base.LexicalSearcher.search`."""
        weights = Counter(self._analyser.query_terms(query, self.languages))
        return self.search_terms(weights, limit=limit, allowed=allowed, with_ties=with_ties)

    def search_terms(
        self, weights: Mapping[str, float], *, limit: int, allowed: ChunkNumbers | None = None, with_ties: bool = False
    ) -> tuple[ChunkNumbers, Scores]:
        """See :meth:`indexes.lexical.base.LexicalSearcher.search_terms`."""
        counted = {term: weight for term, weight in weights.items() if weight > 0}
        if limit <= 0 or self._bm25 is None or not counted:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        total = sum(weight * np.asarray(self._bm25.get_scores([term])) for term, weight in counted.items())
        scores = np.asarray(total).astype(np.float32)
        found = scores > 0
        if allowed is not None:
            found &= np.isin(self._numbers, allowed)
        numbers, scores = self._numbers[found], scores[found]
        order = np.lexsort((numbers, -scores))
        return cut(numbers[order], scores[order], limit, with_ties=with_ties)

    def content_terms(self, text: str) -> list[str]:
        """See :meth:`indexes.lexical.base.LexicalSearcher.content_terms`."""
        return self._analyser.query_terms(text, self.languages)

    def frequency(self, term: str) -> int:
        """See :meth:`indexes.lexical.base.LexicalSearcher.frequency`."""
        return sum(term in terms for terms in self._terms)

    def vocabulary(self, prefix: str, allowed: ChunkNumbers | None = None) -> dict[str, int]:
        """See :meth:`indexes.lexical.base.LexicalSearcher.vocabulary`."""
        chosen = range(len(self._terms)) if allowed is None else np.flatnonzero(np.isin(self._numbers, allowed)).tolist()
        counts = Counter(term for place in chosen for term in self._terms[place] if term.startswith(prefix))
        return dict(counts)

    def holds_any(self, terms: Sequence[str], allowed: ChunkNumbers | None = None) -> bool:
        """See :meth:`indexes.lexical.base.LexicalSearcher.holds_any`."""
        wanted = set(terms)
        chosen = range(len(self._terms)) if allowed is None else np.flatnonzero(np.isin(self._numbers, allowed)).tolist()
        return any(not wanted.isdisjoint(self._terms[place]) for place in chosen)

    def matched_terms(self, query: str, text: str) -> tuple[str, ...]:
        """The analysed query terms that occur in ``text``, in query order, without repeats."""
        return self._analyser.matched_terms(query, text, self.languages)


def _lucene_bm25(corpus: list[list[str]]) -> Any:
    """The package's Okapi BM25 with an inverse document frequency that is never negative, instead of its floor."""
    from rank_bm25 import BM25Okapi

    class LuceneBm25(BM25Okapi):  # type: ignore[misc]
        def _calc_idf(self, nd: dict[str, int]) -> None:
            self.idf = {term: math.log(1 + (self.corpus_size - n + 0.5) / (n + 0.5)) for term, n in nd.items()}

    return LuceneBm25(corpus, k1=K1, b=B)
