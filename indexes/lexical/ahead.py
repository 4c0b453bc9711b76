"""Analysis ahead: the process that has made a chunk makes its terms too, so that the writing one only has to add them.

Analysis is a pure function of a text and its declared language. What is known ahead may therefore be used or not: an index that
does not find a text in it analyses the text itself, with the same result.
"""

from collections.abc import Iterable, Mapping
from functools import cache

from indexes.lexical.analyser import Analyser
from ingestion.embedded import embedded_text
from ingestion.workers.recipes import AnalysisRecipe
from ragline.types import Chunk

Analysed = tuple[str, str]
"""The language whose rules a text follows, and its terms, joined by spaces."""

Ahead = Mapping[tuple[str, str | None], Analysed]
"""Text and declared language -> what comes of them."""


def recipe_of_terms(analysis: str) -> AnalysisRecipe:
    """How a child process makes the terms for an index with this ``analysis``."""
    return AnalysisRecipe(__name__, analyse_chunks.__name__, analysis)


def analyse_chunks(chunks: Iterable[Chunk], language: str | None, *, analysis: str = "language") -> list[Analysed]:
    """The terms of each chunk, as an index takes it, in a document of this ``language`` (None = detect)."""
    analyser = _analyser(analysis)
    return [analyser.analysed(embedded_text(chunk), language) for chunk in chunks]


@cache
def _analyser(analysis: str) -> Analyser:
    return Analyser(analysis)
