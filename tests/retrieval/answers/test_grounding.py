"""What the passages say for and against a statement."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.embedders.base import Embedder
from ragline.types import Hit
from retrieval.answers.grounding import Evidence, ground

MANUAL = (
    "The Aero 200 is made by Breeze Ltd in Leeds. The warranty lasts 36 months. It begins on delivery. The filter must not be "
    "washed. If the fan stops, the display shows E-4012. Anna Karlsson leads the support team of the World Health "
    "Organization. The manual says: “Switch off before you open the lid.” About 1,200 devices were sold."
)
TABLE = "| Part | Torque |\n| --- | --- |\n| Cover screws | 0.8 N·m |\n| Gland | 3.0 N·m |"


@pytest.fixture
def evidence(make_hit: Callable[..., Hit]) -> Evidence:
    table = make_hit(TABLE, doc_id="torques", kind="table", title="Torques of the HX-9")
    return Evidence([make_hit(MANUAL, title="Aero 200 manual").chunk, table.chunk])


def kinds(statement: str, evidence: Evidence) -> list[str]:
    return [finding.kind for finding in ground(statement, evidence).findings]


@pytest.mark.parametrize(
    "statement",
    [
        "The warranty lasts 36 months.",
        "The warranty lasts 3 years.",
        "The Aero 200 is made in Leeds by Breeze Ltd.",
        "The filter must not be washed.",
        "The display shows E-4012 if the fan stops.",
        "The display shows E4012.",
        "The gland takes 3.0 N·m and the cover screws take 0.8 N·m.",
        "The torque of the gland is 3 newton metres.",
        "Anna Karlsson leads the support team of the WHO.",
        'The manual says "switch off before you open the lid".',
        "Some 1200 devices were sold.",
        "One filter is in it.",
        "The HX-9 has cover screws with 0.8 N·m.",
    ],
)
def test_what_the_passages_say_has_nothing_against_it(statement: str, evidence: Evidence) -> None:
    assert ground(statement, evidence).findings == ()


@pytest.mark.parametrize(
    ("statement", "kind", "told"),
    [
        ("The warranty lasts 24 months.", "number", "'24 months' is not in the passage (it says 36 months)"),
        ("The warranty lasts 36 days.", "number", "'36 days' is not in the passage"),
        ("The gland takes 0.8 N·m.", "number", "the passage says 3.0 N·m there, and '0.8 N·m' of something else"),
        ("The display shows E-4013.", "identifier", "'E-4013' is not in the passage"),
        ("The Aero 200 is made in Bristol by Breeze Ltd.", "name", "'Bristol' is not in the passage"),
        ("Maria Karlsson leads the support team.", "name", "'Maria' is not in the passage"),
        ("The filter must be washed.", "negation", "the passage denies it"),
        ("The warranty does not begin on delivery.", "negation", "the passage does not deny it"),
        ("Switch off after you open the lid.", "negation", "the passage says 'before' and not 'after'"),
        (
            'It says "never open the lid in the rain".',
            "quote",
            'the passage does not have the words "never open the lid in the rain"',
        ),
    ],
)
def test_what_they_do_not_say_is_told(statement: str, kind: str, told: str, evidence: Evidence) -> None:
    grounding = ground(statement, evidence)
    assert [(finding.kind, finding.text) for finding in grounding.findings] == [(kind, told)]
    assert grounding.support <= 0.5


def test_german_nouns_are_no_names(make_hit: Callable[..., Hit]) -> None:
    german = "Die Garantie beträgt drei Jahre. Sie beginnt mit der Lieferung der Pumpe an den Kunden und ist nicht übertragbar."
    evidence = Evidence([make_hit(german).chunk])
    assert kinds("Für die Maschine beträgt die Gewährleistung drei Jahre.", evidence) == []
    assert kinds("Die Garantie beträgt vier Jahre.", evidence) == ["number"]


def test_support_falls_with_the_words_that_are_missing(evidence: Evidence) -> None:
    whole = ground("The warranty lasts 36 months.", evidence).support
    half = ground("The warranty of the quokka lasts 36 months in winter.", evidence).support
    none = ground("Quokkas sleep.", evidence).support
    assert 1.0 == whole > half > none == 0.0


def test_a_paraphrase_is_carried_by_its_meaning(evidence: Evidence, light: Embedder) -> None:
    statement = "Coverage starts once the goods have been delivered."
    words, meaning = ground(statement, evidence), ground(statement, evidence, embedder=light)
    assert words.similarity is None
    assert meaning.similarity is not None
    assert meaning.support > words.support
    assert ground("The warranty lasts 36 months.", evidence, embedder=light).similarity is None  # the words are clear


def test_the_closest_sentences_come_first(evidence: Evidence) -> None:
    best = ground("When does the warranty begin?", evidence).evidence[0]
    assert best.shown in ("The warranty lasts 36 months.", "It begins on delivery.")


@pytest.mark.parametrize("statement", ["", "   ", "?", "the of", "[1]", "\ud800"])
def test_odd_statements_are_read(statement: str, evidence: Evidence) -> None:
    assert 0.0 <= ground(statement, evidence).support <= 1.0


def test_no_passages_carry_nothing() -> None:
    assert ground("The warranty lasts 36 months.", Evidence([])).support == 0.0


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=3))
def test_any_statement_over_any_passages_has_a_support(
    make_hit: Callable[..., Hit], statement: str, passages: list[str]
) -> None:
    evidence = Evidence([make_hit(passage, doc_id=f"d{at}").chunk for at, passage in enumerate(passages)])
    grounding = ground(statement, evidence)
    assert 0.0 <= grounding.support <= 1.0
    assert grounding == ground(statement, evidence)


@given(st.lists(st.sampled_from(MANUAL.split(". ")), min_size=1, max_size=3))
def test_the_passages_own_sentences_are_carried_whole(make_hit: Callable[..., Hit], sentences: list[str]) -> None:
    grounding = ground(". ".join(sentences), Evidence([make_hit(MANUAL).chunk]))
    assert grounding.findings == ()
