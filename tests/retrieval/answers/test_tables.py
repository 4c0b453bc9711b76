import pytest

from retrieval.answers.tables import labelled_row, row_cells


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("| a | b |", ("a", "b")),
        ("a | b", ("a", "b")),
        ("| a \\| b | c |", ("a | b", "c")),
        ("| | x |", ("", "x")),
        ("a\tb\tc", ("a", "b", "c")),
        ("plain", ("plain",)),
        ("", ("",)),
    ],
)
def test_cells(row: str, cells: tuple[str, ...]) -> None:
    assert row_cells(row) == cells


def test_values_get_their_labels_and_empty_cells_go() -> None:
    header = "| Part | Torque | Note |"
    assert labelled_row(header, "| Cover screws | 0.8 N·m | |") == "Part: Cover screws, Torque: 0.8 N·m"
    assert labelled_row("| | Torque |", "| Cover | 0.8 |") == "Cover, Torque: 0.8"


def test_what_does_not_fit_stays_as_it_is() -> None:
    assert labelled_row("| Part | Torque |", "| Cover | 0.8 | extra |") == "| Cover | 0.8 | extra |"
    assert labelled_row("", "| Cover | 0.8 |") == "| Cover | 0.8 |"
    assert labelled_row("Part", "Cover") == "Cover"


def test_cells_that_label_themselves_are_joined() -> None:
    assert labelled_row("", "code: E-4012 | meaning: drift") == "code: E-4012, meaning: drift"
    assert labelled_row("", "code: E-4012\nmeaning: drift") == "code: E-4012, meaning: drift"
