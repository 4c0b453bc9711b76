"""From a chunk to numbers: its segments, and for each the features that it has.

A segment is a sentence or a line. One is enough to give an order, so a chunk is as suspicious as its most suspicious segment.
Features are places in a table of weights: the first of them have names, the rest are hashes of words, pairs of words and
triples of word classes (see ``tokens.py``).
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from ingestion.guard.injection.lexicon import CLASSES, REQUESTS
from ingestion.guard.injection.patterns import IDEOGRAPHIC_OVERRIDE, PATTERNS, encoded_text, hides_text, without_hidden
from ingestion.guard.injection.scan import LONG_TOKEN, Scan, blanked, scan
from ingestion.guard.injection.shape import is_code, is_mostly_structured, is_row
from ingestion.guard.injection.tokens import TABLE, TOKEN, Tokens, contents_of, tokens_of

_FORMS = (
    "bias",
    "question",
    "question word first",
    "request first",
    "request behind please or a comma",
    "first of the chunk",
    "last of the chunk",
    "a line of its own",
    "code follows",
    "nothing of it elsewhere",
    "question, nothing of it elsewhere",
    "request, nothing of it elsewhere",
    "question at an end",
    "request at an end",
    "question at an end, nothing of it elsewhere",
    "request at an end, nothing of it elsewhere",
    "prose among rows or code",
    "question among rows or code",
    "request among rows or code",
    "a cell or row",
    "a heading or item",
    "short",
    "long",
    "request with an address",
    "request and your",
    "hidden characters",
    "encoded text",
    "encoded request",
    "ideographic override",
    "all of the chunk",
)
NAMES: tuple[str, ...] = (*_FORMS, *(f"pattern: {pattern.name}" for pattern in PATTERNS))

_PLACE = {name: place for place, name in enumerate(NAMES)}
SIZE = len(NAMES) + TABLE

_ITEM = re.compile(r"\s*(?:#{1,6}\s|[-*+•]\s|\d{1,3}[.)]\s)")
_BEGINNING = 3
_SHORT, _LONG = 4, 60
_FEW = 8  # segments that are compared word by word until one word is found again
_NEEDING: dict[str, list[int]] = {}
"""Of a word the numbers of the patterns that need it."""
for _number, _pattern in enumerate(PATTERNS):
    for _word in _pattern.needs:
        _NEEDING.setdefault(_word, []).append(_number)
_NEEDED = frozenset(_NEEDING)


class Segment(NamedTuple):
    """``text[start:end]``, and the places of its features, those with a name and those that hash its ``tokens``."""

    start: int
    end: int
    named: tuple[int, ...]
    tokens: Tokens

    @property
    def hashed(self) -> tuple[int, ...]:
        """May hold a place more than once."""
        return tuple(len(NAMES) + place for places in self.tokens.hashes() for place in places)


class _Form(NamedTuple):
    """What a segment is by itself; ``named`` are the places of that."""

    named: list[int]
    is_question: bool
    is_request: bool
    is_at_end: bool
    is_row: bool


class _Surroundings:
    """What a segment is compared with: the other segments, the context, what most of them are."""

    def __init__(self, found: Scan, context: str) -> None:
        self.last = len(found.spans) - 1
        self.is_structured = is_mostly_structured(found.text, found.spans)
        self._found = found
        self._context = context
        self._compared = 0
        self._repeated: set[str] | None = None

    def has_again(self, tokens: Tokens, place: int, *, are_its_own: bool) -> bool:
        """Whether a word that says what it is about is in two or more segments, the context counted as one. That of ``place``
        is one of them where these tokens ``are_its_own``; so the first that is found in another will do.
        """
        self._compared += 1
        if self._repeated is None and are_its_own and self._compared <= _FEW:
            if not _contents_of_context(self._context).isdisjoint(tokens.words):
                return True
            others = chain(range(place), range(place + 1, self.last + 1))
            return not contents_of(tokens.words).isdisjoint(chain.from_iterable(map(self._found.words_of, others)))
        if self._repeated is None:
            self._repeated = self._in_several()
        return not self._repeated.isdisjoint(contents_of(tokens.words))

    def _in_several(self) -> set[str]:
        """In time that grows with the text alone, however many segments are compared."""
        seen, twice = set(_contents_of_context(self._context)), set[str]()
        for place in range(self.last + 1):
            words = set(self._found.words_of(place))
            twice |= seen & words
            seen |= words
        return twice


@lru_cache(maxsize=64)
def _contents_of_context(context: str) -> set[str]:
    """The chunks of a section have the same."""
    return contents_of(blanked(context.lower()).split())


def segments(text: str, context: str = "") -> list[Segment]:
    """The segments of ``text`` that could be an order, with their features; often none.

    ``context`` is what else is known of the document (title, headings).
    """
    found = scan(text)
    if found is None:
        return []
    around = _Surroundings(found, context)
    return [_segment(place, found, around) for place in found.places]


def evidence(text: str) -> list[frozenset[int]]:
    """Of each segment of ``text`` that has any the places of features that say something wherever they are found."""
    found = scan(text)
    if found is None:
        return []
    lowers = [(place, _shown(place, found)) for place in found.places]
    places = [_patterns(place, tokens_of(lower), lower, found) for place, lower in lowers]
    return [frozenset(each) for each in places if each]


def _segment(place: int, found: Scan, around: _Surroundings) -> Segment:
    start, end = found.spans[place]
    said, lower = found.text[start:end], _shown(place, found)
    tokens = tokens_of(lower)
    form = _form(place, said, tokens, found, around.last)
    are_its_own = tokens.are_words and not found.may_hide
    is_foreign = around.last > 0 and not around.has_again(tokens, place, are_its_own=are_its_own)
    relation = _relation(form, said, tokens, around, is_foreign=is_foreign)
    return Segment(start, end, (*form.named, *relation, *_patterns(place, tokens, lower, found)), tokens)


def _shown(place: int, found: Scan) -> str:
    """What a model reads of a segment, in lower case."""
    return without_hidden(found.said(place)).lower() if found.may_hide else found.lower_of(place)


def _form(place: int, said: str, tokens: Tokens, found: Scan, last: int) -> _Form:
    """What can be said of a segment by itself, and of where it stands."""
    (start, end), text = found.spans[place], found.text
    words = tokens.words
    named = [_PLACE["bias"]]
    is_question = "?" in words[-2:]
    if is_question:
        named.append(_PLACE["question"])
    first = 0 if words[0][0].isalpha() else next((index for index, word in enumerate(words) if word[0].isalpha()), 0)
    begins = [CLASSES.get(word, "") for word in words[first : first + _BEGINNING]]
    if begins[0] in {"ask", "can"}:
        named.append(_PLACE["question word first"])
        is_question = True
    is_request = True
    if begins[0] in REQUESTS:
        named.append(_PLACE["request first"])
    elif ("please" in begins or "you" in begins) and not REQUESTS.isdisjoint(begins):
        named.append(_PLACE["request behind please or a comma"])
    else:
        is_request = False
    if place == 0:
        named.append(_PLACE["first of the chunk"])
    if place == last:
        named.append(_PLACE["last of the chunk"])
    if (start == 0 or text[start - 1] == "\n") and (end == len(text) or text[end] == "\n"):
        named.append(_PLACE["a line of its own"])
    if text.startswith("```", end + 1) or text.startswith("```", end + 2):
        named.append(_PLACE["code follows"])
    if row := is_row(said):
        named.append(_PLACE["a cell or row"])
    if _ITEM.match(said):
        named.append(_PLACE["a heading or item"])
    if len(words) <= _SHORT:
        named.append(_PLACE["short"])
    elif len(words) > _LONG:
        named.append(_PLACE["long"])
    return _Form(named, is_question, is_request, place in (0, last), row)


def _relation(form: _Form, said: str, tokens: Tokens, around: _Surroundings, *, is_foreign: bool) -> Iterator[int]:
    """What a segment has to do with the rest of its chunk: an order from outside is about something else."""
    is_alone = around.last == 0
    if is_alone:
        yield _PLACE["all of the chunk"]
    is_apart = around.is_structured and not (form.is_row or is_code(said))
    if is_foreign:
        yield _PLACE["nothing of it elsewhere"]
    if is_apart:
        yield _PLACE["prose among rows or code"]
    for name, holds in (("question", form.is_question), ("request", form.is_request)):
        if holds and is_foreign:
            yield _PLACE[f"{name}, nothing of it elsewhere"]
        if holds and form.is_at_end and not is_alone:
            yield _PLACE[f"{name} at an end"]
            if is_foreign:
                yield _PLACE[f"{name} at an end, nothing of it elsewhere"]
        if holds and is_apart:
            yield _PLACE[f"{name} among rows or code"]
    if form.is_request and "url" in tokens.words:
        yield _PLACE["request with an address"]
    if form.is_request and "your" in tokens.words:
        yield _PLACE["request and your"]


def _patterns(place: int, tokens: Tokens, lower: str, found: Scan) -> list[int]:
    places = _matching(tokens.words, lower)
    if found.may_hide and hides_text(found.said(place)):
        places.append(_PLACE["hidden characters"])
    if found.may_hide and IDEOGRAPHIC_OVERRIDE.search(found.said(place)):
        places.append(_PLACE["ideographic override"])
    could_be_encoded = found.has_long or found.may_hide or not tokens.are_words
    if could_be_encoded and tokens.longest() >= LONG_TOKEN and (said := encoded_text(found.said(place)).lower()):
        inside = TOKEN.findall(said)
        places.append(_PLACE["encoded text"])
        if not CLASSES.keys().isdisjoint(inside):
            places.append(_PLACE["encoded request"])
        places += _matching(inside, said)
    return places


def _matching(words: Sequence[str], lower: str) -> list[int]:
    """The places of the patterns in ``lower``: those that need none of the words are not tried."""
    needing = _NEEDED.intersection(words)
    if not needing:
        return []
    tried = sorted({number for word in needing for number in _NEEDING[word]})
    return [len(_FORMS) + number for number in tried if PATTERNS[number].expression.search(lower)]
