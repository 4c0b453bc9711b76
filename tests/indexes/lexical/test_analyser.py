"""Golden analyses in many scripts, and what they are for: the right text is found."""

import pytest

from indexes.lexical.analyser import Analyser
from indexes.lexical.base import LexicalEntry
from indexes.lexical.rank_bm25_index import RankBm25Index

ANALYSER = Analyser()

GOLDEN = [
    ("en", "The runners were running quickly", "the runner were run quick"),
    ("de", "Die Verträge der Häuser", "die vertrag vertrag der haus haus"),
    ("fr", "L'homme qu'il voit, l'été", "l homm qu il voit l été"),
    ("es", "Las canciones españolas", "las cancion español espanol"),
    ("pt", "As nações unidas", "as naçõ naco unid"),
    ("sv", "Flickorna är där", "flick är där dar"),
    ("ru", "Книги о ёлке", "книг о елк"),
    ("el", "Οι γλώσσες", "οι γλωσσ"),
    ("ar", "المكتبات في المدينة", "مكتب في مدين"),
    ("hi", "हिन्दी में पुस्तकें", "हिन्द में पुस्तक"),
    ("he", "שָׁלוֹם עולם", "שלום עולם"),
    ("zh", "人工智能，AI时代", "人工 工智 智能 ai 时代"),
    ("ja", "データベースを使う", "デー ータ タベ ベー ース スを を使 使う"),
    ("ko", "서울에서 만나요 집", "서울 울에 에서 만나 나요 집"),
    ("th", "ราคา 100 บาท", "รา าค คา 100 บา าท"),
    ("km", "ខ្មែរ", "ខ្ ្ម មែ ែរ"),
]


@pytest.mark.parametrize(("language", "text", "terms"), GOLDEN, ids=[row[0] for row in GOLDEN])
def test_golden_terms(language: str, text: str, terms: str) -> None:
    expected = list(dict.fromkeys(terms.split()))
    assert list(dict.fromkeys(ANALYSER.terms(text, language))) == expected


IDENTIFIERS = [
    ("E-4012", "e-4012 e4012 e 4012"),
    ("foo_bar-2.1", "foo_bar-2.1 foobar2.1 foo bar 2.1"),
    ("HX-200B", "hx-200b hx200b hx 200b"),
    ("v2.3.1", "v2.3.1 v 2.3.1"),
    ("2.3.1", "2.3.1"),
    ("user@example.com", "user@example.com user exampl com"),
    ("C++", "c++ c"),
    ("C#,", "c# c"),
    ("snake_case", "snake_case snake case"),
    ("camelCase", "camelcas camel case"),
    ("HTTPServer", "httpserver http server"),
    ("mRNAs", "mrna rna"),
    ("APIs", "api"),
    ("U.S.", "us"),
    ("1,000.5", "1000.5"),
    ("red,green", "red green"),
    ("well-known", "well known"),
    ("O’Brien's", "obrien o brien"),
    ("__init__", "init"),
    ("end...start", "end start"),
    ("TGF‑β1", "tgf-β1 tgfβ1 tgf β1"),
    ("٢٠٢٤", "2024"),
    ("co\u00adoperate", "cooper"),
    ("ﬁnance", "financ"),
    ("straße STRASSE", "strass strass"),
    ("ＡＢＣ１２３", "abc123"),
]


@pytest.mark.parametrize(("text", "terms"), IDENTIFIERS, ids=[row[0] for row in IDENTIFIERS])
def test_identifiers_stand_whole_and_in_parts(text: str, terms: str) -> None:
    assert ANALYSER.terms(text, "en") == terms.split()


@pytest.mark.parametrize(
    ("query", "text", "language"),
    [
        ("cafe", "Un café au lait", "fr"),
        ("café", "Un cafe au lait", "fr"),
        ("Senor", "el señor", "es"),
        ("munchen", "Sie kam aus München", "de"),
        ("STRASSE", "Hauptstraße und Straße", "de"),
        ("أحمد", "وصل احمد اليوم", "ar"),
        ("مكتبه", "المكتبة الكبيرة", "ar"),
        ("كتاب", "کتاب خوب", "ar"),
        ("елка", "Новогодняя ёлка", "ru"),
        ("e4012", "Fehler E-4012", "de"),
        ("E-4012", "code E4012", "en"),
        ("2.3.1", "since v2.3.1", "en"),
        ("HX 200B", "the HX-200B pump", "en"),
        ("server", "an HTTPServer object", "en"),
        ("서울", "서울에서 만나요", "ko"),
        ("ガイド", "ｶﾞｲﾄﾞを読む", "ja"),
        ("10000", "over 10,000 users", "en"),
        ("don't", "we don’t know", "en"),
    ],
)
def test_what_is_asked_is_found(query: str, text: str, language: str) -> None:
    assert ANALYSER.matched_terms(query, text, {language: 1})


def test_accents_still_tell_apart() -> None:
    index = RankBm25Index(analyser=ANALYSER)
    index.add([LexicalEntry(1, "el ano aquí", "es"), LexicalEntry(2, "el año aquí", "es"), LexicalEntry(3, "otra cosa", "es")])
    index.commit(1)
    assert index.searcher().search("año", limit=3)[0].tolist() == [2, 1]


def test_a_line_of_a_poem_is_found_by_its_word_alone() -> None:
    poem = ["风过山林夜已深", "小舟灯火照江心", "孤雁声中人未睡", "一纸家书寄故乡"]
    index = RankBm25Index(analyser=ANALYSER)
    index.add(LexicalEntry(number, line) for number, line in enumerate(poem))
    index.commit(1)
    assert index.searcher().search("故乡", limit=10)[0].tolist() == [3]


def test_words_in_other_scripts_follow_their_own_language() -> None:
    assert ANALYSER.terms("数据库 databases 与 базы", "zh") == ["数据", "据库", "databas", "与", "баз"]
    assert ANALYSER.terms("databases", "ru") == ANALYSER.terms("databases", "en")


def test_declared_languages_are_read_with_their_region_and_unknown_ones_are_detected() -> None:
    assert ANALYSER.language_of("irrelevant", "de-AT") == ANALYSER.language_of("irrelevant", "DE_at") == "de"
    assert ANALYSER.language_of("This is the text of it", None) == ANALYSER.language_of("This is it", "und") == "en"
    assert ANALYSER.terms("Häuser", "eo") == ["häuser", "hauser"]


def test_a_query_keeps_function_words_only_when_it_has_nothing_else() -> None:
    held = {"en": 5}
    assert ANALYSER.query_terms("who is the king", held) == ["king"]
    assert ANALYSER.query_terms("the who", held) == ["the", "who"]
    assert ANALYSER.query_terms("", held) == ANALYSER.query_terms("...", held) == []


def test_repeats_in_a_query_are_kept() -> None:
    assert ANALYSER.query_terms("shoes boots shoe", {"en": 1}) == ["shoe", "shoe", "boot"]


def test_a_query_in_no_clear_language_is_analysed_in_each_that_is_held() -> None:
    held = {"en": 60, "de": 40}
    assert set(ANALYSER.query_terms("Schuhe", held)) == {"schuhe", "schuh"}
    assert ANALYSER.query_terms("Wo sind die Schuhe", held) == ["schuh"]
    assert ANALYSER.query_terms("Schuhe", {"de": 40}) == ["schuh"]
    assert ANALYSER.query_terms("pump", held) == ["pump"], "equal terms of two languages do not add up"


def test_long_runs_are_cut_alike_on_both_sides() -> None:
    blob = "A" * 5000
    (term,) = ANALYSER.terms(blob, "en")
    assert len(term) == 128
    assert ANALYSER.matched_terms(blob, f"data: {blob}.", {"en": 1}) == (term,)
    assert max(map(len, ANALYSER.terms("x1-" * 4000, "en"))) <= 128


def test_a_hundred_thousand_characters_are_analysed() -> None:
    for text in ("a-" * 50_000, "故" * 100_000, "x" * 100_000, "é" * 100_000, "1," * 50_000, "a'" * 50_000, "a.b" * 33_000):
        assert ANALYSER.terms(text)


def test_the_fingerprint_is_stable_and_names_the_stemmer() -> None:
    assert ANALYSER.fingerprint == Analyser().fingerprint
    assert "snowball/" in ANALYSER.fingerprint


def test_a_full_cache_is_emptied_and_gives_the_same_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexes.lexical.analyser._CACHED_RUNS", 50)
    small, text = Analyser(), " ".join(f"word{number % 130}s, running" for number in range(500))
    assert small.terms(text, "en") == ANALYSER.terms(text, "en")
