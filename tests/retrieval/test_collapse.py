"""Collapsing a ranking: the order stays, only near-duplicates of something better are lost, k places are filled."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from indexes.catalog.signatures import LinkedChunk
from retrieval.collapse import Whole, collapse, whole_passages

TEXTS = st.tuples(st.integers(0, 12), st.integers(0, 4) | st.none())
"""The number of a text, and that of its cluster."""


@st.composite
def rankings(draw: st.DrawFn) -> tuple[list[LinkedChunk], set[frozenset[int]]]:
    """Ranked chunks, each text in one cluster or in none, and the pairs of texts that are similar."""
    clusters = draw(st.lists(st.integers(0, 4) | st.none(), min_size=10, max_size=10))
    numbers = draw(st.lists(st.integers(0, 9), max_size=30))
    pairs = draw(st.sets(st.frozensets(st.integers(0, 9), min_size=2, max_size=2), max_size=12))
    return [LinkedChunk(f"d{place}", number, clusters[number]) for place, number in enumerate(numbers)], pairs


def is_duplicate(one: LinkedChunk, other: LinkedChunk, pairs: set[frozenset[int]]) -> bool:
    if one.vector_no == other.vector_no:
        return True
    if one.cluster is None or other.cluster is None:
        return frozenset({one.vector_no, other.vector_no}) in pairs
    return one.cluster == other.cluster


@given(rankings(), st.integers(1, 12))
def test_nothing_but_near_duplicates_is_lost_and_the_order_stays(
    ranking: tuple[list[LinkedChunk], set[frozenset[int]]], k: int
) -> None:
    items, pairs = ranking
    asked: list[tuple[int, int]] = []

    def similar(place: int, other: int) -> bool:
        asked.append((place, other))
        return frozenset({items[place].vector_no, items[other].vector_no}) in pairs

    groups = collapse(items, similar, k)
    kept = [group[0] for group in groups]
    assert len(groups) <= k
    assert all(before < after for before, after in pairwise(kept))
    assert all(before < after for group in groups for before, after in pairwise(group))
    placed = {place: group[0] for group in groups for place in group}
    for place, item in enumerate(items):
        better = [other for other in kept if other < place and is_duplicate(item, items[other], pairs)]
        if better:
            assert placed[place] == better[0]  # the best of those that stay
        elif place in placed:
            assert placed[place] == place
        else:
            assert len([other for other in kept if other < place]) == k  # only what comes after the k-th is left out
    assert all(None in {items[one].cluster, items[other].cluster} for one, other in asked)  # links are enough where they are


def test_equal_texts_need_no_links() -> None:
    items = [LinkedChunk(name, number, None) for name, number in (("a", 1), ("b", 1), ("c", 2), ("d", 1))]
    assert collapse(items, lambda place, other: False, 5) == [[0, 1, 3], [2]]


def test_after_k_places_are_filled_duplicates_are_still_named() -> None:
    items = [LinkedChunk(f"d{place}", place, place % 3) for place in range(7)]
    assert collapse(items, lambda place, other: False, 2) == [[0, 3, 6], [1, 4]]


def test_nothing_in_nothing_out() -> None:
    assert collapse([], lambda place, other: True, 3) == []


def chunk(doc_id: str, role: str, start: int, end: int) -> LinkedChunk:
    return LinkedChunk(doc_id, start * 100 + end, None, role, start, end)


def test_rows_and_summaries_are_one_with_the_passage_that_holds_them_at_the_place_of_the_best() -> None:
    items = [
        chunk("a", "row", 20, 30),
        chunk("b", "body", 0, 90),
        chunk("a", "summary", 0, 10),
        chunk("a", "body", 0, 50),
        chunk("a", "row", 30, 40),
        chunk("a", "row", 60, 70),  # of a part of the table that was not found
        chunk("b", "row", 5, 9),
        chunk("a", "body", 40, 55),  # overlaps with the other, and is not a part of it
    ]
    assert whole_passages(items) == [
        Whole((0, 2, 3, 4), 3),
        Whole((1, 6), 1),
        Whole((5,), 5),
        Whole((7,), 7),
    ]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["body", "row"]), st.integers(0, 9), st.integers(1, 9))))
def test_no_candidate_is_lost_or_shown_with_less_than_it_says(spans: list[tuple[str, str, int, int]]) -> None:
    items = [chunk(doc_id, role, start, start + size) for doc_id, role, start, size in spans]
    wholes = whole_passages(items)
    assert sorted(place for whole in wholes for place in whole.places) == list(range(len(items)))
    assert [whole.places[0] for whole in wholes] == sorted(whole.places[0] for whole in wholes)
    for whole in wholes:
        shown = items[whole.shown]
        assert whole.shown in whole.places
        for place in whole.places:
            assert items[place].doc_id == shown.doc_id
            assert shown.start <= items[place].start <= items[place].end <= shown.end
            assert items[place].role == "row" or place == whole.shown
