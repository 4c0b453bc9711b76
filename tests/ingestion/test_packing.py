"""Packing pieces evenly."""

from hypothesis import given
from hypothesis import strategies as st

from ingestion.chunkers.packing import pack


def sizes(tokens: list[int], starts: list[int]) -> list[int]:
    return [sum(tokens[a:b]) for a, b in zip(starts, [*starts[1:], len(tokens)], strict=True)]


def test_everything_that_fits_is_one_chunk() -> None:
    assert pack([10, 20, 30], [0, 0, 0], 60) == [0]


def test_pieces_are_balanced() -> None:
    tokens = [10] * 30
    assert sizes(tokens, pack(tokens, [0] * 30, 254)) == [150, 150]
    assert sizes(tokens, pack(tokens, [0] * 30, 120)) == [100, 100, 100]


def test_what_is_repeated_counts() -> None:
    tokens = [10] * 30
    first, second = sizes(tokens, pack(tokens, [0] + [40] * 29, 254))
    assert abs(first - (second + 40)) <= 10


def test_a_piece_above_the_budget_stands_alone() -> None:
    assert pack([5, 100, 5], [0, 0, 0], 20) == [0, 1, 2]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(50, 120), st.integers(0, 25))
def test_no_chunk_exceeds_the_budget_and_none_is_wasted(tokens: list[int], budget: int, overlap: int) -> None:
    repeated = [0] + [overlap if size <= budget - overlap else 0 for size in tokens[1:]]
    starts = pack(tokens, repeated, budget)
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    chunks = sizes(tokens, starts)
    assert all(size + repeated[start] <= budget for size, start in zip(chunks, starts, strict=True))
    greedy, filled = 1, 0
    for index, size in enumerate(tokens):
        if filled and filled + size > budget:
            greedy, filled = greedy + 1, repeated[index]
        filled += size
    assert len(starts) <= greedy
