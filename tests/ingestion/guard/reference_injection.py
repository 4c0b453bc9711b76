"""The features of the injection detector as they were first written: plain, and several times slower.

What ``ingestion.guard.injection.features`` finds must be the same, feature by feature and in the same order.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from zlib import crc32

from ingestion.guard.injection.features import NAMES
from ingestion.guard.injection.lexicon import CLASSES, REQUESTS
from ingestion.guard.injection.patterns import (
    IDEOGRAPHIC_OVERRIDE,
    PATTERNS,
    encoded_text,
    hides_text,
    without_hidden,
)
from ingestion.guard.injection.scan import BEGINNING, TELLING
from ingestion.guard.injection.tokens import TABLE

_PLACE = {name: place for place, name in enumerate(NAMES)}
_FORMS = [name for name in NAMES if not name.startswith("pattern")]
_BEGINNING_WORDS = 5
_MARKS = re.compile(
    r"<\||<</?sys>>|\[/?inst\]|</?(?:s|bos|eos|system|assistant|user|instructions?)>|\[/?(?:system|assistant|user)\]",
    re.IGNORECASE,
)

# A line that goes on in lower case was only wrapped.
_SEGMENT = re.compile(r"(?:[^\n.!?。！？]|[.!?](?![\"'”’)\]*_`]*(?:\s|$))|\n(?=[a-z]))*(?:[.!?。！？]+[\"'”’)\]*_`]*|(?=\n|$))")
_TOKEN = re.compile(
    r"https?://[^\s)>\]]+|www\.[^\s)>\]]+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.\w{1,63})+|\b[\w-]{1,63}\.(?:com|net|org|io|xyz|example)\b"
    r"|\w+(?:['’]\w+)?|[?:!|`#]|\"|<\||\|>"
)
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+\Z")
_ADDRESS = re.compile(r"https?://|www\.|[\w.+-]+@[\w-]+\.|\.(?:com|net|org|io|xyz|example)\Z")
_ROW = re.compile(r"\s*\|.*\|\s*$|(?:[^,\t;]*[,\t;]){4,}")
_CODE_LINE = re.compile(
    r"[;{}]\s*$|^\s*(?:def|class|import|from|return|for|if|print|var|let|const|public)\b.*[:;(){}=]|\w\([^()\n]*\)|\w = "
)
_ITEM = re.compile(r"\s*(?:#{1,6}\s|[-*+•]\s|\d{1,3}[.)]\s)")
_BEGINNING = 3
_SHORT, _LONG = 4, 60
_LEAST_CONTENT = 4  # letters of a word that says what a text is about
_LONG_TOKEN = 24  # letters of base64 that could be a sentence


@dataclass(frozen=True, slots=True)
class Segment:
    """``text[start:end]``, and the places of its features; ``hashed`` may hold a place more than once."""

    start: int
    end: int
    named: tuple[int, ...]
    hashed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A segment on its way: its place among all of them, and its tokens in lower case, with marks for numbers and addresses."""

    start: int
    end: int
    text: str
    place: int
    tokens: list[str]
    is_row: bool
    is_code: bool


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What a segment is compared with: in how many segments each word is, where the last of them is, what most of them are."""

    counts: Mapping[str, int]
    last: int
    is_structured: bool


def segments(text: str, context: str = "") -> list[Segment]:
    """The segments of ``text`` that could be an order, with their features; often none.

    ``context`` is what else is known of the document (title, headings).
    """
    spans = [match.span() for match in _SEGMENT.finditer(text)]
    parts = [(start, end, said) for start, end in spans if (said := text[start:end]) and not said.isspace()]
    words = [_WORD.findall(said.lower()) for _, _, said in parts]
    is_hiding = not text.isascii() and (hides_text(text) or IDEOGRAPHIC_OVERRIDE.search(text) is not None)
    has_marks = _MARKS.search(text) is not None
    places = [
        place
        for place, (said, own) in enumerate(zip(parts, words, strict=True))
        if is_hiding or has_marks or _could_be_order(said[2], own)
    ]
    if not places:
        return []
    counts = Counter(chain.from_iterable(map(set, words)))
    counts.update(set(_WORD.findall(context.lower())))
    structured = sum(end - start for start, end, said in parts if _is_structured(said))
    around = _Surroundings(counts, len(parts) - 1, 2 * structured > sum(end - start for start, end, _ in parts))
    return [_segment(_piece(place, *parts[place]), around, text) for place in places]


def _could_be_order(said: str, words: Sequence[str]) -> bool:
    """Whether a segment is worth a closer look; most sentences of a paper are not."""
    return (
        "?" in said
        or not TELLING.isdisjoint(words)
        or not BEGINNING.isdisjoint(words[:_BEGINNING_WORDS])
        or (bool(words) and max(map(len, words)) >= _LONG_TOKEN)
    )


def _piece(place: int, start: int, end: int, said: str) -> _Piece:
    shown = said if said.isascii() else without_hidden(said)
    tokens = [_marked(token) for token in _TOKEN.findall(shown.lower())] or ["0"]
    return _Piece(start, end, said, place, tokens, bool(_ROW.match(said)), bool(_CODE_LINE.search(said)))


def _is_structured(said: str) -> bool:
    return bool(_ROW.match(said) or _CODE_LINE.search(said))


def _segment(piece: _Piece, around: _Surroundings, text: str) -> Segment:
    classes = [CLASSES.get(word, "") for word in piece.tokens]
    named = list(_form(piece, classes, text, around.last))
    named += _relation(piece, classes, around, named)
    named += _patterns(piece)
    return Segment(piece.start, piece.end, tuple(named), tuple(_hashes(piece.tokens)))


def _marked(token: str) -> str:
    if _NUMBER.match(token):
        return "0"
    return "url" if ("." in token or "@" in token) and _ADDRESS.search(token) else token


def _form(piece: _Piece, classes: Sequence[str], text: str, last: int) -> Iterator[int]:
    """What can be said of a segment by itself, and of where it stands."""
    words = piece.tokens
    yield _PLACE["bias"]
    if "?" in words[-2:]:
        yield _PLACE["question"]
    first = next((index for index, word in enumerate(words) if word[0].isalpha()), 0)
    if classes[first] in {"ask", "can"}:
        yield _PLACE["question word first"]
    begins = classes[first : first + _BEGINNING]
    if begins and begins[0] in REQUESTS:
        yield _PLACE["request first"]
    elif REQUESTS.intersection(begins) and ("please" in begins or "you" in begins):
        yield _PLACE["request behind please or a comma"]
    if piece.place == 0:
        yield _PLACE["first of the chunk"]
    if piece.place == last:
        yield _PLACE["last of the chunk"]
    if (piece.start == 0 or text[piece.start - 1] == "\n") and (piece.end == len(text) or text[piece.end] == "\n"):
        yield _PLACE["a line of its own"]
    if text.startswith("```", piece.end + 1) or text.startswith("```", piece.end + 2):
        yield _PLACE["code follows"]
    if piece.is_row:
        yield _PLACE["a cell or row"]
    if _ITEM.match(piece.text):
        yield _PLACE["a heading or item"]
    if len(words) <= _SHORT:
        yield _PLACE["short"]
    elif len(words) > _LONG:
        yield _PLACE["long"]


def _relation(piece: _Piece, classes: Sequence[str], around: _Surroundings, form: Sequence[int]) -> Iterator[int]:
    """What a segment has to do with the rest of its chunk: an order from outside is about something else."""
    question = _PLACE["question"] in form or _PLACE["question word first"] in form
    request = _PLACE["request first"] in form or _PLACE["request behind please or a comma"] in form
    at_end = _PLACE["first of the chunk"] in form or _PLACE["last of the chunk"] in form
    is_alone = around.last == 0
    if is_alone:
        yield _PLACE["all of the chunk"]
    own = [word for word, kind in zip(piece.tokens, classes, strict=True) if len(word) >= _LEAST_CONTENT and not kind]
    is_foreign = not is_alone and not any(around.counts.get(word, 0) > 1 for word in own)
    is_apart = around.is_structured and not (piece.is_row or piece.is_code)
    if is_foreign:
        yield _PLACE["nothing of it elsewhere"]
    if is_apart:
        yield _PLACE["prose among rows or code"]
    for name, holds in (("question", question), ("request", request)):
        if holds and is_foreign:
            yield _PLACE[f"{name}, nothing of it elsewhere"]
        if holds and at_end and not is_alone:
            yield _PLACE[f"{name} at an end"]
            if is_foreign:
                yield _PLACE[f"{name} at an end, nothing of it elsewhere"]
        if holds and is_apart:
            yield _PLACE[f"{name} among rows or code"]
    if request and "url" in piece.tokens:
        yield _PLACE["request with an address"]
    if request and "your" in piece.tokens:
        yield _PLACE["request and your"]


def _patterns(piece: _Piece) -> Iterator[int]:
    lower = piece.text if piece.text.isascii() else without_hidden(piece.text)
    yield from _matching(set(piece.tokens), lower.lower())
    if not piece.text.isascii():
        if hides_text(piece.text):
            yield _PLACE["hidden characters"]
        if IDEOGRAPHIC_OVERRIDE.search(piece.text):
            yield _PLACE["ideographic override"]
    if max(map(len, piece.tokens)) >= _LONG_TOKEN and (said := encoded_text(piece.text).lower()):
        words = set(_TOKEN.findall(said))
        yield _PLACE["encoded text"]
        if not words.isdisjoint(CLASSES):
            yield _PLACE["encoded request"]
        yield from _matching(words, said)


def _matching(words: set[str], lower: str) -> Iterator[int]:
    for number, pattern in enumerate(PATTERNS):
        if not pattern.needs.isdisjoint(words) and pattern.expression.search(lower):
            yield len(_FORMS) + number


def _hashes(words: Sequence[str]) -> list[int]:
    """Places of words, of pairs of them, and of triples in which a word of a class stands for the class."""
    places: list[int] = []
    before, before_class, second_class = _BEGIN, _BEGIN, _BEGIN
    for word in words:
        place, own, own_class = _word(word)
        places += (
            place,
            _BASE + ((before ^ own) >> 5) % TABLE,
            _BASE + ((second_class * 3 ^ before_class * 7 ^ own_class) >> 3) % TABLE,
        )
        before, second_class, before_class = own * 5 & _MASK, before_class, own_class
    return places


@lru_cache(maxsize=1 << 16)
def _word(word: str) -> tuple[int, int, int]:
    """The place of a word, its hash, and that of its class: words without one are alike."""
    own = _hash(word)
    kind = CLASSES.get(word, "")
    return _BASE + (own >> 7) % TABLE, own, _hash(f"={kind}") if kind else _OTHER


def _hash(text: str) -> int:
    """32 bits; multiplied because CRC-32 of short words differ in few of them."""
    return crc32(text.encode("utf-8", "surrogatepass")) * _SPREAD & _MASK


_MASK = 0xFFFFFFFF
_SPREAD = 0x9E3779B1  # 2**32 / the golden ratio, odd (Knuth, TAOCP 3, 6.4)
_BASE = len(NAMES)
_BEGIN, _OTHER = _hash("^"), _hash("~")
