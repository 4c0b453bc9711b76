"""The content terms of a question or a sentence, for weighing how well one covers the other.

Terms are those of the lexical index (:class:`indexes.lexical.analyser.Analyser`), so that "covers" means here what "matches"
means there; the analysis is always "language", since an answer may use other forms of the words that have found it. Questions
and texts are analysed in one language, that of the texts: equal words then stay equal, whatever language a single question
seems to be in.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from indexes.lexical.analyser import Analyser
from indexes.lexical.languages import detect
from indexes.lexical.stopwords import stop_words

TermKind = Literal["word", "number", "identifier"]

_ASKING_WORDS = (
    "after before between describe during explain find get give happen kind know list long many mean more most much need "
    "please show tell until use within work"
)
ASKING_WORDS = frozenset(_ASKING_WORDS.split())
"""English words that shape a question more often than they name what it is about; weighed :data:`ASKING_SHARE`."""

ASKING_SHARE = 0.25

_TOKEN = re.compile(r"\w+(?:[-_.'’]\w+)*")
_POSSESSIVE = re.compile(r"['’]\w+$")
# Letters before digits (E-4012, HX-200, v2.1), hexadecimal, or an underscore; not 24-month, which is a number and a word.
_IDENTIFIER = re.compile(r"[^\W\d_]+[-_.]?\d|0x[0-9a-f]|[^\W_]+_\w", re.IGNORECASE)
_DIGITS_OF_A_NAME = 4
_SAMPLE_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Term:
    """``text`` is the form that is compared, ``shown`` the word as it was written."""

    text: str
    shown: str
    kind: TermKind

    @property
    def weight(self) -> float:
        """What the term counts before its rarity does: identifiers and numbers are rarely asked for in passing."""
        if self.kind == "word":
            return ASKING_SHARE if self.shown.casefold() in ASKING_WORDS else 1.0
        return 3.0 if self.kind == "identifier" else 1.5


def language_of(texts: Iterable[str]) -> str:
    """The language in which a question and these texts are compared."""
    return detect("\n".join(text[:_SAMPLE_CHARS] for text in texts))


def query_terms(query: str, language: str) -> tuple[Term, ...]:
    """The content terms of a question or claim, in order, without repeats; where it has function words only, those."""
    terms = {term.text: term for term in _terms(query, language)}
    functional = stop_words(language)
    content = tuple(term for term in terms.values() if term.shown.casefold().replace("’", "'") not in functional)
    return content or tuple(terms.values())


@lru_cache(maxsize=4096)
def text_terms(text: str, language: str) -> frozenset[str]:
    """Every term of ``text`` in the compared form."""
    return frozenset(_analyser().terms(text, language))


def _terms(query: str, language: str) -> Iterator[Term]:
    for match in _TOKEN.finditer(query):
        token = match.group()
        if _IDENTIFIER.match(token):
            shown = _POSSESSIVE.sub("", token)
            found = _analyser().terms(shown, language)
            joined = re.sub(r"[-_]", "", shown.casefold())  # E-4012, E_4012 and E4012 are one
            if found:
                yield Term(joined if joined in found else found[0], shown, "identifier")
            continue
        for part in token.split("-"):
            for text in _analyser().terms(part, language):
                shown = part if part.isascii() or text not in part else text  # a run of Chinese gives pairs, shown as pairs
                yield Term(text, shown, _kind(part))


def _kind(part: str) -> TermKind:
    """Four digits and more are a year, an error code or a part's number rather than a quantity."""
    if not part[0].isdigit():
        return "word"
    return "identifier" if part.isdigit() and len(part) >= _DIGITS_OF_A_NAME else "number"


@cache
def _analyser() -> Analyser:
    return Analyser()
