"""The words of a collection, as far as one query may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from indexes.catalog.reader import CatalogReader
from indexes.lexical.base import ChunkNumbers
from indexes.snapshot import Snapshot
from retrieval.scope import Scope

EXAMPLES = 3
"""Chunks that are read to see how a term is written: forms of a word that stand in none of them are rare ones."""


MOST_COUNTED = 200_000
"""Chunks of a collection up to which terms are counted over a part of them: 5 ms for 12,827 chunks, and in proportion."""


@dataclass(frozen=True)
class VisibleWords:
    """The terms of the chunks in a query's scope. A word of a hidden document is not there, and changes nothing."""

    snapshot: Snapshot
    scope: Scope
    catalog: CatalogReader

    @cached_property
    def allowed(self) -> ChunkNumbers | None:
        """The numbers of these chunks, ``None`` = all. Most queries have no word for which they are needed."""
        mask, removed = self.scope.mask, self.snapshot.removed
        if mask is None:
            return None
        return self.snapshot.chunk_nos[mask if removed is None else mask & ~removed]

    def terms_of(self, text: str) -> list[str]:
        """The content terms of a text."""
        return self.snapshot.lexical.content_terms(text)

    def knows_any(self, terms: Sequence[str]) -> bool:
        """Whether one of the terms stands in a chunk."""
        return self.snapshot.lexical.holds_any(terms, self.allowed)

    def lacks_all(self, terms: Sequence[str]) -> bool:
        """Whether none of the terms stands in a chunk; in doubt, where they have been removed, it does not say so."""
        if not any(map(self.snapshot.lexical.frequency, terms)):
            return True
        return self.scope.mask is not None and not self.knows_any(terms)

    def beginning_with(self, prefix: str) -> Mapping[str, int]:
        """The terms that begin so, with the number of chunks that hold them; some of these may have been removed meanwhile.

        None where that would take long: see :data:`MOST_COUNTED`.
        """
        if self.scope.mask is not None and self.snapshot.count > MOST_COUNTED:
            return {}
        return self.snapshot.lexical.vocabulary(prefix, self.allowed)

    def examples(self, term: str) -> list[str]:
        """The texts of some chunks that hold a term."""
        numbers, _ = self.snapshot.lexical.search_terms({term: 1.0}, limit=EXAMPLES, allowed=self.allowed)
        found = self.catalog.chunks([int(number) for number in numbers])
        return [f"{chunk.context}\n{chunk.text}" for chunk in found.values()]
