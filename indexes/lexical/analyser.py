"""Text to terms, the same way when indexing and when searching.

Steps: NFKC; runs of word characters; then by script. Words of spaced scripts are casefolded and stemmed (Snowball). Han,
kana, Hangul and the scripts written without spaces (Thai, Lao, Khmer, Burmese) become overlapping pairs of characters, and a
lone character stays alone. Hangul is paired inside each word, so that 서울 finds 서울에서 ("in Seoul").

- Identifiers (``E-4012``, ``foo_bar-2.1``, ``v2.3.1``, ``user@example.com``, ``C++``, ``camelCase``) are kept whole, without
  their hyphens and underscores where they have digits (``e4012``), and in parts. A whole with digits or connectors is not
  stemmed.
- Accents are kept, and a second term without them stands beside each accented word: ``cafe`` finds ``café``, and ``café``
  scores higher where it is written so.
- Arabic loses diacritics and tatweel; alef forms, final ya and ta marbuta are made one; the stemmer drops the article.
- The index keeps function words, a query drops them unless it has nothing else ("the who"). That scores as well as
  dropping them on both sides (mean over SciFact, NFCorpus, SQuAD and XQuAD en: .7475 and .7471) and loses no query.

That is the analysis "language". "exact" is for part numbers, logs, code and names, where a stem is a false match: the rules are
the same for every text and every query, and nothing is stemmed or dropped (:class:`indexes.lexical.words.ExactRules`).

Not done: splitting of German compounds, simplified against traditional Chinese, dictionaries of any kind.
"""

import hashlib
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache

from indexes.lexical.languages import UNKNOWN, detect, query_languages
from indexes.lexical.stopwords import LANGUAGES, stop_words
from indexes.lexical.words import CONNECTORS, MAX_TERM_CHARS, STEMMERS, ExactRules, WordRules, pair_terms
from ragline.errors import SettingsError

VERSION = 1  # raise it whenever a text could come out differently
_RULES = {"language": WordRules, "exact": ExactRules}
_CACHED_RUNS = 200_000  # about 30 MB for each language in use

_HAN_KANA = (
    r"\u3005-\u3007\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U000323af"
)
_HANGUL = r"\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"
_UNSPACED = r"\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1050-\u109f\u1780-\u17d3"
_PAIRED = re.compile(f"[{_HAN_KANA}{_HANGUL}{_UNSPACED}]")
# What stands in no run, as bytes of UTF-8. Blanking it and splitting takes a third of the time of a pattern for runs.
_BLANKED = bytes(code for code in range(128) if not chr(code).isalnum() and chr(code) not in CONNECTORS)
_BLANKS = bytes.maketrans(_BLANKED, b" " * len(_BLANKED))
_HYPHENATED = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)+")  # nine of ten compounds, and simple ones


class Analyser:
    """Turns texts and queries into terms. Deterministic, and safe to use from several threads.

    ``analysis`` is a value of the setting of this name; :class:`SettingsError` for another one. ``fingerprint`` changes
    whenever the same text could come out differently: rules and, unless exact, word lists and stemmer release. Terms hold no
    whitespace, are never empty and have at most 128 characters.
    """

    def __init__(self, analysis: str = "language") -> None:
        if analysis not in _RULES:
            raise SettingsError(f"There is no analysis {analysis!r}; choose one of {', '.join(_RULES)}.")
        self.analysis = analysis
        self.fingerprint = _fingerprint() if analysis == "language" else f"ragline-terms/{VERSION} {analysis}"
        self._rules = _RULES[analysis]
        self._is_exact = analysis == "exact"
        self._lock = threading.Lock()
        self._caches: dict[tuple[str, bool], _PieceTerms] = {}

    def terms(self, text: str, language: str | None = None) -> list[str]:
        """The terms of a text in order, function words included. ``language`` (ISO 639-1) is detected when None."""
        return self.joined(text, language).split()

    def joined(self, text: str, language: str | None = None) -> str:
        """:meth:`terms` in one string, separated by one or more spaces: what an index with a whitespace tokenizer takes."""
        return self._joined(text, self.language_of(text, language), drop_stop_words=False)

    def analysed(self, text: str, declared: str | None = None) -> tuple[str, str]:
        """:meth:`language_of` a text, and its terms as :meth:`joined` gives them."""
        language = self.language_of(text, declared)
        return language, self._joined(text, language, drop_stop_words=False)

    def language_of(self, text: str, declared: str | None = None) -> str:
        """The language whose rules ``text`` follows: the one declared (``de``, ``de-AT``), else the one detected.

        Exact rules are of no language (``und``).
        """
        if self._is_exact:
            return UNKNOWN
        primary = (declared or "").replace("_", "-").partition("-")[0].casefold()
        return primary if primary and primary != UNKNOWN else detect(text)

    def query_terms(self, query: str, held: Mapping[str, int]) -> list[str]:
        """The terms to search for, repeats kept (they weigh more in BM25), equal ones together in order of first place.

        ``held`` maps the languages of a collection to their number of chunks: the query's language is sought among them.
        Where several remain possible the query is analysed in each, and a term counts as often as it does in the language
        in which it is most frequent. Function words are dropped unless the query has nothing else, or the rules are exact.
        """
        found = [self._query_terms(query, each) for each in ((UNKNOWN,) if self._is_exact else query_languages(query, held))]
        if len(found) == 1 and len(set(found[0])) == len(found[0]):
            return found[0]
        weights: Counter[str] = Counter()
        for terms in found:
            weights |= Counter(terms)
        return list(weights.elements())

    def _query_terms(self, query: str, language: str) -> list[str]:
        terms = self._joined(query, language, drop_stop_words=True).split()
        return terms or self._joined(query, language, drop_stop_words=False).split()

    def matched_terms(self, query: str, text: str, held: Mapping[str, int]) -> tuple[str, ...]:
        """The terms of ``query`` that occur in ``text``, in query order, without repeats."""
        found = set(self.terms(text))
        return tuple(term for term in dict.fromkeys(self.query_terms(query, held)) if term in found)

    def _joined(self, text: str, language: str, *, drop_stop_words: bool) -> str:
        key = (language, drop_stop_words)
        cached = self._caches.get(key)
        if cached is None:
            cached = self._caches.setdefault(
                key, _PieceTerms(self._rules(language, drop_stop_words=drop_stop_words), self._lock)
            )
        head, line_end, body = text.partition("\n")
        if not line_end:
            return cached.joined(text)
        last, terms = cached.last
        if head != last:  # chunks of one section begin with the same line
            terms = cached.joined(head)
            cached.last = (head, terms)
        return f"{terms} {cached.joined(body)}"


class _PieceTerms(dict[str, str]):
    """Piece of a text -> its terms joined by spaces: filled as pieces are met, emptied when full."""

    def __init__(self, rules: WordRules, lock: threading.Lock) -> None:
        super().__init__()
        self._rules = rules
        self._lock = lock
        self.last = ("", "")
        """The first line of the last text, and its terms."""

    def joined(self, text: str) -> str:
        return " ".join(map(self.__getitem__, _pieces(text)))

    def __missing__(self, piece: str) -> str:
        if not piece.isascii() and _PAIRED.match(piece):
            return " ".join(pair_terms(piece))
        terms = self._terms(piece)
        if len(piece) <= MAX_TERM_CHARS:
            if len(self) >= _CACHED_RUNS:
                self.clear()
            self[piece] = terms
        return terms

    def _terms(self, piece: str) -> str:
        if piece[0] in CONNECTORS:
            inner = piece.lstrip(CONNECTORS)
            return self[inner] if inner else ""
        if piece[-1] in ".,":  # pieces that differ only in this end are common and share one analysis
            return self[piece.rstrip(".,")]
        if "-" in piece and _HYPHENATED.fullmatch(piece):
            parts = " ".join(map(self.__getitem__, piece.split("-")))  # most of them are known
            return " ".join(dict.fromkeys([*self._rules.wholes(piece.lower()), *parts.split()]))
        if not piece.isascii():
            runs = _unicode_run().findall(piece)
            if runs != [piece]:
                return " ".join(map(self.__getitem__, runs))
        with self._lock:
            return " ".join(self._rules.terms(piece))


def _pieces(text: str) -> list[str]:
    """The runs of a text; where it has no paired script, some still with connectors or non-ASCII punctuation around them."""
    if not text.isascii():
        # Soft hyphens and zero-width joiners stand inside words.
        text = unicodedata.normalize("NFKC", text).replace("\u00ad", "").replace("\u200d", "")
        if _PAIRED.search(text):
            return _unicode_run().findall(text)
    return text.encode("utf-8", "surrogatepass").translate(_BLANKS).decode("utf-8", "surrogatepass").split()


@cache
def _unicode_run() -> re.Pattern[str]:
    """A letter or digit and then these, marks and connectors, in all scripts.

    Classes that are spelled out match about twice as fast as ``\\w`` does.
    """
    plane = "".join(map(chr, range(0x10000)))
    letters = [match.span() for match in re.finditer(rf"[^\W_{_HAN_KANA}{_HANGUL}{_UNSPACED}]+", plane)]
    # Combining marks belong to words, but Python counts them among the non-word characters.
    kinds = "".join("M" if unicodedata.category(char).startswith("M") and not _PAIRED.match(char) else " " for char in plane)
    marks = [match.span() for match in re.finditer("M+", kinds)]
    first = _ranges(letters) + r"\U00010000-\U0001efff"
    return re.compile(
        rf"[{first}][{first}{_ranges(marks)}_.,@'+#’ʼ\u2010-]*|[{_HAN_KANA}]+|[{_HANGUL}]+|[{_UNSPACED}]+",
    )


def _ranges(spans: list[tuple[int, int]]) -> str:
    return "".join(rf"\u{start:04x}-\u{end - 1:04x}" for start, end in spans)


def _fingerprint() -> str:
    import Stemmer

    words = " ".join(f"{language}:{','.join(sorted(stop_words(language)))}" for language in LANGUAGES)
    rules = hashlib.sha256(f"{words} {sorted(STEMMERS.items())}".encode()).hexdigest()
    return f"ragline-terms/{VERSION} snowball/{Stemmer.version()} rules/{rules[:12]}"
