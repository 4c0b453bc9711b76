"""Texts for the suite of scale: real, distinct, and of consecutive sentences."""

from itertools import islice
from pathlib import Path

import pytest

from benchmarks.corpora import CorpusMissingError, shared_folder
from benchmarks.sentence_windows import (
    LEAST_CHARACTERS,
    MOST_CHARACTERS,
    digest,
    normalised,
    sentences_of,
    shared_texts,
    windows,
)

TEXT = "The pump starts at noon. It stops when the tank is full. Yes. A valve closes behind it, and the alarm goes off."


def test_sentences_are_those_that_are_long_enough() -> None:
    document = sentences_of("manual", "pump", TEXT)
    assert document.texts == (
        "The pump starts at noon.",
        "It stops when the tank is full.",
        "A valve closes behind it, and the alarm goes off.",
    )
    assert all(len(normal) >= LEAST_CHARACTERS for normal in document.normal)
    assert sentences_of("manual", "data", "x" * (MOST_CHARACTERS + 1)).texts == ()


def test_windows_are_consecutive_sentences_by_ascending_width() -> None:
    document = sentences_of("manual", "pump", TEXT)
    found = list(windows([document], taken=set()))
    assert [window.width for window in found] == [1, 1, 1, 2, 2, 3]
    assert found[4].text == "It stops when the tank is full. A valve closes behind it, and the alarm goes off."


def test_what_differs_in_case_and_marks_only_comes_once() -> None:
    first = sentences_of("manual", "a", TEXT)
    second = sentences_of("manual", "b", TEXT.upper().replace(".", "!") + " And this is something new.")
    found = list(windows([first, second], taken=set()))
    assert len({normalised(window.text) for window in found}) == len(found)
    assert [window.text for window in found if window.width == 1][3:] == ["And this is something new."]


def test_what_is_taken_does_not_come() -> None:
    document = sentences_of("manual", "pump", TEXT)
    taken = {digest(normalised("THE PUMP STARTS AT NOON"))}
    assert "The pump starts at noon." not in {window.text for window in windows([document], taken=taken)}


def test_normal_form() -> None:
    assert normalised("Ｔｈｅ  “Pump-12”,\nstraße_x") == "the pump 12 strasse x"


def test_shared_texts_come_in_a_fixed_order() -> None:
    try:
        shared_folder("xquad")
    except CorpusMissingError:
        pytest.skip("the shared data are not on this machine")
    first = list(islice(shared_texts(), 50))
    assert first == list(islice(shared_texts(), 50))
    assert len({name for _, name, _ in first}) == 50


def test_without_the_shared_data_the_suite_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGLINE_SHARED_DATA", str(tmp_path))
    with pytest.raises(CorpusMissingError, match="scifact"):
        next(shared_texts())
