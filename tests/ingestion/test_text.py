"""Plain text: paragraphs, headings, lists, questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.text import TextParser, parse_plain_text


def pieces(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(element.kind, parsed.text[element.start : element.end]) for element in parsed.elements]


def test_paragraphs_end_at_blank_lines() -> None:
    parsed = parse_plain_text("  One line\nand more.\n \t\n\nTwo.\n")
    assert pieces(parsed) == [("paragraph", "One line\nand more."), ("paragraph", "Two.")]


def test_numbered_headings_make_sections() -> None:
    parsed = parse_plain_text(
        "1. Introduction\n\nWords.\n\n1.2 Scope\nIt covers pumps.\n\n1.2.1 Limits\n\nNone.\n\n2 Terms\n\nEnd."
    )
    assert [(e.kind, e.section_path) for e in parsed.elements] == [
        ("heading", ()),
        ("paragraph", ("1. Introduction",)),
        ("heading", ("1. Introduction",)),
        ("paragraph", ("1. Introduction", "1.2 Scope")),
        ("heading", ("1. Introduction", "1.2 Scope")),
        ("paragraph", ("1. Introduction", "1.2 Scope", "1.2.1 Limits")),
        ("heading", ()),
        ("paragraph", ("2 Terms",)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "1. Open the lid\n\n2. Close the lid\n\n3. Done",
        "1.5 litres are enough.\n\nmore",
        "3 pumps\n\nmore",
        "2024 Annual report\n\nmore",
        "1. Last line",
    ],
)
def test_lists_and_sentences_with_numbers_are_no_headings(text: str) -> None:
    assert "heading" not in {kind for kind, _ in pieces(parse_plain_text(text))}


def test_underlined_headings() -> None:
    parsed = parse_plain_text("=====\nGuide\n=====\n\nIntro\n\nParts\n-----\nText.\n\nNext\n-----\nMore.")
    assert [(e.kind, e.level, e.section_path) for e in parsed.elements] == [
        ("heading", 1, ()),
        ("paragraph", 0, ("Guide",)),
        ("heading", 2, ("Guide",)),
        ("paragraph", 0, ("Guide", "Parts")),
        ("heading", 2, ("Guide",)),
        ("paragraph", 0, ("Guide", "Next")),
    ]
    assert parsed.title == "Guide"


def test_rules_are_no_headings() -> None:
    assert pieces(parse_plain_text("above\n\n-----\n\nbelow")) == [
        ("paragraph", "above"),
        ("paragraph", "-----"),
        ("paragraph", "below"),
    ]


def test_questions_with_answers() -> None:
    parsed = parse_plain_text(
        "Q: How long?\nA: Two years.\nQ: Where?\nA: Everywhere,\nreally.\n\nQuestion 3: Who?\n\nAnswer: Everybody.\n\nQ: Open?"
    )
    assert pieces(parsed) == [
        ("qa", "Q: How long?\nA: Two years."),
        ("qa", "Q: Where?\nA: Everywhere,\nreally."),
        ("qa", "Question 3: Who?\n\nAnswer: Everybody."),
        ("paragraph", "Q: Open?"),
    ]


def test_lists() -> None:
    parsed = parse_plain_text("You need:\n- a pump\n  with hose\n- a filter\n\n- alone")
    assert pieces(parsed) == [("list", "You need:\n- a pump\n  with hose\n- a filter"), ("paragraph", "- alone")]
    assert [parsed.text[slice(*row)] for row in parsed.elements[0].rows] == ["You need:", "- a pump\n  with hose", "- a filter"]


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\n"])
def test_blank_text_has_no_elements(text: str) -> None:
    assert parse_plain_text(text).elements == ()


def test_decoding_warnings_are_passed_on() -> None:
    parsed = TextParser().parse(RawSource("a.txt", b"ros\xe9\r\n\r\nnext"))
    assert pieces(parsed) == [("paragraph", "rosé"), ("paragraph", "next")]
    assert parsed.warnings


def test_front_matter_is_read_and_stays_text() -> None:
    text = "\n---\ntitle: Guide\nacl: [hr]\nlang: de\nyear: 2025\n---\nFirst.\n\n1.2 Scope\nPumps."
    parsed = parse_plain_text(text)
    assert (parsed.text, parsed.title, parsed.acl, parsed.language) == (text, "Guide", ("hr",), "de")
    assert parsed.metadata == {"lang": "de", "year": 2025}
    assert pieces(parsed)[0] == ("paragraph", "---\ntitle: Guide\nacl: [hr]\nlang: de\nyear: 2025\n---")
    assert [kind for kind, _ in pieces(parsed)] == ["paragraph", "paragraph", "heading", "paragraph"]
    assert parsed.warnings == ()


def test_a_broken_head_is_text_unless_it_names_an_acl() -> None:
    log = parse_plain_text("---\nstate: on\nstate: off\n")
    assert (log.acl, log.warnings) == (None, ())
    closed = parse_plain_text("---\ntitle: x\n\nacl: [board]\n\ntext")
    assert closed.acl == ()
    assert "nobody may see" in closed.warnings[0]


@given(st.text(alphabet=st.sampled_from("aB1.2 \n\r\t-=Q:A#*é漢\u2028\u00a0?"), max_size=200) | st.text(max_size=200))
def test_every_character_belongs_to_one_element(text: str) -> None:
    parsed = parse_plain_text(text)
    assert parsed.text == text
    at = 0
    for element in parsed.elements:
        assert text[at : element.start].strip() == ""
        assert at <= element.start < element.end
        inner = element.start
        for start, end in element.rows:
            assert inner <= start < end <= element.end
            inner = end
        at = element.end
    assert text[at:].strip() == ""
