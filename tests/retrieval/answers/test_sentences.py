import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragline.types import ElementKind
from retrieval.answers.sentences import SentenceSpan, sentence_spans

# Random text made of the shapes that the splitter knows, so that they meet in every order.
MARKUP = (
    "# ",
    "- ",
    "1. ",
    "> ",
    "| a | b |",
    "| --- | --- |",
    "```",
    "~~~",
    "===",
    "---",
    "Q: ",
    "A: ",
    "Label: ",
    " | ",
    "\t",
)
WORDS = ("Dr. ", "e.g. ", "word ", "Word. ", "Why? ", "保修。", "؟ ", "...", "\n", "\n\n", "\r\n", "  ", "\u2028", "4012", "é")
PIECES = st.sampled_from(MARKUP + WORDS)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join))
KINDS = st.sampled_from(["heading", "paragraph", "list", "table", "code", "quote", "caption", "qa", "record"])


def shown(text: str, kind: ElementKind = "paragraph") -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in sentence_spans(text, kind)]


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)]


def lead(text: str, span: SentenceSpan) -> str | None:
    return text[slice(*span.lead)] if span.lead else None


@given(TEXTS, KINDS, st.booleans())
def test_spans_are_ordered_inside_the_text_and_trimmed(text: str, kind: ElementKind, header_above: bool) -> None:
    last = 0
    for span in sentence_spans(text, kind, header_above=header_above):
        assert last <= span.start < span.end <= len(text)
        part = text[span.start : span.end]
        assert part == part.strip()
        assert any(map(str.isalnum, part))
        assert span.lead is None or span.lead[1] <= span.start
        last = span.end


@given(st.lists(st.sampled_from(["The plan pays 80 percent.", "It ends in May!", "Nobody knows."]), min_size=1, max_size=6))
def test_plain_sentences_come_back_whatever_stands_between(parts: list[str]) -> None:
    for gap in (" ", "\n", "\n\n", "\n- "):
        assert sentences(gap.join(parts)) == parts


def test_abbreviations_initials_and_numbers_do_not_end_a_sentence() -> None:
    text = "Dr. Wolf met J. Smith, e.g. about version 2.1. See Fig. 3. It costs 4.50 euros!"
    assert sentences(text) == ["Dr. Wolf met J. Smith, e.g. about version 2.1.", "See Fig. 3.", "It costs 4.50 euros!"]


def test_a_wrapped_sentence_is_one_span() -> None:
    assert sentences("The warranty lasts\ntwo years. It begins\non delivery.") == [
        "The warranty lasts\ntwo years.",
        "It begins\non delivery.",
    ]


def test_list_markers_stay_outside() -> None:
    text = "- first point\n* second. Still second.\n1. Fix the bracket.\n2) Close it.\n- [x] done"
    assert sentences(text) == ["first point", "second.", "Still second.", "Fix the bracket.", "Close it.", "done"]


def test_headings_of_both_kinds() -> None:
    text = "## Dental ##\nIt pays.\n\nVision\n------\nIt pays too."
    assert shown(text) == [("heading", "Dental"), ("sentence", "It pays."), ("heading", "Vision"), ("sentence", "It pays too.")]
    spans = sentence_spans(text)
    assert [lead(text, span) for span in spans] == [None, "Dental", "Dental", "Vision"]


def test_front_matter_is_no_heading() -> None:
    assert shown("---\ntitle: Manual\nyear: 2025\n---\nText.") == [
        ("sentence", "title: Manual"),
        ("sentence", "year: 2025"),
        ("sentence", "Text."),
    ]


def test_faq_lines_lead_their_answers() -> None:
    text = "Q: How long is the warranty?\nA: Two years. From delivery.\n\n**Q:** Where\nA: In Kraków."
    spans = sentence_spans(text)
    assert [span.kind for span in spans] == ["question", "sentence", "sentence", "question", "sentence"]
    assert [lead(text, span) for span in spans[1:]] == ["How long is the warranty?"] * 2 + [None, "Where"]


def test_a_question_leads_the_next_paragraph_and_no_further() -> None:
    text = "How do I reset it?\n\nHold the button. Wait.\n\nThe housing is grey."
    assert [lead(text, span) for span in sentence_spans(text)] == [None, "How do I reset it?", "How do I reset it?", None]


def test_a_line_before_a_list_leads_its_items() -> None:
    text = "Supported formats:\n\n- PDF\n- HTML"
    assert shown(text)[0] == ("lead_in", "Supported formats:")
    assert [lead(text, span) for span in sentence_spans(text)[1:]] == ["Supported formats:"] * 2


def test_markdown_table_rows_keep_their_characters() -> None:
    text = "Torques.\n\n| Part | Torque |\n| --- | ---: |\n| Cover `M4` | 0.8 N·m |\n| Gland | 3.0 |\n\nDone."
    spans = sentence_spans(text)
    assert shown(text)[1:4] == [
        ("header", "| Part | Torque |"),
        ("row", "| Cover `M4` | 0.8 N·m |"),
        ("row", "| Gland | 3.0 |"),
    ]
    assert [lead(text, span) for span in spans] == [None, None, "| Part | Torque |", "| Part | Torque |", None]


@pytest.mark.parametrize("gap", [" | ", "\t"])
def test_tables_without_rules_take_a_first_row_of_names_as_header(gap: str) -> None:
    text = f"Part{gap}Torque\nCover{gap}0.8\nGland{gap}3.0"
    assert [span.kind for span in sentence_spans(text, "table")] == ["header", "row", "row"]
    assert [span.kind for span in sentence_spans(text, "table", header_above=True)] == ["row", "row", "row"]
    assert [span.kind for span in sentence_spans(f"Cover{gap}0.8\nGland{gap}3.0", "table")] == ["row", "row"]


def test_rows_that_label_themselves_have_no_header() -> None:
    text = "code: E-X | meaning: drift\ncode: E-Y | meaning: dead"
    assert [span.kind for span in sentence_spans(text, "table")] == ["row", "row"]


def test_code_lines_are_spans_of_their_own() -> None:
    assert shown("Run this:\n```sh\nmake demo\n\nmake test\n```\nDone.") == [
        ("lead_in", "Run this:"),
        ("code", "make demo"),
        ("code", "make test"),
        ("sentence", "Done."),
    ]
    assert shown("x = 1.  # a. b\nprint(x)", "code") == [("code", "x = 1.  # a. b"), ("code", "print(x)")]


def test_a_record_is_one_row_unless_it_is_long() -> None:
    assert shown("code: 4012\nmeaning: drift\n\ncode: 4013\nmeaning: dead", "record") == [
        ("row", "code: 4012\nmeaning: drift"),
        ("row", "code: 4013\nmeaning: dead"),
    ]
    assert len(shown("\n".join(f"field{i}: {'x' * 50}" for i in range(20)), "record")) == 20


def test_labelled_lines_are_not_run_together() -> None:
    assert sentences("Weight: 240 g\nSupply: 12 V\nOutput: 4 to 20 mA") == [
        "Weight: 240 g",
        "Supply: 12 V",
        "Output: 4 to 20 mA",
    ]


def test_long_listings_without_punctuation_are_cut_at_lines() -> None:
    lines = [f"entry number {index} of the long listing" for index in range(20)]
    assert sentences("\n".join(lines)) == lines


def test_full_width_and_arabic_marks() -> None:
    assert shown("保修期为两年。可以延长吗？可以！") == [
        ("sentence", "保修期为两年。"),
        ("question", "可以延长吗？"),
        ("sentence", "可以！"),
    ]
    assert shown("هل الضمان سنتان؟ نعم. مدته سنتان.")[0][0] == "question"


def test_nothing_gives_nothing() -> None:
    for text in ("", " \n\t", "---", "```\n```", "| --- | --- |", "***"):
        assert sentence_spans(text) == ()
