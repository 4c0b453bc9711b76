"""One definition of recall, for tuning, for the checks of a new index, and in service."""

import numpy as np
import pytest

from indexes.vector import recall
from indexes.vector.flat import exact_scan
from indexes.vector.recall import own_rows, share_found, truth_of
from tests.contracts.vector_sets import clustered, queries_near


@pytest.mark.parametrize("share", [1.0, 0.3, 0.004])
@pytest.mark.parametrize("most", [2**22, 700])
def test_the_truth_is_that_of_an_exact_scan(share: float, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "_MOST_SCORES", most)  # blocks of a few rows
    vectors = clustered(1_500, 24, seed=1)
    allowed = None if share == 1 else np.random.default_rng(2).random(1_500) < share
    truth = truth_of(vectors, queries_near(vectors, 20, seed=3), allowed=allowed)
    for number, query in enumerate(truth.queries):
        rows, scores = exact_scan(vectors, query, 10, allowed=allowed)
        assert truth.wanted[number] == min(10, len(rows))
        assert truth.least[number] == pytest.approx(scores[min(10, len(rows)) - 1], abs=1e-6)
        assert truth.recall(number, rows) == 1
        assert truth.recall(number, rows[:0]) == 0


def test_a_row_does_not_find_itself() -> None:
    vectors = clustered(400, 16, seed=4)
    own = own_rows(400, 50)
    truth = truth_of(vectors, vectors[own], own)
    for number, row in enumerate(own):
        rows, _ = exact_scan(vectors, vectors[row], 11)
        assert truth.recall(number, rows) == 1
        assert truth.recall(number, np.array([row])) == 0


def test_the_rows_that_are_asked_are_always_the_same() -> None:
    assert np.array_equal(own_rows(900, 100), own_rows(900, 100))
    assert sorted(own_rows(30, 100)) == list(range(30))


def test_ties_count_as_found_and_nothing_wanted_is_all_found() -> None:
    assert share_found(np.array([0.9, 0.5, 0.5 - 5e-6, 0.4], np.float32), 0.5, 3) == 1
    assert share_found(np.array([0.9, 0.9, 0.9], np.float32), 0.9, 2) == 1, "more ties than are wanted"
    assert share_found(np.empty(0, np.float32), np.inf, 0) == 1
