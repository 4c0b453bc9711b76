"""The tokens of a segment and what each of them is: its class, its content, its places in the table of weights.

The places are hashes: of words, of pairs of them, and of triples in which a word of a class stands for the class. They are the
same on every machine (CRC-32, integers). All that depends on one word alone is made once for the word.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from operator import xor
from typing import NamedTuple
from zlib import crc32

from ingestion.guard.injection.lexicon import CLASSES

TABLE = 1 << 13
"""Places for hashes, a byte each in the file of weights. One in eight holds a weight above 0.5: few of those share theirs."""

TOKEN = re.compile(
    r"https?://[^\s)>\]]+|www\.[^\s)>\]]+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.\w{1,63})+|\b[\w-]{1,63}\.(?:com|net|org|io|xyz|example)\b"
    r"|\w+(?:['’]\w+)?|[?:!|`#]|\"|<\||\|>"
)
_ADDRESS = re.compile(r"https?://|www\.|[\w.+-]+@[\w-]+\.|\.(?:com|net|org|io|xyz|example)\Z")
_DOMAIN = re.compile(r"\.(?:com|net|org|io|xyz|example)\b")
_JOINING = ("'", "@", "<|", "://", "www.")
"""With none of these and no domain, the tokens of a segment are its words and marks, in ASCII."""

_SPACED = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")} | {
    ord(mark): f" {mark} " for mark in '?:!|`#"'
}
_LEAST_CONTENT = 4  # letters of a word that says what a text is about
_MASK = 0xFFFFFFFF
_SPREAD = 0x9E3779B1  # 2**32 / the golden ratio, odd (Knuth, TAOCP 3, 6.4)


class Tokens(NamedTuple):
    """The tokens of a segment, one or more, in lower case, with marks for numbers and addresses.

    They ``are_words`` where each is a whole run of word characters, or a mark.

    ``kinds`` has the class of each, or an empty string; ``contents`` each as it is where it says what the text is about, else
    an empty string; ``hashes`` places in a table of :data:`TABLE`: three a token, one of them may come more than once.
    """

    words: Sequence[str]
    kinds: Sequence[str]
    contents: Sequence[str]
    hashes: Iterable[int]
    are_words: bool


def tokens_of(lower: str) -> Tokens:
    """The tokens of a segment in lower case."""
    are_words = lower.isascii() and not any(map(lower.__contains__, _JOINING)) and not _DOMAIN.search(lower)
    tokens = (lower.translate(_SPACED).split() if are_words else _joined(lower)) or ["0"]
    words, kinds, contents, places, firsts, seconds, own, before, two_before = zip(*map(_word, tokens), strict=True)
    pairs = map(xor, (_FIRST, *firsts), seconds)
    triples = map(xor, map(xor, (_TWO_BEFORE, _TWO_BEFORE, *two_before), (_BEFORE, *before)), own)
    return Tokens(words, kinds, contents, chain.from_iterable(zip(places, pairs, triples, strict=True)), are_words)


def _joined(lower: str) -> list[str]:
    tokens = TOKEN.findall(lower)
    return ["url" if ("." in token or "@" in token) and _ADDRESS.search(token) else token for token in tokens]


@lru_cache(maxsize=1 << 16)
def _word(token: str) -> tuple[str, str, str, int, int, int, int, int, int]:
    """All of a token that does not depend on others; ``x % TABLE`` of an xor is the xor of both, so pairs need no more."""
    word = "0" if token.isdecimal() else token
    kind = CLASSES.get(word, "")
    content = word if len(word) >= _LEAST_CONTENT and not kind else ""
    own, of_class = _hash(word), _hash(f"={kind}") if kind else _OTHER
    places = (own >> 7) % TABLE, ((own * 5 & _MASK) >> 5) % TABLE, (own >> 5) % TABLE
    return word, kind, content, *places, (of_class >> 3) % TABLE, (of_class * 7 >> 3) % TABLE, (of_class * 3 >> 3) % TABLE


def _hash(text: str) -> int:
    """32 bits; multiplied because CRC-32 of short words differ in few of them."""
    return crc32(text.encode("utf-8", "surrogatepass")) * _SPREAD & _MASK


_BEGIN, _OTHER = _hash("^"), _hash("~")
_FIRST, _BEFORE, _TWO_BEFORE = (_BEGIN >> 5) % TABLE, (_BEGIN * 7 >> 3) % TABLE, (_BEGIN * 3 >> 3) % TABLE
