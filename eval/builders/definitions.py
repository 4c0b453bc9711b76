"""Questions from the terms that documents define: in glossaries, in lists of definitions."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from eval.builders.base import Built, Gathering, SourceDocument, passage
from eval.builders.origins import DEFINITION
from eval.golden_types import Relevance

MIN_MEANING = 12
"""Characters of a meaning; shorter ones are a synonym or a number."""

ASKED_IN: Mapping[str, str] = {
    "": "What does {term} mean?",
    "en": "What does {term} mean?",
    "de": "Was bedeutet {term}?",
    "fr": "Que signifie {term} ?",
    "es": "¿Qué significa {term}?",
    "it": "Che cosa significa {term}?",
    "pt": "O que significa {term}?",
    "nl": "Wat betekent {term}?",
}
"""How a term is asked for by the language of its document; in others the term alone is the query."""

_HEAD = re.compile(
    r"\s*(?:[-*+•][^\S\n]+|\d{1,3}[.)][^\S\n]+)?[*_`\"“]{0,3}(?P<term>[^\W_][^:\n]{0,60}?)[*_`\"”]{0,3}"
    r"(?:[^\S\n]*:[*_]{0,3}[^\S\n]+|[^\S\n]+[-–—][^\S\n]+|[^\S\n]*\n+[^\S\n]*(?::[^\S\n]+)?)(?=\S)"
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A term, and where its meaning stands: ``text[start:end]``; ``start == end`` where none was found."""

    term: str
    start: int
    end: int


def from_definitions(sources: Iterable[SourceDocument]) -> Built:
    """A question for each definition, with the meaning, up to 600 characters, as answer and as judgement.

    Refused are definitions whose term cannot be told from its meaning, and meanings of fewer than 12 characters.
    """
    gathering = Gathering(DEFINITION)
    for source in sources:
        language = (source.parsed.language or "")[:2].lower()
        for found in definitions(source):
            start, end = passage(source.text, found.start, found.end)
            if not found.term:
                gathering.refuse("no term that is parted from its meaning")
            elif end - start < MIN_MEANING:
                gathering.refuse("a meaning that says too little")
            else:
                query = ASKED_IN.get(language, "{term}").replace("{term}", found.term)
                quote = source.text[start:end]
                gathering.keep(query, " ".join(quote.split()), [Relevance(source.doc_id, 1, quote, start, end)])
    return gathering.built()


def definitions(source: SourceDocument) -> Iterator[Definition]:
    """The definitions of a document, in order."""
    for element in source.parsed.elements:
        if element.kind != "definition":
            continue
        head = _HEAD.match(source.text, element.start, element.end)
        if head is None:
            yield Definition("", element.start, element.start)
        else:
            yield Definition(" ".join(head["term"].split()), head.end(), element.end)
