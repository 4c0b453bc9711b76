"""The choice: the fastest that meets all goals, the smallest of equally fast ones, and what came nearest where none does."""

from hypothesis import given
from hypothesis import strategies as st

from eval.tuning.choice import EQUALLY_FAST, choose, front
from eval.tuning.goals import Goals
from eval.tuning.points import Point
from tests.eval.tuning.made_points import point, report

points = st.builds(
    lambda recall, p50, memory: point(recall=recall, recall_low=recall, p50_ms=p50, p95_ms=2 * p50, memory_bytes=memory),
    st.floats(0.5, 1),
    st.floats(0.01, 10),
    st.integers(1, 10**6),
)
goals = st.builds(Goals, st.floats(0.5, 1), st.none() | st.integers(1, 10**6), st.none() | st.floats(0.01, 10))


def test_the_fastest_that_meets_all_goals_is_taken() -> None:
    fast, slow = point(kind="ivf-pq", p50_ms=0.5, recall_low=0.95), point(p50_ms=1.0)
    assert choose([slow, fast], Goals(0.98)).chosen is slow
    assert choose([slow, fast], Goals(0.95)).chosen is fast


def test_of_equally_fast_ones_the_smallest_is_taken() -> None:
    large, small = point(p50_ms=1.0, memory_bytes=500), point(kind="hnsw-fp16", p50_ms=1.09, memory_bytes=400)
    assert choose([large, small], Goals(0.98)).chosen is small
    mapped = point(kind="hnsw-int8", p50_ms=1.05, memory_bytes=400, mapped_bytes=4_000)
    assert choose([large, small, mapped], Goals(0.98)).chosen is mapped


def test_where_none_meets_all_the_nearest_is_named_with_what_it_misses() -> None:
    exact = point(kind="flat", search={}, recall_low=1.0, p95_ms=3.0)
    coarse = point(kind="ivf-pq", recall_low=0.9, p95_ms=0.9)
    choice = choose([exact, coarse], Goals(0.98, p95_ms=1.0))
    assert choice.chosen is None
    assert choice.nearest is exact, "three times the time is nearer than five times the loss"
    assert [miss.goal for miss in choice.misses] == ["p95_ms"]
    told = report(Goals(0.98, p95_ms=1.0), exact, coarse)
    assert not told.met
    assert "flat: p95 is 3.000 ms, 2.000 ms above 1 ms" in told.verdict


@given(st.lists(points, min_size=1, max_size=8), goals)
def test_the_choice_meets_every_goal_and_none_that_does_is_clearly_faster(found: list[Point], wanted: Goals) -> None:
    choice = choose(found, wanted)
    meeting = [one for one in found if not wanted.misses(one)]
    assert (choice.chosen is None) == (not meeting)
    if choice.chosen is None:
        assert choice.misses == wanted.misses(choice.nearest) != ()
    else:
        assert not wanted.misses(choice.chosen)
        assert choice.chosen.p50_ms <= EQUALLY_FAST * min(one.p50_ms for one in meeting)


@given(st.lists(points, min_size=1, max_size=8))
def test_a_point_is_on_the_front_or_another_beats_it(found: list[Point]) -> None:
    kept = front(found)
    assert kept
    for one in found:
        better = [
            other
            for other in found
            if other.recall >= one.recall and other.p50_ms <= one.p50_ms and other.memory_bytes <= one.memory_bytes
        ]
        assert (one in kept) == all(
            (other.recall, other.p50_ms, other.memory_bytes) == (one.recall, one.p50_ms, one.memory_bytes) for other in better
        )
