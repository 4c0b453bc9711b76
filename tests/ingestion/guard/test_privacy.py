"""Personal data and secrets are tagged, redacted or refused, and every span stays exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.elements import Element, ParsedDocument, RawSource, Table
from ingestion.guard.findings import MARKS
from ingestion.guard.privacy import KINDS, OFF, TAG, Privacy
from ingestion.parsers.registry import parse
from ragline.errors import ParseError, SettingsError

pytest.importorskip("detect_secrets", reason="needs the privacy extra")
pytest.importorskip("phonenumbers", reason="needs the privacy extra")

MAIL, PHONE, CARD = "jane.doe@example.com", "+49 30 901820", "4111 1111 1111 1111"
KEY = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n\n" * 3 + "-----END PRIVATE KEY-----"


def redact(text: str, name: str = "a.md") -> ParsedDocument:
    return Privacy("redact").apply(parse(RawSource(name, text.encode())))[0]


def check(parsed: ParsedDocument) -> None:
    """The contract of parsers."""
    at = 0
    for element in parsed.elements:
        assert at <= element.start < element.end <= len(parsed.text)
        assert parsed.text[element.start : element.end].strip()
        inner = element.start
        for start, end in element.rows if element.header is None else (element.header, *element.rows):
            assert inner <= start < end <= element.end
            inner = end
        at = element.end


def test_off_is_the_default_and_looks_at_nothing() -> None:
    parsed = parse(RawSource("a.md", f"# {MAIL}\n".encode()))
    assert OFF.apply(parsed) == (parsed, {})
    assert OFF.fingerprint == ""


def test_a_tag_names_the_kinds_and_changes_no_character() -> None:
    parsed = parse(RawSource("a.md", f"# Contacts\n\n{MAIL} or {MAIL}, {PHONE}\n".encode()))
    tagged, counts = Privacy("tag").apply(parsed)
    assert counts == {"email": 2, "phone": 1}
    assert tagged.metadata[TAG] == ["email", "phone"]
    assert (tagged.text, tagged.elements) == (parsed.text, parsed.elements)


def test_a_redacted_text_has_marks_and_every_element_is_where_it_was() -> None:
    text = f"# Team {MAIL}\n\nCall {PHONE} now.\n\n- one {CARD}\n- two\n\n| name | mail |\n|---|---|\n| Jo | {MAIL} |\n\nEnd.\n"
    parsed = redact(text)
    expected = text.replace(MAIL, "[EMAIL]").replace(PHONE, "[PHONE]").replace(CARD, "[CARD]")
    assert parsed.text == expected
    check(parsed)
    plain = parse(RawSource("a.md", expected.encode()))
    assert [(each.kind, each.start, each.end, each.rows, each.header) for each in parsed.elements] == [
        (each.kind, each.start, each.end, each.rows, each.header) for each in plain.elements
    ]
    assert parsed.elements[1].section_path == ("Team [EMAIL]",)
    assert parsed.title == "Team [EMAIL]"
    (table,) = [each.table for each in parsed.elements if each.kind == "table"]
    assert MAIL not in str(table)


def test_metadata_is_redacted_too() -> None:
    found = ParsedDocument("text", (Element("paragraph", 0, 4),), metadata={"by": f"Jo <{MAIL}>", "to": [PHONE, "x"], "n": 3})
    parsed, counts = Privacy("redact").apply(found)
    assert parsed.metadata == {"by": "Jo <[EMAIL]>", "to": ["[PHONE]", "x"], "n": 3, TAG: ["email", "phone"]}
    assert counts == {"email": 1, "phone": 1}


def test_what_stands_in_text_and_title_is_counted_once() -> None:
    assert Privacy("tag").apply(parse(RawSource("a.md", f"# {MAIL}\n\ntext".encode())))[1] == {"email": 1}


def test_a_passage_over_several_elements_goes_as_a_whole() -> None:
    parsed = redact(f"Before.\n\n{KEY}\n\nBehind.\n")
    assert parsed.text == "Before.\n\n[PRIVATE KEY]\n\nBehind.\n"
    check(parsed)
    assert [parsed.text[each.start : each.end] for each in parsed.elements] == ["Before.", "[PRIVATE KEY]", "Behind."]


def test_rows_that_a_passage_takes_along() -> None:
    lines = KEY.split("\n")
    text = "\n".join(lines)
    starts = [sum(len(line) + 1 for line in lines[:index]) for index in range(len(lines))]
    rows = tuple((start, start + len(line)) for start, line in zip(starts, lines, strict=True) if line)
    table = Table(("a",), tuple((line,) for line in lines if line))
    found = ParsedDocument(text, (Element("table", 0, len(text), rows=rows, table=table),))
    parsed, _ = Privacy("redact").apply(found)
    check(parsed)
    assert parsed.text == "[PRIVATE KEY]"
    assert parsed.elements[0].table is None


def test_refused() -> None:
    parsed = parse(RawSource("a.md", f"{MAIL} {PHONE} {MAIL}".encode()))
    with pytest.raises(ParseError, match="holds 2 email, 1 phone; take them out, or set privacy to redact or tag"):
        Privacy("refuse").apply(parsed)
    clean = parse(RawSource("a.md", b"nothing here"))
    assert Privacy("refuse").apply(clean) == (clean, {})


def test_only_the_kinds_that_were_asked_for() -> None:
    privacy = Privacy.parse("redact", "card, email")
    assert privacy.kinds == ("email", "card")
    assert privacy.redacted(f"{MAIL} {PHONE} {CARD}") == f"[EMAIL] {PHONE} [CARD]"
    assert Privacy.parse("tag", "").kinds == KINDS
    with pytest.raises(SettingsError, match="names 'face'; choose of email, phone"):
        Privacy.parse("tag", "email,face")


def test_fingerprints_tell_settings_apart() -> None:
    values = [Privacy("redact"), Privacy("tag"), Privacy("redact", ("email",)), OFF]
    assert len({value.fingerprint for value in values}) == 4


PIECES = st.lists(
    st.sampled_from([MAIL, PHONE, CARD, KEY, "word ", "\n\n", "\n", "# ", "- ", "| a | b |\n|--|--|\n| ", " | ", "."])
)


@given(PIECES.map(" ".join))
def test_redacted_documents_hold_nothing_and_keep_the_contract(text: str) -> None:
    parsed = redact(text)
    check(parsed)
    assert all(each not in parsed.text for each in (MAIL, "BEGIN PRIVATE KEY-----\nMII"))
    plain = parsed.text
    for mark in MARKS.values():
        plain = plain.replace(mark, "")
    assert len(plain) <= len(text)
    assert Privacy("redact").redacted(parsed.text) == parsed.text
