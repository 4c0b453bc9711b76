"""What neighbouring paragraphs have in common, and what it costs not to cut between them."""

import pytest

from ingestion.chunkers.cohesion import JOIN_COST, USUAL_DISTANCE, distance, join_costs, word_beginnings

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


def test_inflected_words_meet_and_small_ones_do_not_count() -> None:
    assert word_beginnings("Rehearsal it") == word_beginnings("REHEARSED of it") == {"rehea"}
    assert distance({"rehea"}, {"rehea"}) == 0.0
    assert distance({"rehea"}, {"violi"}) == distance({"rehea"}, set()) == 1.0


def test_scripts_without_blanks_are_compared_by_pairs() -> None:
    assert word_beginnings("山川草木") == {"山川", "川草", "草木"}
    costs = join_costs(["山川草木が好き", "草木が山川に", "電車は速い", "速い電車に乗る"], range(1, 4), window=1)
    assert max(costs) == costs[2] > costs[1]
