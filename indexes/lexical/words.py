"""The terms of one run of word characters, by the rules of one language.

A run is what stands between spaces and most punctuation: a word, or an identifier with its connectors.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from indexes.lexical.languages import language_for_script, letter_script
from indexes.lexical.stopwords import stop_words

MAX_TERM_CHARS = 128  # longer ones are blobs, cut alike on both sides; tantivy drops terms above 65,530 bytes in silence

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
_ELIDING = frozenset({"fr", "it", "ca"})  # l'homme, dell'arte: the apostrophe stands between two words

CONNECTORS = "-_.,@'+#"
_IDENTIFYING = re.compile(r"[_@.+#]")  # a hyphen alone makes no identifier
_DIGIT = re.compile(r"[0-9]")
# Where a run falls into two: doubled punctuation, and commas that do not group the digits of a number.
_BREAK = re.compile(r"[-.']{2,}|(?<![0-9]),|,(?![0-9]{3}(?![0-9]))")
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_ACRONYM = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")
# A "v" in front of a version number is a part of its own; dots between digits hold a part together.
_PART = re.compile(r"(?<![^\W_])[vV](?=[0-9]+\.[0-9])|[0-9]+(?:[.,][0-9]+)+|[^-_.,@'+#]+")
# "HTTPServer" is HTTP + Server, "camelCase" is camel + Case.
_CASE_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# The stemmer leaves "apis" and "rnas" as they are, as it does "gas".
_PLURAL_ACRONYM = re.compile(r"[A-Za-z]*[A-Z]{2}s")
_CASE_BREAK = re.compile(r"[a-z][A-Z]|[A-Z]{2,}[a-z]{2,}")

# Latin letters that no decomposition takes apart.
_BARE_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"})
# Harakat and superscript alef (U+064B to U+065F, U+0670) and tatweel (U+0640) are no part of how a word is looked up.
_ARABIC_MARKS = dict.fromkeys((*range(0x064B, 0x0660), 0x0640, 0x0670))
_ARABIC_FORMS = _ARABIC_MARKS | str.maketrans("أإآٱیک", "ااااي\u0643")
_PERSIAN_FORMS = _ARABIC_MARKS | str.maketrans("أإآٱيىك", "اااایی\u06a9")
_ARABIC_ENDINGS = str.maketrans("ةى", "هي")
_HEBREW_POINTS = dict.fromkeys(range(0x0591, 0x05C8))
_CYRILLIC_FORMS = str.maketrans("ё", "е")


class WordRules:
    """Runs to terms for texts in one language.

    A word in another script than the language's follows the default language of its own script, so that an English word in
    a Chinese text is stemmed as English. ``drop_stop_words`` leaves out function words (for queries); otherwise they stand
    unstemmed. Not safe in two threads at once: Snowball stemmers hold state.
    """

    _acronym_plural = ""  # it is taken off: no stemmer does that

    def __init__(self, language: str, *, drop_stop_words: bool) -> None:
        self._language = language
        self._drop = drop_stop_words
        latin = language_for_script("LATIN", language)
        self._stemmers: dict[str, Callable[[str], str]] = {}
        self._latin_stops = self._stops(latin)
        self._latin_stem = self._stemmer(latin)

    def terms(self, run: str) -> list[str]:
        """The terms of ``run`` without repeats: one for a plain word, several for an identifier or an accented word."""
        if _is_plain(run):
            return self._latin_word(run.lower())
        if not run.isascii():
            run = _plain_characters(run)
        terms: list[str] = []
        if run.isalnum():
            terms = self._cased(run)
        else:
            for piece in _BREAK.split(run):
                terms += self._compound(_trimmed(piece))
        return list(dict.fromkeys(term[:MAX_TERM_CHARS] for term in terms if term))

    def wholes(self, word: str) -> list[str]:
        """Those of the terms of a casefolded identifier or compound that hold all of it."""
        return _wholes(word, self._language) if len(word) <= MAX_TERM_CHARS else []

    def _compound(self, run: str) -> list[str]:
        """Identifiers whole and in parts, hyphenated words in parts, acronyms and numbers as one."""
        if run.isalnum() or not run:
            return self._cased(run)
        word = run.casefold()
        if word in self._latin_stops:
            return [] if self._drop else [word]
        if _NUMBER.fullmatch(word):
            return [word.replace(",", "")]
        if _ACRONYM.fullmatch(word):
            return [word.replace(".", "")]
        if word.endswith("'s"):
            run, word = run[:-2], word[:-2]
        terms = self.wholes(word)
        for part in _PART.findall(run):
            terms += self._cased(part)
        return terms

    def _cased(self, run: str) -> list[str]:
        """A run of letters and digits; ``camelCase`` gives its parts of two or more letters beside the whole."""
        if _is_plain(run):
            return self._latin_word(run.lower())
        if run.isascii() and (run.islower() or run.isdigit()):
            return self._word(run)
        plural = ""
        if _PLURAL_ACRONYM.fullmatch(run):
            run, plural = run[:-1], self._acronym_plural
        terms = self._word(run.casefold() + plural)
        if run.isascii() and _CASE_BREAK.search(run):
            *parts, last = _CASE_PART.findall(run)
            for part in (*parts, last + plural):
                if len(part) > 1:
                    terms += self._word(part.lower())
        return terms

    def _word(self, word: str) -> list[str]:
        """The stem of a casefolded word, and the stem of its accentless form where that differs."""
        if word.isascii():
            return self._latin_word(word) if word.isalpha() else [word]
        script = letter_script(word[0])
        language = language_for_script(script, self._language)
        word = _normal_form(word, script, language)
        stops = self._stops(language)
        if word in stops:
            return [] if self._drop else [word]
        stem = self._stemmer(language)
        terms = [word if _DIGIT.search(word) else stem(word)]
        if script in ("LATIN", "GREEK"):
            bare = _without_accents(word)
            if bare != word and bare not in stops:
                terms.append(bare if _DIGIT.search(bare) else stem(bare))
        return terms

    def _latin_word(self, word: str) -> list[str]:
        if word in self._latin_stops:
            return [] if self._drop else [word]
        return [self._latin_stem(word[:MAX_TERM_CHARS])]

    def _stemmer(self, language: str) -> Callable[[str], str]:
        if language not in self._stemmers:
            self._stemmers[language] = self._new_stemmer(language)
        return self._stemmers[language]

    def _stops(self, language: str) -> frozenset[str]:
        return _stops(language)

    def _new_stemmer(self, language: str) -> Callable[[str], str]:
        return _new_stemmer(language)


class ExactRules(WordRules):
    """The same rules for every text: nothing is stemmed, and no word is a function word.

    What stays is how a word is written: case, accents, the forms of Arabic letters, identifiers whole and in parts.
    """

    _acronym_plural = "s"

    def _stops(self, language: str) -> frozenset[str]:  # noqa: ARG002 - of no language
        return frozenset()

    def _new_stemmer(self, language: str) -> Callable[[str], str]:
        return _arabic_endings if language == "ar" else str


def _is_plain(run: str) -> bool:
    return run.isascii() and run.isalpha() and (run.islower() or run.isupper() or run.istitle())


def pair_terms(run: str) -> list[str]:
    """Overlapping pairs of characters of a run without spaces; the character itself where it stands alone."""
    if len(run) == 1:
        return [run]
    return [run[place : place + 2] for place in range(len(run) - 1)]


def _plain_characters(run: str) -> str:
    """Typographic apostrophes and hyphens, and the decimal digits of all scripts, as their ASCII forms."""
    run = run.replace("’", "'").replace("ʼ", "'").replace("\u2010", "-")
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in run)


def _trimmed(run: str) -> str:
    """The run without connectors around it, save the ``++`` and ``#`` of programming languages at its end."""
    run = run.lstrip(CONNECTORS)
    bare = run.rstrip(CONNECTORS)
    tail = run[len(bare) :]
    return bare + ("++" if tail.startswith("++") else "#" if tail.startswith("#") else "")


def _wholes(word: str, language: str) -> list[str]:
    """What of an identifier stands as one term: itself and, where it has digits, itself without hyphens and underscores.

    The second form lets ``E4012`` find ``E-4012``. On SciFact it is worth .007 of nDCG@10 (``IL-6`` and ``IL6``).
    """
    if "'" in word:
        return [] if language in _ELIDING else [word.replace("'", "")]
    if _DIGIT.search(word):
        return [word, word.replace("-", "").replace("_", "")]
    return [word] if _IDENTIFYING.search(word) else []


def _normal_form(word: str, script: str, language: str) -> str:
    if script == "ARABIC":
        return word.translate(_PERSIAN_FORMS if language == "fa" else _ARABIC_FORMS)
    if script == "CYRILLIC":
        return word.translate(_CYRILLIC_FORMS)
    if script == "HEBREW":
        return word.translate(_HEBREW_POINTS)
    return word


def _without_accents(word: str) -> str:
    marked = unicodedata.normalize("NFD", word.translate(_BARE_LETTERS))
    return unicodedata.normalize("NFC", "".join(char for char in marked if not "\u0300" <= char <= "\u036f"))


@cache
def _stops(language: str) -> frozenset[str]:
    words = stop_words(language)
    return words | {_normal_form(word, letter_script(word[0]), language) for word in words}


def _new_stemmer(language: str) -> Callable[[str], str]:
    """A Snowball stemmer without a cache of its own (runs are cached); a language without one keeps its words."""
    if language not in STEMMERS:
        return str
    from Stemmer import Stemmer

    stem: Callable[[str], str] = Stemmer(STEMMERS[language], 0).stemWord
    if language == "ar":
        return lambda word: _arabic_endings(stem(word))
    return stem


def _arabic_endings(word: str) -> str:
    return word.translate(_ARABIC_ENDINGS)
