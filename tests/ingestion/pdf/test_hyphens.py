"""Words divided at line ends become whole, and words with a hyphen of their own keep it."""

from typing import Any

import pytest

from ingestion.parsers.pdf.characters import clean
from ingestion.parsers.pdf.hyphens import compounds_of, join_lines


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["the exam-", "ple of it"], "the example of it"),
        (["COVID-", "19 tests"], "COVID-19 tests"),
        (["North-", "South"], "North-South"),
        (["pages 12-", "fold"], "pages 12-fold"),
        (["state-of-the-", "art methods"], "state-of-the-art methods"),
        (["pre-", "and post-war"], "pre-\nand post-war"),
        (["Ein-", "und Ausgang"], "Ein-\nund Ausgang"),
        (["see https://a.example/get-", "started now"], "see https://a.example/get-started now"),
        (["a dash -", "not a word"], "a dash -\nnot a word"),
        (["infor\u00ad", "mation"], "information"),
        (["COVID\u00ad", "19"], "COVID-19"),
        (["soft\u00ad"], "soft-"),
        (["one", "two"], "one\ntwo"),
        ([], ""),
    ],
)
def test_the_rule(lines: list[str], expected: str) -> None:
    assert join_lines(lines) == expected


def test_a_compound_that_stands_elsewhere_in_the_document_keeps_its_hyphen() -> None:
    compounds = compounds_of(["a well-known and long-standing rule"])
    assert compounds == {"well-known", "long-standing"}
    assert join_lines(["the Well-", "known rule"], compounds) == "the Well-known rule"
    assert join_lines(["the exam-", "ple"], compounds) == "the example"


@pytest.mark.parametrize(
    ("drawn", "plain"),
    [
        ("eﬃcient ﬁnal oﬀer ﬂow ﬅ", "efficient final offer flow st"),
        ("e\u21b5orts", "efforts"),
        ("infor\u00admation", "information"),
        ("\uf0b7", "•"),
        ("zero\u200bwidth", "zerowidth"),
        ("non\u2011breaking", "non-breaking"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_characters_are_plain(drawn: str, plain: str) -> None:
    assert " ".join(map(clean, drawn.split())) == plain


def test_in_a_file(sheets: Any) -> None:
    sheet = sheets().lines(
        72, 100, ["The long-term plan is an exam-", "ple of a long-", "term plan, and has no infor-", "mation."]
    )
    assert sheet.parse().text == "The long-term plan is an example of a long-term plan, and has no information."


def test_a_word_divided_at_the_end_of_a_page_is_whole_on_that_page(sheets: Any, prose: Any, show: Any) -> None:
    sheet = sheets().lines(72, 100, [*prose("A", 5), "and the last word is an exam-"]).page()
    parsed = sheet.lines(72, 100, ["ple. The next page goes on", *prose("B", 5)]).parse()
    found = show(parsed)
    assert found[0][1].endswith("is an example.")
    assert found[1][1].startswith("The next page")
    assert [element.page for element in parsed.elements] == [1, 2]
