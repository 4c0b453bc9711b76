"""What neighbouring paragraphs have in common, and what it costs not to cut between them."""

import pytest

from ingestion.chunkers.cohesion import ANCHOR_REACH, JOIN_COST, USUAL_DISTANCE, anchors, distance, join_costs, word_beginnings

PUMP = ["The pump needs oil.", "Oil keeps the pump quiet.", "A quiet pump lasts.", "A pump without oil fails."]
CHOIR = [
    "The choir sings.",
    "Singers of the choir rehearse.",
    "Rehearsals are in the hall.",
    "The hall has a choir loft.",
]


def test_the_dearest_place_not_to_cut_at_is_where_the_topic_changes() -> None:
    pieces = [*PUMP, *CHOIR]
    costs = join_costs(pieces, range(1, len(pieces)))
    assert costs.index(max(costs)) == len(PUMP)
    assert costs[len(PUMP)] == pytest.approx(JOIN_COST * (1 - USUAL_DISTANCE))
    assert costs[0] == 0.0


def test_only_the_places_that_are_asked_for_cost_something() -> None:
    costs = join_costs([*PUMP, *CHOIR], [2, 4])
    assert [at for at, cost in enumerate(costs) if cost] == [2, 4]
    assert join_costs([], []) == []


def test_a_change_is_felt_no_farther_than_the_window() -> None:
    pieces = [*PUMP, *CHOIR, *PUMP, *CHOIR]
    changed = [*pieces[:8], "Nothing of the kind.", *pieces[9:]]
    places = range(1, len(pieces))
    pairs = zip(join_costs(pieces, places), join_costs(changed, places), strict=True)
    assert {at for at, (before, after) in enumerate(pairs) if before != after} <= set(range(6, 12))


def test_anchors_are_the_dearest_places_within_reach() -> None:
    pieces = [f"piece {at}" for at in range(12)]
    costs = [0.0, 0.1, 0.3, 0.05, 0.0, 0.0, 0.1, 0.0, 0.0, 0.4, 0.05, 0.0]
    places = range(1, 12)
    assert anchors(costs, pieces, [10] * 12, places, 30 / ANCHOR_REACH) == [2, 9]
    assert anchors([], [], [], [], 30) == []


def test_a_place_alone_is_an_anchor_however_cheap() -> None:
    pieces = [f"piece {at}" for at in range(6)]
    costs = [0.0, 0.5, -0.2, 0.1, 0.3, 0.2]
    assert anchors(costs, pieces, [100, 100, 100, 100, 20, 100], range(1, 6), 60) == [1, 2, 3, 4]
    assert anchors(costs, pieces, [100, 100, 100, 100, 20, 100], range(1, 6), 110) == [1, 4]


def test_of_equally_dear_places_the_text_decides_wherever_it_stands() -> None:
    pieces = [f"piece {at}" for at in range(40)]
    found = anchors([0.0] * 40, pieces, [10] * 40, range(1, 40), 30 / ANCHOR_REACH)
    later = anchors([0.0] * 60, ["before"] * 20 + pieces, [10] * 60, range(1, 60), 30 / ANCHOR_REACH)
    assert 3 <= len(found) <= 10
    assert {at + 20 for at in found if at > 4} <= set(later)
    assert anchors([0.0] * 9, ["same"] * 9, [10] * 9, range(1, 9), 30) == []


def test_inflected_words_meet_and_small_ones_do_not_count() -> None:
    assert word_beginnings("Rehearsal it") == word_beginnings("REHEARSED of it") == {"rehea"}
    assert distance({"rehea"}, {"rehea"}) == 0.0
    assert distance({"rehea"}, {"violi"}) == distance({"rehea"}, set()) == 1.0


def test_scripts_without_blanks_are_compared_by_pairs() -> None:
    assert word_beginnings("山川草木") == {"山川", "川草", "草木"}
    costs = join_costs(["山川草木が好き", "草木が山川に", "電車は速い", "速い電車に乗る"], range(1, 4), window=1)
    assert max(costs) == costs[2] > costs[1]
