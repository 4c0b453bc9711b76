"""Shingles: runs of three casefolded words, wherever a text stands in a batch."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.duplicates.shingles import SHINGLE_WORDS, Shingler, words_of

TEXTS = st.lists(st.text(st.sampled_from("ab ß.\n猫"), max_size=20), max_size=8)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The pump, P-200: STOPS!", ["the", "pump", "p", "200", "stops"]),
        ("Straße ÉTÉ", ["strasse", "été"]),
        ("猫が寝る", ["猫", "が", "寝", "る"]),  # no spaces between words: every character counts
        ("GPU 猫", ["gpu", "猫"]),
        ("สวัสดี", ["ส", "ว", "ั", "ส", "ด", "ี"]),
        ("snake_case", ["snake_case"]),
        (" --- ", ["---"]),  # without a word, the text itself
        (" \n", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def by_definition(text: str) -> frozenset[tuple[str, ...]]:
    words = words_of(text)
    if 0 < len(words) < SHINGLE_WORDS:
        return frozenset({tuple(words)})
    return frozenset(zip(words, words[1:], words[2:], strict=False))


@given(TEXTS)
def test_shingles_are_the_runs_of_three_words_of_every_text_of_a_batch(texts: list[str]) -> None:
    shingler = Shingler()
    sets = shingler.shingle(texts).sets()
    assert len(sets) == len(texts)
    for text, found in zip(texts, sets, strict=True):
        assert len(found) == len(by_definition(text))
        assert Shingler().shingle([text]).sets() == [found]
        for other, its in zip(texts, sets, strict=True):
            assert len(found & its) == len(by_definition(text) & by_definition(other))


def test_counts_say_how_many_shingles_each_text_has() -> None:
    shingled = Shingler().shingle(["a b c d", "", "a", "x y z x y z"])
    assert shingled.counts.tolist() == [2, 0, 1, 4]
    assert len(shingled.hashes) == 7
    assert [len(each) for each in shingled.sets()] == [2, 0, 1, 3]
    assert Shingler().shingle([]).sets() == []


def test_hashes_are_the_same_in_every_process() -> None:
    code = "from ingestion.duplicates.shingles import Shingler; print(*Shingler().shingle(['one two three four']).hashes)"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": str(seed)}
        ).stdout
        for seed in (1, 2)
    }
    assert runs == {" ".join(map(str, Shingler().shingle(["one two three four"]).hashes)) + "\n"}


def test_lone_surrogates_are_words_like_others() -> None:
    one, other = Shingler().shingle(["a \ud800 b", "a \ud801 b"]).sets()
    assert len(one) == len(other) == 1


def test_the_memory_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.duplicates.shingles._KEPT_WORDS", 10)
    shingler = Shingler()
    before = shingler.shingle(["one two three"]).sets()
    for number in range(20):
        shingler.shingle([f"w{number} x{number}"])
    assert len(shingler._words) <= 12
    assert shingler.shingle(["one two three"]).sets() == before
