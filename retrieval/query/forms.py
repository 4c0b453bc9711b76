"""Forms of a query: other words, or another vector, for the same need."""

from collections.abc import Mapping
from dataclasses import dataclass

from indexes.embedders.base import Vectors

OFFLINE = ("variants", "feedback", "rocchio", "parts")
BY_MODEL = ("rewrite", "queries", "hyde", "decompose")
EXPANSIONS = (*OFFLINE, *BY_MODEL)
"""What makes forms; values of the setting ``query_expansion``. Those of the second kind ask a language model."""

WEIGHTS: Mapping[str, float] = {"feedback": 0.5, "rocchio": 0.5}
"""What a leg of such a form counts beside one of the query itself, 1 where none is given. Feedback is guessed from the query's
own hits, and so confirms them: a whole vote loses more than half of one (decision 0032)."""


@dataclass(frozen=True, slots=True)
class QueryForm:
    """``origin`` is the expansion that made it, with a number behind a dot where that made several.

    ``legs`` are the legs that it runs in, where the query itself does. ``vector`` goes before the one of ``text``, and
    ``terms``, weighted terms of the lexical index, before its words.
    """

    origin: str
    text: str
    legs: tuple[str, ...] = ("vector", "lexical")
    vector: Vectors | None = None
    terms: Mapping[str, float] | None = None


def numbered(origin: str, texts: list[str]) -> list[QueryForm]:
    """A form for each text, with numbers from 1."""
    return [QueryForm(f"{origin}.{number}", text) for number, text in enumerate(texts, start=1)]
