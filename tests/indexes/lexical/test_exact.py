"""The exact analysis: the same rules for every text, no stems, no stop words; identifiers, accents and pairs as ever."""

import pytest
import Stemmer

from indexes.lexical.analyser import Analyser
from indexes.lexical.base import LexicalEntry
from indexes.lexical.rank_bm25_index import RankBm25Index
from ragline.errors import SettingsError
from ragline.settings import choices_of

EXACT = Analyser("exact")

GOLDEN = [
    ("The runners were running", "the runners were running"),
    ("Die Verträge der Häuser", "die verträge vertrage der häuser hauser"),
    ("L'homme, l'été", "lhomme l homme lété été ete"),
    ("Книги о ёлке", "книги о елке"),
    ("المكتبات في المدينة", "المكتبات في المدينه"),
    ("人工智能，AI时代", "人工 工智 智能 ai 时代"),
    ("서울에서 집", "서울 울에 에서 집"),
    ("HX-200B v2.3.1 foo_bar", "hx-200b hx200b hx 200b v2.3.1 v 2.3.1 foo_bar foo bar"),
    ("user@example.com C++ C#,", "user@example.com user example com c++ c c#"),
    ("HTTPServer snakes camelCases", "httpserver http server snakes camelcases camel cases"),
    ("APIs mRNAs getURLs", "apis mrnas rnas geturls get urls"),
    ("O’Brien's pump's", "obrien o brien pump"),
]


@pytest.mark.parametrize(("text", "terms"), GOLDEN, ids=[row[0] for row in GOLDEN])
def test_exact_terms(text: str, terms: str) -> None:
    assert list(dict.fromkeys(EXACT.terms(text))) == terms.split()


@pytest.mark.parametrize("text", [row[0] for row in GOLDEN])
@pytest.mark.parametrize("language", [None, "en", "de-AT", "ar", "ja"])
def test_a_query_and_a_text_in_whatever_language_have_the_same_terms(text: str, language: str | None) -> None:
    terms = EXACT.terms(text)
    assert EXACT.terms(text, language) == terms
    assert EXACT.analysed(text, language) == ("und", EXACT.joined(text))
    assert sorted(EXACT.query_terms(text, {"und": 3, "de": 2})) == sorted(terms)


def test_the_two_analyses_are_told_apart_and_that_by_language_is_the_one_there_was() -> None:
    assert Analyser().fingerprint == Analyser("language").fingerprint
    assert Analyser().fingerprint == f"ragline-terms/1 snowball/{Stemmer.version()} rules/5483adc2de8c"
    assert EXACT.fingerprint == "ragline-terms/1 exact"


def test_the_analyses_are_those_of_the_setting() -> None:
    assert [Analyser(each).analysis for each in choices_of("analysis")] == ["language", "exact"]
    with pytest.raises(SettingsError, match="choose one of language, exact"):
        Analyser("none")


def test_a_word_is_found_by_itself_alone() -> None:
    texts = ["running pump", "a runner runs", "the run", "café"]
    index = RankBm25Index(analyser=EXACT)
    index.add(LexicalEntry(at, text) for at, text in enumerate(texts))
    index.commit(1)
    found = {query: index.searcher().search(query, limit=9)[0].tolist() for query in ("running", "RUN", "the", "cafe", "pumps")}
    assert found == {"running": [0], "RUN": [2], "the": [2], "cafe": [3], "pumps": []}
    assert index.searcher().languages == {"und": 4}
    assert index.searcher().matched_terms("the running of", "The running pump") == ("the", "running")
