"""Questions that documents answer themselves: pairs of ``Q:`` and ``A:``, folded answers, and headings that ask."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from eval.builders.base import Built, Gathering, SourceDocument, passage
from eval.builders.headings import asks, sections
from eval.builders.origins import FAQ
from eval.golden_types import Relevance

MIN_QUESTION, MAX_QUESTION = 8, 300
"""Characters: shorter is a label ("Why?"), longer a paragraph."""

_ASKS = re.compile(r"\s*[*_#]{0,6}\s*(?:Q|Question|F|Frage)\s*\d*\s*[*_]{0,3}[:.)][*_]{0,3}\s*(?=\S)", re.IGNORECASE)
_ANSWERS = re.compile(r"\s*[*_]{0,3}(?:A|Answer|Antwort)\s*\d*\s*[*_]{0,3}[:.)][*_]{0,3}\s*(?=\S)", re.IGNORECASE)
_LINE = re.compile(r"[^\n]*\S[^\n]*")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, and where its answer stands: ``text[start:end]``."""

    question: str
    start: int
    end: int


def from_faq(sources: Iterable[SourceDocument]) -> Built:
    """A question for each pair, with the answer as the document has it, up to 600 characters, as answer and as judgement.

    Refused are questions without an answer, and those of fewer than 8 or more than 300 characters.
    """
    gathering = Gathering(FAQ)
    for source in sources:
        for pair in pairs(source):
            start, end = passage(source.text, pair.start, pair.end)
            if start >= end:
                gathering.refuse("a question without an answer")
            elif not MIN_QUESTION <= len(pair.question) <= MAX_QUESTION:
                gathering.refuse("a question of a wrong length")
            else:
                quote = source.text[start:end]
                gathering.keep(pair.question, " ".join(quote.split()), [Relevance(source.doc_id, 1, quote, start, end)])
    return gathering.built()


def pairs(source: SourceDocument) -> Iterator[Pair]:
    """The pairs of a document, those of its text before those that are headings."""
    for element in source.parsed.elements:
        if element.kind == "qa":
            yield from _in_lines(source.text, element.start, element.end)
    for section in sections(source):
        heading = " ".join(section.path[-1].split())
        if asks(heading) and section.body.kind != "qa":
            yield Pair(_ASKS.sub("", heading, count=1), section.body.start, section.body.end)


def _in_lines(text: str, start: int, end: int) -> Iterator[Pair]:
    """One pair for each line that asks; its answer reaches to the next such line."""
    question, answer = "", (start, start)
    answered = False
    for line in _LINE.finditer(text, start, end):
        label = _ASKS.match(line[0])
        is_question = label is not None or (line[0].rstrip(" *_").endswith("?") and not _ANSWERS.match(line[0]))
        if is_question and (label is not None or not question or answered):
            if question:
                yield Pair(question, *answer)
            question = " ".join(line[0][label.end() if label else 0 :].strip(" *_#").split())
            answer, answered = (line.end(), line.end()), False
        elif question:
            told = _ANSWERS.match(line[0])
            first = line.start() + (told.end() if told and not answered else 0)
            answer = (answer[0] if answered else first, line.end())
            answered = True
    if question:
        yield Pair(question, *answer)
