"""The segments of a chunk, and which of them deserve a close look: nearly no sentence of a document is an order.

The scan is most of what the detector costs, so it goes from what is cheap for all to what is exact for few: first the words of
the whole chunk, at once; only where one of them could be part of an order is the chunk cut into segments.
"""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ingestion.guard.injection.lexicon import CLASSES, REQUESTS
from ingestion.guard.injection.patterns import IDEOGRAPHIC_OVERRIDE, PATTERNS, hides_text

TELLING = frozenset(
    {
        "you",
        "your",
        "yours",
        "yourself",
        "send",
        "forward",
        "email",
        "upload",
        "submit",
        "transmit",
        "visit",
        "click",
        "navigate",
    }
).union(*(pattern.needs for pattern in PATTERNS if pattern.name not in {"role header", "control token", "end of the text"}))
"""Without one of these words, one of :data:`BEGINNING` among the first, or a question mark, a segment is no order."""

BEGINNING = frozenset(
    word
    for word, kind in CLASSES.items()
    if kind in REQUESTS or kind in {"please", "role", "override", "output", "rules", "model"}
) | {"end", "begin", "start", "passage", "passages", "context", "document", "documents"}
LONG_TOKEN = 24
"""Letters of base64 that could be a sentence."""

_TRIGGERS = TELLING | BEGINNING
_BEGINNING_WORDS = 5
# The brackets stand in front so that the search can leap from one to the next.
_MARKS = re.compile(
    r"<(?i:\||</?sys>>|/?(?:s|bos|eos|system|assistant|user|instructions?)>)|\[(?i:/?(?:inst|system|assistant|user)\])"
)
# A line that goes on in lower case was only wrapped. Nothing of it is ever given back: an end follows wherever the loop stops.
_SEGMENT = re.compile(
    r"(?:[^\n.!?。！？]++|[.!?](?![\"'”’)\]*_`]*(?:\s|$))|\n(?=[a-z]))*+(?:[.!?。！？]+[\"'”’)\]*_`]*|(?=\n|$))"
)
_BLANKED = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")}
_NO_WORD = re.compile(r"[^\w ]")
_CHANGES_WITH_ITS_PLACE = "Σ"  # in lower case it is another letter at the end of a word


class Part(NamedTuple):
    """A segment as it was cut: ``text[start:end]``, that in lower case, and that with a blank for all that is in no word."""

    start: int
    end: int
    said: str
    lower: str
    words: str


class Scan(NamedTuple):
    """The segments of a chunk, and the ``places`` among them of those that could be an order.

    ``has_long`` where a run of word characters is so long that it could be encoded text; ``may_hide`` where there are
    characters that hide text, or begin an override in ideographs.
    """

    parts: list[Part]
    places: list[int]
    has_long: bool
    may_hide: bool


def scan(text: str) -> Scan | None:
    """The segments of ``text``; ``None`` where no one of them could be an order."""
    may_hide = not text.isascii() and _UNUSUAL.search(text) is not None
    lower = text.lower()
    words = blanked(lower)
    everything = words.split()
    triggers = _TRIGGERS.intersection(everything)
    looks_at_all = (may_hide and (hides_text(text) or IDEOGRAPHIC_OVERRIDE.search(text) is not None)) or (
        ("<" in text or "[" in text) and _MARKS.search(text) is not None
    )
    has_long = max(map(len, everything), default=0) >= LONG_TOKEN
    if not (triggers or looks_at_all or has_long or "?" in text):
        return None
    parts = _parts(text, lower, words)
    if looks_at_all:
        places = list(range(len(parts)))
    else:
        places = _places(parts, triggers & TELLING, triggers & BEGINNING, has_long=has_long)
    return Scan(parts, places, has_long, may_hide) if places else None


def blanked(lower: str) -> str:
    """A text in lower case with a blank for each character that is in no word."""
    return lower.translate(_BLANKED) if lower.isascii() else _NO_WORD.sub(" ", lower)


def _parts(text: str, lower: str, words: str) -> list[Part]:
    parts = []
    is_aligned = len(lower) == len(text) and _CHANGES_WITH_ITS_PLACE not in text
    for match in _SEGMENT.finditer(text):
        start, end = match.span()
        said = text[start:end]
        if not said or said.isspace():
            continue
        if is_aligned:
            parts.append(Part(start, end, said, lower[start:end], words[start:end]))
        else:
            own = said.lower()
            parts.append(Part(start, end, said, own, blanked(own)))
    return parts


def _places(parts: Sequence[Part], telling: AbstractSet[str], beginning: AbstractSet[str], *, has_long: bool) -> list[int]:
    """Where the segments are that are worth a closer look, when these words are in the chunk at all."""
    looks_far = bool(telling) or has_long
    found = []
    for place, (_, _, said, _, text) in enumerate(parts):
        if "?" in said or (
            any(map(text.__contains__, beginning))
            and not beginning.isdisjoint(text.split(None, _BEGINNING_WORDS)[:_BEGINNING_WORDS])
        ):
            found.append(place)
        elif looks_far:
            words = text.split()
            if not telling.isdisjoint(words) or (has_long and max(map(len, words), default=0) >= LONG_TOKEN):
                found.append(place)
    return found


# Every character with which something hidden, or an override in ideographs, begins: see the expressions in patterns.py.
_UNUSUAL = re.compile("[\U000e0020-\U000e007e\u202a-\u202e\u2066-\u2069\u200b-\u200d\u2060\ufeff\u00ad忽無无忘무]")
