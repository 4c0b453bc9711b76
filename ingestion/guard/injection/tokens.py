"""The tokens of a segment and what each of them is: its class, its content, its places in the table of weights.

The places are hashes: of words, of pairs of them, and of triples in which a word of a class stands for the class. They are the
same on every machine (CRC-32, integers). All that depends on one word alone is made once for the word.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
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

_MARKS = '?:!|`#"'
_BLANKED = bytes(code if chr(code).isalnum() or chr(code) in f"_{_MARKS}" else ord(" ") for code in range(128)).ljust(256)
_LEAST_CONTENT = 4  # letters of a word that says what a text is about
_MASK = 0xFFFFFFFF
_SPREAD = 0x9E3779B1  # 2**32 / the golden ratio, odd (Knuth, TAOCP 3, 6.4)


class Tokens(NamedTuple):
    """The tokens of a segment, one or more, in lower case, with marks for addresses.

    They ``are_words`` where each is a whole run of word characters, or a mark.
    """

    are_words: bool
    words: Sequence[str]

    def longest(self) -> int:
        """The characters of the longest; a number counts as one."""
        return max(1 if word.isdecimal() else len(word) for word in self.words)

    def hashes(self) -> Iterator[tuple[int, int, int]]:
        """For each token the places, in a table of :data:`TABLE`, of it, of it behind the one before, and of three classes."""
        return zip(*self._places(), strict=True)

    def weight(self, table: Sequence[int]) -> int:
        """The sum of the numbers at all places of :meth:`hashes`."""
        return sum(sum(map(table.__getitem__, places)) for places in self._places())

    def _places(self) -> tuple[Iterable[int], Iterable[int], Iterable[int]]:
        places, firsts, seconds, first_of_three, middle_of_three, last_of_three = zip(*map(_hashes, self.words), strict=True)
        pairs = map(xor, (_FIRST, *firsts), seconds)
        two_before = map(xor, (_FIRST_OF_THREE, _FIRST_OF_THREE, *first_of_three), (_MIDDLE_OF_THREE, *middle_of_three))
        return places, pairs, map(xor, two_before, last_of_three)


def tokens_of(lower: str) -> Tokens:
    """The tokens of a segment in lower case."""
    are_words = lower.isascii() and not any(map(lower.__contains__, _JOINING)) and not _DOMAIN.search(lower)
    return Tokens(are_words, (_apart(lower) if are_words else _joined(lower)) or ["0"])


def contents_of(words: Iterable[str]) -> set[str]:
    """Those words that say what a text is about."""
    return {word for word in words if len(word) >= _LEAST_CONTENT and not word.isdecimal()}.difference(CLASSES)


def _apart(lower: str) -> list[str]:
    marked = lower.encode().translate(_BLANKED).decode()
    for mark in _MARKS:
        if mark in marked:
            marked = marked.replace(mark, f" {mark} ")
    return marked.split()


def _joined(lower: str) -> list[str]:
    tokens = TOKEN.findall(lower)
    return ["url" if ("." in token or "@" in token) and _ADDRESS.search(token) else token for token in tokens]


@lru_cache(maxsize=1 << 16)
def _hashes(token: str) -> tuple[int, int, int, int, int, int]:
    """All parts of hashes that depend on one token alone; ``x % TABLE`` of an xor is the xor of both, so pairs need no more."""
    word = "0" if token.isdecimal() else token
    own = _hash(word)
    return (own >> 7 & _LAST, (own * 5 & _MASK) >> 5 & _LAST, own >> 5 & _LAST, *_OF_CLASS[CLASSES.get(word, "")])


def _hash(text: str) -> int:
    """32 bits; multiplied because CRC-32 of short words differ in few of them."""
    return crc32(text.encode("utf-8", "surrogatepass")) * _SPREAD & _MASK


_LAST = TABLE - 1
_BEGIN = _hash("^")
_FIRST = _BEGIN >> 5 & _LAST
_MIDDLE_OF_THREE, _FIRST_OF_THREE = _BEGIN * 7 >> 3 & _LAST, _BEGIN * 3 >> 3 & _LAST
_OF_CLASS = {
    kind: (number * 3 >> 3 & _LAST, number * 7 >> 3 & _LAST, number >> 3 & _LAST)
    for kind in ("", *CLASSES.values())
    for number in (_hash(f"={kind}" if kind else "~"),)
}
"""What a class is as the first, the middle and the last of three."""
