"""The claims of an answer, split in code, and what of it claims nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from eval.judges.offline.refusals import is_about_sources, refuses
from retrieval.answers.citations import without_markers
from retrieval.answers.sentences import sentence_spans

_BARE = re.compile(r"\W*(?:yes|no|true|false)\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AnswerClaim:
    """A claim: characters ``start`` to ``end`` of the answer; ``text`` is it without markers of citations and line breaks.

    ``unjudged`` says in words why it is not held against the contexts; empty where it is.
    """

    start: int
    end: int
    text: str
    unjudged: str = ""


REFUSES = "it says that something is not known"
BARE = "a bare yes or no has no words to compare"


def answer_claims(answer: str) -> tuple[AnswerClaim, ...]:
    """The sentences, rows, items and lines of code of ``answer``, in order; headings, questions and lead-ins claim nothing."""
    claims = tuple(_claims(answer))
    if any(claim.unjudged == REFUSES for claim in claims):  # what such an answer says of its sources is no claim either
        return tuple(replace(each, unjudged=REFUSES) if is_about_sources(each.text) else each for each in claims)
    return claims


def _claims(answer: str) -> Iterator[AnswerClaim]:
    bare = without_markers(answer)
    for span in sentence_spans(bare):
        if span.kind in ("sentence", "row", "code"):
            text = " ".join(bare[span.start : span.end].split())
            yield AnswerClaim(span.start, span.end, text, _unjudged(text))


def _unjudged(text: str) -> str:
    if refuses(text):
        return REFUSES
    return BARE if _BARE.fullmatch(text) else ""
