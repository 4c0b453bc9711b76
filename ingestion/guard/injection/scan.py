"""The segments of a chunk, and which of them deserve a close look: nearly no sentence of a document is an order.

The scan is most of what the detector costs, so it goes from what is cheap for all to what is exact for few: first the words of
the whole chunk, at once; only where one of them could be part of an order is the chunk cut into segments.
"""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

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

Span = tuple[int, int]
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
# A mark of emphasis behind an ideographic full stop belongs to the sentence before it, and to a word of the whole chunk.
_JOINING = re.compile(r"[。！？][\"'”’)\]*_`]*_")
_BLANKED = bytes(code if code >= 128 or chr(code).isalnum() or chr(code) == "_" else ord(" ") for code in range(256))
_NO_WORD = re.compile(r"[^\w ]")
_CHANGES_WITH_ITS_PLACE = "Σ"  # in lower case it is another letter at the end of a word


@dataclass(slots=True)
class Scan:
    """A chunk, where its segments are (``text[start:end]``), and the ``places`` among them of those that could be an order.

    ``lower`` is it in lower case, ``bare`` that with a blank for each character that is in no word; they are aligned where
    each has its characters at the same indices. ``has_long`` where a run of word characters is so long that it could be encoded
    text; ``may_hide`` where there are characters that hide text, or begin an override in ideographs.
    """

    text: str
    lower: str
    bare: str
    is_aligned: bool
    has_long: bool
    may_hide: bool
    spans: Sequence[Span] = ()
    places: Sequence[int] = ()

    def said(self, place: int) -> str:
        """A segment as it was written."""
        start, end = self.spans[place]
        return self.text[start:end]

    def lower_of(self, place: int) -> str:
        """A segment in lower case."""
        start, end = self.spans[place]
        return self.lower[start:end] if self.is_aligned else self.text[start:end].lower()

    def words_of(self, place: int) -> list[str]:
        """The words of a segment, in lower case."""
        start, end = self.spans[place]
        return (self.bare[start:end] if self.is_aligned else blanked(self.text[start:end].lower())).split()


def scan(text: str) -> Scan | None:
    """The segments of ``text``; ``None`` where no one of them could be an order."""
    lower = text.lower()
    bare = blanked(lower)
    words = bare.split()
    triggers = _TRIGGERS if "_" in text and _JOINING.search(text) is not None else _TRIGGERS.intersection(words)
    has_long = max(map(len, words), default=0) >= LONG_TOKEN
    may_hide = not text.isascii() and _UNUSUAL.search(text) is not None
    looks_at_all = (may_hide and (hides_text(text) or IDEOGRAPHIC_OVERRIDE.search(text) is not None)) or (
        ("<" in text or "[" in text) and _MARKS.search(text) is not None
    )
    if not (triggers or looks_at_all or has_long or "?" in text):
        return None
    is_aligned = len(lower) == len(text) and _CHANGES_WITH_ITS_PLACE not in text
    found = Scan(text, lower, bare, is_aligned, has_long, may_hide, _spans(text))
    found.places = range(len(found.spans)) if looks_at_all else _places(found, triggers)
    return found if found.places else None


def _spans(text: str) -> list[Span]:
    spans = [match.span() for match in _SEGMENT.finditer(text)]
    return [(start, end) for start, end in spans if start < end and not text[start:end].isspace()]


def blanked(lower: str) -> str:
    """A text in lower case with a blank for each character that is in no word."""
    return lower.encode().translate(_BLANKED).decode() if lower.isascii() else _NO_WORD.sub(" ", lower)


def _places(found: Scan, triggers: AbstractSet[str]) -> list[int]:
    """Where the segments are that are worth a closer look, when these words are in the chunk at all."""
    telling, beginning = triggers & TELLING, triggers & BEGINNING
    if telling or found.has_long or not found.is_aligned or "?" in found.text:
        return [place for place in range(len(found.spans)) if _could_be_order(found, place, telling, beginning)]
    return [
        place
        for place, (start, end) in enumerate(found.spans)
        if not beginning.isdisjoint(found.bare[start:end].split(None, _BEGINNING_WORDS)[:_BEGINNING_WORDS])
    ]


def _could_be_order(found: Scan, place: int, telling: AbstractSet[str], beginning: AbstractSet[str]) -> bool:
    words = found.words_of(place)
    return (
        "?" in found.said(place)
        or not telling.isdisjoint(words)
        or not beginning.isdisjoint(words[:_BEGINNING_WORDS])
        or (found.has_long and max(map(len, words), default=0) >= LONG_TOKEN)
    )


# Every character with which something hidden, or an override in ideographs, begins: see the expressions in patterns.py.
_UNUSUAL = re.compile("[\U000e0020-\U000e007e\u202a-\u202e\u2066-\u2069\u200b-\u200d\u2060\ufeff\u00ad忽無无忘무]")
