"""BM25 search over one view of a tantivy index.

tantivy's BM25 has k1 = 1.2 and b = 0.75, the inverse document frequency ln(1 + (N - n + 0.5) / (n + 0.5)) (Robertson and
Zaragoza, 2009, with Lucene's + 1, so that it is never negative), and field lengths rounded to 256 steps. Until a segment is
merged its removed entries still count in N and n; they are never returned.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from indexes.lexical.analyser import Analyser
from indexes.lexical.base import ChunkNumbers, Scores, cut
from indexes.lexical.tantivy_view import CHUNK_NO, LANGUAGE, TERMS, raised_by_tantivy
from ragline.errors import CorruptIndexError

# A query is a bag of words: past this many distinct terms the commonest ones add time, not order.
MAX_QUERY_TERMS = 256
_GROWTH = 4
_FIRST_LOOK = 16  # hits among which an allowed one is looked for at first: with a filter of one in ten, most often enough


class TantivySearcher:
    """An immutable view: later commits, and the removal of the view's files, do not change it.

    ``languages`` maps each language of the entries to their number; those asked about on opening are counted.
    """

    def __init__(self, view: Path, analyser: Analyser, *, sequence: int, languages: Iterable[str]) -> None:
        import tantivy

        self.sequence = sequence
        self._tantivy = tantivy
        self._analyser = analyser
        with tantivy_errors(view):
            index = tantivy.Index.open(str(view))
            self._schema = index.schema
            self._searcher = index.searcher()
            self.count: int = self._searcher.num_docs
            counts = {language: self._count_language(language) for language in languages}
        self.languages: Mapping[str, int] = {language: count for language, count in counts.items() if count}

    def search(
        self, query: str, *, limit: int, allowed: ChunkNumbers | None = None, with_ties: bool = False
    ) -> tuple[ChunkNumbers, Scores]:
        """See :meth:`indexes.lexical.base.LexicalSearcher.search`. At most 256 distinct terms count, the rarest ones."""
        return self._found(lambda: self._parse(query), limit, allowed, with_ties=with_ties)

    def search_terms(
        self, weights: Mapping[str, float], *, limit: int, allowed: ChunkNumbers | None = None, with_ties: bool = False
    ) -> tuple[ChunkNumbers, Scores]:
        """See :meth:`indexes.lexical.base.LexicalSearcher.search_terms`. At most 256 terms count, the rarest ones."""
        return self._found(lambda: self._disjunction(weights), limit, allowed, with_ties=with_ties)

    def content_terms(self, text: str) -> list[str]:
        """See :meth:`indexes.lexical.base.LexicalSearcher.content_terms`."""
        return self._analyser.query_terms(text, self.languages)

    def frequency(self, term: str) -> int:
        """See :meth:`indexes.lexical.base.LexicalSearcher.frequency`."""
        count: int = self._searcher.doc_freq(TERMS, term)
        return count

    def vocabulary(self, prefix: str, allowed: ChunkNumbers | None = None) -> dict[str, int]:
        """See :meth:`indexes.lexical.base.LexicalSearcher.vocabulary`."""
        if self.count == 0 or (allowed is not None and allowed.size == 0):
            return {}
        if allowed is None:  # from the dictionary of terms alone, however many chunks there are
            return dict(self._searcher.terms_with_prefix(TERMS, prefix))
        members = self._tantivy.Query.term_set_query(self._schema, CHUNK_NO, allowed.tolist())
        found = self._searcher.terms_with_prefix(TERMS, prefix, filter_query=members)
        return {term: count for term, count in found if count}

    def holds_any(self, terms: Sequence[str], allowed: ChunkNumbers | None = None) -> bool:
        """See :meth:`indexes.lexical.base.LexicalSearcher.holds_any`."""
        if self.count == 0 or (allowed is not None and allowed.size == 0):
            return False
        parsed = self._disjunction(dict.fromkeys(terms, 1.0))
        if parsed is None:
            return False
        fetch = 1 if allowed is None else _FIRST_LOOK
        while True:  # any will do, so unlike a search this needs not all that tie
            numbers, _ = self._fetch(parsed, fetch)
            if numbers.size and (allowed is None or _members(numbers, allowed).any()):
                return True
            if len(numbers) < fetch:
                return False
            fetch *= _GROWTH

    def matched_terms(self, query: str, text: str) -> tuple[str, ...]:
        """The analysed query terms that occur in ``text``, in query order, without repeats."""
        return self._analyser.matched_terms(query, text, self.languages)

    def _found(
        self, parse: Callable[[], Any | None], limit: int, allowed: ChunkNumbers | None, *, with_ties: bool
    ) -> tuple[ChunkNumbers, Scores]:
        if limit <= 0 or self.count == 0 or (allowed is not None and allowed.size == 0):
            return _nothing()
        parsed = parse()
        if parsed is None:
            return _nothing()
        numbers, scores = self._ranked(parsed, min(limit, self.count), allowed)
        return cut(numbers, scores, limit, with_ties=with_ties)

    def _parse(self, query: str) -> Any | None:
        """The query as a disjunction of weighted terms, or None when it has none to look for."""
        return self._disjunction(Counter(self._analyser.query_terms(query, self.languages)))

    def _disjunction(self, weights: Mapping[str, float]) -> Any | None:
        weights = {term: weight for term, weight in weights.items() if weight > 0}
        terms = list(weights)
        if len(terms) > MAX_QUERY_TERMS:
            frequencies = {term: self._searcher.doc_freq(TERMS, term) for term in terms}
            terms = sorted((term for term in terms if frequencies[term]), key=frequencies.__getitem__)[:MAX_QUERY_TERMS]
        if not terms:
            return None
        make, should = self._tantivy.Query, self._tantivy.Occur.Should
        clauses = []
        for term in terms:
            clause = make.term_query(self._schema, TERMS, term, "freq")
            weight = weights[term]
            clauses.append((should, clause if weight == 1 else make.boost_query(clause, float(weight))))
        return make.boolean_query(clauses)

    def _count_language(self, language: str) -> int:
        query = self._tantivy.Query.term_query(self._schema, LANGUAGE, language, "basic")
        count: int = self._searcher.search(query, limit=1, count=True).count
        return count

    def _restricted(self, parsed: Any, allowed: ChunkNumbers) -> Any:
        make, must = self._tantivy.Query, self._tantivy.Occur.Must
        members = make.term_set_query(self._schema, CHUNK_NO, allowed.tolist())
        return make.boolean_query([(must, parsed), (must, make.const_score_query(members, 0.0))])

    def _ranked(self, parsed: Any, limit: int, allowed: ChunkNumbers | None) -> tuple[ChunkNumbers, Scores]:
        if allowed is None:
            return self._best(parsed, limit)
        # A set query costs per allowed number, over-fetching per limit / share hits. Measured on 5,000 and 100,000 entries the
        # two cost the same about here.
        if (2 * allowed.size) ** 2 <= limit * self.count:
            return self._best(self._restricted(parsed, allowed), limit)
        return self._best_allowed(parsed, limit, allowed)

    def _best(self, parsed: Any, limit: int) -> tuple[ChunkNumbers, Scores]:
        """The first ``limit`` hits and all that tie with the last of them."""
        fetch = limit + 1
        while True:
            numbers, scores = self._fetch(parsed, fetch)
            if len(numbers) < fetch or scores[limit - 1] != scores[-1]:
                return cut(numbers, scores, limit, with_ties=True)
            fetch *= _GROWTH

    def _best_allowed(self, parsed: Any, limit: int, allowed: ChunkNumbers) -> tuple[ChunkNumbers, Scores]:
        """:meth:`_best` among ``allowed``, by fetching ever more until enough of them are allowed."""
        fetch = 2 * limit * self.count // min(allowed.size, self.count) + 1
        while True:
            numbers, scores = self._fetch(parsed, fetch)
            exhausted = len(numbers) < fetch
            inside = _members(numbers, allowed)
            if not exhausted:  # hits that tie with the last one may be missing
                inside &= scores > scores[-1]
            if exhausted or np.count_nonzero(inside) >= limit:
                return cut(numbers[inside], scores[inside], limit, with_ties=True)
            fetch *= _GROWTH

    def _fetch(self, parsed: Any, fetch: int) -> tuple[ChunkNumbers, Scores]:
        """At most ``fetch`` hits by descending score, then ascending chunk number."""
        fetch = min(fetch, self.count + 1)
        hits = self._searcher.search(parsed, limit=fetch, count=False).hits
        if not hits:
            return _nothing()
        numbers = np.array(self._searcher.fast_field_values(CHUNK_NO, [address for _, address in hits]), np.int64)
        scores = np.array([score for score, _ in hits], np.float32)
        order = np.lexsort((numbers, -scores))
        return numbers[order], scores[order]


@contextmanager
def tantivy_errors(place: Path) -> Iterator[None]:
    """Turns whatever tantivy raises on damaged files, Rust panics included, into :class:`CorruptIndexError`."""
    try:
        yield
    except BaseException as error:
        if raised_by_tantivy(error):
            message = f"tantivy cannot open {place} ({error}). Rebuild the lexical index from the catalog"
            raise CorruptIndexError(message) from error
        raise


def _members(numbers: ChunkNumbers, allowed: ChunkNumbers) -> np.ndarray[Any, np.dtype[np.bool_]]:
    places = np.searchsorted(allowed, numbers)
    places[places == allowed.size] = 0
    inside: np.ndarray[Any, np.dtype[np.bool_]] = allowed[places] == numbers
    return inside


def _nothing() -> tuple[ChunkNumbers, Scores]:
    return np.empty(0, np.int64), np.empty(0, np.float32)
