"""The extractive answerer on passages of a handbook and a manual, with the real light embedder."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes.embedders.base import Embedder, Vectors
from ragline.errors import InputError
from ragline.types import ElementKind, Hit
from retrieval.answers.base import ABSTENTION_TEXT, Answerer
from retrieval.answers.extractive import ExtractiveAnswerer
from retrieval.answers.support import SupportThresholds

# (document, section, kind, text): what a retriever could return for any of the questions below, in an arbitrary order.
PASSAGES: list[tuple[str, str, ElementKind, str]] = [
    (
        "handbook.md",
        "Annual leave",
        "paragraph",
        "## Annual leave\n\nFull-time employees receive 28 days of paid leave each year. Unused days may be carried over until "
        "31 March. Leave is requested in the staff portal at least two weeks ahead.",
    ),
    (
        "handbook.md",
        "Health insurance > Dental",
        "paragraph",
        "The company plan pays 80 percent of dental treatment, up to 1,500 euros a year. "
        "Orthodontics for adults is not covered. Children are insured until the age of 25.",
    ),
    (
        "handbook.md",
        "Remote work",
        "paragraph",
        "You may work from home up to three days a week. Your team lead agrees on the days with you. Working from abroad needs "
        "written approval, e.g. for tax reasons.",
    ),
    (
        "handbook.md",
        "Expenses",
        "list",
        "Receipts are needed for:\n- hotel bills above 20 euros\n- taxi rides\n- meals with customers",
    ),
    (
        "manual.md",
        "Torques",
        "table",
        "| Part | Torque |\n| --- | --- |\n| Cover screws | 0.8 N·m |\n"
        "| Bracket screws | 2.5 N·m |\n| Cable gland M16 | 3.0 N·m |",
    ),
    (
        "manual.md",
        "Error codes",
        "table",
        "| Code | Meaning | Action |\n| --- | --- | --- |\n| E-4010 | Supply voltage low | Check the power supply |\n"
        "| E-4012 | Humidity sensor drift | Recalibrate the sensor |\n| E-4013 | Memory full | Export the records |",
    ),
    (
        "manual.md",
        "Calibration",
        "paragraph",
        "The transmitter leaves the factory calibrated. Calibration is due every 24 months. Dr. Wolf's laboratory in Kraków "
        "issues the certificate.",
    ),
    (
        "faq.md",
        "Warranty",
        "qa",
        "Q: How long is the warranty?\nA: The warranty lasts 36 months from the day of delivery.\n\n"
        "Q: What voids the warranty?\nA: Opening the sealed probe voids it.",
    ),
    (
        "faq.md",
        "Reset",
        "qa",
        "### How do I reset the gateway?\n\n"
        "Hold the button RST for ten seconds until the light blinks red. All settings are lost.",
    ),
    (
        "manual.md",
        "Modbus",
        "code",
        '```python\nclient = ModbusSerialClient("/dev/ttyUSB0", baudrate=19200, parity="E")\nclient.connect()\n```',
    ),
    (
        "security.html",
        "Passwords",
        "paragraph",
        "A password has at least 14 characters. It is changed only when a leak is suspected. Two-factor login is required "
        "for every administrator.",
    ),
    (
        "codes.csv",
        "",
        "table",
        "article: BR-20 | name: wall bracket | price: 18.50 EUR\narticle: OR-12 | name: seal ring | price: 2.10 EUR",
    ),
]

ANSWERS = [
    ("How many days of paid leave do full-time employees get?", "28 days"),
    ("Until when can I carry over unused leave days?", "31 March"),
    ("How much of dental treatment does the plan pay?", "80 percent"),
    ("Is orthodontics for adults covered?", "not covered"),
    ("How many days a week can I work from home?", "three days"),
    ("What is the torque of the bracket screws?", "2.5 N·m"),
    ("What does error E-4012 mean?", "Humidity sensor drift"),
    ("How often is calibration due?", "24 months"),
    ("How long is the warranty?", "36 months"),
    ("What voids the warranty?", "sealed probe"),
    ("How do I reset the gateway?", "RST"),
    ("Which baudrate does the ModbusSerialClient use?", "19200"),
    ("How many characters must a password have?", "14 characters"),
    ("What is the price of the seal ring OR-12?", "2.10 EUR"),
]

OFF_TOPIC = [
    "Who won the football world cup in 1990?",
    "What is the boiling point of mercury?",
    "How do I bake sourdough bread at home?",
    "Which vaccine protects against yellow fever?",
    "Where does the river Danube rise?",
    "What does error E-9999 mean?",
]

AssertExact = Callable[[Sequence[object], Sequence[Hit]], None]


@pytest.fixture(scope="module")
def passages(make_hit: Callable[..., Hit]) -> list[Hit]:
    hits, starts = [], dict[str, int]()
    for rank, (doc_id, section, kind, text) in enumerate(PASSAGES, start=1):
        start = starts.get(doc_id, 100)
        path = tuple(section.split(" > ")) if section else ()
        hits.append(
            make_hit(text, doc_id=doc_id, start=start, rank=rank, kind=kind, title=doc_id, section_path=path, page=rank)
        )
        starts[doc_id] = start + len(text) + 2
    return hits


@pytest.fixture(scope="module")
def answerer() -> ExtractiveAnswerer:
    return ExtractiveAnswerer(max_hits=len(PASSAGES))


@pytest.mark.parametrize(("question", "expected"), ANSWERS)
def test_the_right_sentence_leads(
    question: str, expected: str, answerer: ExtractiveAnswerer, passages: list[Hit], light: Embedder, assert_exact: AssertExact
) -> None:
    answer = answerer.answer(question, passages, embedder=light)
    assert not answer.abstained, answer.reason
    assert_exact(answer.citations, passages)
    best = max(answer.citations, key=lambda citation: citation.support)
    assert expected in best.quote
    assert expected in answer.text


@pytest.mark.parametrize("question", OFF_TOPIC)
def test_off_topic_questions_are_not_answered(
    question: str, answerer: ExtractiveAnswerer, passages: list[Hit], light: Embedder
) -> None:
    answer = answerer.answer(question, passages, embedder=light)
    assert answer.abstained
    assert (answer.text, answer.citations) == (ABSTENTION_TEXT, ())
    assert "support 0." in answer.reason
    assert answer.hits == tuple(passages)


def test_the_reason_names_the_missing_words(answerer: ExtractiveAnswerer, passages: list[Hit], light: Embedder) -> None:
    reason = answerer.answer("Which vaccine protects against yellow fever?", passages, embedder=light).reason
    assert "no passage covers 'vaccine', 'protects', " in reason
    assert "'yellow', 'fever'" in reason


def test_an_unknown_identifier_outweighs_known_words(
    answerer: ExtractiveAnswerer, passages: list[Hit], light: Embedder
) -> None:
    known = answerer.assess("What does error E-4012 mean?", passages, embedder=light)
    unknown = answerer.assess("What does error E-9999 mean?", passages, embedder=light)
    assert unknown.uncovered == ("E-9999",)
    assert unknown.coverage < known.coverage


def test_text_is_claims_with_markers_in_order(answerer: ExtractiveAnswerer, passages: list[Hit], light: Embedder) -> None:
    answer = answerer.answer("Is dental treatment paid and orthodontics covered?", passages, embedder=light)
    assert [citation.marker for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert answer.text == " ".join(f"{citation.claim} [{citation.marker}]" for citation in answer.citations)
    starts = [citation.start for citation in answer.citations if citation.doc_id == "handbook.md"]
    assert starts == sorted(starts)
    assert answer.usage.model == "extractive"
    assert answer.usage.seconds > 0


def test_a_table_row_is_shown_with_labels_and_quoted_as_it_is(
    answerer: ExtractiveAnswerer, passages: list[Hit], light: Embedder
) -> None:
    answer = answerer.answer("What is the torque of the bracket screws?", passages, embedder=light)
    best = max(answer.citations, key=lambda citation: citation.support)
    assert best.quote == "| Bracket screws | 2.5 N·m |"
    assert best.claim == "Part: Bracket screws, Torque: 2.5 N·m"
    assert f"{best.claim} [{best.marker}]" in answer.text


def test_a_split_table_takes_its_header_from_the_context(make_hit: Callable[..., Hit], light: Embedder) -> None:
    hit = make_hit("Valve | 7.5 Nm\nPump | 9.0 Nm", kind="table", context="Manual > Torques\nPart | Torque")
    answer = ExtractiveAnswerer(thresholds=SupportThresholds(0.0, 0.0)).answer("torque of the pump", [hit], embedder=light)
    assert "Part: Pump, Torque: 9.0 Nm" in {citation.claim for citation in answer.citations}


def test_headings_and_questions_are_no_answers(make_hit: Callable[..., Hit], light: Embedder) -> None:
    hits = [make_hit("# Warranty\n\n## How long is the warranty?\n\nQ: How long is the warranty?")]
    anything = ExtractiveAnswerer(thresholds=SupportThresholds(0.0, 0.0))
    answer = anything.answer("How long is the warranty?", hits, embedder=light)
    assert answer.abstained
    assert "only headings or questions" in answer.reason


@pytest.mark.parametrize("heading", ["Warranty period", "warranty  PERIOD", "Product warranty", "The warranty"])
def test_a_heading_that_looks_like_a_line_is_no_answer(heading: str, make_hit: Callable[..., Hit], light: Embedder) -> None:
    text = f"{heading}\n\nWe repair devices free of charge for 36 months."
    hit = make_hit(text, title="Product warranty", section_path=("Service", "Warranty period"))
    anything = ExtractiveAnswerer(thresholds=SupportThresholds(0.0, 0.0))
    answer = anything.answer("How long is the warranty period?", [hit], embedder=light)
    assert [citation.quote for citation in answer.citations] == ["We repair devices free of charge for 36 months."]


def test_a_copy_is_shown_once_but_another_number_is_another_answer(make_hit: Callable[..., Hit], light: Embedder) -> None:
    same = "The battery of the transmitter lasts 24 months in normal use."
    hits = [
        make_hit(same, doc_id="a"),
        make_hit(same.replace("The battery", "A battery"), doc_id="b", rank=2),
        make_hit(same.replace("24", "36"), doc_id="c", rank=3),
        make_hit(same.replace("lasts", "never lasts"), doc_id="d", rank=4),
    ]
    answer = ExtractiveAnswerer(max_sentences=4).answer(
        "How many months does the battery of the transmitter last?", hits, embedder=light
    )
    assert [citation.doc_id for citation in answer.citations] == ["a", "c", "d"]


def test_overlapping_chunks_give_a_sentence_once_and_whole(make_hit: Callable[..., Hit], light: Embedder) -> None:
    whole = "Intro text here. The warranty lasts 36 months from the day of delivery. It ends then."
    cut = whole[: whole.index("from the")].rstrip()
    later = whole[whole.index("The warranty") :]
    hits = [make_hit(cut), make_hit(later, start=whole.index("The warranty"), rank=2)]
    answer = ExtractiveAnswerer().answer("How long does the warranty last?", hits, embedder=light)
    assert [citation.quote for citation in answer.citations] == ["The warranty lasts 36 months from the day of delivery."]


class ShortSighted:
    """The light embedder, refusing texts of more than ``max_tokens`` as the model embedders do."""

    def __init__(self, light: Embedder, max_tokens: int) -> None:
        self.light, self.fingerprint, self.max_tokens = light, light.fingerprint, max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self.light.count_tokens(texts)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        if max(self.count_tokens(texts)) > self.max_tokens:
            raise InputError("a text is too long. Shorten it.")
        return self.light.embed_documents(texts)

    def embed_query(self, text: str) -> Vectors:
        return self.light.embed_query(text)


@pytest.mark.parametrize("max_tokens", [1, 7, 64])
def test_a_sentence_longer_than_the_embedder_reads_is_shown_whole(
    max_tokens: int, make_hit: Callable[..., Hit], light: Embedder
) -> None:
    long = "The warranty of the transmitter lasts 36 months " + "and is extended by registration " * 40 + "in the portal."
    answer = ExtractiveAnswerer(thresholds=SupportThresholds(0.0, 0.0)).answer(
        "How long does the warranty last?", [make_hit(f"## Warranty\n\n{long}")], embedder=ShortSighted(light, max_tokens)
    )
    assert [citation.quote for citation in answer.citations] == [long]


def test_without_hits_it_abstains(light: Embedder) -> None:
    answer = ExtractiveAnswerer().answer("Anything?", [], embedder=light)
    assert (answer.abstained, answer.reason) == (True, "no passage was found")


@pytest.mark.parametrize("query", ["", "  \n\t"])
def test_a_blank_question_is_refused(query: str, light: Embedder) -> None:
    with pytest.raises(InputError, match="at least one word"):
        ExtractiveAnswerer().answer(query, [], embedder=light)


@pytest.mark.parametrize("limits", [{"max_sentences": 0}, {"max_hits": -1}])
def test_limits_are_positive(limits: dict[str, int]) -> None:
    with pytest.raises(InputError, match="at least 1"):
        ExtractiveAnswerer(**limits)


def test_max_sentences_is_kept(passages: list[Hit], light: Embedder) -> None:
    one = ExtractiveAnswerer(max_sentences=1, max_hits=12).answer("paid leave days each year", passages, embedder=light)
    assert len(one.citations) == 1


def test_an_answer_from_a_flagged_passage_is_marked(answerer: ExtractiveAnswerer, passages: list[Hit], light: Embedder) -> None:
    question = "How many days of paid leave do employees receive?"
    assert answerer.answer(question, passages, embedder=light).reason == ""
    flagged = [replace(hit, chunk=replace(hit.chunk, injection=0.9)) for hit in passages]
    answer = answerer.answer(question, flagged, embedder=light)
    assert not answer.abstained
    assert "rests on [1]" in answer.reason


def test_the_stream_is_the_answer(answerer: ExtractiveAnswerer, passages: list[Hit], light: Embedder) -> None:
    protocol: Answerer = answerer
    *pieces, last = protocol.stream("How long is the warranty?", passages, embedder=light)
    assert last.done is not None
    assert last.text == ""
    assert "".join(piece.text for piece in pieces) == last.done.text
    assert all(piece.done is None for piece in pieces)


TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(["Warranty ends. ", "| a | b |\n", "Q: Why?\n", "# H\n", "\n\n", "- x ", "é。", "4012 "]), max_size=20
    ).map("".join),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(TEXTS, st.integers(0, 10_000)), max_size=4), st.text(min_size=1, max_size=60))
def test_every_citation_of_any_text_is_exact(
    make_hit: Callable[..., Hit],
    light: Embedder,
    assert_exact: AssertExact,
    parts: list[tuple[str, int]],
    query: str,
) -> None:
    hits = [make_hit(text, doc_id=f"d{i}", start=start, rank=i + 1) for i, (text, start) in enumerate(parts)]
    answer = ExtractiveAnswerer(thresholds=SupportThresholds(0.0, 0.0)).answer(f"warranty {query}", hits, embedder=light)
    assert_exact(answer.citations, hits)
    assert answer.abstained == (not answer.citations)
