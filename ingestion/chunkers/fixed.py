"""The chunker of fixed windows: so many tokens, wherever that is."""

from collections.abc import Iterable
from typing import ClassVar

from ingestion.chunkers.atoms import FINE_WORDS, Splitter
from ingestion.chunkers.flat import FlatChunker, Stretch
from ingestion.chunkers.packing import fill


class FixedChunker(FlatChunker):
    """Windows as full as they get, cut at words, inside one that is too long between graphemes.

    What others are measured against: it looks at nothing but the size.
    """

    name: ClassVar[str] = "fixed"
    version: ClassVar[int] = 1
    repeats_whole_atoms: ClassVar[bool] = True

    def _splitters(self) -> Iterable[Splitter]:
        return (FINE_WORDS,)

    def _starts(self, stretch: Stretch) -> list[int]:
        return fill(stretch.tokens, stretch.repeats, stretch.budget)
