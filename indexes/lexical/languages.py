"""Which language a text is in: first by its script, then by its share of function words.

Codes are ISO 639-1. The script of a letter is the first word of its Unicode name (``LATIN``, ``CYRILLIC``, ``CJK``). Among
the languages of one script the one with the most function words wins (Cavnar and Trenkle, 1994, compare such profiles; whole
words are enough for texts of a few lines). Pure and deterministic; only the first 2,000 characters are looked at.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from indexes.lexical.stopwords import LANGUAGES, stop_words

UNKNOWN = "und"
SAMPLE_CHARS = 2_000
# Short texts are split at punctuation too: each of their few function words counts.
_SHORT_CHARS = 300
# Most texts are clear after this much: six function words of one language, and twice as many as of any other. In SciFact,
# NFCorpus, SQuAD and XQuAD no text comes out otherwise than with the 2,000 characters; 250 and five would do as well.
_FIRST_CHARS = 320
_CLEAR_HITS = 6
# One function word is no evidence ("Die Hard"). Of the distinct words of running text 11 % (first percentile) to 27 % are
# function words, in SciFact, SQuAD and XQuAD; word lists, code and texts that lost theirs stay below.
_MIN_HITS = 2
_MIN_DENSITY = 0.1
# A held language below this share of a script's chunks is not tried for a query that shows no language of its own.
_MIN_SHARE = 0.05
_MAX_GUESSES = 3

_SCRIPT_OF_LANGUAGE = {
    "ru": "CYRILLIC", "uk": "CYRILLIC", "bg": "CYRILLIC", "sr": "CYRILLIC", "ar": "ARABIC", "fa": "ARABIC", "el": "GREEK",
    "hi": "DEVANAGARI", "ne": "DEVANAGARI", "hy": "ARMENIAN", "ta": "TAMIL", "yi": "HEBREW", "he": "HEBREW", "zh": "CJK",
    "ja": "HIRAGANA", "ko": "HANGUL", "th": "THAI", "lo": "LAO", "km": "KHMER", "my": "MYANMAR",
}  # fmt: skip
# The language taken for a script when nothing tells more; a script that is not here has no stemmer of its own.
_LANGUAGE_OF_SCRIPT = {
    "LATIN": "en", "CYRILLIC": "ru", "ARABIC": "ar", "GREEK": "el", "DEVANAGARI": "hi", "ARMENIAN": "hy", "TAMIL": "ta",
    "HEBREW": "he", "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "THAI": "th", "LAO": "lo",
    "KHMER": "km", "MYANMAR": "my",
}  # fmt: skip

_NON_LATIN_LETTER = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")
_LATIN_LETTER = re.compile(r"[a-zA-Z\u00c0-\u024f\u1e00-\u1eff]")
# One byte counts the distinct function words of one language: no list has 256 of them.
_COUNT_BITS = 8


def detect(text: str) -> str:
    """The language of ``text``; the script's default (English for Latin) where function words do not tell."""
    sample = text[:SAMPLE_CHARS]
    script = _main_script(sample)
    default = _LANGUAGE_OF_SCRIPT.get(script, UNKNOWN)
    for extent in (_FIRST_CHARS, SAMPLE_CHARS):
        words, counts = _profile(sample[:extent], script)
        runner_up, hits = sorted((0, 0, *counts))[-2:]
        if len(sample) <= extent or (hits >= _CLEAR_HITS and hits > 2 * runner_up):
            break
    # The distinct words are counted only where they might be few enough to matter.
    if hits < _MIN_HITS or (hits < _MIN_DENSITY * len(words) and hits < _MIN_DENSITY * len(set(words))):
        return default
    return _lists(script).languages[counts.index(hits)]


def query_languages(query: str, held: Mapping[str, int]) -> tuple[str, ...]:
    """The languages to analyse ``query`` in, given how many chunks a collection holds in each.

    One language when the collection holds only one in the query's script or the function words are clear; otherwise the
    commonest ones held in that script, at most three, the most frequent first.
    """
    sample = query[:SAMPLE_CHARS]
    script = _main_script(sample)
    candidates = sorted(
        (language for language, count in held.items() if count > 0 and script_of(language) == script),
        key=lambda language: (-held[language], language),
    )
    if len(candidates) < 2:
        return tuple(candidates) or (_LANGUAGE_OF_SCRIPT.get(script, UNKNOWN),)
    hits = dict(zip(_lists(script).languages, _profile(sample, script)[1], strict=True))
    ranked = sorted(((hits.get(language, 0), language) for language in candidates), reverse=True)
    if ranked[0][0] > ranked[1][0]:
        return (ranked[0][1],)
    enough = _MIN_SHARE * sum(held[language] for language in candidates)
    return tuple(language for language in candidates if held[language] >= enough)[:_MAX_GUESSES]


def script_of(language: str) -> str:
    """The script a language is written in, as the first word of its letters' Unicode names; Latin unless known better."""
    return _SCRIPT_OF_LANGUAGE.get(language, "LATIN")


def language_for_script(script: str, language: str) -> str:
    """The language whose rules a word in ``script`` follows inside a text in ``language``."""
    return language if script_of(language) == script else _LANGUAGE_OF_SCRIPT.get(script, UNKNOWN)


def letter_script(letter: str) -> str:
    """The script of one letter, e.g. ``"LATIN"``; empty for a character without a name."""
    name = unicodedata.name(letter, "").removeprefix("HALFWIDTH ").removeprefix("FULLWIDTH ")
    return name.partition(" ")[0].partition("-")[0]


def _main_script(sample: str) -> str:
    if sample.isascii():
        return "LATIN"
    if len(sample.encode("ascii", "ignore")) * 4 > len(sample) * 3:
        return "LATIN"
    letters = _NON_LATIN_LETTER.findall(sample)
    if len(letters) * 2 <= len(_LATIN_LETTER.findall(sample)):
        return "LATIN"
    scripts: Counter[str] = Counter()
    for letter, count in Counter(letters).items():
        scripts[letter_script(letter)] += count
    kana = scripts["HIRAGANA"] + scripts["KATAKANA"]
    if kana and 2 * (kana + scripts["CJK"]) >= len(letters):
        return "HIRAGANA"  # Chinese has no kana, Japanese text of any length has
    return min(scripts, key=lambda script: (-scripts[script], script))


def _profile(sample: str, script: str) -> tuple[list[str], bytes]:
    """The words, and how many of the distinct ones are function words of each language of ``script``."""
    lists = _lists(script)
    words = sample.casefold().split()
    if len(sample) < _SHORT_CHARS:
        words = [word.strip("¿?¡!.,;:\"'()«»“”؟،") for word in words]
    packed = sum(map(lists.packed.__getitem__, lists.words.intersection(words)))
    return words, packed.to_bytes(len(lists.languages), "little")


@dataclass(frozen=True, slots=True)
class _Lists:
    """The languages of a script, and word -> one integer with a byte for each, so that one sum counts for all."""

    languages: tuple[str, ...]
    packed: Mapping[str, int]
    words: frozenset[str]


@cache
def _lists(script: str) -> _Lists:
    languages = tuple(language for language in LANGUAGES if script_of(language) == script)
    packed: dict[str, int] = {}
    for place, language in enumerate(languages):
        for word in stop_words(language):
            packed[word] = packed.get(word, 0) + (1 << _COUNT_BITS * place)
    return _Lists(languages, packed, frozenset(packed))
