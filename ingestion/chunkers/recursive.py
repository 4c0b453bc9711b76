"""The chunker of separators: paragraphs, else lines, else sentences, else words."""

from collections.abc import Iterable
from typing import ClassVar

from ingestion.chunkers.atoms import LINES, SENTENCES, WORDS, WRITTEN_LINES, Splitter
from ingestion.chunkers.breaks import cheapest_starts
from ingestion.chunkers.flat import FlatChunker, Stretch


class RecursiveChunker(FlatChunker):
    """Splits at the strongest separators that give pieces that fit, and puts small neighbours together again.

    The separators are the ends of blocks (paragraphs, lists, tables), of lines, of sentences, of words. Of the ways to put
    the pieces together the one is taken that cuts at strong separators and fills the chunks evenly, see
    :mod:`ingestion.chunkers.breaks`.
    """

    name: ClassVar[str] = "recursive"
    version: ClassVar[int] = 1

    def _splitters(self) -> Iterable[Splitter]:
        return (WRITTEN_LINES, LINES, SENTENCES, WORDS)

    def _starts(self, stretch: Stretch) -> list[int]:
        return cheapest_starts(
            stretch.tokens, stretch.repeats, stretch.strengths, stretch.joins, stretch.budget, stretch.budget
        )
