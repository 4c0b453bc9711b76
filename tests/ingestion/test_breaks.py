"""The cheapest division into chunks, compared with all divisions."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ingestion.chunkers.atoms import Strength
from ingestion.chunkers.breaks import CUT_COST, MIX_COST, cheapest_starts

SENTENCE, LINE, BLOCK, WORD = Strength.SENTENCE, Strength.LINE, Strength.BLOCK, Strength.WORD


def cost(
    tokens: list[int],
    repeated: list[int],
    strengths: list[Strength],
    joins: list[float],
    starts: tuple[int, ...],
    target: float,
) -> float:
    """The formula of the module, read from its page."""
    total = 0.0
    bounds = [*starts, len(tokens)]
    for start, end in itertools.pairwise(bounds):
        total += ((target - repeated[start] - sum(tokens[start:end])) / target) ** 2
        total += CUT_COST[strengths[start]] if start else 0.0
        total += sum(joins[start + 1 : end])
        ends = min(strengths[at] if 0 < at < len(tokens) else BLOCK for at in (start, end))
        total += MIX_COST * max(0, max(strengths[start + 1 : end], default=WORD) - ends)
    return total


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.sampled_from(list(Strength)), st.floats(-1, 1), st.integers(0, 5)),
        min_size=1,
        max_size=8,
    ),
    st.integers(30, 60),
)
def test_no_other_division_is_cheaper(atoms: list[tuple[int, Strength, float, int]], budget: int) -> None:
    tokens, strengths, joins, repeated = (list(column) for column in zip(*atoms, strict=True))
    assert_none_is_cheaper(tokens, repeated, strengths, joins, budget)


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5)), min_size=1, max_size=8),
    st.sampled_from(list(Strength)),
    st.integers(30, 60),
)
def test_none_is_cheaper_where_all_places_are_of_one_strength(
    atoms: list[tuple[int, int]], strength: Strength, budget: int
) -> None:
    tokens, repeated = (list(column) for column in zip(*atoms, strict=True))
    assert_none_is_cheaper(tokens, repeated, [strength] * len(tokens), [0.0] * len(tokens), budget)


def assert_none_is_cheaper(
    tokens: list[int], repeated: list[int], strengths: list[Strength], joins: list[float], budget: int
) -> None:
    repeated = [0, *(min(each, budget - size) for each, size in zip(repeated[1:], tokens[1:], strict=True))]
    starts = tuple(cheapest_starts(tokens, repeated, strengths, joins, budget, 0.65 * budget))
    possible = []
    for count in range(len(tokens)):
        for cuts in itertools.combinations(range(1, len(tokens)), count):
            division = (0, *cuts)
            pairs = list(itertools.pairwise([*division, len(tokens)]))
            if all(end - start == 1 or repeated[start] + sum(tokens[start:end]) <= budget for start, end in pairs):
                possible.append(cost(tokens, repeated, strengths, joins, division, 0.65 * budget))
    assert cost(tokens, repeated, strengths, joins, starts, 0.65 * budget) <= min(possible) + 1e-9


def starts_of(tokens: list[int], strengths: list[Strength], *, budget: int = 100, least: int = 0) -> list[int]:
    return cheapest_starts(tokens, [0] * len(tokens), strengths, [0.0] * len(tokens), budget, budget, least=least)


def test_even_and_full_without_a_reason_to_cut_elsewhere() -> None:
    assert starts_of([10] * 9, [SENTENCE] * 9) == [0]
    assert starts_of([10] * 14, [SENTENCE] * 14) == [0, 7]


def test_paragraphs_are_kept_apart_from_the_ends_of_split_ones() -> None:
    strengths = [BLOCK, SENTENCE, SENTENCE, SENTENCE, BLOCK, SENTENCE]
    assert 4 in starts_of([40, 40, 40, 40, 20, 20], strengths)


def test_small_chunks_only_where_there_is_no_other_way() -> None:
    strengths = [BLOCK, BLOCK, BLOCK]
    assert starts_of([90, 5, 97], strengths, least=10) == [0, 2]
    assert starts_of([5], [BLOCK], least=10) == [0]


def test_nothing_and_too_much() -> None:
    assert starts_of([], []) == [0]
    assert starts_of([500, 500], [BLOCK, BLOCK]) == [0, 1]
