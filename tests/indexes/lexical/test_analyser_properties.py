"""Laws of the analyser that hold for any text."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.lexical.analyser import Analyser, _PieceTerms
from indexes.lexical.languages import detect, query_languages
from indexes.lexical.words import ExactRules, WordRules

ANALYSER = Analyser()
UNTIMED = settings(deadline=None)  # the first text of a language loads its stemmer
LANGUAGES = ("en", "de", "fr", "it", "ru", "ar", "fa", "el", "hi", "he", "zh", "ja", "ko", "th", "tr", "und", "xx")
PIECES = st.sampled_from(
    ["E-4012", "foo_bar-2.1", "C++", "l'été", "don’t", "1,000", "...", "--", "@", "camelCase", "故乡", "서울", "ß", "İ"]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=12).map("".join))


@UNTIMED
@given(text=TEXTS, language=st.sampled_from((None, *LANGUAGES)))
def test_terms_are_short_nonempty_and_without_whitespace(text: str, language: str | None) -> None:
    terms = ANALYSER.terms(text, language)
    assert all(term and len(term) <= 128 and not any(char.isspace() for char in term) for term in terms)
    assert terms == [term for term in ANALYSER.joined(text, language).split(" ") if term]


@UNTIMED
@given(text=TEXTS, language=st.sampled_from(LANGUAGES))
def test_two_analysers_agree_whatever_they_met_before(text: str, language: str) -> None:
    assert Analyser().terms(text, language) == ANALYSER.terms(text, language) == ANALYSER.terms(text, language)


@UNTIMED
@given(text=TEXTS, language=st.sampled_from(LANGUAGES))
def test_a_word_of_a_text_is_always_found_in_it(text: str, language: str) -> None:
    terms = set(ANALYSER.terms(text, language))
    for word in text.split():
        assert set(ANALYSER.terms(word, language)) <= terms


@UNTIMED
@given(query=TEXTS, held=st.dictionaries(st.sampled_from(LANGUAGES), st.integers(0, 1000)))
def test_a_query_finds_the_text_that_it_is(query: str, held: dict[str, int]) -> None:
    language = query_languages(query, held)[0]
    terms = set(ANALYSER.terms(query, language))
    wanted = set(ANALYSER.query_terms(query, held))
    assert bool(wanted) == bool(terms)
    assert not terms or wanted & terms


@UNTIMED
@given(text=TEXTS, language=st.sampled_from(LANGUAGES))
def test_pieces_and_runs_give_the_same_terms(text: str, language: str) -> None:
    """A text with one Chinese character is cut by the pattern for runs, others at blanks first: both ways must agree."""
    assert ANALYSER.terms(f"{text} 故", language) == [*ANALYSER.terms(text, language), "故"]


@UNTIMED
@given(words=st.lists(st.text("abdeginrstABS149", min_size=1, max_size=9), min_size=2, max_size=5))
def test_a_hyphenated_word_is_its_parts(words: list[str]) -> None:
    """And those stay when a dotted part makes it take the way of all other identifiers."""
    whole = "-".join(words)
    parts = {term for word in words for term in ANALYSER.terms(word, "en")}
    joined = {whole.lower(), whole.lower().replace("-", "")} if any(char.isdigit() for char in whole) else set()
    assert set(ANALYSER.terms(whole, "en")) == parts | joined
    assert parts <= set(ANALYSER.terms(f"{whole}-x.y", "en"))


@UNTIMED
@given(
    words=st.lists(st.text("abdeginrstTheABS149", min_size=1, max_size=70), min_size=2, max_size=4),
    language=st.sampled_from(LANGUAGES),
    rules=st.sampled_from((WordRules, ExactRules)),
    drop=st.booleans(),
)
def test_compounds_put_together_from_known_words_are_what_the_rules_make(
    words: list[str], language: str, rules: type[WordRules], drop: bool
) -> None:
    compound = "-".join([*words, "the", words[0]])
    known = _PieceTerms(rules(language, drop_stop_words=drop), Lock())
    assert known[compound].split() == rules(language, drop_stop_words=drop).terms(compound)


@UNTIMED
@given(text=TEXTS)
def test_case_does_not_matter_for_plain_words(text: str) -> None:
    words = [word for word in text.split() if word.isascii() and word.isalpha()]
    for word in words:
        assert set(ANALYSER.terms(word.lower(), "en")) <= set(ANALYSER.terms(word, "en")) or word[-1] == "s"


@UNTIMED
@given(text=TEXTS)
def test_detection_never_fails_and_is_repeatable(text: str) -> None:
    assert detect(text) == detect(text)
    assert detect(text)


@settings(max_examples=5, deadline=None)
@given(texts=st.lists(TEXTS, min_size=20, max_size=40))
def test_threads_agree(texts: list[str]) -> None:
    shared = Analyser()
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda text: shared.terms(text, "en"), texts * 4))
    assert results == [ANALYSER.terms(text, "en") for text in texts] * 4
