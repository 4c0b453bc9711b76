"""Questions with answers, definitions and changes, in every text format."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.registry import parse
from ingestion.parsers.text import parse_plain_text
from ingestion.parsers.units import is_release_heading, with_units

RELEASES = {
    "log.md": (
        "# Changelog\n\n## [Unreleased]\n\n- soon\n\n"
        "## [1.2.0] - 2024-01-01\n\n### Added\n\n- one\n  - detail\n- two\n  lines\n\n"
        "Also faster.\n\n## Notes\n\n- no change\n- at all\n"
    ),
    "log.html": (
        "<h1>Changelog</h1><h2>[Unreleased]</h2><ul><li>soon</ul><h2>[1.2.0] - 2024-01-01</h2><h3>Added</h3>"
        "<ul><li>one<ul><li>detail</ul><li>two<br>lines</ul><p>Also faster.</p><h2>Notes</h2><ul><li>no change<li>at all</ul>"
    ),
    "log.txt": (
        "Changelog\n=========\n\n[Unreleased]\n------------\n- soon\n- and later\n\n"
        "[1.2.0] - 2024-01-01\n--------------------\n"
        "Added\n~~~~~\n- one\n  - detail\n- two\n  lines\n\nAlso faster.\n\nNotes\n-----\n- no change\n- at all\n"
    ),
}


def pieces(parsed: ParsedDocument, *kinds: str) -> list[tuple[str, str]]:
    return [(e.kind, parsed.text[e.start : e.end]) for e in parsed.elements if not kinds or e.kind in kinds]


@pytest.mark.parametrize("name", RELEASES)
def test_each_entry_of_a_change_log_is_a_change(name: str) -> None:
    parsed = parse(RawSource(name, RELEASES[name].encode()))
    changes = [" ".join(text.split()) for _, text in pieces(parsed, "change")]
    assert changes[0] == "- soon"
    assert changes[-3:] == ["- one - detail", "- two lines", "Also faster."]
    assert [kind for kind, text in pieces(parsed) if "no change" in text] == ["list"]
    paths = {e.section_path[-2:] for e in parsed.elements if e.kind == "change" and e.section_path[-1] == "Added"}
    assert paths == {("[1.2.0] - 2024-01-01", "Added")}


@pytest.mark.parametrize(
    "heading",
    [
        "[1.2.0] - 2024-01-01",
        "1.2.0 (2024-01-01)",
        "v2.1",
        "Version 3.0",
        "Unreleased",
        "core 1.4 (3 May 2024)",
        "fw_core-2.2 (HX-300 only)    2025-02-17",
        "1.0a20 (2025-11-03)",
        "Release 2.0.0 - May 3, 2024",
        "2024-01-01 - v1.2.0",
        "1.2.3",
        "v1.0.0-beta.2",
    ],
)
def test_headings_of_releases(heading: str) -> None:
    assert is_release_heading(" ".join(heading.split()))


@pytest.mark.parametrize(
    "heading",
    ["1.2 Scope", "1.2", "3.2 Pumps bought on 3 May 2024", "2.1.3 Methods", "Python 3.11", "2024-01-01", "v1 or v2.0?"],
)
def test_other_headings(heading: str) -> None:
    assert not is_release_heading(heading)


GLOSSARIES = {
    "g.md": "# Glossary\n\n- **Bar**: a unit\n- **Sump** - where the oil is\n\n*Seal*: closes.\n\nIntro without a term.\n",
    "g.html": (
        "<h1>Terms and definitions</h1><ul><li><b>Bar</b>: a unit<li>Sump – where the oil is</ul>"
        "<p>Seal: closes.</p><p>Intro.</p>"
    ),
    "g.txt": "Glossar\n=======\n\n- Bar: a unit\n- Sump - where the oil is\n\nSeal: closes.\n\nIntro without a term.\n",
}


@pytest.mark.parametrize("name", GLOSSARIES)
def test_each_term_of_a_glossary_is_a_definition(name: str) -> None:
    parsed = parse(RawSource(name, GLOSSARIES[name].encode()))
    texts = [text.replace("*", "") for _, text in pieces(parsed, "definition")]
    assert [text.split()[-1] for text in texts] == ["unit", "is", "closes."]
    assert [kind for kind, text in pieces(parsed) if "Intro" in text] == ["paragraph"]


def test_lists_elsewhere_stay_lists() -> None:
    parsed = parse(RawSource("x.md", b"# Features\n\n- **Fast**: very\n- **Small**: quite\n"))
    assert [kind for kind, _ in pieces(parsed)] == ["heading", "list"]
    mixed = parse(RawSource("x.md", b"# Terms\n\n- you may not\n- we may\n- A: b\n"))
    assert [kind for kind, _ in pieces(mixed)] == ["heading", "list"]


QUESTIONS = {
    "q.md": "**Q: How long?**\n\nA: Two years.\n\n**Q:** Where?\n**A:** Here.\n\nQ: Open?\n\nText.\n",
    "q.html": "<p><b>Q: How long?</b></p><p>A: Two years.</p><p>Q: Where?<br>A: Here.</p><p>Q: Open?</p><p>Text.</p>",
    "q.txt": "Q: How long?\n\nA: Two years.\n\nQ: Where?\nA: Here.\n\nQ: Open?\n\nText.\n",
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_stay_with_their_answers(name: str) -> None:
    parsed = parse(RawSource(name, QUESTIONS[name].encode()))
    assert [kind for kind, _ in pieces(parsed)] == ["qa", "qa", "paragraph", "paragraph"]
    assert "Two years" in pieces(parsed)[0][1]


@given(st.text(alphabet=st.sampled_from("QA: .?*-\n1.2(2024-01-01)=ab"), max_size=120))
def test_units_keep_order_and_characters(text: str) -> None:
    parsed = parse_plain_text(text)
    at = 0
    for element in with_units(text, parsed.elements):
        assert text[at : element.start].strip() == ""
        assert at <= element.start < element.end
        at = element.end
    assert text[at:].strip() == ""
