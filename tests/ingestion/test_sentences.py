"""Sentences, words, lines and graphemes."""

import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.graphemes import is_grapheme_boundary
from ingestion.sentences import Span, line_spans, sentence_spans, trim, word_spans, written_line_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ('He said "stop." Then left.', ['He said "stop."', "Then left."]),
        ("See Dr. Smith, e.g. on Monday. J. Doe came.", ["See Dr. Smith, e.g. on Monday.", "J. Doe came."]),
        ("Version 2.1 of foo.bar works. Yes", ["Version 2.1 of foo.bar works.", "Yes"]),
        ("1. First item. 2. second", ["1. First item.", "2. second"]),
        ("It took 12. Then more.", ["It took 12.", "Then more."]),
        ("これは文です。次の文。「はい！」終わり", ["これは文です。", "次の文。", "「はい！」", "終わり"]),
        ("هل هذا سؤال؟ نعم.", ["هل هذا سؤال؟", "نعم."]),
        ("यह है। वह है।", ["यह है।", "वह है।"]),
        ("A heading\n\nand text\nthat goes on", ["A heading", "and text\nthat goes on"]),
        ("Wait... what? ok", ["Wait... what? ok"]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_spans_are_within_the_range() -> None:
    text = "Zero. One. Two. Three."
    assert [text[a:b] for a, b in sentence_spans(text, 6, 15)] == ["One.", "Two."]
    assert [text[a:b] for a, b in word_spans(text, 3, 8)] == ["o.", "On"]


def test_lines_keep_their_indentation() -> None:
    text = "if x:\n    y\n\n  \n\tz"
    assert [text[a:b] for a, b in line_spans(text)] == ["if x:", "    y", "\tz"]


def test_trim() -> None:
    assert trim("  ab ", 0, 5) == (2, 4)
    assert trim("   ", 0, 3) is None


mixed = st.text(alphabet=st.sampled_from("aB.!?。 \n\r\t\u0301\u200d👩🏽🇩🇪\"')…éक्ष각ᄀ"), max_size=80) | st.text(max_size=80)


@pytest.mark.parametrize("split", [sentence_spans, word_spans, line_spans])
@given(text=mixed)
def test_spans_are_ordered_and_hold_everything(split: Callable[[str], list[Span]], text: str) -> None:
    at = 0
    for start, end in split(text):
        assert text[at:start].strip() == ""
        assert start < end
        assert not text[start:end].isspace()
        if split is not line_spans:
            assert is_grapheme_boundary(text, start)
        at = end
    assert text[at:].strip() == ""


@given(text=mixed)
def test_a_sentence_reaches_to_the_last_character_before_the_next_that_is_not_blank(text: str) -> None:
    spans = sentence_spans(text)
    nexts = [*(start for start, _ in spans), len(text)][1:]
    assert spans == [trim(text, start, following) for (start, _), following in zip(spans, nexts, strict=True)]


@pytest.mark.parametrize(
    "text", ["." * 300_000, '!"' * 150_000, "\n" * 300_000, ". " * 150_000, "。" * 300_000, "a." * 150_000]
)
def test_hostile_runs_take_linear_time(text: str) -> None:
    started = time.process_time()
    sentence_spans(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "cluster",
    [
        "e\u0301",
        "👩\u200d👩\u200d👧",
        "👍🏽",
        "🇩🇪",
        "각",
        "\u1100\u1161\u11a8",
        "क्षि",
        "\r\n",
        "กำ",
        "ｶﾞ",
        "✈\ufe0f",
        "1\ufe0f\u20e3",
    ],
)
def test_nothing_is_cut_inside_a_grapheme(cluster: str) -> None:
    text = f"a{cluster}b"
    assert [index for index in range(1, len(text)) if is_grapheme_boundary(text, index)] == [1, len(text) - 1]


def test_flags_are_pairs() -> None:
    text = "🇩🇪🇫🇷🇮🇹"
    assert [index for index in range(len(text) + 1) if is_grapheme_boundary(text, index)] == [0, 2, 4, 6]


# Characters that this Python does not know yet (Cn) may be combining marks to a newer reference.
known = st.text(alphabet=st.characters(exclude_categories=["Cn", "Cs", "Co"]), max_size=60)


@given(mixed.filter(lambda text: all(unicodedata.category(char) != "Cn" for char in text)) | known)
def test_every_boundary_is_one_of_unicode(text: str) -> None:
    regex = pytest.importorskip("regex", reason="the reference implementation of grapheme clusters is not installed")
    reference = {0, len(text)} | {match.end() for match in regex.finditer(r"\X", text)}
    ours = {index for index in range(len(text) + 1) if is_grapheme_boundary(text, index)}
    assert ours <= reference


def written(text: str) -> list[str]:
    return [text[start:end] for start, end in written_line_spans(text)]


def test_wrapped_lines_stay_together() -> None:
    wrapped = "A text that was wrapped by an editor at\nsome forty characters goes on and on and\nends here.\nThe next."
    assert written(wrapped) == [wrapped.rsplit("\n", 1)[0], "The next."]


def test_lines_that_were_ended_are_lines() -> None:
    assert written("= Title =\nOne long line about something.\nAnother.\n") == [
        "= Title =",
        "One long line about something.",
        "Another.",
    ]
    long = "word " * 40
    assert written(f"{long}\n{long}") == [long.strip(), long.strip()]
    assert written("") == []
