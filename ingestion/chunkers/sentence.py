"""The chunker of whole sentences."""

from collections.abc import Iterable
from typing import ClassVar

from ingestion.chunkers.atoms import FINE_LINES, FINE_SENTENCES, WORDS, Splitter
from ingestion.chunkers.flat import FlatChunker, Stretch
from ingestion.chunkers.packing import pack


class SentenceChunker(FlatChunker):
    """Sentences, whole where they fit, packed into chunks of even size; what is repeated are whole sentences too.

    A line that the writer ended is the end of a sentence.
    """

    name: ClassVar[str] = "sentence"
    version: ClassVar[int] = 1
    repeats_whole_atoms: ClassVar[bool] = True

    def _splitters(self) -> Iterable[Splitter]:
        return (FINE_LINES, FINE_SENTENCES, WORDS)

    def _starts(self, stretch: Stretch) -> list[int]:
        return pack(stretch.tokens, stretch.repeats, stretch.budget)
