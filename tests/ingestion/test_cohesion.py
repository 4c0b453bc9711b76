"""Distances between neighbouring sentences, and what they cost."""

import statistics

import numpy as np
import pytest

from ingestion.chunkers.cohesion import JOIN_WEIGHT, join_costs, lexical_distances

PUMP = ["The pump needs oil.", "Oil keeps the pump quiet.", "A quiet pump lasts.", "Pumps without oil fail."]
CHOIR = [
    "The choir sings.",
    "Singers of the choir rehearse.",
    "Rehearsals are in the hall.",
    "The hall has a choir loft.",
]


def test_the_farthest_place_is_where_the_topic_changes() -> None:
    distances = lexical_distances([*PUMP, *CHOIR])
    assert distances.index(max(distances)) == len(PUMP)
    assert distances[0] == 0.0
    assert all(0.0 <= each <= 1.0 + 1e-12 for each in distances)


def test_inflected_words_meet_and_small_ones_do_not_count() -> None:
    near, far = lexical_distances(["Rehearsal it.", "Rehearsed of it.", "a an it of", "Violins."], window=1)[1:3]
    assert near < far == 1.0


def test_scripts_without_blanks_are_compared_by_pairs() -> None:
    distances = lexical_distances(["山川草木が好き", "草木が山川に", "電車は速い", "速い電車に乗る"], window=1)
    assert distances[2] == max(distances) == 1.0
    assert distances[1] < 1.0


def test_costs_are_deviations_from_the_percentile() -> None:
    distances = [0.0, 0.2, 0.4, 0.9, 0.5]
    places = distances[1:]
    expected = [JOIN_WEIGHT * (each - np.percentile(places, 50)) / statistics.pstdev(places) for each in places]
    assert join_costs(distances) == pytest.approx([0.0, *expected])
    high = join_costs(distances, percentile=100)
    assert max(high[1:]) == pytest.approx(0.0)


@pytest.mark.parametrize("distances", [[], [0.0], [0.0, 0.5], [0.0, 0.5, 0.5, 0.5 + 1e-15]])
def test_equal_distances_cost_nothing(distances: list[float]) -> None:
    assert join_costs(distances) == [0.0] * len(distances)
